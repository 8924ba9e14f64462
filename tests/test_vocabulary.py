"""Nothing outside of studies names what one of them knows: its id, metrics, tensors, events or settings."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from emergescope.catalog.registry import load_studies
from emergescope.config.base import records_in
from emergescope.config.run import Capture

PACKAGE = Path(__file__).resolve().parent.parent / "backend" / "emergescope"
SCRIPTS = PACKAGE.parents[1] / "frontend" / "js"
# What several studies share and none owns names what it makes; migrations are of their time.
OWN = ("studies", "toolkit", "store/migrations")

# Words that have another meaning where they occur, or that every run has.
GENERAL = {
    "study", "seed", "training", "capture", "dtype", "device",  # of every configuration (config/run.py)
    "kind", "labels", "data", "folder", "size", "classes", "samples", "mixture", "patterns", "pictures", "weights",
    "steps", "epochs", "batch", "name", "problem", "method", "d", "D", "k", "m", "n", "width", "structure", "rule",
    "low", "high", "counts", "dictionary", "phases", "spectrum", "layout", "landmarks", "alignment", "cluster",
    "probe", "teacher", "injected", "control", "gradient", "accuracy", "compared", "loss", "diverged", "unmeasured",
    "trains", "balance", "ridge", "motif", "ratio", "eta", "progress", "bias", "biases", "emerged", "aligned",
    "carried", "momentum", "error", "p", "metric", "target", "limit", "phase", "neurons", "theory", "deviation",
    "predicted", "shares", "power", "margin", "norm", "rounds", "cosines",
}  # fmt: skip


def _settings(record: type[BaseModel]) -> Iterator[str]:
    of_all = Capture.model_fields if issubclass(record, Capture) else {}
    for name, field in record.model_fields.items():
        if name not in of_all:
            yield name
            for part in records_in(field.annotation):
                yield from _settings(part)


def words() -> set[str]:
    """What studies declare, but for words of the language."""
    found: set[str] = set()
    for study in load_studies().values():
        display = study.display(study.usual, None)
        found |= {study.id, *display.metrics, *display.tensors, *display.events, *_settings(study.config)}
    return found - GENERAL


def said(file: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of the names and strings of a module, without documentation and examples of an interface."""
    tree = ast.parse(file.read_text("utf-8"))
    aside = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in ("examples", "description", "json_schema_extra"):
            aside |= {id(part) for part in ast.walk(node.value)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in aside:
            yield node.lineno, node.value
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg


def _named() -> re.Pattern[str]:
    return re.compile(r"(?<![a-zA-Z])(?:" + "|".join(sorted(words())) + r")(?![a-zA-Z])")


def test_the_page_names_nothing_that_a_study_knows() -> None:
    """It draws what a display declares, and speaks of settings as the schema does."""
    named, wrong = _named(), []
    for file in sorted(SCRIPTS.rglob("*.js")):
        code = re.sub(r"/\*.*?\*/", lambda found: "\n" * found[0].count("\n"), file.read_text("utf-8"), flags=re.DOTALL)
        for number, line in enumerate(code.splitlines(), 1):
            if named.search(line.split(" // ")[0]):
                wrong.append(f"{file.relative_to(SCRIPTS)}:{number}: {line.strip()}")
    assert wrong == []


def test_no_room_names_what_a_study_knows() -> None:
    named = _named()
    wrong = [
        f"{file.relative_to(PACKAGE)}:{line}: {text}"
        for file in sorted(PACKAGE.rglob("*.py"))
        if not file.relative_to(PACKAGE).as_posix().startswith(OWN)
        for line, text in said(file)
        if named.search(text)
    ]
    assert wrong == []


def test_the_words_are_those_of_the_studies() -> None:
    assert {"two_classes", "signal_cosine_mean", "injected_kappa", "centre_cosine", "p_o", "sigma_xi"} <= words()

"""Nothing outside of studies names what one of them knows: its id, metrics, tensors, events or settings.

Most ids are no words of the language (`signal_cosine_mean`), and are found wherever they stand. Those that are words as
well (`margin`) are found where they are ids: as a whole string, in a path of settings, and as what metrics, tensors or
settings have. Fields of the house's own records (`Panel.kind`) are its own.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from pydantic import BaseModel

from emergescope.catalog.registry import load_studies
from emergescope.config.base import records_in
from emergescope.config.run import Capture

PACKAGE = Path(__file__).resolve().parent.parent / "backend" / "emergescope"
SCRIPTS = PACKAGE.parents[1] / "frontend" / "js"
# What several studies share and none owns names what it makes; migrations are of their time.
OWN = ("studies", "toolkit", "store/migrations")

GENERAL = {
    *("loss", "accuracy", "alignment", "dictionary"),  # of recordings: what other libraries report, and the toolkit
    "unmeasured",  # an event that any run may tell
    "problem",  # whose kind says the study of configurations that are older than studies
    *("limit", "rounds", "shares"),  # of a query, the name of a thread, the title of an axis
}
_ID = re.compile(r"\w+(?:\.\w+)*")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_QUOTED = re.compile(r"""(["'`])(\w+(?:\.\w+)*)\1""")


def _settings(record: type[BaseModel]) -> Iterator[str]:
    of_all = Capture.model_fields if issubclass(record, Capture) else {}
    for name, field in record.model_fields.items():
        if name not in of_all:
            yield name
            for part in records_in(field.annotation):
                yield from _settings(part)


def modules() -> Iterator[Path]:
    for file in sorted(PACKAGE.rglob("*.py")):
        if not file.relative_to(PACKAGE).as_posix().startswith(OWN):
            yield file


def _fields() -> set[str]:
    """Of the records of the house."""
    classes = [
        n for file in modules() for n in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(n, ast.ClassDef)
    ]
    inside = [node for one in classes for node in ast.walk(one) if isinstance(node, ast.AnnAssign)]
    return {node.target.id for node in inside if isinstance(node.target, ast.Name)}


@cache
def words() -> frozenset[str]:
    """What studies declare."""
    found: set[str] = set()
    for study in load_studies().values():
        display = study.display(study.usual, None)
        found |= {study.id, *display.metrics, *display.tensors, *display.events, *_settings(study.config)}
    return frozenset(found)


@cache
def common() -> frozenset[str]:
    """Those that are words or letters, and not the house's own."""
    return frozenset({word for word in words() if word.isalpha()} - _fields() - GENERAL)


@cache
def _named() -> re.Pattern[str]:
    return re.compile(r"(?<![a-zA-Z])(?:" + "|".join(sorted(w for w in words() if not w.isalpha())) + r")(?![a-zA-Z])")


@cache
def owners() -> frozenset[str]:
    """What metrics, tensors, events and settings are asked of."""
    parts = {
        name
        for study in load_studies().values()
        for name, field in study.config.model_fields.items()
        if [*records_in(field.annotation)]
    }
    return frozenset({"metrics", "tensors", "events", *parts})


def is_id(text: str) -> bool:
    """Whether a string names something of a study. A letter alone names nothing; in a path it is a setting."""
    if not _ID.fullmatch(text):
        return False
    return any(part in common() and (len(part) > 1 or "." in text) for part in text.split("."))


def in_module(source: str) -> Iterator[tuple[int, str]]:
    """(line, text) of what a module names, but for documentation and examples of an interface."""
    tree = ast.parse(source)
    aside = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in ("examples", "description", "json_schema_extra"):
            aside |= {id(part) for part in ast.walk(node.value)}
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "body_like":
            aside |= {id(part) for part in ast.walk(node)}
    for node in ast.walk(tree):
        text, names = "", False
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in aside:
            text, names = node.value, is_id(node.value)
        elif isinstance(node, ast.Attribute):
            of = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            text, names = node.attr, node.attr in common() and of in owners()
        elif isinstance(node, ast.Name):
            text = node.id
        elif isinstance(node, ast.arg):
            text = node.arg
        if names or _named().search(text):
            yield getattr(node, "lineno", 0), text


def in_script(source: str) -> Iterator[tuple[int, str]]:
    """(line, the whole line) of what a script names, but for comments."""
    asked = re.compile(r"\b(?:" + "|".join(sorted(owners())) + r")\??\.(\w+)\b(?!\()")
    code = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), source)
    for number, line in enumerate(code.splitlines(), 1):
        said = line.split(" // ")[0]
        quoted = any(is_id(found[2]) for found in _QUOTED.finditer(said))
        if quoted or any(found[1] in common() for found in asked.finditer(said)) or _named().search(said):
            yield number, line.strip()


def test_the_page_names_nothing_that_a_study_knows() -> None:
    """It draws what a display declares, and speaks of settings as the schema does."""
    files = sorted(SCRIPTS.rglob("*.js"))
    found = [(file, one) for file in files for one in in_script(file.read_text("utf-8"))]
    assert [f"{file.relative_to(SCRIPTS)}:{line}: {text}" for file, (line, text) in found] == []


def test_no_room_names_what_a_study_knows() -> None:
    found = [(file, one) for file in modules() for one in in_module(file.read_text("utf-8"))]
    assert [f"{file.relative_to(PACKAGE)}:{line}: {text}" for file, (line, text) in found] == []


def test_the_words_are_those_of_the_studies() -> None:
    assert {"two_classes", "signal_cosine_mean", "injected_kappa", "centre_cosine", "p_o", "sigma_xi"} <= words()
    assert {"silhouette", "lottery", "margin", "mse", "k"} <= common()
    assert words() >= GENERAL, "these are words of no study any more"


@pytest.mark.parametrize(
    "planted",
    [
        "value = frame.metrics['signal_cosine_mean']",
        "signal_cosine_mean = 3",
        "def show(centre_cosine): ...",
        "name = f'{run} has no injected_kappa'",
        "value = metrics.get('margin')",
        "value = metrics['silhouette']",
        "value = frame.tensors.centres",
        "if config.study == 'lottery': ...",
        "if event.kind == 'emerged': ...",
        "overrides = {'problem.k': 5}",
        "overrides = {'training.phases.0.momentum': 5}",
        "value = config.problem.k",
        "value = config.method.width",
        "body = {'width': 30}",
    ],
)
def test_what_is_planted_in_a_module_is_found(planted: str) -> None:
    assert [line for line, _ in in_module(f'"""Margin, k and p_o."""\n{planted}\n')] == [2]


@pytest.mark.parametrize(
    "planted",
    [
        'const value = metrics["signal_cosine_mean"];',
        "const { signal_cosine_mean: value } = metrics;",
        "const value = row.metrics.silhouette;",
        "const value = frame.tensors?.centres;",
        'if (run.study === "lottery") draw();',
        "if (kind === 'emerged') draw();",
        'const overrides = { "problem.k": 5 };',
        "const value = config.problem.k;",
        "const value = valueAt(config, `method.width`);",
    ],
)
def test_what_is_planted_in_a_script_is_found(planted: str) -> None:
    assert [line for line, _ in in_script(f"/* The margin, k\n and p_o. */\n{planted}\n")] == [3]


def test_words_of_the_language_are_free() -> None:
    """In prose, as names of one's own, and of what is nobody's setting."""
    module = "margin = 3\nfor k, spike in rows:\n    draw('the margin of k', target=k, width=frame.width)\n"
    script = 'const margin = 3; // p_o\nmake("p", { title: "the margin" }, event.target.width);\n'
    assert [*in_module(module), *in_script(script)] == []

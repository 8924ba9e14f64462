"""Studies of other people's packages: found where they are sound, left out with the reason where they are not."""

import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emergescope.api import catalog as served
from emergescope.api.app import create_app
from emergescope.catalog import experiments, gallery, registry
from emergescope.catalog.changes import run_name
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.parse import parse_config
from emergescope.cli.studies import print_studies
from emergescope.errors import InvalidConfig
from emergescope.settings import Settings

OURS = list(registry.load_studies())

SOUND = """
from dataclasses import replace
from typing import Annotated, Literal
from pydantic import Field
from emergescope.config.run import Capture, RunConfig, Stage
from emergescope.studies.patterns import STUDY as PATTERNS
from emergescope.studies.patterns.config import DictionaryProblem, PatternsConfig

class Problem(DictionaryProblem):
    "Another problem, of the same kind."

class Config(PatternsConfig):
    study: Literal["foreign"] = "foreign"
    problem: Annotated[Problem, Field(title="Problem")] = Problem()

STUDY = replace(PATTERNS, id="foreign", title="Foreign", config=Config, kind=None, order=-1)
"""
PRESET = """
order = 1
title = "From abroad"
text = ""
seconds = 1
[config.problem]
k = 3
"""
MEMBER = '[[members]]\nlabel = "a"\npreset = "none/such"\n'
EXPERIMENT = 'order = 1\ntitle = "A figure"\ntext = ""\nseconds = 1\nseeds = 1\n'
Install = Callable[..., None]
_CACHES = (
    registry.find_studies, registry.load_presets, experiments.load_experiments,
    gallery.load_cards, gallery.load_sections, served.catalog, served.gallery,
)  # fmt: skip


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a package `foreign` that has these files and says that it is a study."""

    def install(files: dict[str, str], point: str = "foreign") -> None:
        for name, text in {"foreign/__init__.py": SOUND, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        info = tmp_path / "foreign-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: foreign\nVersion: 1\n", "utf-8")
        (info / "entry_points.txt").write_text(f"[{registry.GROUP}]\nforeign = {point}\n", "utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))
        for cache in _CACHES:
            cache.cache_clear()

    yield install
    sys.modules.pop("foreign", None)
    monkeypatch.undo()
    for cache in _CACHES:
        cache.cache_clear()


@pytest.mark.parametrize("point", ["foreign", "foreign:STUDY"])
def test_a_sound_study_comes_after_ours(install: Install, capsys: pytest.CaptureFixture[str], point: str) -> None:
    install({"foreign/presets/foreign/a.toml": PRESET}, point)
    assert list(registry.load_studies()) == [*OURS, "foreign"]
    config = registry.get_preset("foreign/a").config
    assert (config.study, parse_config(config.model_dump(mode="json"))) == ("foreign", config)
    assert apply_overrides(config, {"problem.k": 5}).study == "foreign"
    print_studies()
    assert capsys.readouterr().out.splitlines()[-1].split() == ["foreign", "Foreign", "foreign", "1"]
    assert "foreign/a" in [preset.id for preset in served.catalog().presets]


def test_a_study_without_presets_names_its_runs(install: Install) -> None:
    install({})
    study = registry.get_study("foreign")
    assert run_name(study.config.model_validate({"study": "foreign"}), None) == "Foreign"


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"foreign/__init__.py": "raise RuntimeError('of the [bold]authors')"}, "RuntimeError: of the [bold]authors"),
        ({"foreign/__init__.py": "raise SystemExit(3)"}, "SystemExit: 3"),
        ({"foreign/__init__.py": "import no_such_package"}, "No module named 'no_such_package'"),
        ({"foreign/__init__.py": ""}, "has no attribute 'STUDY'"),
        ({"foreign/__init__.py": "STUDY = 3"}, "foreign.STUDY is not a Study"),
        (
            {"foreign/__init__.py": "from emergescope.studies.patterns import STUDY"},
            "emergescope.studies.patterns is a study of the same id, 'patterns'",
        ),
        ({"foreign/presets/foreign/a.toml": "order = = 1"}, "foreign/a.toml is not TOML"),
        ({"foreign/presets/foreign/a.toml": f"{PRESET}d = 0\n"}, "presets/foreign/a.toml: problem.d: "),
        ({"foreign/presets/foreign/a.toml": f"{PRESET}e = 1\n"}, "presets/foreign/a.toml: problem.e: "),
        ({"foreign/presets/foreign/a.toml": "title = 'a'"}, "presets/foreign/a.toml: order: "),
        *(
            (
                {"foreign/presets/foreign/a.toml": PRESET.replace("[", f'control = "{other}"\n[')},
                f"the control of foreign/a is another preset of its study, not '{other}'",
            )
            for other in ("foreign/none", "foreign/a", "quick")  # which is of another study
        ),
        ({"foreign/presets/quick.toml": PRESET}, "emergescope.studies.patterns has a preset 'quick' as well"),
    ],
)
def test_a_study_that_cannot_be_used_is_left_out_with_the_reason(
    install: Install,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    files: dict[str, str],
    reason: str,
) -> None:
    before = list(registry.load_presets())
    install(files)
    with caplog.at_level(logging.ERROR):
        create_app(Settings.load())  # as a server starts
    (record,) = [record for record in caplog.records if record.name == registry.__name__]
    assert isinstance(record.msg, dict)
    assert (record.msg["event"], record.msg["study"], record.msg["package"]) == ("study left out", "foreign", "foreign")
    assert reason in record.msg["reason"]
    print_studies()
    assert f"foreign (foreign) is left out: {record.msg['reason']}" in capsys.readouterr().out
    assert list(registry.load_presets()) == before
    assert experiments.load_experiments()
    with pytest.raises(InvalidConfig, match="there is no study 'foreign' here; there are: patterns"):
        registry.get_study("foreign")
    assert list(registry.load_studies()) == OURS
    assert served.catalog().presets


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("order = = 1", "foreign/b.toml is not TOML"),
        (f"{EXPERIMENT}kind = 3\n", "experiments/foreign/b.toml: kind: "),
        (EXPERIMENT + MEMBER, "experiments/foreign/b.toml: there is no preset 'none/such'"),
    ],
)
def test_experiments_that_cannot_be_read_are_left_out(
    install: Install, caplog: pytest.LogCaptureFixture, text: str, reason: str
) -> None:
    before = list(experiments.load_experiments())
    install({"foreign/presets/foreign/a.toml": PRESET, "foreign/experiments/foreign/b.toml": text})
    with caplog.at_level(logging.ERROR):
        assert list(experiments.load_experiments()) == before
    (record,) = [record for record in caplog.records if record.name == experiments.__name__]
    assert isinstance(record.msg, dict)
    assert reason in record.msg["reason"]
    assert "foreign/a" in registry.load_presets()

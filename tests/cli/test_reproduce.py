"""`emergescope reproduce`: the figures of the paper, their table and exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest

from emergescope.catalog.experiments import get_experiment
from emergescope.cli import reproduce as command
from emergescope.errors import InvalidConfig
from tests.cli.command import emergescope


@pytest.mark.slow
@pytest.mark.parametrize(
    ("figure", "rows", "seeds"),
    [pytest.param("paper/figure-1", 6, 1, marks=pytest.mark.soak), ("paper/figure-2", 7, 2)],
)
def test_a_figure_of_the_paper_is_reproduced(figure: str, rows: int, seeds: int) -> None:
    done = emergescope("reproduce", figure, "--seeds", str(seeds), "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["passed"] is True
    assert len(report["table"]) == rows
    assert all(len(row["values"]) == seeds and row["ok"] for row in report["table"])


def test_a_miss_is_exit_code_1_and_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def none_reached(planned: Any, settings: Any) -> Any:
        return [command._Watched(run).result() for run in planned], ["network, seed 0: it was killed"]

    monkeypatch.setattr(command, "_run_all", none_reached)
    assert command.reproduce("paper/figure-2", seeds=1, workers=1, as_json=False) == 1
    shown = capsys.readouterr().out
    assert "FAIL" in shown
    assert "it was killed" in shown
    assert get_experiment("paper/figure-2").differences[0][:30] in shown


def test_seeds_are_counted_before_they_are_made() -> None:
    with pytest.raises(InvalidConfig, match="up to 10,000"):
        command.reproduce("paper/figure-2", seeds=10**30, workers=1, as_json=False)


def test_what_is_no_figure_is_refused() -> None:
    with pytest.raises(InvalidConfig, match="is a sweep"):
        command.reproduce("sweep/width-background", seeds=1, workers=1, as_json=False)
    done = emergescope("reproduce", "paper/figure-9")
    assert done.returncode == 2
    assert "did you mean" in done.stderr


def test_a_figure_without_its_data_is_refused_before_anything_is_run(tmp_path: Path) -> None:
    done = emergescope("reproduce", "paper/figure-3-fashion", "--seeds", "1", "--data-dir", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "emergescope data fetch fashion-mnist" in done.stderr

"""`emergescope reproduce`: the figures of the paper, their table and exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest

from emergescope.catalog.experiments import PlannedRun, Reproduced, get_experiment
from emergescope.catalog.registry import get_preset
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
    assert command.reproduce(["paper/figure-2"], seeds=1, workers=1) == 1
    shown = capsys.readouterr().out
    assert "FAIL" in shown
    assert "it was killed" in shown
    assert get_experiment("paper/figure-2").differences[0][:30] in shown


def test_figures_are_one_document_that_says_what_failed_and_what_was_not_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def run(planned: list[PlannedRun], settings: Any) -> tuple[list[Reproduced], list[str]]:
        if planned[0].preset == get_preset("paper/parity"):
            return [_in_the_middle(one) for one in planned], []
        if planned[0].preset == get_preset("hidden-progress/parity-50-3"):
            raise OSError("no worker could be started")
        return [_in_the_middle(one) for one in planned], [f"{planned[0].label}, seed 0: it was <killed> | here"]

    def document() -> str:
        code = command.reproduce([], seeds=2, workers=1, form="markdown", at_most=105, data_dir=tmp_path)
        assert code == 1
        return capsys.readouterr().out

    monkeypatch.setattr(command, "_run_all", run)
    text = document()
    assert "Made by `emergescope reproduce --all --markdown --seeds 2 --at-most 105`" in text
    assert text == document()  # nothing of the time or the machine is in it
    assert str(tmp_path) not in text
    assert text.index("## A Theoretical Analysis") < text.index("(`paper/figure-2`)") < text.index("## Hidden Progress")
    assert text.count("## A Theoretical Analysis") == 1
    row = "| mean \\|cos\\| with ±s after step 1 | network | small | 0.02 to 0.06 | 0.04 | 0.04 to 0.04 | pass |"
    assert row in text.splitlines()
    assert "| test accuracy at the end | parity, batch of 32 | — | 0.99 to 1 | — | — | **FAIL** |" in text.splitlines()
    assert "- **Failed**: no worker could be started" in text
    assert "seed 0: it was \\<killed> \\| here" in text
    for sentence in get_experiment("hidden-progress/parity").differences:
        assert f"- {sentence}" in text
    rest = text[text.index("## Not run") :]
    assert "- `paper/figure-3-fashion`: the data set Fashion-MNIST is not there" in rest
    assert "- `paper/figure-4-full`: it usually takes 150 s" in rest


def test_several_figures_are_a_list_in_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "_run_all", lambda planned, settings: ([_in_the_middle(one) for one in planned], []))
    figures = ["paper/figure-2", "paper/figure-1"]
    assert command.reproduce(figures, seeds=1, workers=1, form="json", at_most=12) == 0
    done, left_out = json.loads(capsys.readouterr().out)
    assert (done["preset"], done["passed"], len(done["table"])) == ("paper/figure-2", True, 7)
    assert (left_out["preset"], "40 s" in left_out["not_run"]) == ("paper/figure-1", True)
    assert command.reproduce(figures[:1], seeds=1, workers=1, form="json") == 0
    assert json.loads(capsys.readouterr().out) == done
    with pytest.raises(InvalidConfig, match="at most 1 s"):
        command.reproduce(figures, seeds=1, workers=1, at_most=1)


def _in_the_middle(run: PlannedRun) -> Reproduced:
    """A run whose every value lies in the middle of its band."""
    assert run.preset is not None
    values = [(item, (item.low + item.high) / 2) for item in run.preset.expected]
    return Reproduced(
        run.label,
        run.group,
        run.seed,
        None,
        [{"metric": item.metric, "step": item.step, "value": value, "ok": True} for item, value in values],
        over=True,
    )


@pytest.mark.parametrize("arguments", [(), ("--all", "paper/figure-2"), ("--all", "--json", "--markdown")])
def test_which_figures_and_which_form_is_said_once(arguments: tuple[str, ...]) -> None:
    done = emergescope("reproduce", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "choose one" in done.stderr or "or say --all" in done.stderr


def test_seeds_are_counted_before_they_are_made() -> None:
    with pytest.raises(InvalidConfig, match="up to 10,000"):
        command.reproduce(["paper/figure-2"], seeds=10**30, workers=1)


def test_what_is_no_figure_is_refused() -> None:
    with pytest.raises(InvalidConfig, match="is a sweep"):
        command.reproduce(["sweep/width-background"], seeds=1, workers=1)
    done = emergescope("reproduce", "paper/figure-9")
    assert done.returncode == 2
    assert "did you mean" in done.stderr


def test_a_figure_without_its_data_is_refused_before_anything_is_run(tmp_path: Path) -> None:
    done = emergescope("reproduce", "paper/figure-3-fashion", "--seeds", "1", "--data-dir", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert "emergescope data fetch fashion-mnist" in done.stderr

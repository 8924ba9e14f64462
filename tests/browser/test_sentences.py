"""Sentences that the page makes itself are true: of runs that diverged, marks of the timeline, and what one cites."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.test_experiment_parts import call

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("run", "word"),
    [
        ({"status": "succeeded", "diverged": False}, "succeeded"),
        ({"status": "succeeded", "diverged": True}, "diverged"),
        ({"status": "failed", "diverged": True}, "failed"),
        ({"status": "running", "diverged": True, "wanted": "pause"}, "pausing…"),
        ({"status": "running", "diverged": False, "wanted": "cancel"}, "cancelling…"),
        ({"status": "running", "diverged": False, "waits": "the disk is full"}, "held up"),
    ],
)
def test_a_run_that_diverged_is_not_called_done(modules: Page, run: dict[str, Any], word: str) -> None:
    assert call(modules, "film/status", "m.stateWord(x)", run) == word


def test_marks_are_called_and_ranked_as_the_display_says(modules: Page) -> None:
    rows = [{"step": step, "phase": phase} for step, phase in enumerate(["start", "warm", "warm", "cold", "cold"])]
    run = {
        "events": [
            {"step": 4, "kind": "sprouted", "text": "a long story", "data": None},
            {"step": 1, "kind": "worker_died", "text": "nobody declared this", "data": None},
        ],
        "origin": {"run": "r", "step": 3},
        "display": {"events": {"sprouted": {"title": "It sprouts", "short": "sprouts", "rank": "emergence"}}},
    }
    found = call(modules, "film/timeline", "m.milestones(x.rows, x.run)", {"rows": rows, "run": run})
    assert [(mark["step"], mark["short"], mark["rank"]) for mark in found] == [
        (1, "worker died", "minor"),
        (2, "cold begins", "minor"),
        (3, "forked here", "major"),
        (4, "sprouts", "emergence"),
    ]


@pytest.mark.parametrize(
    ("paper", "lines"),
    [
        (
            {"title": "Shapes & 50 %", "authors": "Ada King, E. Noether and Rhodes", "year": 1935, "url": "x.org/a_b"},
            ["@misc{king1935,", "  author = {Ada King and E. Noether and Rhodes},",
             "  title = {{Shapes \\& 50 \\%}},", "  year = {1935},", "  url = {x.org/a_b},", "}"],
        ),
        (
            {"title": "T", "authors": "Barak et al.", "year": 2022, "url": ""},
            ["@misc{barak2022,", "  author = {Barak and others},", "  title = {{T}},", "  year = {2022},", "}"],
        ),
    ],
)  # fmt: skip
def test_a_paper_is_cited_in_bibtex(modules: Page, paper: dict[str, Any], lines: list[str]) -> None:
    assert call(modules, "pages/lab/cite", "m.paperBibtex(x)", paper).splitlines() == lines


def test_the_methods_say_what_differs_and_with_which_versions(modules: Page) -> None:
    run = {
        "display": {"summary": "Parity of 3 · seed 0", "paper": {"authors": "Ada King", "year": 1935}},
        "preset": "quick",
        "origin": None,
        "changes": [{"text": "k = 5"}, {"text": "p_o = 0.2"}],
        "progress": {"step": 1200, "total": 1200},
        "provenance": {"emergescope": "0.1.0", "torch": "2.13.0", "device": "cpu", "threads": 1},
    }
    said = call(modules, "pages/lab/cite", "m.methodsText(x)", run)
    assert said == (
        "Parity of 3 · seed 0. Settings are those of the preset “quick”, with k = 5, p_o = 0.2. Trained for 1,200 "
        "of 1,200 steps with Emergescope 0.1.0 (torch 2.13.0, device cpu, threads 1). "
        "The setting is that of Ada King (1935)."
    )
    fork = {**run, "origin": {"run": "r", "step": 60}, "changes": [], "provenance": None}
    said = call(modules, "pages/lab/cite", "m.methodsText(x)", fork)
    assert (
        "Settings are those of the run r at step 60, unchanged. Trained for 1,200 of 1,200 steps with Emergescope."
        in said
    )


def test_a_cell_of_lost_networks_is_not_called_never_emerged(modules: Page) -> None:
    lost = {"status": "succeeded", "diverged": True, "step": 10, "total_steps": 10}
    runs = [["a", {**lost, "id": "a"}], ["b", {**lost, "id": "b"}]]
    values = {"emergence_step": {"mean": None, "count": 0, "values": [None, None]}}
    argument = {
        "cell": {"runs": ["a", "b"], "values": values, "done": 2, "total": 2},
        "measure": {"id": "emergence_step", "title": "emergence step", "low": 0, "high": 1},
        "runs": runs,
    }
    assert (
        call(
            modules, "pages/experiments/phase-diagram", "m.cellState(x.cell, x.measure, new Map(x.runs)).kind", argument
        )
        == "diverged"
    )


def test_progress_of_an_experiment_tells_who_diverged(modules: Page) -> None:
    counts = {"total": 3, "running": 0, "paused": 0, "succeeded": 3, "failed": 0, "cancelled": 0, "deleted": 0}
    text = "[m.progressText(x), m.progressText(x, 2)]"
    assert call(modules, "pages/experiments/words", text, counts) == ["3 runs done", "3 runs done, 2 diverged"]


@pytest.mark.parametrize(
    ("papers", "words"),
    [
        (["> 0.99", "about 52%", "", ""], "Of these the paper prints 2; all other bands are our own measurement."),
        (["near 50%", "much lower"], "Of these the paper prints 1 and says 1 in words."),
        (["", ""], "Of these the paper prints none; the bands are our own measurement."),
        (["below direct training", ""], "prints none and says 1 in words; all other band is our own measurement."),
    ],
)
def test_a_verdict_says_how_much_of_it_is_the_papers(modules: Page, papers: list[str], words: str) -> None:
    table = [{"ok": True, "paper": paper} for paper in papers]
    found = call(
        modules, "pages/experiments/words", "m.verdict(x)", {"table": table, "passed": True, "status": "succeeded"}
    )
    assert found["ok"] is True
    assert found["text"].startswith(f"Reproduced: all {len(papers)} values lie within their bands.")
    assert found["text"].endswith(words)

"""The pure parts of the compare page: how runs are told apart, what is offered and what is said of them."""

from typing import Any

import pytest
from playwright.sync_api import Page

from emergescope.catalog.registry import get_preset, study_of
from tests.browser.test_experiment_parts import call

pytestmark = pytest.mark.browser
_SERIES = {
    "series": [f"rgb({shade}, 0, 0)" for shade in range(1, 5)],
    "ink": "rgb(100, 100, 100)",
    "good": "rgb(9, 0, 0)",
}


def _facet(key: str, value: str, short: str = "", colour: str = "", dash: str = "") -> dict[str, str]:
    return {"key": key, "label": key, "value": value, "short": short, "colour": colour, "dash": dash}


def _looks(modules: Page, *displays: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    """Colour, as the first number of its rgb(), dash and words of runs with these facets."""
    expression = """(() => {
        const displays = x.displays.map((facets) => ({ facets }));
        const [styles, words] = [m.lineStyles(displays, { colours: x.colours }), m.distinctions(displays)];
        return styles.map(({ colour, dash }, i) => [colour.match(/\\d+/)[0], dash, words[i]]);
    })()"""
    argument = {"displays": list(displays), "colours": _SERIES}
    return [tuple(look) for look in call(modules, "display/facets", expression, argument)]


def _film(method: str, structure: bool, rate: float = 0.1, seed: int = 0) -> list[dict[str, str]]:
    colours = {"network": "series-1", "kernel": "series-2", "random": "series-3"}
    return [
        _facet("method", method, colour=colours[method]),
        _facet(
            "structure",
            "on" if structure else "off",
            "structure" if structure else "no structure",
            dash="" if structure else "dash",
        ),
        _facet("rate", str(rate), f"rate {rate}"),
        _facet("seed", str(seed), f"seed {seed}"),
    ]


def test_runs_are_told_apart_by_as_few_facets_as_it_takes(modules: Page) -> None:
    def words(*displays: list[dict[str, str]]) -> list[str]:
        return [word for _, _, word in _looks(modules, *displays)]

    usual = _film("network", structure=True)
    assert words(usual, _film("network", structure=True, rate=0.2)) == ["rate 0.1", "rate 0.2"]
    assert words(usual, _film("network", structure=True, rate=0.2, seed=1)) == ["rate 0.1", "rate 0.2"]
    assert words(usual, usual) == ["", ""]
    odd = [_film("network", structure=False), _film("network", structure=True, rate=0.3), usual]
    assert words(*odd) == ["no structure", "rate 0.3", ""]  # the last is as most are
    figure = [_film(method, structure) for structure in (True, False) for method in ("network", "kernel")]
    assert words(*figure) == [
        "network, structure",
        "kernel, structure",
        "network, no structure",
        "kernel, no structure",
    ]
    assert words(usual, [_facet("depth", "3", "depth 3"), _facet("seed", "0", "seed 0")]) == ["network", ""]
    assert words(usual, [_facet("depth", "3", "depth 3"), _facet("seed", "4", "seed 4")]) == ["seed 0", "seed 4"]


def test_colours_are_those_that_a_facet_declares_and_no_two_lines_look_the_same(modules: Page) -> None:
    def lines(*displays: list[dict[str, str]]) -> list[tuple[str, str]]:
        return [(colour, dash) for colour, dash, _ in _looks(modules, *displays)]

    methods = ("network", "kernel", "random")
    assert lines(*(_film(method, structure) for structure in (True, False) for method in methods)) == [
        *(("1", "solid"), ("2", "solid"), ("3", "solid")),
        *(("1", "dash"), ("2", "dash"), ("3", "dash")),
    ]
    twice = lines(
        _film("kernel", structure=True), _film("network", structure=True), _film("network", structure=True, rate=0.2)
    )
    assert twice == [("2", "solid"), ("1", "solid"), ("3", "solid")]
    assert lines(_film("network", structure=False), _film("network", structure=False, rate=1)) == [
        ("1", "solid"),
        ("2", "solid"),
    ]
    many = [_film("network", structure=True, seed=seed) for seed in range(12)]
    assert len(set(lines(*many))) == len(set(lines(*many[:1] * 12))) == 12


def test_runs_that_differ_in_the_seed_alone_are_one_line_with_a_band(modules: Page) -> None:
    def film(letter: str, rate: float, seed: int, *values: float | None) -> dict[str, Any]:
        numbers = [{"step": step, "metrics": {"loss": value}} for step, value in enumerate(values)]
        display = {"facets": _film("network", structure=True, rate=rate, seed=seed)}
        return {
            "letter": letter,
            "run": {"config": {"study": "a", "rate": rate, "seed": seed}, "display": display},
            "numbers": numbers,
        }

    films = [film("A", 0.1, 0, 1, 0.5, 0), film("B", 0.1, 1, 3, 1.5), film("C", 0.2, 0, 2, None), film("D", 0.1, 2)]
    expression = """m.strandsOf(x.films, { colours: x.colours }, x.together)
        .map((strand) => [strand.letter, strand.label, Object.values(m.drawn(strand, "loss"))])"""
    together = call(modules, "pages/compare/chart", expression, {"films": films, "colours": _SERIES, "together": True})
    assert together == [
        ["ABD", "rate 0.1", [[0, 1], [2, 1], [1, 0.5], [3, 1.5]]],
        ["C", "rate 0.2", [[0, 1], [2, None]]],
    ]
    alone = call(modules, "pages/compare/chart", expression, {"films": films, "colours": _SERIES, "together": False})
    assert [(letter, label) for letter, label, _ in alone] == [
        ("A", "seed 0"),
        ("B", "seed 1"),
        ("C", "rate 0.2"),
        ("D", "seed 2"),
    ]


def test_panels_and_metrics_of_different_studies_are_offered_together(modules: Page) -> None:
    def panel(kind: str, identifier: str, hero: bool = False) -> dict[str, Any]:
        return {"kind": kind, "id": identifier, "title": f"{kind} {identifier}", "hero": hero}

    displays = [
        {"panels": [panel("points", "map", True), panel("curves", "learning")]},
        {"panels": [panel("matrix", "map"), panel("curves", "learning"), panel("bars", "power")]},
    ]
    expression = """(() => {
        const choices = m.panelChoices(x);
        const chosen = (asked) => { const one = m.chosenPanel(choices, asked); return `${one.kind} ${one.id}`; };
        const keys = choices.map((one) => [m.panelKey(choices, one), one.all]);
        return [keys, ["", "map", "map.matrix", "gone"].map(chosen)];
    })()"""
    assert call(modules, "pages/compare/words", expression, displays) == [
        [["learning", True], ["map", False], ["map.matrix", False], ["power", False]],
        ["curves learning", "points map", "matrix map", "curves learning"],
    ]
    metric = {"title": "t", "emphasis": False}
    metrics = [
        {"metrics": {"loss": {**metric, "group": "loss"}, "a": {**metric, "group": "right", "emphasis": True}}},
        {"metrics": {"b": {**metric, "group": "right"}, "loss": {**metric, "group": "loss", "title": "other"}}},
    ]
    found = call(
        modules,
        "pages/compare/words",
        "m.metricGroups(x).map(([group, all]) => [group, all.map(({ name, title }) => name + title)])",
        metrics,
    )
    assert found == [["right", ["at", "bt"]], ["loss", ["losst"]]]


def test_tiles_take_the_grid_that_leaves_each_the_most(modules: Page) -> None:
    expression = "x.map(([count, width, height]) => m.bestGrid(count, width, height).columns)"
    screens = [
        (1, 1000, 700),
        (2, 1000, 700),
        (2, 400, 900),
        (3, 1440, 500),
        (4, 1000, 800),
        (6, 1440, 500),
        (6, 1280, 546),  # the same size in six columns as in three: names need width
        (12, 1440, 700),
    ]
    assert call(modules, "pages/compare/tile", expression, screens) == [1, 2, 1, 3, 2, 6, 3, 6]


@pytest.mark.parametrize(
    ("statuses", "lost", "text", "status"),
    [
        (["running", "paused", "succeeded"], False, "live · 2 of 3 still to end, 1 of 3 paused", "running"),
        (["running", "succeeded"], True, "not connected", "queued"),
        (["paused", "succeeded"], False, "1 of 2 paused", "paused"),
        (["failed", "succeeded"], False, "all done", "succeeded"),
        (["succeeded", "diverged"], False, "all done, 1 diverged", "diverged"),
    ],
)
def test_a_comparison_says_what_it_waits_for(
    modules: Page, statuses: list[str], lost: bool, text: str, status: str
) -> None:
    display = {"metrics": {"loss": {"vital": True}}}
    runs = [{"status": one.replace("diverged", "succeeded"), "diverged": one == "diverged"} for one in statuses]
    live = not {"running", "paused"}.isdisjoint(statuses)
    argument = {"runs": [{**run, "display": display} for run in runs], "live": live, "lost": lost}
    expression = "m.statusOfAll(x.runs, x.runs.length, { complete: x.live ? 0 : Infinity, lost: x.lost })"
    assert call(modules, "pages/compare/words", expression, argument) == {"text": text, "status": status}


@pytest.mark.parametrize(
    ("metric", "step", "said"),
    [
        ({"passes": 0.9}, 1, "Recall past 90 %: A from step 1, B from 1, C from 1."),
        ({"passes": 0.9}, 0, "Recall past 90 %: none so far."),
        ({"passes": 0.97}, 2, "Recall past 97 %: C from step 1 (not a number at step 2), A from 2; not B."),
        (
            {"passes": 0.9},
            2,
            "Recall past 90 %: A from step 1, B from 1 (40.0 % at step 2), C from 1 (not a number at step 2).",
        ),
        ({"passes": 0.45, "falling": True}, 2, "Recall below 45 %: B from step 2; not A, C."),
        ({}, 1, "Recall: smallest in A (96.0 %), largest in C (99.0 %)."),
        ({}, 2, "Recall: smallest in B (40.0 %), largest in A (97.0 %)."),
        ({"name": "never"}, 2, "Recall: not measured in these runs."),
    ],
)
def test_what_is_said_of_a_metric_is_true_of_each_run(
    modules: Page, metric: dict[str, Any], step: int, said: str
) -> None:
    values = {"A": (0.5, 0.96, 0.97), "B": (0.5, 0.96, 0.4), "C": (0.5, 0.99, None)}
    films = [
        {"letter": letter, "numbers": [{"step": i, "metrics": {"recall": value}} for i, value in enumerate(some)]}
        for letter, some in values.items()
    ]
    usual = {"name": "recall", "title": "recall", "unit": "share", "passes": None, "falling": False}
    argument = {"films": films, "step": step, "metric": {**usual, **metric}}
    found: str = call(modules, "pages/compare/words", "m.tellMetric(x.films, x.step, x.metric)", argument)
    assert found.replace("\u00a0", " ") == said


def test_runs_of_our_presets_are_told_apart_by_the_facets_of_their_studies(modules: Page) -> None:
    def words(*presets: str) -> list[str]:
        configs = [get_preset(preset).config for preset in presets]
        displays = [study_of(config).display(config, None).as_json() for config in configs]
        found: list[str] = call(modules, "display/facets", "m.distinctions(x)", displays)
        return found

    kinds = ("", "-random-labels", "-lazy")
    assert words(*(f"paper/figure-3-mnist{kind}" for kind in kinds)) == ["", "random labels", "σw 0.1"]
    assert words("paper/parity", "paper/parity-no-structure") == ["structure", "no structure"]
    assert len(set(words("paper/parity", "paper/parity-ntk", "paper/parity-random-features"))) == 3

"""Experiments and sweeps: what they expand to, what is refused and why, and how a figure's table is judged."""

import json
from pathlib import Path
from typing import Any

import pytest

from emergescope.catalog.changes import expectations
from emergescope.catalog.experiments import (
    Reproduced,
    figure_rows,
    figure_table,
    get_experiment,
    load_experiments,
    parse_sweep,
    passed,
    plan_figure,
    plan_sweep,
    seed_list,
    stored_sweep,
)
from emergescope.catalog.overrides import path_title
from emergescope.catalog.parse import parse_config
from emergescope.catalog.registry import get_preset
from emergescope.catalog.sweep import axes_of, base_config
from emergescope.errors import InvalidConfig
from tests.patterns import patterns


def _sweep(grid: dict[str, Any], **base: Any) -> Any:
    return parse_sweep({"base": base or {"preset": "quick"}, "grid": grid})


def test_a_sweep_is_its_grid_times_its_seeds() -> None:
    sweep = _sweep({"method.m": [4, 8], "problem.p_o": [0.1, 0.3, 0.5]})
    runs = plan_sweep(sweep, [0, 7], 100)
    assert len(runs) == 12
    assert {(patterns(r.config).method.m, patterns(r.config).problem.p_o, r.seed, r.config.seed) for r in runs} == {
        (m, p, s, s) for m in (4, 8) for p in (0.1, 0.3, 0.5) for s in (0, 7)
    }
    for run in runs:
        config = patterns(run.config)
        assert run.cell == {"method.m": config.method.m, "problem.p_o": config.problem.p_o}


def test_switches_and_settings_of_phases_can_be_swept() -> None:
    sweep = _sweep({"problem.structure": [True, False], "training.phases.0.eta": [1, 2.5]})
    runs = plan_sweep(sweep, [0], 10)
    assert {(patterns(r.config).problem.structure, patterns(r.config).training.phases[0].eta) for r in runs} == {
        (True, 1),
        (True, 2.5),
        (False, 1),
        (False, 2.5),
    }
    assert path_title(runs[0].config, "training.phases.0.eta") == "learning rate η of features"
    assert path_title(runs[0].config, "problem.p_o") == "background probability p_o"


@pytest.mark.parametrize(
    ("grid", "pointer", "words"),
    [
        ({"problem.q": [1]}, "/grid/problem.q", "did you mean"),
        ({"method.m": [4] * 2}, "/grid/method.m", "twice"),
        ({"method.m": []}, "/grid/method.m", "no values"),
        ({"problem.labels.rule": [1, 2]}, "/grid/problem.labels.rule", "one of parity, majority"),
        ({"problem.labels.rule": ["odd"]}, "/grid/problem.labels.rule", "not odd"),
        ({"problem.kind": ["dictionary"]}, "/grid/problem.kind", "one value only"),
        ({"training.phases.0.name": ["a", "b"]}, "/grid/training.phases.0.name", "no number, switch or choice"),
        ({"method.kind": ["network", "ntk"]}, "/grid/method.kind", "cannot be"),  # a phase smooths
        ({"problem.structure": [1, 0]}, "/grid/problem.structure", "true and false"),
        ({"method.m": [True]}, "/grid/method.m", "takes numbers"),
        ({"seed": [1, 2]}, "/grid/seed", "seeds"),
        ({"problem.k": [3, 4]}, "/grid/problem.k", "problem.k = 4 cannot be"),
        ({"problem.p_o": [0.3], "problem.structure": [False]}, "/grid/problem.structure", "probability 1/2"),
        ({"method.m": list(range(1, 100))}, "/grid", "99 runs, and this server takes 50"),
    ],
)
def test_impossible_grids_are_refused_with_the_reason(grid: dict[str, Any], pointer: str, words: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        plan_sweep(_sweep(grid), [0], 50)
    assert caught.value.fields[0].pointer == pointer
    assert words in caught.value.detail


def test_methods_rules_and_choices_are_axes_like_others() -> None:
    plain = {"preset": "quick", "overrides": {"training.phases": [{"name": "all", "steps": 5}], "method.m": 12}}
    grid = {"method.m": [4, 8], "method.kind": ["network", "random_features"], "problem.labels.rule": ["majority"]}
    sweep = _sweep(grid, **plain)
    configs = [patterns(run.config) for run in plan_sweep(sweep, [0], 10)]
    assert [(c.method.m, c.method.kind) for c in configs] == [
        (4, "network"),
        (4, "random_features"),
        (8, "network"),
        (8, "random_features"),
    ]
    assert {c.problem.labels.rule for c in configs} == {"majority"}
    spacings = plan_sweep(_sweep({"capture.spacing": ["linear", "geometric"]}, **plain), [0], 10)
    assert [run.config.capture.spacing for run in spacings] == ["linear", "geometric"]
    names = [run.label for run in plan_sweep(_sweep({"method.kind": ["random_features"]}, **plain), [0], 10)]
    assert names == ["method = random features"]


def test_another_kind_of_a_part_keeps_what_both_have() -> None:
    base = {"preset": "paper/parity-random-features", "overrides": {"method.m": 12, "method.ridge_samples": 77}}
    sweep = _sweep({"method.kind": ["network", "random_features"]}, **base)
    network, features = [run.config.model_dump()["method"] for run in plan_sweep(sweep, [0], 10)]
    assert (network["kind"], network["m"]) == ("network", 12)
    assert (features["kind"], features["m"], features["ridge_samples"]) == ("random_features", 12, 77)
    axis = axes_of(base_config(sweep.base), sweep)[0]
    assert (axis.title, axis.names) == ("method", ("network", "random features"))


def test_settings_of_several_phases_are_told_apart() -> None:
    phases = [{"name": "first"}, {"name": "again"}, {"name": "again"}]
    config = parse_config({"training": {"phases": phases}})
    titles = [path_title(config, f"training.phases.{i}.steps") for i in range(3)]
    assert titles == ["steps of first", "steps of phase 2", "steps of phase 3"]


def test_a_stored_sweep_is_read_by_its_first_cell() -> None:
    """One setting alone may be impossible where all of the cell are possible."""
    grid = {"problem.p_o": [0.5], "problem.structure": [False, True]}
    data = {"base": {"preset": "quick", "overrides": {"problem.p_o": 0.3}}, "grid": grid}
    assert len(plan_sweep(stored_sweep(data), [0], 10)) == 2


def test_labels_that_no_cell_can_have_are_refused() -> None:
    """An interval without counts, and a distribution whose gamma is not positive."""
    interval = {"problem.labels": {"rule": "interval", "low": 2, "high": 3}}
    with pytest.raises(InvalidConfig, match="holds no counts"):
        plan_sweep(
            _sweep(
                {"problem.labels.low": [3]},
                preset="quick",
                overrides={"problem.labels": {"rule": "interval", "low": 1, "high": 2}},
            ),
            [0],
            50,
        )
    with pytest.raises(InvalidConfig, match="gamma = -"):
        plan_sweep(
            _sweep(
                {"problem.labels.high": [0]},
                preset="quick",
                overrides={"problem.labels": {"rule": "interval", "low": 0, "high": 2}, "problem.structure": True},
            ),
            [0],
            50,
        )
    assert plan_sweep(_sweep({"method.m": [3]}, preset="quick", overrides=interval), [0], 50)


@pytest.mark.parametrize("preset", ["paper/figure-3-mnist", "paper/figure-4-mnist"])
def test_labels_of_patterns_are_no_axis_for_images(preset: str) -> None:
    with pytest.raises(InvalidConfig, match="is not there") as caught:
        plan_sweep(_sweep({"problem.labels.low": [1, 2]}, preset=preset), [0], 50)
    assert [field.pointer for field in caught.value.fields] == ["/grid/problem.labels.low"]


def test_the_base_is_a_preset_or_a_config_not_both() -> None:
    config = get_preset("quick").config.model_dump(mode="json")
    assert plan_sweep(_sweep({"method.m": [3]}, config=config), [0], 50)
    for base in ({"preset": "quick", "config": config}, {"preset": None}):
        with pytest.raises(InvalidConfig, match="either as a preset or as a config"):
            plan_sweep(_sweep({"method.m": [3]}, **base), [0], 50)


def test_every_experiment_of_the_program_can_be_planned() -> None:
    for preset in load_experiments().values():
        seeds = range(preset.seeds)
        runs = plan_figure(preset, seeds) if preset.sweep is None else plan_sweep(preset.sweep, seeds, 500)
        assert len(runs) >= preset.seeds
        assert preset.text
    with pytest.raises(InvalidConfig, match="did you mean 'paper/figure-1'"):
        get_experiment("papr/figure-1")


def test_seeds_are_a_number_or_a_list() -> None:
    assert seed_list(3) == [0, 1, 2]
    assert seed_list([5, 2]) == [5, 2]
    for wrong in ([], [1, 1], [-1], 0):
        with pytest.raises(InvalidConfig, match="seeds are"):
            seed_list(wrong)


def test_a_figure_passes_when_every_seed_lies_in_its_band() -> None:
    preset = get_experiment("paper/figure-2")
    planned = plan_figure(preset, [0, 1])

    def result(seed: int, value: float | None, over: bool = True) -> Reproduced:
        run = planned[seed]
        expected = [
            {**item, "value": value, "ok": None if value is None else item["low"] <= value <= item["high"]}
            for item in expectations(run.preset, run.config)
        ]
        return Reproduced(run.label, run.group, seed, f"run{seed}", expected, over)

    bands = [item for _, item in figure_rows(preset)]
    assert passed(figure_table(preset, [result(0, None, False), result(1, None, False)])) is None
    table = figure_table(preset, [result(0, 0.995), result(1, 0.99)])
    assert [row["ok"] for row in table] == [item.low <= 0.99 and item.high >= 0.995 for item in bands]
    assert passed(table) is False
    assert table[3]["mean"] == pytest.approx(0.9925)
    failed = figure_table(preset, [result(0, 0.995), result(1, None)])
    assert failed[3]["ok"] is False  # a run that ended without the value does not hold


def test_figures_promise_what_the_paper_says() -> None:
    """The bands of every row of figures 1 to 3, written out."""
    rows = {
        (figure, member.preset, item.metric, item.step): (item.low, item.high)
        for figure in (
            "paper/figure-1",
            "paper/figure-2",
            "paper/figure-3",
            "paper/figure-3-full",
            "paper/figure-3-fashion",
        )
        for member, item in figure_rows(get_experiment(figure))
    }
    known = json.loads((Path(__file__).parent / "bands.json").read_text("utf-8"))
    assert rows == {tuple(row["key"]): tuple(row["band"]) for row in known}

"""What differs between configurations, and what runs are called for it."""

from typing import Any

import pytest

from emergescope.catalog.changes import changes, name_with, run_name, unsaid
from emergescope.catalog.experiments import parse_sweep, plan_sweep
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_preset

QUICK = get_preset("quick")
PARITY = get_preset("paper/parity")


@pytest.mark.parametrize(
    ("overrides", "texts"),
    [
        ({}, []),
        ({"problem.p_o": 0.2}, ["p_o = 0.2"]),
        ({"seed": 3, "problem.k": 5}, ["k = 5", "seed = 3"]),
        ({"problem.structure": False}, ["input structure off"]),
        ({"method.sigma_w": 1e-5}, ["σ_w = 1e-05"]),
        (
            {"method": {"kind": "random_features"}, "training.phases": [{}]},
            ["method = random features", "phases = features"],
        ),
        ({"problem.labels": {"rule": "interval", "low": 1, "high": 2}}, ["labels = interval 1, 2"]),
        ({"training.phases": [{"name": "a"}, {"name": "b"}]}, ["phases = a, b"]),
        ({"capture.frames": 7}, ["frames = 7"]),
    ],
)
def test_changes_are_told_in_a_few_words(overrides: dict[str, Any], texts: list[str]) -> None:
    assert [change.text for change in changes(apply_overrides(QUICK.config, overrides), QUICK.config)] == texts


def test_changes_are_data_that_leads_back() -> None:
    config = apply_overrides(PARITY.config, {"training.phases.0.eta": 0.5, "problem.k": 7, "capture.frames": 9})
    found = changes(config, PARITY.config)
    assert [(c.path, c.label, c.value, c.free) for c in found] == [
        ("problem.k", "k", 7, False),
        ("training.phases.0.eta", f"η of {PARITY.config.stages[0].name}", 0.5, False),
        ("capture.frames", "frames", 9, True),
    ]
    assert apply_overrides(config, {c.path: c.was for c in found}) == PARITY.config
    assert apply_overrides(PARITY.config, {c.path: c.value for c in found}) == config


def test_a_run_is_called_by_its_preset_and_what_differs() -> None:
    config = apply_overrides(QUICK.config, {"problem.p_o": 0.2})
    assert run_name(QUICK.config, QUICK) == QUICK.title
    assert run_name(config, QUICK) == f"{QUICK.title}: p_o = 0.2"
    assert run_name(config, None) == f"Like {QUICK.title}: p_o = 0.2"  # of all presets the one that it is most like


def test_long_names_are_cut() -> None:
    many = {"problem.k": 5, "problem.p_o": 0.2, "method.m": 7, "capture.frames": 9, "seed": 2}
    found = changes(apply_overrides(QUICK.config, many), QUICK.config)
    assert name_with("A", found) == "A: k = 5, p_o = 0.2, m = 7 and 2 more"
    long = name_with("A" * 300, found)
    assert len(long) == 200
    assert long.endswith("…: k = 5, p_o = 0.2, m = 7 and 2 more")
    assert len(name_with("A" * 300, [])) == 200


def test_what_a_name_does_not_say() -> None:
    found = changes(apply_overrides(QUICK.config, {"problem.k": 5, "seed": 2}), QUICK.config)
    assert unsaid("My own: k = 5", found) == "seed = 2"
    assert unsaid(name_with("A", found), found) == ""


def test_cells_of_a_sweep_name_the_phase_that_they_change() -> None:
    grid = {"training.phases.0.eta": [0.1], "training.phases.1.eta": [0.2], "problem.structure": [True]}
    planned = plan_sweep(parse_sweep({"base": {"preset": "paper/parity"}, "grid": grid}), [0], 9)
    first, second = (stage.name for stage in PARITY.config.stages[:2])
    assert planned[0].label == f"η of {first} = 0.1, η of {second} = 0.2, input structure on"
    [cell] = plan_sweep(parse_sweep({"base": {"preset": "quick"}, "grid": {"method.m": [5]}}), [0], 9)
    assert cell.label == "m = 5"

"""The pure parts of pausing and forking: what a fork may change, what is sent of it, and what a state is called."""

from typing import Any

import pytest
from playwright.sync_api import Page

from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.parse import joint_schema, parse_config
from emergescope.catalog.registry import get_preset
from emergescope.service.forks import check_fork
from tests.browser.test_experiment_parts import call

pytestmark = pytest.mark.browser


def config() -> dict[str, Any]:
    """Three phases, of 160, 80 and 60 steps."""
    return get_preset("quick").config.model_dump(mode="json")


def _other(value: Any) -> Any:
    """Another value that a setting can have."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, list):
        return value[:1]
    if isinstance(value, dict):
        return {"rule": "majority"}
    return "geometric" if value == "linear" else value + 1 if isinstance(value, int) else value / 2 + 0.1


def overrides(page: Page, edited: dict[str, Any], past: int) -> dict[str, Any]:
    argument = {"config": config(), "edited": edited, "past": past}
    found: dict[str, Any] = call(page, "pages/lab/fork-settings", "m.overridesOf(x.config, x.edited, x.past)", argument)
    return found


@pytest.mark.parametrize(
    ("step", "past", "left"), [(0, 0, 160), (159, 0, 1), (160, 1, 80), (239, 1, 1), (240, 2, 60), (300, 2, 0)]
)
def test_phases_that_are_over_are_not_offered(modules: Page, step: int, past: int, left: int) -> None:
    argument = {"config": config(), "step": step}
    assert call(modules, "pages/lab/fork-settings", "m.phaseAt(x.config, x.step)", argument) == {"past": past, "left": left}


@pytest.mark.parametrize(
    ("overrides", "offered"),
    [
        ({}, 12),
        ({"problem": {"kind": "two_classes"}}, 8),
        ({"problem": {"kind": "mixture"}, "method": {"kind": "resnet18"}, "training": {"kind": "sgd"}}, 5),
    ],
    ids=["patterns", "two classes", "mixture"],
)
def test_all_that_is_offered_can_be_changed(modules: Page, overrides: dict[str, Any], offered: int) -> None:
    phases = [{"name": "first"}, {"name": "second"}]
    parent = parse_config({"training": {"kind": "phases", "phases": phases}, **overrides})
    config = parent.model_dump(mode="json")
    paths = call(
        modules,
        "pages/lab/fork-settings",
        "Object.entries(m.forkSchema(x.schema, x.config).properties).flatMap(([part, { properties }]) =>"
        " Object.keys(properties).map((name) => `${part}.${name}`))",
        {"schema": joint_schema(), "config": config},
    )
    assert len(paths) == offered
    for path in paths:
        part, name = path.split(".")
        child = apply_overrides(parent, {path: _other(config[part][name])})
        assert child != parent, path
        check_fork(parent, child, 10)


def test_only_what_differs_is_sent(modules: Page) -> None:
    edited = config()
    edited["training"]["phases"] = edited["training"]["phases"][1:]
    assert overrides(modules, edited, 1) == {}
    edited["problem"]["structure"] = False
    edited["problem"]["labels"] = {"rule": "majority"}
    edited["training"]["phases"][1]["eta"] = 0.1
    assert overrides(modules, edited, 1) == {
        "problem.structure": False,
        "problem.labels": {"rule": "majority"},
        "training.phases.2.eta": 0.1,
    }


def test_with_a_phase_more_all_phases_are_sent(modules: Page) -> None:
    edited = config()
    phases = edited["training"]["phases"]
    edited["training"]["phases"] = [phases[2], phases[2]]
    assert overrides(modules, edited, 2) == {"training.phases": [*phases, phases[2]]}


def test_a_refusal_finds_the_phase_that_is_shown(modules: Page) -> None:
    def shown(at: str) -> str:
        found: str = call(modules, "pages/lab/fork-settings", "m.pointerToCome(x, 2)", at)
        return found

    assert shown("/overrides/training/phases/2/eta") == "/overrides/training/phases/0/eta"
    assert shown("/overrides/problem/p_o") == "/overrides/problem/p_o"


@pytest.mark.parametrize(
    ("statuses", "text", "status"),
    [
        (["running", "paused", "succeeded"], "live · 2 of 3 still to end, 1 of 3 paused", "running"),
        (["paused", "succeeded"], "1 of 2 paused", "paused"),
        (["failed", "succeeded"], "all done", "succeeded"),
        (["succeeded", "diverged"], "all done, 1 diverged", "diverged"),
    ],
)
def test_a_comparison_says_what_it_waits_for(modules: Page, statuses: list[str], text: str, status: str) -> None:
    diverged = [{"step": 2, "kind": "diverged", "text": "diverged"}]
    runs = [
        {"status": "succeeded", "events": diverged} if one == "diverged" else {"status": one, "events": []}
        for one in statuses
    ]
    live = not {"running", "paused"}.isdisjoint(statuses)
    argument = {"runs": runs, "live": live}
    expression = "m.statusOfAll(x.runs, x.runs.length, { complete: x.live ? 0 : Infinity, connection: null })"
    found = call(modules, "pages/compare/words", expression, argument)
    assert found == {"text": text, "status": status}

"""The pure parts of pausing and forking: what a fork may change, what is sent of it, and what a state is called."""

from typing import Any

import pytest
from playwright.sync_api import Page

from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.parse import parse_config, schemas
from emergescope.catalog.registry import get_preset
from emergescope.service.forks import check_fork
from tests.browser.test_experiment_parts import call
from tests.browser.test_form import changed
from tests.browser.test_image_form import show

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
    if isinstance(value, str):
        return {"linear": "geometric", "parity": "random"}[value]
    return value + 1 if isinstance(value, int) else value / 2 + 0.1


PLAN = "m.forkPlan(x.schema, x.config, x.step)"


def plan(page: Page, step: int, expression: str, value: Any = None) -> Any:
    """What a fork at the step says: `expression` of it, with `x.value`."""
    argument = {"schema": schemas()["patterns"], "config": config(), "step": step, "value": value}
    return call(page, "pages/lab/fork", f"{PLAN}{expression}", argument)


@pytest.mark.parametrize(
    ("step", "past", "left"), [(0, 0, 160), (159, 0, 1), (160, 1, 80), (239, 1, 1), (240, 2, 60), (300, 2, 0)]
)
def test_phases_that_are_over_are_not_offered(modules: Page, step: int, past: int, left: int) -> None:
    assert [plan(modules, step, ".past"), plan(modules, step, ".left")] == [past, left]
    assert plan(modules, step, ".toCome().training.phases") == config()["training"]["phases"][past:]
    assert plan(modules, step, ".stage")["noun"] == "phase"


@pytest.mark.parametrize(
    ("overrides", "offered"),
    [
        ({}, 12),
        ({"problem": {"kind": "two_classes"}}, 8),
        ({"problem": {"kind": "mixture"}, "method": {"kind": "resnet18"}, "training": {"kind": "sgd"}}, 5),
        ({"study": "hidden_progress"}, 7),
    ],
    ids=["patterns", "two classes", "mixture", "hidden progress"],
)
def test_all_that_is_offered_can_be_changed(modules: Page, overrides: dict[str, Any], offered: int) -> None:
    phases = {"kind": "phases", "phases": [{"name": "first"}, {"name": "second"}]}
    parent = parse_config({"training": phases, **overrides} if "study" not in overrides else overrides)
    config = parent.model_dump(mode="json")
    show(modules, config, schemas()[parent.study]["fixed"])
    modules.locator("details").evaluate_all("(all) => all.forEach((one) => { one.open = true; })")
    seen = [str(label.get_attribute("id")) for label in modules.locator(".form-label:visible").all()]
    paths = {".".join(one.split("-")[1:3]) for one in seen}
    assert len(paths) == offered, paths
    assert changed(modules) == []
    for path in paths:
        part, name = path.split(".")
        child = apply_overrides(parent, {path: _other(config[part][name])})
        assert child != parent, path
        check_fork(parent, child, 10)


def test_only_what_differs_is_sent(modules: Page) -> None:
    edited = config()
    edited["training"]["phases"] = edited["training"]["phases"][1:]
    assert plan(modules, 160, ".overridesOf(x.value)", edited) == {}
    edited["problem"]["structure"] = False
    edited["problem"]["labels"] = {"rule": "majority"}
    edited["training"]["phases"][1]["eta"] = 0.1
    assert plan(modules, 160, ".overridesOf(x.value)", edited) == {
        "problem.structure": False,
        "problem.labels": {"rule": "majority"},
        "training.phases.2.eta": 0.1,
    }


def test_with_a_phase_more_all_phases_are_sent(modules: Page) -> None:
    edited = config()
    phases = edited["training"]["phases"]
    edited["training"]["phases"] = [phases[2], phases[2]]
    assert plan(modules, 240, ".overridesOf(x.value)", edited) == {"training.phases": [*phases, phases[2]]}


def test_a_refusal_finds_the_phase_that_is_shown(modules: Page) -> None:
    def shown(at: str) -> str:
        found: str = plan(modules, 240, ".pointerToCome(x.value)", at)
        return found

    assert shown("/overrides/training/phases/2/eta") == "/overrides/training/phases/0/eta"
    assert shown("/overrides/problem/p_o") == "/overrides/problem/p_o"

"""The pure parts of the experiments' pages: cells of a sweep, curves over seeds, settings and values of a new sweep."""

from typing import Any

import pytest
from playwright.sync_api import Page

from emergescope.catalog.overrides import config_paths
from emergescope.catalog.parse import joint_schema
from emergescope.catalog.registry import get_preset

pytestmark = pytest.mark.browser


def call(page: Page, module: str, expression: str, argument: Any = None) -> Any:
    """The value of `expression`, in which `m` is the module and `x` the argument."""
    script = f'async (x) => {{ const m = await import("/js/{module}.js"); return {expression}; }}'
    return page.evaluate(script, argument)


def state(page: Page, statuses: list[str], values: list[float | None], measure: str = "emergence_step") -> Any:
    """The state of a cell whose runs, a, b, ..., have these statuses; finished ones have these values, on 0 to 100."""
    known = [value for value in values if value is not None]
    runs = [
        [name, {"id": name, "status": status, "step": 50 if status == "running" else 0, "total_steps": 100}]
        for name, status in zip("abcd", statuses, strict=False)
    ]
    summary = {"mean": sum(known) / len(known) if known else None, "count": len(known), "values": values}
    cell = {"runs": [name for name, _ in runs], "values": {measure: summary}}
    argument = {"cell": cell, "measure": {"id": measure, "low": 0, "high": 100}, "runs": runs}
    return call(page, "pages/experiments/cell-state", "m.cellState(x.cell, x.measure, new Map(x.runs))", argument)


@pytest.mark.parametrize(
    ("statuses", "values", "kind"),
    [
        (["succeeded", "succeeded"], [20, 40], "value"),
        (["succeeded", "succeeded"], [None, None], "never"),
        (["succeeded", "queued"], [None], "running"),
        (["queued", "queued"], [], "waiting"),
        (["paused", "paused"], [], "paused"),
        (["paused", "succeeded"], [None], "paused"),
        (["paused", "queued"], [], "waiting"),
        (["failed", "failed"], [], "failed"),
        (["failed", "succeeded"], [None], "never"),
        (["cancelled", "cancelled"], [], "cancelled"),
        ([], [], "deleted"),
    ],
)
def test_a_cell_says_what_became_of_its_runs(
    modules: Page, statuses: list[str], values: list[float | None], kind: str
) -> None:
    assert state(modules, statuses, values)["kind"] == kind


def test_other_measures_have_no_value_rather_than_never(modules: Page) -> None:
    assert state(modules, ["succeeded"], [None], "test_accuracy")["kind"] == "none"


def test_one_press_opens_the_first_finished_film(modules: Page) -> None:
    assert state(modules, ["failed", "running", "succeeded", "succeeded"], [20, 40])["film"] == "c"
    assert state(modules, ["queued", "running"], [])["film"] == "b"


def test_a_cell_knows_its_colour_its_progress_and_what_is_missing(modules: Page) -> None:
    found = state(modules, ["succeeded", "running"], [25])
    assert (found["share"], found["done"], found["partial"]) == (0.25, 0.75, False)
    assert state(modules, ["succeeded", "succeeded"], [25, None])["partial"] is True


@pytest.mark.parametrize(
    ("axes", "arranged"),
    [
        ([[1, 2]], {"x": 0, "y": None, "facets": []}),
        ([[1, 2], [3]], {"x": 0, "y": 1, "facets": []}),
        ([[True, False], [1, 2], [3]], {"x": 1, "y": 2, "facets": [0]}),
        ([[1, 2], [True, False]], {"x": 0, "y": None, "facets": [1]}),
        ([[1], [2], [3]], {"x": 0, "y": 1, "facets": [2]}),
        ([[True, False]], {"x": 0, "y": None, "facets": []}),
    ],
)
def test_axes_of_numbers_are_x_and_y(modules: Page, axes: list[list[Any]], arranged: dict[str, Any]) -> None:
    assert call(modules, "pages/experiments/cell-state", "m.arrange(x)", [{"values": values} for values in axes]) == arranged


def test_seeds_are_averaged_step_by_step(modules: Page) -> None:
    seeds = [{"step": [0, 1, 2], "a": [0.5, None, 0.9]}, {"step": [0, 1], "a": [0.7, 0.6]}, {"step": [0]}]
    found = call(modules, "pages/experiments/seed-curve", 'm.seedCurve(x, "a")', seeds)
    assert found["steps"] == [0, 1, 2]
    assert found["mean"] == pytest.approx([0.6, 0.6, 0.9])
    assert (found["low"], found["high"], found["count"]) == ([0.5, 0.6, 0.9], [0.7, 0.6, 0.9], [2, 1, 1])


@pytest.mark.parametrize("preset", ["quick", "paper/parity"])
def test_the_settings_on_offer_are_numbers_and_switches_that_exist(modules: Page, preset: str) -> None:
    config = get_preset(preset).config
    argument = {"schema": joint_schema(), "config": config.model_dump(mode="json")}
    found = call(modules, "pages/experiments/sweep-settings", "m.sweepSettings(x.schema, x.config)", argument)
    paths = [setting["path"] for setting in found]
    assert {"problem.k", "problem.structure", "method.m", "training.phases.0.eta"} <= set(paths)
    assert set(paths) <= set(config_paths(config)) - {"seed"}


@pytest.mark.parametrize(
    ("text", "setting", "values", "complaint"),
    [
        ("1, 2 3;4", {"kind": "number", "integer": True}, [1, 2, 3, 4], None),
        ("1e-3, −2", {"kind": "number"}, [0.001, -2], None),
        ("yes, no", {"kind": "switch"}, [True, False], None),
        ("1.5", {"kind": "number", "integer": True}, [], "not a whole number"),
        ("0,125", {"kind": "number"}, [], "0,125: write 0.125, or 0, 125 for two values"),
        ("x", {"kind": "number"}, [], "not a number"),
        ("2, 2", {"kind": "number"}, [], "twice"),
        ("maybe", {"kind": "switch"}, [], "neither yes nor no"),
        (" ", {"kind": "number"}, [], "one value or more"),
    ],
)
def test_values_are_read_as_people_write_them(
    modules: Page, text: str, setting: dict[str, Any], values: list[Any], complaint: str | None
) -> None:
    found = call(modules, "pages/experiments/sweep-settings", "m.readValues(x.text, x.setting)", {"text": text, "setting": setting})
    assert found["values"] == values
    assert found["complaint"] is None if complaint is None else complaint in found["complaint"]


def test_methods_keep_their_colours_whatever_they_are_called(modules: Page) -> None:
    names = ["network", "NTK", "tangent kernel", "ntk", "random features", "random_features", "another"]
    assert call(modules, "methods", "x.map(m.methodIndex)", names) == [0, 1, 1, 1, 2, 2, -1]

"""The pure parts of the experiments' pages: cells of a sweep, curves over seeds, settings and values of a new sweep."""

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page

from emergescope.catalog.experiments import parse_sweep
from emergescope.catalog.overrides import config_paths
from emergescope.catalog.parse import parse_config, schemas
from emergescope.catalog.registry import get_preset
from emergescope.catalog.sweep import expand

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
    measured = {"id": measure, "low": 0, "high": 100, "event": measure == "emergence_step"}
    argument = {"cell": cell, "measure": measured, "runs": runs}
    return call(page, "pages/experiments/phase-diagram", "m.cellState(x.cell, x.measure, new Map(x.runs))", argument)


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
        ([["a", "b"], [1, 2]], {"x": 1, "y": 0, "facets": []}),
        ([["a", "b"], [1, 2], [3, 4]], {"x": 1, "y": 2, "facets": [0]}),
        ([["a", "b"], [True, False]], {"x": 0, "y": None, "facets": [1]}),
    ],
)
def test_axes_of_numbers_are_x_and_y_before_choices_and_switches(
    modules: Page, axes: list[list[Any]], arranged: dict[str, Any]
) -> None:
    assert (
        call(modules, "pages/experiments/phase-diagram", "m.arrange(x)", [{"values": values} for values in axes])
        == arranged
    )


def test_seeds_are_averaged_step_by_step(modules: Page) -> None:
    seeds = [{"step": [0, 1, 2], "a": [0.5, None, 0.9]}, {"step": [0, 1], "a": [0.7, 0.6]}, {"step": [0]}]
    found = call(modules, "pages/experiments/metrics", 'm.seedCurve(x, "a")', seeds)
    assert found["steps"] == [0, 1, 2]
    assert found["mean"] == pytest.approx([0.6, 0.6, 0.9])
    assert (found["low"], found["high"], found["count"]) == ([0.5, 0.6, 0.9], [0.7, 0.6, 0.9], [2, 1, 1])


@pytest.mark.parametrize(
    ("preset", "wanted"),
    [
        ("quick", {"problem.k", "problem.structure", "problem.labels.rule", "method.kind", "training.phases.0.eta"}),
        ("hidden-progress/parity-50-3", {"problem.n", "problem.labels", "method.biases", "training.steps"}),
        ("paper/figure-4-mnist", {"problem.ratio", "problem.injected", "method.kind", "training.epochs"}),
    ],
)
def test_the_settings_on_offer_can_be_swept(modules: Page, preset: str, wanted: set[str]) -> None:
    config = get_preset(preset).config
    found = settings(modules, config.model_dump(mode="json"))
    assert wanted <= set(found)
    assert set(found) <= set(config_paths(config)) - {"seed"}
    for path, one in found.items():
        value = next((value for value in one["choices"] or [] if value == one["value"]), one["value"])
        if value is not None:
            expand(parse_sweep({"base": {"preset": preset}, "grid": {path: [value]}}), 1, 1)


def settings(page: Page, config: dict[str, Any]) -> dict[str, Any]:
    """What a sweep of the configuration can vary, by path."""
    argument = {"schema": schemas()[config["study"]], "config": config}
    script = (
        "m.sweepSettings(x.schema, x.config).map((one) => ({...one, choices: one.choices && [...one.choices.keys()]}))"
    )
    return {one["path"]: one for one in call(page, "pages/experiments/sweep-settings", script, argument)}


def test_settings_of_the_same_name_are_told_apart_by_their_part(modules: Page) -> None:
    phases = [{"name": "first"}, {"name": "again"}, {"name": "again"}]
    config = parse_config({"training": {"phases": phases}}).model_dump(mode="json")
    found = settings(modules, config)
    assert [found[f"training.phases.{i}.steps"]["title"] for i in range(3)] == [
        "steps of first",
        "steps of phase 2",
        "steps of phase 3",
    ]


LABELS = [["ntk", "tangent kernel"], ["random_features", "random features"]]


@pytest.mark.parametrize(
    ("text", "node", "choices", "values", "complaint"),
    [
        ("1, 2 3;4", {"type": "integer"}, None, [1, 2, 3, 4], None),
        ("1e-3, −2", {"type": "number"}, None, [0.001, -2], None),
        ("yes, no", {}, [[True, "yes"], [False, "no"]], [True, False], None),
        ("tangent kernel, random_features", {}, LABELS, ["ntk", "random_features"], None),
        ("1.5", {"type": "integer"}, None, [], "not a whole number"),
        ("0,125", {"type": "number"}, None, [], "0,125: write 0.125, or 0, 125 for two values"),
        ("x", {"type": "number"}, None, [], "not a number"),
        ("2, 2", {"type": "number"}, None, [], "twice"),
        ("1, 70", {"type": "integer", "minimum": 1, "maximum": 63}, None, [], "70: outside 1 to 63"),
        ("-1", {"type": "number", "exclusiveMinimum": 0}, None, [], "must be above 0"),
        ("maybe", {}, [[True, "yes"], [False, "no"]], [], "none of yes, no"),
        ("kernel", {}, LABELS, [], "none of tangent kernel, random features"),
        (" ", {"type": "number"}, None, [], "one value or more"),
    ],
)
def test_values_are_read_as_people_write_them_and_held_against_their_range(
    modules: Page, text: str, node: dict[str, Any], choices: Any, values: list[Any], complaint: str | None
) -> None:
    script = "m.readValues(x.text, { node: x.node, choices: x.choices && new Map(x.choices) })"
    argument = {"text": text, "node": node, "choices": choices}
    found = call(modules, "pages/experiments/sweep-settings", script, argument)
    assert found["values"] == values
    assert found["complaint"] is None if complaint is None else complaint in found["complaint"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_numbers_in_cells_can_be_read_on_every_colour(modules: Page, theme: Literal["light", "dark"]) -> None:
    """WCAG asks for a contrast of 4.5."""
    modules.emulate_media(color_scheme=theme)
    sheet = Path(__file__).parents[2] / "frontend" / "styles" / "experiment-sweep.css"
    modules.add_style_tag(content=sheet.read_text("utf-8"))
    runs = [["a", {"id": "a", "status": "succeeded", "step": 9, "total_steps": 9, "metrics": {}, "diverged": False}]]
    script = """[...Array(101).keys()].map((i) => {
        const value = { mean: i / 100, low: i / 100, high: i / 100, count: 1, values: [i / 100] };
        const measure = { id: "q", title: "q", low: 0, high: 1, unit: "share", event: false };
        const one = { index: [], runs: ["a"], total: 1, done: 1, values: { q: value } };
        const cell = m.phaseCell(one, [], measure, new Map(x));
        document.body.append(cell);
        const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
        const light = (colour) => {
            pen.fillStyle = colour;
            pen.fillRect(0, 0, 1, 1);
            const [r, g, b] = [...pen.getImageData(0, 0, 1, 1).data].map((v) => v / 255)
                .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const link = cell.querySelector("a");
        const [ink, paper] = [getComputedStyle(link).color, getComputedStyle(cell).backgroundColor].map(light);
        cell.remove();
        return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    })"""
    contrasts = call(modules, "pages/experiments/phase-diagram", script, runs)
    modules.emulate_media(color_scheme="light")
    assert min(contrasts) >= 4.5

"""The pure parts of the views: reference lines, labels, axes, heatmap cells."""

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def call(page: Page, module: str, expression: str, argument: Any = None) -> Any:
    """The value of `expression`, in which `m` is the module and `x` the argument."""
    script = f'async (x) => {{ const m = await import("/js/views/{module}.js"); return {expression}; }}'
    return page.evaluate(script, argument)


def problem(**changes: Any) -> dict[str, Any]:
    return {"k": 5, "p_o": 0.5, "structure": True, "labels": {"rule": "parity"}, **changes}


@pytest.mark.parametrize(
    ("k", "p_o", "coin", "threshold"), [(5, 0.5, 0.75, 0.84375), (3, 0.5, 0.75, 0.8125), (5, 0.25, 0.875, 0.921875)]
)
def test_reference_lines_follow_from_the_problem(
    modules: Page, k: int, p_o: float, coin: float, threshold: float
) -> None:
    lines = call(modules, "fixed-features", "m.fixedFeatureLines(x)", problem(k=k, p_o=p_o))
    assert [line["value"] for line in lines] == pytest.approx([coin, threshold])


@pytest.mark.parametrize("other", [{"structure": False}, {"labels": {"rule": "majority"}}])
def test_other_problems_have_no_reference_lines(modules: Page, other: dict[str, Any]) -> None:
    assert call(modules, "fixed-features", "m.fixedFeatureLines(x)", problem(**other)) == []


def test_labels_stay_in_order_inside_and_apart(modules: Page) -> None:
    places = call(modules, "nudge", "m.nudge(x, 15, 0, 100)", [10, 11, 12, 90, 99])
    assert all(b - a >= 15 - 1e-9 for a, b in pairwise(places))
    assert places[0] >= 7.5
    assert places[-1] <= 92.5


def test_labels_with_room_stay_where_they_want_to_be(modules: Page) -> None:
    assert call(modules, "nudge", "m.nudge(x, 15, 0, 100)", [80, 20, 50]) == [80, 20, 50]


@pytest.mark.parametrize("spacing", ["linear", "geometric"])
def test_the_axis_of_steps_goes_both_ways_and_holds_step_0(modules: Page, spacing: str) -> None:
    expression = (
        f'[0, 1, 37, 1502].map((s) => m.stepScale("{spacing}", 1502)).map((a, i) => a.from(a.to([0, 1, 37, 1502][i])))'
    )
    assert call(modules, "steps", expression) == pytest.approx([0, 1, 37, 1502])
    ends = call(modules, "steps", f'(({{ to }}) => [to(0), to(1502)])(m.stepScale("{spacing}", 1502))')
    assert ends == pytest.approx([0, 1])


def test_the_nearest_frame_is_found(modules: Page) -> None:
    assert call(modules, "steps", "[-5, 2, 6, 99].map((s) => m.nearestIndex([0, 4, 10], s))") == [0, 0, 1, 2]
    assert call(modules, "steps", "m.nearestIndex([], 1)") == -1


def test_rows_of_the_heatmap_fall_by_signal_cosine_and_survive_nan(modules: Page) -> None:
    assert call(modules, "heatmap-cells", "[...m.rowOrder(Float32Array.of(-0.5, 0.9, NaN, 0.1))]") == [1, 3, 2, 0]


_PAINT = """(() => {
    const image = new ImageData(2, x);
    const palette = Uint32Array.from({ length: 201 }, (_, i) => i + 1);
    const alignment = Float32Array.of(1, 0.5, -1, NaN, 0.2, -0.4, 0.6, 0.8);
    m.paintCells(image, alignment, 2, Uint32Array.of(3, 2, 1, 0), 0, 2, 1, palette);
    return [...new Uint32Array(image.data.buffer)];
})()"""


def test_cells_take_the_colour_of_their_cosine(modules: Page) -> None:
    # The palette of 201 colours has cosine 0 at 101; what is not a number stays transparent.
    assert call(modules, "heatmap-cells", _PAINT, 4) == [161, 181, 121, 61, 1, 0, 201, 151]


def test_lines_that_several_neurons_share_show_their_mean(modules: Page) -> None:
    assert call(modules, "heatmap-cells", _PAINT, 2) == [141, 121, 101, 0]


def test_strengths_compare_relevant_and_background_columns(modules: Page) -> None:
    found = call(modules, "heatmap-cells", "m.strengths(Float32Array.of(0.5, -0.25, -1, 0.75), 2, 1)")
    assert found == {"relevant": 0.75, "background": 0.5}
    assert call(modules, "heatmap-cells", "m.strengths(Float32Array.of(0.5), 1, 1)")["background"] is None

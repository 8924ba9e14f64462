"""The pure parts of the views: formulas, labels, axes, heatmap cells."""

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def call(page: Page, module: str, expression: str, argument: Any = None) -> Any:
    """The value of `expression`, in which `m` is the module and `x` the argument."""
    script = f'async (x) => {{ const m = await import("/js/{module}.js"); return {expression}; }}'
    return page.evaluate(script, argument)


def test_formulas_are_set_as_in_print(modules: Page) -> None:
    expression = "(() => { const p = document.createElement('p'); p.append(m.typeset(x)); return p.innerHTML; })()"
    found = call(modules, "panels/comparison", expression, "T_j, 2^k, binom^{1/3}, λ_w")
    assert found == "T<sub>j</sub>, 2<sup>k</sup>, binom<sup>1/3</sup>, λ<sub>w</sub>"


@pytest.mark.parametrize(("value", "text"), [(0.02522, "0.0252"), (-0.03, "−0.03"), (0, "0"), (-1.8e-06, "−1.8e−6")])
def test_small_numbers_stay_short(modules: Page, value: float, text: str) -> None:
    assert call(modules, "panels/comparison", "m.short(x)", value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.934, "0.93"), (-0.5, "−0.50"), (512.4, "512"), (-512, "−512"), (8.9052e10, "8.9e10")]
)
def test_numbers_at_the_ends_of_lines_stay_short(modules: Page, value: float, text: str) -> None:
    assert call(modules, "ui/dom", "m.brief(x)", value) == text


def test_large_numbers_on_an_axis_are_powers_of_ten(modules: Page) -> None:
    panel = {"share": 1, "title": "loss", "range": [0, 4e12], "ticks": [0, 4e12]}
    place = {"width": 300, "height": 200, "area": {"left": 0, "top": 0, "width": 300, "height": 200}}
    expression = """m.layout({ panels: x.panels, lines: [] }, { ...x.place, span: () => [0, 1],
        scale: { ticks: [], to: (step) => step } }, {}).yaxis.ticktext"""
    assert call(modules, "marks/step-plot", expression, {"panels": [panel], "place": place}) == ["0", "4e12"]


def test_labels_stay_in_order_inside_and_apart(modules: Page) -> None:
    places = call(modules, "marks/nudge", "m.nudge(x, 15, 0, 100)", [10, 11, 12, 90, 99])
    assert all(b - a >= 15 - 1e-9 for a, b in pairwise(places))
    assert places[0] >= 7.5
    assert places[-1] <= 92.5


def test_labels_with_room_stay_where_they_want_to_be(modules: Page) -> None:
    assert call(modules, "marks/nudge", "m.nudge(x, 15, 0, 100)", [80, 20, 50]) == [80, 20, 50]


@pytest.mark.parametrize("spacing", ["linear", "geometric"])
def test_the_axis_of_steps_goes_both_ways_and_holds_step_0(modules: Page, spacing: str) -> None:
    expression = (
        f'[0, 1, 37, 1502].map((s) => m.stepScale("{spacing}", 1502)).map((a, i) => a.from(a.to([0, 1, 37, 1502][i])))'
    )
    assert call(modules, "marks/step-scale", expression) == pytest.approx([0, 1, 37, 1502])
    ends = call(modules, "marks/step-scale", f'(({{ to }}) => [to(0), to(1502)])(m.stepScale("{spacing}", 1502))')
    assert ends == pytest.approx([0, 1])


_MARK_EARLY = """(() => {
    const bar = document.getElementById("here");
    const nothing = () => {};
    const transport = m.createTransport(bar, { onToggle: nothing, onMove: nothing, onSeek: nothing });
    transport.mark([{ step: 300, kind: "accuracy", text: "late" }], { entries: [], totalSteps: 300 });
    return bar.querySelector(".timeline-mark").style.left;
})()"""


def test_marks_that_come_before_the_first_frame_have_their_place(modules: Page) -> None:
    assert call(modules, "panels/transport", _MARK_EARLY) == "100%"


def test_the_nearest_frame_is_found(modules: Page) -> None:
    assert call(modules, "marks/step-scale", "[-5, 2, 6, 99].map((s) => m.nearestIndex([0, 4, 10], s))") == [0, 0, 1, 2]
    assert call(modules, "marks/step-scale", "m.nearestIndex([], 1)") == -1


def test_rows_of_the_heatmap_fall_by_signal_cosine_and_survive_nan(modules: Page) -> None:
    assert call(modules, "marks/matrix-cells", "[...m.rowOrder(Float32Array.of(-0.5, 0.9, NaN, 0.1))]") == [1, 3, 2, 0]


_PAINT = """(() => {
    const image = new ImageData(2, x);
    const palette = Uint32Array.from({ length: 201 }, (_, i) => i + 1);
    const alignment = Float32Array.of(1, 0.5, -1, NaN, 0.2, -0.4, 0.6, 0.8);
    m.paintCells(image, alignment, 2, Uint32Array.of(3, 2, 1, 0), 0, 2, 1, palette);
    return [...new Uint32Array(image.data.buffer)];
})()"""


def test_cells_take_the_colour_of_their_cosine(modules: Page) -> None:
    # The palette of 201 colours has cosine 0 at 101; what is not a number stays transparent.
    assert call(modules, "marks/matrix-cells", _PAINT, 4) == [161, 181, 121, 61, 1, 0, 201, 151]


def test_lines_that_several_neurons_share_show_their_mean(modules: Page) -> None:
    assert call(modules, "marks/matrix-cells", _PAINT, 2) == [141, 121, 101, 0]


def test_strengths_compare_relevant_and_background_columns(modules: Page) -> None:
    found = call(modules, "marks/matrix-cells", "m.strengths(Float32Array.of(0.5, -0.25, -1, 0.75), 2, 1)")
    assert found == {"relevant": 0.75, "background": 0.5}
    assert call(modules, "marks/matrix-cells", "m.strengths(Float32Array.of(0.5), 1, 1)")["background"] is None

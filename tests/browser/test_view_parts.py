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
    assert call(modules, "display/numbers", "m.short(x)", value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.934, "0.93"), (-0.5, "−0.50"), (512.4, "512"), (-512, "−512"), (8.9052e10, "8.9e10")]
)
def test_numbers_at_the_ends_of_lines_stay_short(modules: Page, value: float, text: str) -> None:
    assert call(modules, "ui/dom", "m.brief(x)", value) == text


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (0.5, "0.5"), (-1, "−1"), (4e12, "4e12"), (0.0001, "1e−4")])
def test_large_and_small_numbers_on_an_axis_are_powers_of_ten(modules: Page, value: float, text: str) -> None:
    assert call(modules, "marks/steps-plot", "m.tickText(x)", value) == text


def test_a_sentence_that_changes_is_never_empty_in_between(modules: Page) -> None:
    """Else all rules for what is empty are matched anew, in each of a film's frames."""
    script = """(() => {
      const p = document.createElement("p"), seen = [];
      for (const text of ["a", "b", "b", "", "c"]) { m.setText(p, text); seen.push([p.textContent, p.firstChild]); }
      return [seen.map(([text]) => text), seen[0][1] === seen[2][1], seen[3][1]];
    })()"""
    assert call(modules, "ui/dom", script) == [["a", "b", "b", "", "c"], True, None]


@pytest.mark.parametrize(
    ("last", "spacing", "width", "words"),
    [
        (90_000, "linear", 700, ["0", "20,000", "40,000", "60,000", "80,000"]),
        (90_000, "linear", 160, ["0", "40,000", "80,000"]),
        (90_000, "geometric", 700, ["0", "1", "2", "10", "100", "1,000", "10,000", "90,000"]),
        (90_000, "geometric", 160, ["0", "2", "100", "10,000"]),
        (5, "linear", 100, ["0", "1", "2", "3", "4", "5"]),
    ],
)
def test_words_of_the_axis_of_steps_do_not_touch(
    modules: Page, last: int, spacing: str, width: int, words: list[str]
) -> None:
    picture = {"panes": [{}], "lines": [], "x": {"last": last, "spacing": spacing, "title": "steps"}}
    layout = "m.layout(m.chartOf(x.picture, () => null, x.width, 200, 0)).xaxis"
    script = f"(({{ ticktext, tickvals }}) => [ticktext, tickvals])({layout})"
    texts, places = call(modules, "marks/steps-plot", script, {"picture": picture, "width": width + 48})
    assert texts == words
    for (one, at), (other, after) in pairwise(zip(texts, places, strict=True)):
        assert (after - at) * width > 3.5 * len(one + other)


_AXIS = """(({ bottom, top, ticks, log, positive }) => ({ bottom, top, ticks, log, positive }))(
    m.yAxis(x.pane, x.values, x.wish ?? null, 4))"""


@pytest.mark.parametrize(
    ("asked", "ticks", "log"),
    [
        ({"pane": {"range": [0, 1]}, "values": [0.4, 0.6]}, [0, 0.5, 1], False),
        ({"pane": {"range": [0, None]}, "values": [1.0, 3.9]}, [0, 1, 2, 3], False),
        ({"pane": {}, "values": [-3.0, 5.0]}, [-2, 0, 2, 4], False),
        ({"pane": {}, "values": []}, [0, 0.5, 1], False),
        ({"pane": {}, "values": [7.0]}, None, False),
        ({"pane": {"scale": "log"}, "values": [0.0, 0.01, 100.0]}, [0.01, 1, 100], True),
        ({"pane": {"scale": "log"}, "values": [0.01, 100.0], "wish": "0"}, None, False),
        ({"pane": {}, "values": [1.0, 10.0], "wish": "1"}, [1, 2, 5, 10], True),
        ({"pane": {}, "values": [-1.0, 10.0], "wish": "1"}, None, False),
        ({"pane": {"range": [0, 1]}, "values": [0.1, 0.9], "wish": "1"}, [0, 0.5, 1], False),
    ],
)
def test_an_axis_holds_what_it_shows(modules: Page, asked: Any, ticks: list[float] | None, log: bool) -> None:
    axis = call(modules, "marks/steps-plot", _AXIS, asked)
    assert axis["log"] is log
    assert axis["bottom"] < axis["top"]
    if ticks is not None:
        assert axis["ticks"] == pytest.approx(ticks)
    if not log:
        assert all(axis["bottom"] <= value <= axis["top"] for value in asked["values"])


def test_of_many_points_on_a_pixel_the_extremes_and_the_gaps_stay(modules: Page) -> None:
    expression = """(() => {
        const at = Float64Array.from({ length: 1000 }, (_, i) => i / 100);
        const y = Float64Array.from({ length: 1000 }, (_, i) => ({ 555: 9, 333: -9, 700: NaN })[i] ?? 0);
        return m.thinned(at, y, 10);
    })()"""
    kept = call(modules, "marks/steps-plot", expression)
    assert {0, 333, 555, 700, 999} <= set(kept)
    assert kept == sorted(set(kept))
    assert len(kept) <= 10 * 5


def test_what_lies_outside_of_the_part_that_is_seen_is_not_drawn(modules: Page) -> None:
    expression = "m.thinned([-30, -20, -10, 5, 9, 11, 12], [0, 0, 0, 0, 0, 0, 0], 10)"
    assert call(modules, "marks/steps-plot", expression) == [2, 3, 4, 5]


def test_a_value_beside_a_line_is_the_last_one_that_was_measured(modules: Page) -> None:
    expression = """(() => {
        const column = m.columnOf({ x: [10, 30, 20], y: [0.15, null, 0.9] });
        return [0, 10, 15, 20, 40].map((at) => m.valueAt(column, at));
    })()"""
    at_10, at_20 = {"value": 0.15, "x": 10}, {"value": 0.9, "x": 20}
    assert call(modules, "marks/steps-plot", expression) == [None, at_10, at_10, at_20, {"value": None, "x": 30}]


@pytest.mark.parametrize(
    ("steps", "order"),
    [([0, 1, 2], None), ([], None), ([0, 2, 4, 2, 3], [0, 3, 4, 2]), ([1, 1], [1])],
)
def test_what_was_recorded_again_takes_the_place_of_the_first(modules: Page, steps: list[int], order: Any) -> None:
    assert call(modules, "marks/step-scale", "m.inOrder(x)", steps) == order


def test_a_part_of_the_axis_of_steps_goes_both_ways(modules: Page) -> None:
    expression = """["linear", "geometric"].map((spacing) => {
        const scale = m.stepScale(spacing, 10_000, [100, 2000]);
        return [scale.to(100), scale.to(2000), scale.from(scale.to(700)), ...scale.ticks];
    })"""
    linear, geometric = call(modules, "marks/step-scale", expression)
    assert linear == pytest.approx([0, 1, 700, 500, 1000, 1500, 2000])
    assert geometric == pytest.approx([0, 1, 700, 500, 1000, 1500, 2000]), "there are too few powers of ten for it"


def test_labels_stay_in_order_inside_and_apart(modules: Page) -> None:
    places = call(modules, "marks/steps-labels", "m.nudge(x, 15, 0, 100)", [10, 11, 12, 90, 99])
    assert all(b - a >= 15 - 1e-9 for a, b in pairwise(places))
    assert places[0] >= 7.5
    assert places[-1] <= 92.5


def test_labels_with_room_stay_where_they_want_to_be(modules: Page) -> None:
    assert call(modules, "marks/steps-labels", "m.nudge(x, 15, 0, 100)", [80, 20, 50]) == [80, 20, 50]


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


def test_rows_of_a_matrix_fall_by_a_value_and_survive_nan(modules: Page) -> None:
    assert call(modules, "marks/matrix-cells", "[...m.rowOrder(Float32Array.of(-0.5, 0.9, NaN, 0.1), 4)]") == [
        1,
        3,
        2,
        0,
    ]
    assert call(modules, "marks/matrix-cells", "[...m.rowOrder(null, 3)]") == [0, 1, 2]


_PAINT = """(() => {
    const image = new ImageData(2, x);
    const palette = Uint32Array.from({ length: 201 }, (_, i) => i + 1);
    const data = Float32Array.of(1, 0.5, -1, NaN, 0.2, -0.4, 0.6, 0.8);
    m.paintCells(image, data, 2, Uint32Array.of(3, 2, 1, 0), Uint32Array.of(0, 1), [-1, 1], palette);
    return [...new Uint32Array(image.data.buffer)];
})()"""


def test_cells_take_the_colour_of_their_value(modules: Page) -> None:
    # The palette of 201 colours has 0 at 101; what is not a number stays transparent.
    assert call(modules, "marks/matrix-cells", _PAINT, 4) == [161, 181, 121, 61, 1, 0, 201, 151]


def test_lines_that_several_rows_share_show_their_mean(modules: Page) -> None:
    assert call(modules, "marks/matrix-cells", _PAINT, 2) == [141, 121, 101, 0]


def test_a_range_may_begin_anywhere(modules: Page) -> None:
    expression = """(() => {
        const image = new ImageData(3, 1);
        const palette = Uint32Array.of(1, 2, 3);
        m.paintCells(image, Int8Array.of(10, 15, 20), 3, Uint32Array.of(0), Uint32Array.of(2, 0, 1), [10, 20], palette);
        return [...new Uint32Array(image.data.buffer)];
    })()"""
    assert call(modules, "marks/matrix-cells", expression) == [3, 1, 2]


@pytest.mark.parametrize(
    ("groups", "names", "width", "parts"),
    [
        ([], None, 400, [("", 10, 1.0)]),
        ([[0, 1]], None, 400, [("0", 2, 0.2), ("", 8, 0.8)]),  # 25 pixels for each are less than their share
        ([[0, 1]], None, 100, [("0", 2, 0.5), ("", 8, 0.5)]),  # never more than half
        ([[0, 1]], ["a"] * 10, 140, [("0", 2, 0.2), ("", 8, 0.8)]),  # all are named: all are as wide
        ([[9], [0, 12]], None, 200, [("0", 1, 0.125), ("1", 1, 0.125), ("", 8, 0.75)]),
    ],
)
def test_columns_stand_in_their_groups(
    modules: Page, groups: list[list[int]], names: list[str] | None, width: int, parts: list[tuple[str, int, float]]
) -> None:
    axis = {"names": names, "groups": [{"name": str(i), "colour": "", "members": of} for i, of in enumerate(groups)]}
    expression = "m.columnParts(...x).map(({ name, columns, share }) => [name, columns.length, share])"
    found = call(modules, "marks/matrix-cells", expression, [axis, 10, width])
    assert [(name, size) for name, size, _ in found] == [(name, size) for name, size, _ in parts]
    assert [share for *_, share in found] == pytest.approx([share for *_, share in parts])


@pytest.mark.parametrize(
    ("low", "high", "most", "ticks"),
    [(-1, 1, 5, [-1, -0.5, 0, 0.5, 1]), (-1, 1, 3, [-1, 0, 1]), (0, 1, 3, [0, 0.5, 1]), (100, 101.3, 3, [100, 101])],
)
def test_ticks_of_an_axis_are_round(modules: Page, low: float, high: float, most: int, ticks: list[float]) -> None:
    assert call(modules, "marks/step-scale", "m.roundNumbers(x[0], x[1], x[2] - 1)", [low, high, most]) == ticks


def test_crowded_dots_are_spread_apart_and_lone_ones_stay(modules: Page) -> None:
    expression = """(async () => {
        const frame = m.makeFrame({ id: "a", title: "", positions: "p" }, { x: [-1, 1], y: [-1, 1] }, 400, 400);
        const all = [0.5, ...Array(50).fill(-0.5)];
        const points = { x: all, y: all, value: null, size: null, full: 0, stars: [] };
        const { x: across, y: up } = m.makeScene(points, frame, 4);
        const crowd = across.subarray(1);
        return [across[0], up[0], new Set(crowd).size, Math.max(...crowd.map((one) => Math.abs(one - 100)))];
    })()"""
    x, y, places, furthest = call(modules, "marks/points-scene", f"await {expression}")
    assert (x, y, places) == (300, 100, 50)
    assert 5 < furthest < 20


_FILM = """(async () => {
    const asked = [];
    const film = new m.Timeline(async (seq, count) => {
        asked.push(seq);
        return new Map(Array.from({ length: count }, (_, i) => [seq + i, new ArrayBuffer(10)]));
    }, 25);
    const row = (step, i) => ({ seq: i, step, phase: "on", there: true, metrics: {}, density: {}, means: {} });
    film.extend(x.map(row));
    return %s;
})()"""


def test_a_recording_that_was_begun_again_is_one_film(modules: Page) -> None:
    script = "[film.entries.map(({ seq }) => seq), [0, 15, 22, 99].map((one) => film.indexOfStep(one))]"
    found = call(modules, "film/timeline", _FILM.replace("%s", script), [0, 10, 20, 30, 10, 20, 30])
    assert found == [[0, 1, 4, 5, 6], [0, 2, 3, 4]]


def test_the_first_frame_of_a_film_stays_in_memory(modules: Page) -> None:
    script = """await (async () => {
        for (const index of [0, 1, 2, 3, 4]) await film.load(index);
        for (const index of [0, 4]) await film.load(index);
        return asked;
    })()"""
    assert call(modules, "film/timeline", _FILM.replace("%s", script), [0, 1, 2, 3, 4]) == [0, 1, 2, 3, 4]

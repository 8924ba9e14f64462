"""The pure parts of pictures: grid, pixels, order, and what they are compared with."""

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def call(page: Page, module: str, expression: str, argument: Any = None) -> Any:
    """The value of `expression`, in which `m` is the module and `x` the argument."""
    script = f'async (x) => {{ const m = await import("/js/{module}.js"); return {expression}; }}'
    return page.evaluate(script, argument)


@pytest.mark.parametrize(
    ("count", "width", "height"), [(100, 441, 465), (100, 348, 340), (256, 600, 600), (1, 300, 200)]
)
@pytest.mark.parametrize("paired", [False, True])
def test_the_largest_pictures_that_fit_are_chosen(
    modules: Page, count: int, width: int, height: int, paired: bool
) -> None:
    grid = call(modules, "marks/image-atlas", "m.arrange(...x)", [count, width, height, paired])
    x, y = call(modules, "marks/image-atlas", "Object.values(m.corner(x, x.columns * x.rows - 1))", grid)
    assert grid["columns"] * grid["rows"] >= count
    assert x + grid["side"] <= width
    assert y + grid["side"] <= height
    assert grid["side"] >= 18
    assert not (paired and grid["columns"] % 2)


def test_pictures_that_would_be_too_small_make_a_higher_grid(modules: Page) -> None:
    grid = call(modules, "marks/image-atlas", "m.arrange(2000, 400, 300)")
    assert grid["side"] >= 18
    assert grid["columns"] * grid["rows"] >= 2000
    assert call(modules, "marks/image-atlas", "m.arrange(0, 400, 300).rows") == 0


def test_each_point_of_a_picture_finds_it(modules: Page) -> None:
    expression = """(() => {
        const grid = m.arrange(7, 100, 60);
        const { x: left, y: top } = m.corner(grid, 5);
        const at = (x, y) => m.placeAt(grid, 7, x, y);
        return [at(left + 1, top + 1), at(left + grid.side - 1, top + grid.side - 1), at(-1, 5), at(5, 1000)];
    })()"""
    assert call(modules, "marks/image-atlas", expression) == [5, 5, None, None]


_PAINT = """(() => {
    const pixels = new Uint32Array(6);
    const palette = Uint32Array.from({ length: 256 }, (_, byte) => byte);
    m.paintPictures(pixels, Uint8Array.from(x.bytes), x.shape, 2, palette, x.dim && ((picture) => x.dim[picture]));
    return [...pixels];
})()"""


def test_pictures_lie_side_by_side_in_lines(modules: Page) -> None:
    grey = {"bytes": [1, 2, 3, 4, 5, 6], "shape": [1, 2], "dim": None}
    assert call(modules, "marks/image-atlas", _PAINT, grey) == [1, 2, 3, 4, 5, 6]
    tall = {"bytes": [1, 2, 3, 4], "shape": [2, 1], "dim": None}
    assert call(modules, "marks/image-atlas", _PAINT, tall) == [1, 3, 2, 4, 0, 0]


def test_what_is_dimmed_goes_towards_zero_and_nan_is_zero(modules: Page) -> None:
    grey = {"bytes": [255, 1, 255, 128, 255, 1], "shape": [1, 2], "dim": [1, 0.5, "NaN"]}
    assert call(modules, "marks/image-atlas", _PAINT, grey) == [255, 1, 192, 128, 128, 128]


def test_colour_weights_are_their_own_pixels(modules: Page) -> None:
    colour = {"bytes": [255, 128, 1], "shape": [1, 1, 3], "dim": None}
    assert call(modules, "marks/image-atlas", _PAINT, colour)[0] == 0xFF0180FF


def test_bytes_of_numbers_are_scaled_by_the_largest_entry(modules: Page) -> None:
    bytes_of = "(({ bytes, scale }) => [[...bytes], scale])(m.bytesOf(Float32Array.from(x, Number)))"
    assert call(modules, "marks/image-atlas", bytes_of, [0.5, -1, 0, 0.25]) == [[192, 1, 128, 160], 1]
    assert call(modules, "marks/image-atlas", bytes_of, [0, 0]) == [[128, 128], 0]
    assert call(modules, "marks/image-atlas", bytes_of, ["NaN", 2, "Infinity"]) == [[128, 255, 255], 2]


_ORDER = """(() => {
    const frame = (phase, step, values) => ({
        phase, step,
        tensors: {
            near: { shape: [4], data: Float32Array.from(values) },
            part: { shape: [4], data: Uint8Array.of(0, 1, 1, 0) },
            close: { shape: [4], data: Float32Array.of(0.5, 0.95, 0.7, 0.99) },
            pictures: { shape: [4, 2, 2], data: new Uint8Array(16) },
        },
    });
    const frames = [
        frame("start", 0, [0.1, 0.4, 0.3, 0.2]), frame("first", 5, [0.4, 0.3, NaN, 0.95]),
        frame("second", 9, [1, 2, 3, 4]),
    ];
    const show = {
        tensor: "pictures", axis: "cells", ...x,
        orders: [{ id: "near", by: "near" }, { id: "part", by: "close", split: "part" }],
    };
    const moment = { frame: frames[0], index: 0, timeline: { entries: frames, frameAt: (i) => frames[i] } };
    return m.orderOf(moment, show, x.mode);
})()"""


@pytest.mark.parametrize(
    ("show", "order"),
    [
        ({"mode": "given", "pairs": True}, [0, 2, 1, 3]),  # member 0 and its pair, 2, first
        ({"mode": "given"}, [0, 1, 2, 3]),
        ({"mode": "part"}, [3, 0, 2, 1]),  # the surest at both ends
        ({"mode": "near"}, [3, 2, 1, 0]),
    ],
)
def test_pictures_are_ordered_by_the_newest_frame(modules: Page, show: dict[str, Any], order: list[int]) -> None:
    found = call(modules, "panels/image-parts", _ORDER, show)
    assert found == {"pictures": order, "step": None if show["mode"] == "given" else 9}


def test_members_are_not_ordered_by_those_that_follow_them_and_nan_comes_last(modules: Page) -> None:
    found = call(modules, "panels/image-parts", _ORDER, {"mode": "near", "anew": ["second"]})
    assert found == {"pictures": [3, 0, 1, 2], "step": 5}


_REFERENCES = """m.referencesOf({
    patterns: { rows: 4, columns: 3, data: Float32Array.from({ length: 12 }, (_, i) => i) },
    display: { axes: { words: { noun: "word", shown: 3, names: x.names, numbers: [2, 0, 1], groups: [] } } },
}, { references: { axis: "words", sums: x.sums } }, x.shape, null).map(({ name, bytes }) => [name, [...bytes]])"""


def _references(page: Page, shape: list[int], sums: list[dict[str, Any]]) -> Any:
    return call(page, "panels/image-parts", _REFERENCES, {"shape": shape, "sums": sums, "names": ["a", "b", "c"]})


def test_references_are_columns_of_the_patterns_by_name(modules: Page) -> None:
    def scaled(*values: int) -> list[int]:
        return [round(128 + 127 * value / max(values) + 1e-9) for value in values]

    each = [["a", scaled(2, 5, 8, 11)], ["b", scaled(0, 3, 6, 9)], ["c", scaled(1, 4, 7, 10)]]
    assert _references(modules, [2, 2], []) == each
    both = [{"name": "both", "columns": [2, 0]}]
    assert _references(modules, [2, 2], both) == [["both", scaled(2, 8, 14, 20)], *each]


def test_filters_have_no_whole_inputs_to_be_compared_with(modules: Page) -> None:
    assert _references(modules, [3, 3], []) == []

"""The pure parts of the pictures of neurons: grid, pixels, order, words, and what they are compared with."""

import base64
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page
from safetensors.numpy import save

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


def test_bytes_of_a_direction_are_scaled_by_its_largest_entry(modules: Page) -> None:
    found = call(modules, "marks/image-atlas", "[...m.bytesOf(Float32Array.of(0.5, -1, 0, 0.25))]")
    assert found == [192, 1, 128, 160]
    assert call(modules, "marks/image-atlas", "[...m.bytesOf(Float32Array.of(0, 0))]") == [128, 128]


_MOMENT = """((x) => {
    const frame = (phase, step, cosine) => ({
        phase, step, metrics: { silhouette: 0.5 },
        tensors: {
            signal_cosine: { shape: [4], data: Float32Array.from(cosine) },
            alignment: { shape: [4, 2], data: Float32Array.from(cosine.flatMap((c) => [c / 2, -c])) },
            cluster: { shape: [4], data: Uint8Array.of(0, 1, 1, 0) },
            centre_cosine: { shape: [4], data: Float32Array.of(0.5, 0.95, 0.7, 0.99) },
            weights: { shape: [4, 2, 2], data: new Uint8Array(16) },
        },
    });
    const frames = [
        frame("start", 0, [0.1, 0.4, 0.3, 0.2]), frame("teacher", 5, [0.4, 0.3, NaN, 0.95]),
        frame("student", 9, [1, 2, 3, 4]),
    ];
    return {
        frame: frames[x.index], index: x.index, selection: new Set(), hover: null,
        timeline: { entries: frames, frameAt: (i) => frames[i] },
        run: {
            config: { problem: { kind: x.problem } }, neurons: { total: 4, shown: 4 },
            patterns: { total: 2, relevant: [0], shown: [0, 1] }, pictures: { shape: [2, 2], rows: [0, 1, 2, 3] },
        },
    };
})(x)"""


@pytest.mark.parametrize(
    ("problem", "mode", "order"),
    [
        ("two_classes", "drawn", [0, 2, 1, 3]),  # neuron 0 and its pair, 2, first
        ("mixture", "drawn", [0, 1, 2, 3]),
        ("two_classes", "cluster", [3, 0, 2, 1]),  # the surest at both ends
        ("two_classes", "cosine", [3, 2, 1, 0]),
    ],
)
def test_pictures_are_ordered_by_the_newest_frame(modules: Page, problem: str, mode: str, order: list[int]) -> None:
    argument = {"index": 0, "problem": problem}
    found = call(modules, "panels/image-order", f'm.orderOf({_MOMENT}, "{mode}")', argument)
    assert found == {"pictures": order, "step": None if mode == "drawn" else 9}


def test_a_teacher_is_not_ordered_by_its_student_and_nan_comes_last(modules: Page) -> None:
    argument = {"index": 0, "problem": "mixture"}
    found = call(modules, "panels/image-order", f'm.orderOf({_MOMENT}, "cosine")', argument)
    assert found == {"pictures": [3, 0, 1, 2], "step": 5}


@pytest.mark.parametrize(
    ("problem", "index", "sentence"),
    [
        ("two_classes", 0, "2 of 4 neurons within cos 0.9 of one of two centres; silhouette 0.50."),
        ("mixture", 0, "The teacher’s first layer: |cos| 0.25 with the closest class mean or direction, on average."),
        ("mixture", 2, "The student’s first layer: |cos| 2.50 with the closest class mean or direction, on average."),
    ],
)
def test_the_caption_says_what_is_seen(modules: Page, problem: str, index: int, sentence: str) -> None:
    argument = {"index": index, "problem": problem}
    options = '{ order: "cosine", scale: "own" }'
    found = call(modules, "panels/image-words", f"m.caption({_MOMENT}, {options}, 9)", argument)
    assert found == f"{sentence} Each picture has its own scale. Sorted by cosine at step 9."


_REFERENCES = """(() => {
    const bytes = Uint8Array.from(atob(x.blob), (c) => c.charCodeAt(0));
    try {
        const { items } = m.readReferences(bytes.buffer, x.run);
        return items.map(({ name, values }) => [name, [...values]]);
    } catch (error) {
        return error.message;
    }
})()"""


def _references(page: Page, shape: list[int], relevant: list[int], form: str = "emergescope.patterns") -> Any:
    dictionary = np.arange(12, dtype=np.float32).reshape(4, 3)
    blob = save({"dictionary": dictionary}, {"format": form, "version": "1"})
    patterns = {"total": 3, "relevant": relevant, "shown": [2, 0, 1], "names": ["a", "b", "c"], "signal": "s"}
    run = {"patterns": patterns, "pictures": {"shape": shape, "rows": [0]}}
    return call(page, "references", _REFERENCES, {"blob": base64.b64encode(blob).decode(), "run": run})


def test_references_are_columns_of_the_dictionary_by_name(modules: Page) -> None:
    one = [["a", [2, 5, 8, 11]], ["b", [0, 3, 6, 9]], ["c", [1, 4, 7, 10]]]
    assert _references(modules, [2, 2], [2]) == one
    assert _references(modules, [2, 2], [2, 0]) == [["s, sum of the relevant patterns", [2, 8, 14, 20]], *one]


def test_filters_have_no_whole_inputs_to_be_compared_with(modules: Page) -> None:
    assert _references(modules, [3, 3], [2]) == []


def test_other_bytes_are_no_patterns(modules: Page) -> None:
    assert "emergescope.patterns" in _references(modules, [2, 2], [2], form="emergescope.frame")

"""Points, matrices and pictures of studies that nobody has heard of: any dtype, any size, with and without axes."""

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.panel_page import axis, build, frame, tensor

pytestmark = pytest.mark.browser
MAP = {"id": "plain", "title": "Plain", "positions": "där <b>", "extent": 2}
CORNERS = [[-1, -1], [1, -1], [-1, 1], [1, 1]]
DTYPES = ("F64", "F32", "F16", "BF16", "I32", "I16", "I8")
COLOUR = """(canvas, [x, y]) => {
    const ratio = canvas.width / canvas.clientWidth;
    const { data } = canvas.getContext("2d").getImageData(Math.round(x * ratio), Math.round(y * ratio), 1, 1);
    return [...data].slice(0, 3);
}"""
DRAG = """(element, [type, ...points]) => {
    const box = element.getBoundingClientRect();
    const send = (name, [x, y], more) => element.dispatchEvent(new PointerEvent(name, {
        bubbles: true, isPrimary: true, pointerId: 1, pointerType: type, clientX: box.left + x, clientY: box.top + y,
        button: 0, ...more,
    }));
    send("pointerdown", points[0]);
    for (const point of points.slice(1)) send("pointermove", point, { button: -1 });
    send("pointerup", points.at(-1));
}"""


def _dot(page: Page, x: float, y: float) -> tuple[int, ...]:
    """The colour of a place of the plain map, whose units go from -2 to 2."""
    height = page.locator(".map-canvas").evaluate("(canvas) => canvas.clientHeight")
    unit = min(480, height) / 4
    found = page.locator(".map-canvas").evaluate(COLOUR, [240 + x * unit, height / 2 - y * unit])
    return tuple(found)


def _selected(page: Page, of: str = "cells") -> list[int]:
    return list(page.evaluate("(axis) => panel.selected(axis)", of))


@pytest.mark.parametrize("dtype", DTYPES)
def test_points_of_any_dtype_stand_where_they_are(modules: Page, dtype: str) -> None:
    show = {"axis": "cells", "maps": [MAP], "colour": {"tensor": "wert", "scale": "diverging"}}
    values = {"där <b>": (dtype, CORNERS), "wert": ("BOOL", [1, 1, 1, 0])}
    declared = {"wert": tensor("BOOL", ["cells"])}
    assert build(modules, "points", show, [frame(values)], {"cells": axis(4)}, declared) == []
    colours = [_dot(modules, x, y) for x, y in CORNERS]
    assert colours[0] == colours[1] == colours[2] != colours[3]
    assert (255, 255, 255) not in colours
    assert modules.evaluate("panel.caption()") == "4 cells."


def test_what_is_missing_is_told_or_done_without(modules: Page) -> None:
    landmarks = {"tensor": "there", "names": ["here"]}
    show = {
        "axis": "cells",
        "maps": [MAP],
        "size": "much",
        "landmarks": landmarks,
        "colour": {"tensor": "wert", "scale": "diverging"},
    }
    frames = [frame({"wert": ("F32", [1])}), frame({"där <b>": ("F32", [[0, 0]])})]
    assert build(modules, "points", show, frames, {"cells": axis(1)}) == []
    assert _dot(modules, 0, 0) != (255, 255, 255)
    assert modules.evaluate("panel.seek(0)") == ["där <b>"]
    pair = {"axis": "cells", "maps": [{"id": "two", "title": "", "x": "left", "y": "up"}]}
    assert build(modules, "points", pair, frames, {"cells": axis(1)}) == ["left", "up"]


def test_points_that_are_no_numbers_are_left_out_and_counted(modules: Page) -> None:
    show = {"axis": "cells", "maps": [MAP], "size": "much"}
    some = {"där <b>": ("F16", [[-1, -1], [np.nan, 1], [1, np.nan]]), "much": ("F64", [np.nan, 1, np.inf])}
    none = {"där <b>": ("F16", [[np.nan, np.nan]] * 3)}
    build(modules, "points", show, [frame(some), frame(none, 1)], {"cells": axis(3)})
    assert modules.evaluate("panel.caption()") == "3 of 3 cells are not a number and cannot be drawn."
    modules.evaluate("panel.seek(0)")
    assert modules.evaluate("panel.caption()") == "2 of 3 cells are not a number and cannot be drawn."
    assert _dot(modules, -1, -1) != (255, 255, 255)
    assert _dot(modules, 1, 1) == (255, 255, 255)


@pytest.mark.parametrize("n", [0, 1])
@pytest.mark.parametrize("compact", [False, True])
def test_kinds_draw_one_member_and_none(modules: Page, n: int, compact: bool) -> None:
    values = {
        "där <b>": ("F32", np.zeros((n, 2))), "x": ("F32", np.zeros(n)), "table": ("I8", np.ones((n, 3))),
        "pictures": ("F32", np.ones((n, 2, 2))),
    }  # fmt: skip
    maps = [MAP, {"id": "two", "title": "Two", "x": "x", "y": "x"}]
    colour = {"tensor": "x", "scale": "sequential"}
    shows: dict[str, dict[str, Any]] = {
        "points": {"axis": "cells", "maps": maps, "trails": True, "size": "x", "colour": colour},
        "matrix": {"tensor": "table", "rows": "cells", "columns": "3", "order": "x", "first": "x"},
        "images": {"tensor": "pictures", "axis": "cells", "scale": "x", "pairs": True},
    }  # fmt: skip
    for kind, show in shows.items():
        assert build(modules, kind, show, [frame(values)] * 2, {"cells": axis(n)}, compact=compact) == []
        assert len(modules.evaluate("panel.table()")["rows"]) == n
        assert modules.evaluate("panel.caption()")
        modules.evaluate("panel.view.resize()")
        modules.evaluate("panel.view.destroy()")
        assert modules.locator("#here canvas").count() == 0


def test_a_map_whose_measures_are_not_said_shows_all_of_it(modules: Page) -> None:
    far = {"id": "far", "title": "", "positions": "där <b>"}
    values = {"där <b>": ("F32", [[100, 7], [101, 7], [100, 8], [101, 8]])}
    build(modules, "points", {"axis": "cells", "maps": [far]}, [frame(values)], {"cells": axis(4)})
    expression = """(canvas) => { const pen = canvas.getContext("2d");
        const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
        const muted = [99, 107, 119].join();
        const pixels = Array.from({ length: data.length / 4 }, (_, i) => data.slice(4 * i, 4 * i + 3).join());
        return pixels.filter((colour) => colour === muted).length; }"""
    assert modules.locator(".map-canvas").evaluate(expression) > 3.5 * 20  # all four dots


def test_groups_of_the_legend_select_and_count(modules: Page) -> None:
    colour = {"tensor": "kind", "scale": "categories", "names": ["round", "square <i>"]}
    values = {"där <b>": ("F32", CORNERS), "kind": ("U8", [0, 1, 1, 1])}
    parts = {"cells": axis(9, part_of=None), "some": axis(4, part_of="cells", total=9)}
    build(modules, "points", {"axis": "some", "maps": [MAP], "colour": colour}, [frame(values)], parts)
    groups = modules.locator(".map-groups button")
    expect(groups).to_have_text(["round 1", "square <i> 3"])
    groups.nth(1).click()
    assert _selected(modules) == [1, 2, 3]
    expect(modules.locator(".map-clear")).to_have_text("3 selected ×")
    expect(modules.locator(".map-part")).to_have_text("4 of 9 shown")
    assert [row[0] for row in modules.evaluate("panel.table()")["rows"]] == [1, 2, 3]
    assert modules.evaluate("panel.caption()") == "4 of 9 cells: 1 round, 3 square <i>."
    modules.locator(".map-clear").click()
    assert _selected(modules) == []


@pytest.mark.parametrize("device", ["mouse", "touch"])
def test_a_lasso_selects_what_is_inside(modules: Page, device: str) -> None:
    build(
        modules, "points", {"axis": "cells", "maps": [MAP]}, [frame({"där <b>": ("F32", CORNERS)})], {"cells": axis(4)}
    )
    canvas = modules.locator(".map-canvas")
    canvas.evaluate("(canvas) => { canvas.setPointerCapture = () => {}; }")  # none of a pointer that is not there
    canvas.evaluate(DRAG, [device, [20, 10], [230, 10], [230, 380], [20, 380]])
    assert _selected(modules) == [0, 2]
    canvas.evaluate(DRAG, [device, [240, 200]])
    assert _selected(modules) == []
    canvas.focus()
    for key in ("n", "n", "Enter", "p", "Enter"):
        modules.keyboard.press(key)
    assert _selected(modules) == [0, 1]
    expect(modules.get_by_role("status").locator("strong")).to_have_text("Cell 0")


def test_maps_are_modes_and_readouts_are_told(modules: Page) -> None:
    second = {
        "id": "b",
        "title": "Second",
        "x": "x",
        "y": "y",
        "titles": ["across", "up"],
        "bound": 1,
        "ranges": [[-1, 1], [0, 1]],
    }
    values = {"där <b>": ("F32", CORNERS), "x": ("F32", [-1, 0, 1, 0]), "y": ("F32", [0, 1, 0, 0])}
    build(
        modules,
        "points",
        {"axis": "cells", "maps": [MAP, second], "trails": True},
        [frame(values)] * 2,
        {"cells": axis(4)},
    )
    button = modules.get_by_role("button", name="Second")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    modules.get_by_role("button", name="Trails").click()
    assert modules.evaluate("panel.held.options") == {"map": "b", "trails": "1"}
    assert modules.evaluate("panel.table()") == {
        "columns": ["cell", "across", "up"], "rows": [[0, -1, 0], [1, 0, 1], [2, 1, 0], [3, 0, 0]]
    }  # fmt: skip
    modules.get_by_role("button", name="Plain").click()
    assert modules.evaluate("panel.held.options.map") is None


def test_a_frame_that_cannot_be_drawn_does_not_spoil_the_next(modules: Page) -> None:
    values = {"där <b>": ("F32", CORNERS), "table": ("F32", np.eye(4)), "pictures": ("U8", np.full((4, 2, 2), 9))}
    shows: dict[str, dict[str, Any]] = {
        "points": {"axis": "cells", "maps": [MAP]},
        "matrix": {"tensor": "table", "rows": "cells", "columns": "cells"},
        "images": {"tensor": "pictures", "axis": "cells"},
    }
    for kind, show in shows.items():
        build(modules, kind, show, [frame(values), frame(values, 1), frame(values, 2)], {"cells": axis(4)})
        broken = """() => {
            panel.frames[0].tensors = new Proxy({}, { get() { throw new Error("odd"); } });
            panel.held.index = 0;
            try { panel.view.render(panel.moment()); } catch { return true; }
        }"""
        assert modules.evaluate(broken)
        assert modules.evaluate("panel.seek(1)") == []
        modules.evaluate("panel.draw()")
        assert modules.evaluate("panel.caption()").startswith(("4 cells", "Pictures of 4"))


def test_a_tip_leaves_what_it_tells_of_uncovered(modules: Page) -> None:
    expression = """async () => {
        const { placeTip } = await import("/js/marks/tip.js");
        const room = { width: 300, height: 200 };
        const found = [];
        for (const tip of [{ width: 120, height: 60 }, { width: 290, height: 90 }, { width: 100, height: 190 }]) {
            for (let x = 0; x <= 300; x += 10) for (let y = 0; y <= 200; y += 10) {
                const { left, top } = placeTip(room, tip, x, y, 6);
                if (x > left && x < left + tip.width && y > top && y < top + tip.height) found.push([tip.height, x, y]);
                const out = left < 0 || top < 0 || left + tip.width > 300 || top + tip.height > 200;
                if (out) found.push(["out", x, y, tip.width]);
            }
        }
        return found;
    }"""
    assert modules.evaluate(expression) == []


@pytest.mark.parametrize("dtype", [*DTYPES, "BOOL"])
def test_a_matrix_needs_no_axes(modules: Page, dtype: str) -> None:
    build(modules, "matrix", {"tensor": "t", "rows": 2, "columns": 3}, [frame({"t": (dtype, [[1, 0, 0], [0, 1, 1]])})])
    assert modules.evaluate("panel.caption()") == "2 rows by 3 columns."
    plot = modules.locator(".heatmap-plot")
    plot.hover(position={"x": 5, "y": 5})
    expect(modules.get_by_role("status")).to_have_text("001")
    plot.click(position={"x": 5, "y": 5})
    assert modules.evaluate("panel.held.selection.size") == 0
    cells = modules.locator(".heatmap-columns canvas").evaluate(
        "(c) => [c.width, c.height, ...c.getContext('2d').getImageData(0, 0, 3, 2).data]"
    )
    assert cells[:2] == [3, 2]
    first, second = cells[2:6], cells[6:10]
    assert first != second
    assert cells[2:] == [*first, *second, *second, *second, *first, *first]


GROUPS = [
    {"name": "left", "colour": "positive", "members": [0, 2]},
    {"name": "right", "colour": "background", "members": [1]},
]


def _ordered(page: Page) -> None:
    columns = axis(3, "word", "words", names=["ä", "b", "<c>"], groups=GROUPS)
    values = {"t": ("F16", np.arange(12).reshape(4, 3) - 6), "by": ("I16", [3, 1, 2, 4]), "s": ("F64", [0, 1, 0, 0])}
    show = {"tensor": "t", "rows": "cells", "columns": "words", "order": "by", "range": [-6, 6], "title": "much",
            "first": "s", "first_title": "σ", "ticks": [{"value": 3, "text": "half", "note": "so"}]}  # fmt: skip
    build(page, "matrix", show, [frame(values)], {"cells": axis(4), "words": columns})


def test_rows_of_a_matrix_are_sorted_and_columns_stand_in_groups(modules: Page) -> None:
    _ordered(modules)
    assert modules.evaluate("panel.table()") == {
        "columns": ["cell", "σ", "ä", "<c>", "b"],
        "rows": [[3, 0, 3, 5, 4], [0, 0, -6, -4, -5], [2, 0, 0, 2, 1], [1, 1, -3, -1, -2]],
    }
    expect(modules.locator(".heatmap-names span")).to_have_text(["ä", "<c>", "b"])
    expect(modules.locator(".heatmap-bar-labels > div")).to_have_text(["6", "−6", "half", "0"])
    plot = modules.locator(".heatmap-plot")
    plot.hover(position={"x": 3, "y": 5})
    expect(modules.get_by_role("status").locator("span")).to_have_text(["σ", "much 0"])
    plot.hover(position={"x": 20, "y": 5})
    expect(modules.get_by_role("status").locator("strong, span")).to_have_text(["cell 3", "ä (left)", "much 3"])


def test_rows_are_selected_by_pointer_keyboard_and_finger(modules: Page) -> None:
    _ordered(modules)
    plot = modules.locator(".heatmap-plot")
    height = plot.evaluate("(plot) => { plot.setPointerCapture = () => {}; return plot.clientHeight; }")
    middle = [height * (row + 0.5) / 4 for row in range(4)]
    plot.click(position={"x": 40, "y": middle[1]})
    assert _selected(modules) == [0]
    plot.click(position={"x": 40, "y": middle[1]})
    assert _selected(modules) == []
    plot.evaluate(DRAG, ["mouse", [40, middle[0]], [40, middle[2]]])
    assert _selected(modules) == [0, 2, 3]
    plot.evaluate(DRAG, ["touch", [40, middle[3]]])
    assert _selected(modules) == [1]
    expect(modules.get_by_role("status").locator("strong")).to_have_text("cell 1")
    plot.evaluate(DRAG, ["touch", [40, middle[2]], [40, middle[3]]])
    assert _selected(modules) == [1, 2]
    modules.mouse.move(600, 890)
    plot.evaluate("(plot) => plot.blur()")
    plot.focus()
    for key in ("ArrowDown", "ArrowDown", "Shift+ArrowDown", "Shift+ArrowDown"):
        modules.keyboard.press(key)
    assert _selected(modules) == [0, 1, 2]
    for key in ("Shift+ArrowUp", "Shift+ArrowUp", "Shift+ArrowUp"):
        modules.keyboard.press(key)
    assert _selected(modules) == [0, 3]
    modules.keyboard.press("ArrowDown")
    modules.keyboard.press("Enter")
    assert _selected(modules) == [3]
    modules.keyboard.press("ArrowRight")
    expect(modules.get_by_role("status").locator("strong, span")).to_have_text(["cell 0", "<c> (left)", "much −4"])


MOOD = {"tensor": "m", "scale": "diverging", "title": "mood"}
ORDERS = [{"id": "mood", "title": "By mood", "by": "m"}]
PICTURES = {"tensor": "p", "axis": "cells", "mark": MOOD, "pairs": True, "orders": ORDERS}


def _picture_colours(page: Page, count: int) -> list[tuple[int, ...]]:
    script = """async (canvas, count) => {
        const m = await import("/js/marks/image-atlas.js");
        const { clientWidth, clientHeight } = canvas.parentElement;
        const grid = m.arrange(count, clientWidth, clientHeight, true);
        const pen = canvas.getContext("2d");
        return Array.from({ length: count }, (_, place) => {
            const { x, y } = m.corner(grid, place);
            return [...pen.getImageData(x + grid.side / 4, y + grid.side / 4, 1, 1).data].slice(0, 3);
        });
    }"""
    return [tuple(colour) for colour in page.locator(".pictures-canvas").evaluate(script, count)]


@pytest.mark.parametrize("dtype", ["F32", "F64", "F16", "BF16", "I8", "U8", "BOOL"])
def test_pictures_of_any_dtype_have_their_own_scale_or_a_common_one(modules: Page, dtype: str) -> None:
    bright = {"U8": 255, "BOOL": 1, "I8": 100}.get(dtype, 4)
    small = {"U8": 160, "BOOL": 1, "I8": 25}.get(dtype, 1)
    pictures = np.zeros((2, 2, 2)) + (128 if dtype == "U8" else 0)
    pictures[0, 0, 0], pictures[1, 0, 0] = bright, small
    values = {"p": (dtype, pictures), "m": ("F32", [-1, 1])}
    build(modules, "images", PICTURES, [frame(values)], {"cells": axis(2)}, {"p": tensor(dtype, ["cells", 2, 2])})
    orange = (204, 85, 0)
    first, second = _picture_colours(modules, 2)
    assert first == orange
    assert (second == orange) == (dtype != "U8")  # bytes have their scale already
    modules.get_by_role("button", name="Common scale").click()
    first, second = _picture_colours(modules, 2)
    assert first == orange
    assert (second == orange) == (dtype == "BOOL")
    expect(modules.locator(".picture-note")).to_have_text(
        "One scale for all pictures and steps · the line below: mood."
    )


def test_pictures_are_sorted_compared_and_told(modules: Page) -> None:
    patterns = {"rows": 4, "columns": 3, "data": [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]}
    words = axis(2, "word", "words", numbers=[2, 0], groups=[{"name": "left", "colour": "positive", "members": [0]}])
    show = {
        **PICTURES,
        "references": {"axis": "words", "sums": [{"name": "both", "columns": [0, 2]}]},
        "beside": [{"tensor": "c", "names": ["mean"]}],
    }
    values = {"p": ("F32", np.ones((4, 2, 2))), "m": ("F32", [0.2, 0.9, -0.5, np.nan]),
              "near": ("F16", [[1, 0], [0, -1], [0.5, 0.25], [0, 0]]), "c": ("BF16", np.ones((1, 2, 2)))}  # fmt: skip
    tensors = {"near": tensor("F16", ["cells", "words"]), "p": tensor("F32", ["cells", 2, 2])}
    build(modules, "images", show, [frame(values, 7)], {"cells": axis(4), "words": words}, tensors, patterns=patterns)
    expect(modules.get_by_role("listitem")).to_have_text(["mean", "both", "word 2", "word 0"])
    assert modules.evaluate("panel.held.wanted") == 1
    canvas = modules.locator(".pictures-canvas")
    canvas.focus()
    modules.keyboard.press("ArrowRight")
    modules.keyboard.press("ArrowRight")
    tip = modules.get_by_role("status")
    expect(tip.locator("strong, span")).to_have_text(
        ["Cell 2", "mood −0.5", "scale 1", "closest word 2", "near 0.5", "begins as cell 0 does"]
    )
    expect(modules.locator(".is-closest")).to_have_text("word 2")
    modules.keyboard.press("Enter")
    assert _selected(modules) == [2]
    modules.get_by_role("button", name="By mood").click()
    expect(modules.locator(".picture-note")).to_contain_text("sorted by mood at step 7")
    rows = modules.evaluate("(panel.held.selection = new Map(), panel.table())")
    assert rows["columns"] == ["cell", "mood", "scale", "closest", "near"]
    assert rows["rows"][1] == [1, pytest.approx(0.9), 1, "word 0", -1]


def test_colour_pictures_and_an_axis_that_is_not_declared(modules: Page) -> None:
    red = np.full((1, 2, 2, 3), 128)
    red[..., 0] = 255
    build(modules, "images", {"tensor": "p"}, [frame({"p": ("U8", red)})])
    assert _picture_colours(modules, 1) == [(255, 128, 128)]
    modules.locator(".pictures-canvas").click(position={"x": 20, "y": 20})
    assert modules.evaluate("panel.held.selection.size") == 0


def test_frames_of_a_trail_are_brought_once(modules: Page) -> None:
    expression = """async () => {
        const { Timeline } = await import("/js/film/timeline.js");
        const asked = [];
        const timeline = new Timeline(async (seq, count) => {
            asked.push([seq, count]);
            return new Map(Array.from({ length: count }, (_, i) => [seq + i, new ArrayBuffer(8)]));
        });
        timeline.extend(Array.from({ length: 9 }, (_, seq) => ({ seq, step: seq, there: true })));
        await timeline.load(4);
        return [await timeline.bring(1, 3), await timeline.bring(1, 3), await timeline.bring(3, 4), asked];
    }"""
    assert modules.evaluate(expression) == [True, False, True, [[4, 1], [1, 3], [5, 2]]]


def test_dots_are_as_large_as_at_the_end_of_the_film_in_all_frames(modules: Page) -> None:
    frames = [frame({"där <b>": ("F32", [[0, 0]]), "much": ("F64", [size])}, i) for i, size in enumerate([1, 4])]
    show = {"axis": "cells", "maps": [MAP], "size": {"tensor": "much", "title": "|m|"}}
    build(modules, "points", show, frames, {"cells": axis(1)})
    size = modules.locator(".map-size-text")
    expect(size).to_have_text("area ∝ |m|, full at 4")
    modules.evaluate("panel.seek(0)")
    expect(size).to_have_text("area ∝ |m|, full at 4")


def test_many_small_panels_have_no_controls_of_their_own(modules: Page) -> None:
    values = {"där <b>": ("F32", CORNERS), "x": ("F32", [0, 1, 2, 3]), "p": ("U8", np.ones((4, 2, 2)))}
    maps = [MAP, {"id": "b", "title": "Second", "x": "x", "y": "x"}]
    for kind, show in (("points", {"axis": "cells", "maps": maps}), ("images", {"axis": "cells", "tensor": "p"})):
        build(modules, kind, show, [frame(values)], {"cells": axis(4)}, compact=True)
        expect(modules.locator("#here button:visible")).to_have_count(0)
        expect(modules.locator("#here canvas:visible")).to_have_count(1)

"""Charts over steps, bars and comparisons of invented displays: what they draw, and what the reader can do with it."""

from dataclasses import asdict
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from emergescope.recording.display import Metric

pytestmark = pytest.mark.browser

_METRIC = asdict(Metric(""))

_HERE = """
    const here = document.getElementById("here");
    here.style.cssText = "position: relative; width: 600px; height: 400px";
    const controls = document.createElement("div");
    document.body.append(controls);
    const drawn = async () => {
        const done = () => [...here.querySelectorAll(".step-title, .step-wait button")].length > 0;
        while (!done()) await new Promise((next) => setTimeout(next, 10));
    };
    const chosen = new Map();
    const context = {
        theme: (await import("/js/ui/theme.js")).theme(), reducedMotion: true, compact: false, controls,
        option: (key) => chosen.get(key) ?? null,
        setOption: (key, value) => (value === null ? chosen.delete(key) : chosen.set(key, value)),
        onSeek: (step) => (window.sought = step), onPeek: (step) => (window.peeked = step),
        onSelect: (axis, members) => (window.selected = [axis, ...members]), onHover() {}, wantPatterns() {},
    };
    window.chosen = chosen;
"""

_PANEL = """async (x) => {
    %s
    const { createPanel } = await import(`/js/panels/${x.panel.kind}.js`);
    const rows = (typeof x.rows === "string" ? eval(x.rows) : x.rows).map((row, i) =>
        ({ seq: i, phase: "on", there: true, density: {}, means: {}, metrics: {}, ...row }));
    const tensors = (some) => Object.fromEntries(Object.entries(some ?? {}).map(([name, data]) =>
        [name, { shape: [data.length], data: Float32Array.from(data) }]));
    const frames = rows.map(({ seq, step, metrics }, i) => ({
        run: "r", seq, step, metrics, phase: "on", says: {}, layout: {}, tensors: tensors(x.tensors?.[i]), bytes: 0,
    }));
    const totalSteps = x.total ?? rows.at(-1)?.step ?? 1;
    const timeline = { rows, entries: rows, totalSteps, frameAt: (i) => frames[i] ?? null, indexOfStep: () => 0 };
    const display = { metrics: {}, axes: {}, tensors: {}, panels: [], events: {}, ...x.display };
    const [expected, events] = [x.expected ?? [], x.events ?? []];
    const run = { id: "r", config: { capture: {} }, display, expected, events };
    const index = x.index ?? rows.length - 1;
    const selection = new Map(Object.entries(x.selection ?? {}).map(([axis, some]) => [axis, new Set(some)]));
    const theory = x.theory ?? null;
    const frame = frames[index];
    const moment = { run, display, frame, index, timeline, selection, hover: null, theory, patterns: null };
    const view = createPanel(here, x.panel, context);
    context.onHover = (axis, member) => {
        moment.hover = member === null ? null : { axis, member };
        view.render(moment);
    };
    view.render(moment);
    if (x.panel.kind === "curves" || x.panel.kind === "density") await drawn();
    Object.assign(window, { view, moment, timeline });
    return { table: view.table?.(moment), caption: view.caption?.(moment), applies: view.applies?.(moment) ?? true };
}""".replace("%s", _HERE)


def metric(title: str, **more: Any) -> dict[str, Any]:
    return {**_METRIC, "title": title, **more}


def show(page: Page, kind: str, shown: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A panel of an invented display, and what it says."""
    panel = {"id": "p", "kind": kind, "title": "", "hero": False, "text": "", "words": [], "show": shown}
    found: dict[str, Any] = page.evaluate(_PANEL, {"panel": panel, **more})
    return found


def curves(
    page: Page, panes: list[Any], metrics: dict[str, Any], rows: list[dict[str, Any]] | str, **more: Any
) -> dict[str, Any]:
    return show(page, "curves", {"panes": panes}, display={"metrics": metrics}, rows=rows, **more)


def names(page: Page) -> list[str]:
    return page.locator("button.step-label > span:first-child").all_text_contents()


def drawn(page: Page) -> list[dict[str, Any]]:
    """The lines that Plotly draws."""
    script = "document.querySelector('.step-plot').data.filter(({ uid }) => uid.startsWith('line-'))"
    plain = "({ x: [...x], y: [...y].map((value) => (Number.isFinite(value) ? value : null)), line, yaxis })"
    return list(page.evaluate(f"{script}.map(({{ x, y, line, yaxis }}) => {plain})"))


def ticks(page: Page, axis: str) -> list[str]:
    return list(page.evaluate(f"document.querySelector('.step-plot').layout.{axis}.ticktext"))


_ROWS = [{"step": step, "metrics": {"ha": step / 100, "hm": 10.0 ** (step / 20)}} for step in range(0, 101, 10)]
_TWO = {"ha": metric("ha share", short="ha", unit="share", strong=True), "hm": metric("hm power", scale="log", low=0.0)}


def test_panes_come_from_the_display(modules: Page) -> None:
    found = curves(modules, [["ha"], {"metrics": ["hm"], "title": "powers"}], _TWO, _ROWS)
    assert names(modules) == ["ha", "hm power"]
    assert modules.locator(".step-title").all_text_contents() == ["ha share", "powers"]
    assert [line["yaxis"] for line in drawn(modules)] == ["y", "y2"]
    assert found["table"]["columns"] == ["step", "stage", "ha share", "hm power"]
    assert found["table"]["rows"][1][:3] == [10, "on", 0.1]


def test_a_metric_that_declares_it_has_a_logarithmic_axis(modules: Page) -> None:
    curves(modules, [["ha"], ["hm"]], _TWO, [*_ROWS, {"step": 110, "metrics": {"hm": 0.0}}])
    share, power = drawn(modules)
    assert share["y"][:2] == [0, 0.1]
    assert power["y"][:3] == pytest.approx([0, 0.5, 1])
    assert power["y"][-1] is None, "nothing is where a logarithm has no value"
    assert ticks(modules, "yaxis2")[0] == "1"
    modules.get_by_role("button", name="log y").click()
    assert modules.evaluate("chosen.get('log')") == "0"
    assert drawn(modules)[1]["y"][-2] == 1e5


def test_what_no_frame_has_is_left_out_and_what_is_no_number_is_a_gap(modules: Page) -> None:
    rows = [
        {"step": 0, "metrics": {"a": 0.5}},
        {"step": 1, "metrics": {"a": None}},
        {"step": 2, "metrics": {}},
        {"step": 3, "metrics": {"a": 0.7}},
    ]
    found = curves(modules, [["b"], ["a", "b"]], {"a": metric("a"), "b": metric("b")}, rows)
    assert names(modules) == ["a"]
    assert modules.locator(".step-title").count() == 1
    (line,) = drawn(modules)
    assert line["y"] == [0.5, None, 0.7]
    assert [row[2] for row in found["table"]["rows"]] == [0.5, None, "", 0.7]


def test_lines_of_a_pane_do_not_look_alike(modules: Page) -> None:
    some = {name: metric(name) for name in "abc"}
    curves(
        modules, [list("abc")], some, [{"step": step, "metrics": {"a": 1.0, "b": 2.0, "c": 3.0}} for step in range(3)]
    )
    assert len({line["line"]["color"] for line in drawn(modules)}) == 3


def test_references_promises_and_stages_are_drawn(modules: Page) -> None:
    rows = [
        {"step": step, "phase": "warm" if step < 50 else "late", "metrics": {"ha": 0.5}} for step in range(0, 101, 10)
    ]
    promise = {"label": "ha", "low": 0.4, "high": 0.6, "value": None, "ok": None, "metric": "ha"}
    known = {"ha": metric("ha", unit="share", references=[{"value": 0.25, "text": "a coin"}])}
    theory = {
        "statements": [],
        "lines": [{"metric": "ha", "value": 0.75, "text": "best"}, {"metric": "ha", "value": 0.25, "text": "a coin"}],
    }
    promises = [
        {**promise, "step": 50},
        {**promise, "step": "end", "ok": False},
        {**promise, "step": 10, "applies": False},
    ]
    curves(modules, [["ha"]], known, rows, expected=promises, theory=theory)
    lines = "document.querySelector('.step-plot').data.filter(({ uid }) => uid.startsWith('reference-'))"
    assert modules.evaluate(f"{lines}.map(({{ y }}) => y[0])") == [0.25, 0.75]
    assert modules.locator("div.step-label").all_text_contents() == ["a coin", "best"]
    assert modules.locator(".step-expected").count() == 2
    assert modules.locator(".step-expected.is-missed").count() == 1
    assert modules.locator(".step-stage").all_text_contents() == ["late"]


def test_steps_that_run_backwards_are_put_in_order(modules: Page) -> None:
    rows = [
        {"step": step, "metrics": {"a": value}} for step, value in [(0, 0), (10, 1), (20, 2), (10, 5), (15, 6), (30, 7)]
    ]
    found = curves(modules, [["a"]], {"a": metric("a")}, rows, total=30)
    (line,) = drawn(modules)
    assert [x * 30 for x in line["x"]] == pytest.approx([0, 10, 15, 20, 30])
    assert line["y"] == [0, 5, 6, 2, 7]
    assert [row[0] for row in found["table"]["rows"]] == [0, 10, 15, 20, 30]


def test_ten_thousand_rows_are_thinned_and_keep_their_peaks(modules: Page) -> None:
    rows = "Array.from({ length: 10_000 }, (_, i) => ({ step: i, metrics: { a: { 5003: 9, 7001: -9 }[i] ?? i % 2 } }))"
    found = curves(modules, [["a"]], {"a": metric("a")}, rows)
    assert len(found["table"]["rows"]) == 10_000
    (line,) = drawn(modules)
    assert len(line["x"]) < 5 * 600
    assert max(line["y"]) == 9
    assert min(line["y"]) == -9
    assert line["x"] == sorted(line["x"])
    assert line["x"][-1] == 1


def test_a_growing_film_is_drawn_a_few_times_a_second_at_most(modules: Page) -> None:
    curves(modules, [["ha"]], _TWO, _ROWS, total=1000)
    script = """async () => {
        let drawings = 0;
        const { react } = Plotly;
        Plotly.react = (...all) => { drawings += 1; return react(...all); };
        for (let step = 101; step < 301; step++) {
            timeline.rows.push({ ...timeline.rows[0], seq: step, step, metrics: { ha: 0.5 } });
            view.render(moment);
        }
        const at_once = drawings;
        while (drawings === 0) await new Promise((next) => setTimeout(next, 10));
        Plotly.react = react;
        return [at_once, drawings];
    }"""
    assert modules.evaluate(script) == [0, 1]
    assert len(drawn(modules)[0]["x"]) > len(_ROWS)


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=3)
    page.mouse.up()


def plot(page: Page) -> dict[str, float]:
    """Where the axes are, in the window."""
    script = """() => {
        const { left, top } = document.querySelector(".step-chart").getBoundingClientRect();
        const { width, height, margin: { l, r, t, b } } = document.querySelector(".step-plot").layout;
        return { left: left + l, top: top + t, width: width - l - r, height: height - t - b };
    }"""
    return dict(page.evaluate(script))


def test_a_press_seeks_and_a_drag_zooms(modules: Page) -> None:
    curves(modules, [["ha"]], _TWO, _ROWS, index=2)
    area = plot(modules)
    middle = area["top"] + area["height"] / 2
    modules.mouse.click(area["left"] + 0.71 * area["width"], middle)
    assert modules.evaluate("sought") == 70
    drag(modules, (area["left"] + 0.4 * area["width"], middle), (area["left"] + 0.9 * area["width"], middle))
    low, high = map(float, modules.evaluate("chosen.get('zoom')").split("~"))
    assert (low, high) == pytest.approx((40, 90), abs=0.5)
    assert modules.evaluate("sought") == 70, "a drag seeks nothing"
    assert ticks(modules, "xaxis")[0] == "40"
    modules.get_by_role("button", name="Whole").click()
    assert modules.evaluate("chosen.has('zoom')") is False
    expect(modules.get_by_role("button", name="Whole")).to_be_hidden()
    below = area["top"] + area["height"] + 20
    drag(modules, (area["left"] + 0.3 * area["width"], below), (area["left"] + 0.6 * area["width"], below))
    assert modules.evaluate("sought") == 60, "along the axis it does"
    assert modules.evaluate("chosen.has('zoom')") is False


def test_the_keyboard_zooms_and_hides(modules: Page) -> None:
    curves(modules, [["ha"], ["hm"]], _TWO, _ROWS, index=5)
    modules.locator(".step-chart").focus()
    modules.keyboard.press("+")
    assert modules.evaluate("chosen.get('zoom')") == "25~75"
    modules.keyboard.press("0")
    assert modules.evaluate("chosen.has('zoom')") is False
    modules.keyboard.press("ArrowDown")
    modules.keyboard.press("Enter")
    assert modules.evaluate("chosen.get('hide')") == "ha"
    assert len(drawn(modules)) == 1
    hidden = modules.get_by_role("button", name="ha", pressed=False)
    expect(hidden).to_be_focused()
    hidden.click()
    assert len(drawn(modules)) == 2


def test_values_are_told_where_one_points_and_at_the_cursor(modules: Page) -> None:
    curves(modules, [["ha"], ["hm"]], _TWO, _ROWS, index=5)
    expect(modules.locator(".step-chart .visually-hidden")).to_have_text("Step 50: ha 0.50, hm power 316")
    area = plot(modules)
    modules.mouse.move(area["left"] + 0.2 * area["width"], area["top"] + 20)
    expect(modules.locator(".step-tip")).to_contain_text("Step 20")
    assert modules.locator(".step-tip b").all_text_contents() == ["0.20", "10.00"]
    assert modules.evaluate("peeked") == 20
    modules.mouse.move(area["left"], area["top"] + area["height"] + 300)
    expect(modules.locator(".step-tip")).to_be_hidden()


def test_another_metric_can_lie_along_the_axis(modules: Page) -> None:
    rows = [{"step": step, "metrics": {"a": 1.0, "epoch": step / 8}} for step in range(0, 81, 8)]
    curves(modules, [["a"]], {"a": metric("a"), "epoch": metric("epoch", unit="count")}, rows, index=5)
    modules.get_by_label("Axis across").select_option("epoch")
    modules.wait_for_function("document.querySelector('.step-plot').layout.xaxis.title.text === 'epoch'")
    assert modules.evaluate("chosen.get('by')") == "epoch"
    area = plot(modules)
    modules.mouse.click(area["left"] + 0.7 * area["width"], area["top"] + 20)
    assert modules.evaluate("sought") == 56


def test_names_stay_apart_however_many_there_are(modules: Page) -> None:
    some = {f"m{i}": metric(f"metric {i}") for i in range(40)}
    rows = [{"step": step, "metrics": dict.fromkeys(some, 1.0)} for step in range(3)]
    curves(modules, [list(some)], some, rows)
    boxes = modules.locator("button.step-label").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect().top)"
    )
    assert 15 < len(boxes) < 40
    assert all(b - a >= 15 - 1e-3 for a, b in zip(sorted(boxes), sorted(boxes)[1:], strict=False))


def test_a_library_that_does_not_come_can_be_asked_for_again(modules: Page) -> None:
    def fail(route: Route) -> None:
        route.abort()

    def nothing(route: Route) -> None:
        route.fulfill(body="", content_type="text/javascript")

    modules.route("**/plotly.min.js", fail)
    curves(modules, [["ha"]], _TWO, _ROWS)
    again = modules.get_by_role("button", name="Try again")
    expect(modules.locator(".step-wait")).to_contain_text("could not be loaded")
    modules.unroute("**/plotly.min.js", fail)
    modules.route("**/plotly.min.js", nothing)
    again.click()
    expect(modules.locator(".step-wait")).to_contain_text("could not be loaded")
    modules.unroute("**/plotly.min.js", nothing)
    again.click()
    modules.wait_for_selector(".step-title")
    expect(modules.locator(".step-wait")).to_be_empty()


def test_bands_lie_around_their_lines(modules: Page) -> None:
    script = """async () => {
        %s
        const { createSteps } = await import("/js/marks/steps.js");
        const chart = createSteps(here, {});
        const [x, y, low, high] = [[0, 5, 10], [0.2, 0.5, 0.7], [0.1, 0.4, 0.7], [0.3, 0.9, 0.7]];
        chart.render({ stamp: "1", at: null, compose: () => ({
            panes: [{ title: "one" }, { title: "two", range: [0, 1] }],
            x: { title: "gradient steps", word: "Step", spacing: "linear", last: 10 },
            lines: [0, 1].map((pane) => ({ key: `${pane}`, pane, label: "s", colour: "series-1", x, y, low, high })),
        }) });
        await drawn();
        return document.querySelector(".step-plot").data.filter(({ fill }) => fill === "toself").map(({ y }) => y);
    }""".replace("%s", _HERE)
    assert modules.evaluate(script) == [[0.3, 0.9, 0.7, 0.7, 0.4, 0.1]] * 2
    expect(modules.locator(".step-cursor")).to_be_hidden()
    area = plot(modules)
    modules.mouse.move(area["left"] + 0.5 * area["width"], area["top"] + 20)
    assert modules.locator(".step-tip b").all_text_contents() == ["0.50 (0.40 to 0.90)"] * 2


_DENSITY = {"tensor": "t", "range": [-1, 1], "bins": 4, "title": "spread"}
_GROUPS = [{"name": "low", "high": -0.5}, {"name": "high", "low": 0.5}]


def test_a_density_counts_its_groups(modules: Page) -> None:
    shown = {
        **_DENSITY,
        "groups": _GROUPS,
        "lines": [{"tensor": "u", "title": "mean u", "colour": "positive"}],
        "lines_title": "means",
    }
    rows = [{"step": step, "density": {"p": [1, 2, 3, step]}, "means": {"u": 0.5}} for step in (0, 10)]
    found = show(modules, "density", shown, rows=rows)
    assert found["table"] == {
        "columns": ["step", "mean u", "low", "high", "all"],
        "rows": [[0, 0.5, 1, 0, 6], [10, 0.5, 1, 10, 16]],
    }
    assert names(modules) == ["mean u"]
    assert modules.locator(".step-title").all_text_contents() == ["spread", "means"]
    assert modules.evaluate("document.querySelector('.density-cells').height") == 4


def test_a_film_without_the_histogram_has_no_density(modules: Page) -> None:
    assert show(modules, "density", _DENSITY, rows=[{"step": 0}, {"step": 1}])["applies"] is False


def test_bars_stand_beside_their_start_and_theory(modules: Page) -> None:
    axis = {
        "noun": "power",
        "plural": "powers",
        "shown": 3,
        "total": 3,
        "names": ["p", "q", "r"],
        "numbers": None,
        "at_most": False,
        "part_of": None,
        "groups": [{"name": "g", "colour": "positive", "members": [1]}],
    }
    shown = {
        "tensor": "v",
        "axis": "powers",
        "beside": "start",
        "title": "power",
        "theory": [1, 2, 3],
        "theory_title": "said",
    }
    rows, tensors = [{"step": 0}, {"step": 1}], [{"v": [1, 2, 4]}, {"v": [0.5, 8, 2]}]
    found = show(modules, "bars", shown, rows=rows, tensors=tensors, display={"axes": {"powers": axis}, "tensors": {}})
    assert found["table"] == {
        "columns": ["power", "power", "at the start", "said"],
        "rows": [["p", 0.5, 1, 1], ["q", 8, 2, 2], ["r", 2, 4, 3]],
    }
    assert found["caption"] == "The largest is q, 8, at the start 2."
    box = modules.locator("canvas.bars").bounding_box()
    assert box is not None
    modules.mouse.move(box["x"] + box["width"] / 2, box["y"] + 100)
    expect(modules.locator(".map-tip").locator("strong, span")).to_have_text(
        ["Q", "power 8", "at the start 2", "said 2"]
    )
    modules.mouse.down()
    modules.mouse.up()
    assert modules.evaluate("selected") == ["powers", 1]
    modules.locator("canvas.bars").focus()
    modules.keyboard.press("ArrowDown")
    modules.keyboard.press("Enter")
    assert modules.evaluate("selected") == ["powers", 2]


_PIXELS = """() => {
    const canvas = document.querySelector("canvas.bars");
    const { data } = canvas.getContext("2d").getImageData(60, 0, 1, canvas.height);
    return Array.from({ length: canvas.height }, (_, y) => data[4 * y]).filter((red) => red < 255).length;
}"""


def test_the_axis_of_bars_only_widens(modules: Page) -> None:
    rows, tensors = [{"step": 0}, {"step": 1}, {"step": 2}], [{"v": [1, 1]}, {"v": [10, 1]}, {"v": [1, 1]}]
    show(modules, "bars", {"tensor": "v"}, rows=rows, tensors=tensors, index=0)
    first = modules.evaluate(_PIXELS)
    modules.evaluate("for (const index of [1, 2]) view.render({ ...moment, frame: timeline.frameAt(index), index })")
    assert modules.evaluate(_PIXELS) < first / 4


_ITEMS = [
    {"of": "x1", "key": True, "said": 0.5, "found": 0.4, "spread": 0.1},
    {"of": "x2", "key": False, "said": 0.0, "found": 0.01, "spread": None},
]
_KEYS = {
    "event": "met",
    "list": "items",
    "name": "of",
    "group": "key",
    "predicted": "said",
    "measured": "found",
    "deviation": "spread",
    "title": "pull",
}


def test_a_comparison_reads_events_by_the_declared_keys(modules: Page) -> None:
    events = [
        {"step": 3, "kind": "met", "text": "They met.", "data": {"items": _ITEMS}},
        {"step": 4, "kind": "other", "text": "no", "data": {}},
    ]
    found = show(modules, "comparison", _KEYS, rows=[{"step": 0}], events=events)
    assert found["caption"] == "They met."
    assert found["table"] == {
        "columns": ["step", "of", "key", "predicted", "measured", "deviation"],
        "rows": [[3, "x1", "yes", 0.5, 0.4, 0.1], [3, "x2", "no", 0, 0.01, None]],
    }
    assert modules.locator(".theory-chart circle").count() == 2
    assert modules.locator(".theory-chart circle title").first.text_content() == "x1: 0.4 ± 0.1, predicted 0.5"


def test_a_comparison_goes_where_there_is_nothing_to_compare(modules: Page) -> None:
    assert show(modules, "comparison", _KEYS, rows=[{"step": 0}])["applies"] is False
    statement = {
        "id": "1",
        "title": "One",
        "formula": "w_i",
        "text": "so",
        "value": 2.0,
        "applies": True,
        "assumptions": ["a"],
        "limits": [],
    }
    found = show(modules, "comparison", _KEYS, rows=[{"step": 0}], theory={"statements": [statement], "lines": []})
    assert found["applies"] is True
    assert found["table"]["rows"] == [["One", 2, "yes"]]
    assert modules.locator(".theory-formula sub").text_content() == "i"

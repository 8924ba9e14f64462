"""Neurons as pictures: what is drawn, how it is linked with the other views, and what the pictures are called."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from emergescope.store.store import Store
from tests.api.server_process import ServerProcess
from tests.browser.conftest import Watched
from tests.browser.image_films import Film, write_run

pytestmark = pytest.mark.browser
ORANGE, BLUE, PALE = (204, 85, 0), (27, 95, 168), (217, 219, 222)  # the ends and the centre of the scale, on white
NARROW = pytest.mark.parametrize("watched", [(380, 800, "light")], indirect=True)
SIDE = 8


def _halves() -> Film:
    """Eight neurons of grey pictures: from noise to a picture whose left half is bright, or to its negative."""
    left = np.ones((SIDE, SIDE), np.float32)
    left[:, SIDE // 2 :] = -1
    columns = np.stack([left, left.T, np.abs(left)])
    noise = np.random.default_rng(0).uniform(-0.2, 0.2, size=(4, SIDE, SIDE)).astype(np.float32)
    sign = np.array([1, 1, -1, 1, -1, -1, 1, -1], np.float32)[:, None, None]
    size = np.linspace(0.1, 1, 8, dtype=np.float32)[:, None, None]
    names = ("difference of class means", "mean of class 0", "principal direction 1")
    start = np.concatenate([noise, noise])
    return Film(columns, start, size * sign * left, 1, names, "difference of class means", clustered=True)


def _strokes() -> Film:
    """Three strokes of which two are relevant; six of eight neurons have a picture."""
    columns = np.zeros((3, SIDE, SIDE), np.float32)
    columns[0, 1], columns[1, :, 6], columns[2, 5] = 1, 1, 1
    motif = columns[0] + columns[1]
    noise = np.random.default_rng(1).normal(size=(8, SIDE, SIDE)).astype(np.float32)
    return Film(columns, noise, np.stack([motif, -motif] * 4), 2, pictures=6)


def _colours() -> Film:
    """Two neurons that look for red, and for what is not red."""
    red = np.zeros((SIDE, SIDE, 3), np.float32)
    red[..., 0] = 1
    return Film(red[None], np.stack([red, -red]), np.stack([red, -red]), names=("red",), signal="red")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("pictures")
    store = Store(directory)
    plain = replace(_strokes(), pictured=False)
    for name, film in {"halves": _halves(), "strokes": _strokes(), "colours": _colours(), "plain": plain}.items():
        write_run(store, name, film)
    store.close()
    return directory


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(data)
    yield server
    server.stop()


def _open(watched: Watched, run_id: str, query: str = "?step=1000000") -> tuple[Page, Locator]:
    """The lab at the end of a film, or where `query` says, and its pictures."""
    page = watched.open(f"/runs/{run_id}{query}")
    panel = page.get_by_role("region", name="Neurons as pictures")
    expect(panel.get_by_role("listitem").last).to_be_attached(timeout=20_000)
    expect(page.get_by_text(re.compile("done · ")).first).to_be_visible()
    panel.locator(".pictures-canvas").scroll_into_view_if_needed()
    return page, panel


def _places(panel: Locator, count: int, paired: bool = True) -> list[tuple[float, float, float]]:
    """Centre and side of each picture in CSS pixels of the canvas."""
    script = """async (canvas, [count, paired]) => {
        const m = await import("/js/marks/image-atlas.js");
        const { clientWidth, clientHeight } = canvas.parentElement;
        const grid = m.arrange(count, clientWidth, clientHeight, paired);
        return Array.from({ length: count }, (_, place) => {
            const { x, y } = m.corner(grid, place);
            return [x + grid.side / 2, y + grid.side / 2, grid.side];
        });
    }"""
    found = panel.locator(".pictures-canvas").evaluate(script, [count, paired])
    return [(x, y, side) for x, y, side in found]


def _pixel(panel: Locator, x: float, y: float) -> tuple[int, ...]:
    script = "(canvas, [x, y]) => [...canvas.getContext('2d').getImageData(x, y, 1, 1).data]"
    return tuple(panel.locator(".pictures-canvas").evaluate(script, [round(x), round(y)])[:3])


def _sides(panel: Locator, place: tuple[float, float, float]) -> str:
    """The colours of the left and the right half of a picture: o(range), b(lue), or - for what is paler."""
    x, y, side = place
    names: dict[tuple[int, ...], str] = {ORANGE: "o", BLUE: "b"}
    return "".join(names.get(_pixel(panel, x + side * shift, y), "-") for shift in (-0.25, 0.25))


def _grid(panel: Locator) -> list[str]:
    return [_sides(panel, place) for place in _places(panel, 8)]


def _hover(panel: Locator, place: tuple[float, float, float]) -> None:
    panel.locator(".pictures-canvas").hover(position={"x": place[0], "y": place[1]})


def _click(panel: Locator, place: tuple[float, float, float], **options: Any) -> None:
    panel.locator(".pictures-canvas").click(position={"x": place[0], "y": place[1]}, **options)


def test_each_neuron_is_drawn_in_the_colours_of_its_weights_on_its_own_scale(watched: Watched) -> None:
    _, panel = _open(watched, "halves")
    # Pairs stand side by side: 0 and 4, 1 and 5, 2 and 6, 3 and 7.
    assert _grid(panel) == ["ob", "bo", "ob", "bo", "bo", "ob", "ob", "bo"]
    expect(panel.locator(".panel-caption")).to_have_text("Pictures of 8 neurons.")
    expect(panel.locator(".picture-note")).to_have_text(
        "Each picture has its own scale · the line below: cos(w, difference)."
    )
    watched.assert_calm()


def test_on_a_common_scale_small_weights_are_pale(watched: Watched) -> None:
    page, panel = _open(watched, "halves")
    panel.get_by_role("button", name="Common scale").click()
    expect(panel.locator(".picture-note")).to_contain_text("One scale for all pictures and steps")
    expect(panel.get_by_role("button", name="Common scale")).to_have_attribute("aria-pressed", "true")
    assert _grid(panel) == ["--", "--", "--", "--", "--", "--", "--", "bo"]
    page.wait_for_url(re.compile(r"panel\.pictures\.scale=common"))
    page.reload()
    expect(panel.locator(".picture-note")).to_contain_text("One scale for all pictures and steps")
    watched.assert_calm()


def test_the_order_holds_while_the_film_plays_and_is_sorted_by_its_end(watched: Watched) -> None:
    page, panel = _open(watched, "halves")
    panel.get_by_role("button", name="By cosine").click()
    note = panel.locator(".picture-note")
    expect(note).to_contain_text("sorted by cosine at step 40")
    assert _grid(panel) == ["ob"] * 4 + ["bo"] * 4
    tip = panel.get_by_role("status")
    before = []
    for place in _places(panel, 8):
        _hover(panel, place)
        before.append(tip.locator("strong").inner_text())
    page.keyboard.press("Home")
    expect(page.get_by_role("slider", name="Step")).to_have_attribute("aria-valuenow", "0")
    expect(note).to_contain_text("sorted by cosine at step 40")
    for place, name in zip(_places(panel, 8), before, strict=True):
        _hover(panel, place)
        expect(tip.locator("strong")).to_have_text(name)
    panel.get_by_role("button", name="By cluster").click()
    page.wait_for_url(re.compile(r"panel\.pictures\.order=cluster"))
    page.goto(page.url.split("?")[0] + "?panel.pictures.order=cluster&step=20")
    expect(note).to_contain_text("sorted by cluster at step 40")
    watched.assert_calm()


def test_pointing_and_selecting_are_linked_with_the_map(watched: Watched) -> None:
    page, panel = _open(watched, "halves")
    places = _places(panel, 8)
    _hover(panel, places[3])
    lines = panel.get_by_role("status").locator("span")
    expect(panel.get_by_role("status").locator("strong")).to_have_text("Neuron 5")
    expect(lines.first).to_have_text("cos(w, difference) −1")
    expect(panel.get_by_role("status")).to_contain_text("begins as neuron 1 does")
    expect(page.locator(".panel-points .map-tip strong")).to_have_text("Neuron 5")
    expect(panel.locator(".is-closest")).to_have_text("difference of class means")
    ink = (27, 31, 38)
    x, y, side = places[3]
    assert _pixel(panel, x, y - side / 2 - 1) == ink
    _click(panel, places[3])
    _click(panel, places[0], modifiers=["Shift"])
    clear = page.locator(".panel-points .map-clear")
    expect(clear).to_have_text("2 selected ×")
    page.wait_for_url(re.compile("select.neurons=0,5"))
    page.mouse.move(5, 5)
    outlined = [place for place, (x, y, side) in enumerate(places) if _pixel(panel, x, y - side / 2) == ink]
    assert outlined == [0, 3]
    clear.click()
    expect(clear).to_be_hidden()
    assert _pixel(panel, x, y - side / 2) != ink
    watched.assert_calm()


def test_the_keyboard_walks_along_the_pictures(watched: Watched) -> None:
    page, panel = _open(watched, "halves")
    panel.locator(".pictures-canvas").focus()
    name = panel.get_by_role("status").locator("strong")
    for key, neuron in (("ArrowRight", 0), ("ArrowRight", 4), ("ArrowLeft", 0), ("ArrowLeft", 0)):
        page.keyboard.press(key)
        expect(name).to_have_text(f"Neuron {neuron}")
    page.keyboard.press("ArrowDown")
    expect(name).not_to_have_text("Neuron 0")
    page.keyboard.press("ArrowUp")
    expect(name).to_have_text("Neuron 0")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("select.neurons=0"))
    expect(page.get_by_role("slider", name="Step")).to_have_attribute("aria-valuenow", "40")  # the film stayed
    watched.assert_calm()


def test_what_neurons_are_compared_with_is_named_centres_first(watched: Watched) -> None:
    _, panel = _open(watched, "halves")
    names = ["centre of cluster 1", "centre of cluster 2", *(_halves().names or ())]
    expect(panel.get_by_role("listitem")).to_have_text(names)
    script = "canvas => [...canvas.getContext('2d').getImageData(1, 1, 1, 1).data].slice(0, 3)"
    colours = [tuple(c.evaluate(script)) for c in panel.locator(".picture-references canvas").all()]
    assert colours == [ORANGE, BLUE, ORANGE, ORANGE, ORANGE]
    watched.assert_calm()


def test_the_signal_of_strokes_is_their_sum(watched: Watched) -> None:
    _, panel = _open(watched, "strokes")
    expect(panel.get_by_role("listitem")).to_have_text(
        ["s, sum of the relevant patterns", "pattern 0", "pattern 1", "pattern 2"]
    )
    motif = panel.locator(".picture-references canvas").first
    script = "canvas => { const p = canvas.getContext('2d'); return [[1, 1], [6, 1], [6, 4], [1, 5]].map("
    script += "([x, y]) => [...p.getImageData(x, y, 1, 1).data].slice(0, 3)); }"
    stroke, cross, other, nothing = (tuple(colour) for colour in motif.evaluate(script))
    assert cross == ORANGE  # where two strokes meet the sum is largest
    assert stroke == other
    assert stroke not in (ORANGE, PALE)
    assert nothing == pytest.approx(PALE, abs=2)
    expect(panel.locator(".panel-caption")).to_have_text("Pictures of 6 of 8 neurons.")
    _hover(panel, _places(panel, 6, paired=False)[0])
    expect(panel.get_by_role("status").locator("strong")).to_have_text("Neuron 0")
    expect(panel.get_by_role("button", name="By cluster")).to_be_hidden()
    watched.assert_calm()


def test_weights_of_colour_pictures_are_colours_around_grey(watched: Watched) -> None:
    _, panel = _open(watched, "colours")
    first, second = ((x, y) for x, y, _ in _places(panel, 2))
    assert _pixel(panel, *first) == (255, 128, 128)
    assert _pixel(panel, *second) == (1, 128, 128)
    watched.assert_calm()


def test_the_table_has_the_numbers_behind_the_pictures(watched: Watched) -> None:
    _, panel = _open(watched, "halves", "?select.neurons=2,5&step=40")
    panel.get_by_role("button", name="Table").click()
    expect(panel.get_by_role("columnheader")).to_have_text(
        ["neuron", "cos(w, difference)", "centre cosine", "cluster", "scale", "closest", "alignment"]
    )
    rows = panel.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first.get_by_role("cell")).to_have_text(
        ["2", "−1", "1", "1", "0.3571", "difference of class means", "−1"]
    )
    watched.assert_calm()


def test_runs_without_pictures_have_no_such_panel(watched: Watched) -> None:
    asked: list[str] = []
    watched.page.on("request", lambda request: asked.append(request.url))
    page = watched.open("/runs/plain")
    expect(page.get_by_text(re.compile("done · ")).first).to_be_visible()
    expect(page.get_by_role("heading", name="Which pattern does each neuron carry?")).to_be_visible()
    expect(page.get_by_role("heading", name="Neurons as pictures")).to_be_hidden()
    assert not any(url.endswith("/patterns") for url in asked)
    watched.assert_calm()


@NARROW
def test_pictures_fit_a_narrow_screen(watched: Watched) -> None:
    page, panel = _open(watched, "halves")
    assert page.evaluate("document.documentElement.scrollWidth") == 380
    box = panel.locator(".pictures-canvas").bounding_box()
    assert box
    assert 0 <= box["x"] < box["x"] + box["width"] <= 380
    assert _grid(panel)[0] == "ob"
    strip = panel.get_by_role("list")
    assert strip.evaluate("list => list.scrollWidth > list.clientWidth && list.tabIndex === 0")
    watched.assert_calm()


def test_reduced_motion_shows_the_same_pictures(browser: Browser, server: ServerProcess) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    watched = Watched(context.new_page(), server)
    page, panel = _open(watched, "halves")
    assert _grid(panel)[:2] == ["ob", "bo"]
    page.keyboard.press("Home")
    expect(page.get_by_role("slider", name="Step")).to_have_attribute("aria-valuenow", "0")
    assert _grid(panel)[:2] != ["ob", "bo"]
    watched.assert_calm()
    context.close()

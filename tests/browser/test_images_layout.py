"""Pages of images keep their measure: filters are sharp, sentences whole, maps still, and nothing overlaps."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from emergescope.store.store import Store
from tests.api.server_process import ServerProcess
from tests.browser.conftest import Watched
from tests.browser.image_films import Film, write_run
from tests.browser.test_images_pages import CLASSES, MIXTURE, finished

pytestmark = pytest.mark.browser
LONG = (
    "The data part is learned to 100\u00a0%, the injected part to 100\u00a0%; directly 99\u00a0%. The mixture, at "
    "100\u00a0%, is above that, as natural patches allow. One label takes 57\u00a0% of injected inputs: much agrees by "
    "chance (κ 0.30)."
)


def _filters() -> Film:
    """Four filters of 3 x 3 weights: each a bright column at the left, or its negative."""
    bright = np.full((3, 3), -0.5, np.float32)
    bright[:, 0] = 1
    return Film(bright[None], np.stack([bright, -bright] * 2), np.stack([bright, -bright] * 2), names=("edge",))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("layout")
    store = Store(directory)
    write_run(store, "filters", _filters())
    store.close()
    return directory


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(data)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def digits(server: ServerProcess) -> str:
    return finished(server, CLASSES, "Digits 3 and 8")


@pytest.fixture(scope="module")
def mixture(server: ServerProcess) -> str:
    return finished(server, MIXTURE, "Half of it noise")


def _shades(canvas: Locator) -> int:
    """How many colours there are in 60 pixels across the first picture, 20 below its upper edge."""
    script = """(canvas) => new Set(new Uint32Array(
        canvas.getContext("2d").getImageData(4, 20, 60, 1).data.buffer)).size"""
    return int(canvas.evaluate(script))


def test_the_few_weights_of_a_filter_are_squares(watched: Watched) -> None:
    page = watched.open("/runs/filters")
    panel = page.get_by_role("region", name="Neurons as pictures")
    expect(panel.get_by_role("listitem")).to_have_count(1, timeout=20_000)
    canvas = panel.locator(".pictures-canvas")
    canvas.scroll_into_view_if_needed()
    expect(panel.locator(".panel-caption")).to_have_text("Pictures of 4 neurons.")
    assert 1 <= _shades(canvas) <= 2
    assert panel.locator("figure canvas").evaluate("(one) => getComputedStyle(one).imageRendering") == "pixelated"
    watched.assert_calm()


def test_curves_of_several_kinds_of_runs_fit_beside_their_maps(watched: Watched, digits: str, mixture: str) -> None:
    page = watched.open(f"/compare?runs={digits},{mixture},filters")
    expect(page.get_by_text("all done")).to_be_visible(timeout=20_000)
    side = page.locator(".compare-side")
    expect(side.locator(".step-label").filter(has_text=re.compile("^[ABC] "))).to_have_count(2, timeout=20_000)
    assert side.evaluate("(one) => one.scrollWidth - one.clientWidth") <= 0
    heading = side.get_by_role("heading", name="Curves").bounding_box()
    first = side.get_by_label("Measure", exact=True).bounding_box()
    assert heading
    assert first
    assert heading["x"] + heading["width"] <= first["x"]
    letters = page.locator(".compare-letter").evaluate_all("(all) => all.map((one) => getComputedStyle(one).color)")
    assert len(set(letters)) == 3
    watched.assert_calm()


@pytest.mark.parametrize("watched", [(1440, 900, "light"), (380, 800, "light")], indirect=True, ids=("wide", "narrow"))
def test_what_qualifies_the_parts_of_a_mixture_is_not_cut_off(watched: Watched, mixture: str) -> None:
    page = watched.open(f"/runs/{mixture}?step=60")
    panel = page.locator(".panel-curves")
    panel.scroll_into_view_if_needed()
    caption = panel.locator(".panel-caption")
    expect(caption).to_contain_text("The data part is learned", timeout=20_000)
    hidden = "(one, text) => { one.textContent = text; return one.scrollHeight - one.clientHeight; }"
    assert caption.evaluate(hidden, LONG) <= 1
    watched.assert_calm()


def test_a_selection_leaves_the_map_as_large_as_it_is(watched: Watched, digits: str) -> None:
    page = watched.open(f"/runs/{digits}?step=25")
    chart = page.locator(".map-canvas")
    group = page.get_by_role("button", name="at + difference")
    expect(group).to_be_visible(timeout=20_000)
    clear = page.locator(".map-clear")
    expect(clear).to_be_hidden()
    before = chart.bounding_box()
    group.click()
    expect(clear).to_be_visible()
    assert chart.bounding_box() == before
    watched.assert_calm()


def test_directions_have_names_and_bands_of_one_value_one_number(watched: Watched, server: ServerProcess) -> None:
    body = {"preset": "paper/figure-3-mnist-lazy"}
    run_id = server.client.post("/api/runs", json=body).json()["id"]
    assert server.wait_for(run_id)["status"] == "succeeded"
    page = watched.open(f"/runs/{run_id}?step=1000000")
    row = page.locator(".expected").get_by_role("row", name="share of neurons near a centre, at the end")
    expect(row.get_by_role("cell").first).to_have_text("0", timeout=20_000)
    panel = page.locator(".panel-matrix")
    panel.scroll_into_view_if_needed()
    expect(panel.locator(".panel-caption")).to_contain_text("is that with the difference of class means")
    expect(panel.locator(".panel-caption")).to_contain_text("then principal direction 1")
    expect(panel.get_by_role("img", name="Which direction does each neuron carry?: a row for each")).to_be_visible()
    watched.assert_calm()

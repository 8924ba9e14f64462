"""A film opens by what is looked at: its index, and the frames around the one that is shown, however long it is."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Response, expect

from emergescope.store.store import Store
from tests.api.server_process import ServerProcess
from tests.browser.conftest import Watched
from tests.browser.long_films import write_film

pytestmark = pytest.mark.browser
FRAMES = 10_000


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("films")
    store = Store(directory)
    for run_id, frames in (("long", FRAMES), ("short", 100)):
        write_film(store, run_id, frames)
    store.close()
    return directory


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(data)
    yield server
    server.stop()


class Traffic:
    """Answers that a page was given about one run: bytes of its index, and how many frames."""

    def __init__(self, page: Page, run_id: str) -> None:
        self.index = self.frames = self.windows = 0
        self._run_id = run_id
        page.on("response", self._note)

    def _note(self, response: Response) -> None:
        if f"/api/runs/{self._run_id}/index" in response.url:
            self.index += len(response.body())
        if found := re.search(r"/frames/window\?seq=\d+&count=(\d+)", response.url):
            self.windows += 1
            self.frames += int(found[1])


def _shown(page: Page, step: int) -> None:
    expect(page.get_by_role("slider", name="Step")).to_have_attribute("aria-valuenow", str(step), timeout=20_000)
    expect(page.locator(".lab-empty")).to_be_hidden()


@pytest.mark.own_page
@pytest.mark.parametrize(("query", "step"), [("", 0), ("?step=9000", 9000)])
def test_a_long_film_opens_with_its_index_and_the_frame_that_is_shown(watched: Watched, query: str, step: int) -> None:
    traffic = Traffic(watched.page, "long")
    page = watched.open(f"/runs/long{query}")
    _shown(page, step)
    page.wait_for_timeout(500)
    assert 0 < traffic.index < 5_000_000
    assert traffic.frames <= 3, "more frames were fetched than are shown"
    watched.assert_calm()


@pytest.mark.own_page
def test_frames_are_fetched_ahead_while_the_film_plays_and_not_before(watched: Watched) -> None:
    traffic = Traffic(watched.page, "long")
    page = watched.open("/runs/long?step=5000")
    _shown(page, 5000)
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    slider, now = page.get_by_role("slider", name="Step"), 5000
    while now < 5040:
        page.wait_for_timeout(50)
        now = int(slider.get_attribute("aria-valuenow") or 0)
    page.keyboard.press("Space")
    now = int(slider.get_attribute("aria-valuenow") or 0)
    assert traffic.frames < now - 5000 + 80, "no more is fetched than the next seconds need"
    assert traffic.windows < (now - 5000) / 4, "a question is worth its way"
    watched.assert_calm()


@pytest.mark.own_page
def test_a_hidden_page_receives_nothing_and_catches_up(watched: Watched, server: ServerProcess) -> None:
    film = {"capture.frames": 400, "capture.spacing": "linear", "capture.probe_every": 0, "capture.test_samples": 100}
    run_id = server.submit({**film, "training.phases.0.steps": 260})
    page = watched.page
    page.add_init_script(
        "window.sockets = 0; const Real = WebSocket;"
        "window.WebSocket = class extends Real { constructor(...all) { super(...all); window.sockets += 1;"
        " this.addEventListener('close', () => { window.sockets -= 1; }); } };"
    )
    watched.open(f"/runs/{run_id}")
    slider = page.get_by_role("slider", name="Step")
    expect(slider).not_to_have_attribute("aria-valuenow", "0", timeout=20_000)
    hide = "(hidden) => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
    hide += " document.dispatchEvent(new Event('visibilitychange')); }"
    page.evaluate(hide, True)
    while page.evaluate("window.sockets") > 0:
        page.wait_for_timeout(50)
    assert server.wait_for(run_id)["status"] == "succeeded"
    page.evaluate(hide, False)
    expect(page.locator(".run-status")).to_have_text(re.compile("^done"), timeout=20_000)
    expect(slider).to_have_attribute("aria-valuemax", "400")
    watched.assert_calm()

"""A recording is shown like any run, live, and nothing is offered that its loop, which is elsewhere, could not do."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from emergescope.config.ids import new_id
from emergescope.recording.display import Panel
from tests.api.server_process import ServerProcess
from tests.browser.conftest import Watched
from tests.recordings import CLAIM, DENSITY, DISPLAY, blob, sent

POINTS = Panel(
    "map", "points", "Where neurons are", {"axis": "neurons", "maps": [{"id": "m", "positions": "places"}]}, True
)
SETTINGS: dict[str, Any] = {"lr": 0.25, "optimiser": "AdamW", "nested": {"momentum": 0.9}}

pytestmark = pytest.mark.browser


class Loop:
    """Somebody else's, which records."""

    def __init__(self, client: httpx.Client, name: str, *panels: Panel, **fields: Any) -> None:
        self.client, self.id, self.seq = client, new_id(), 0
        display = sent(replace(DISPLAY, panels=panels))
        body = {"id": self.id, "claim": CLAIM, "name": name, "display": display, "settings": SETTINGS, **fields}
        client.post("/api/recordings", json=body).raise_for_status()

    def record(self, frames: int = 1) -> None:
        for _ in range(frames):
            path = f"/api/recordings/{self.id}/frames/{self.seq}"
            content = blob(self.id, self.seq)
            self.client.put(path, content=content, headers={"Emergescope-Claim": CLAIM}).raise_for_status()
            self.seq += 1

    def finish(self, **end: Any) -> None:
        path = f"/api/recordings/{self.id}/finish"
        self.client.post(path, json=end, headers={"Emergescope-Claim": CLAIM}).raise_for_status()


@pytest.fixture
def loop(server: ServerProcess) -> Loop:
    loop = Loop(server.client, "A loop of mine", POINTS, DENSITY, total_steps=200)
    loop.record(3)
    return loop


@pytest.mark.parametrize("watched", [(1440, 900, "light"), (380, 800, "dark")], indirect=True, ids=["wide", "narrow"])
def test_its_film_grows_while_one_watches(watched: Watched, loop: Loop) -> None:
    page = watched.open(f"/runs/{loop.id}")
    status = page.locator("#page-status")
    expect(page.get_by_role("heading", name="Where neurons are")).to_be_visible(timeout=20_000)
    expect(status).to_contain_text("live · step 20 of 200")
    loop.record(2)
    expect(status).to_contain_text("step 40 of 200")
    for name in ("Pause training", "Cancel run…", "Fork", "Run again"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    settings = page.locator("details").filter(has=page.locator("summary", has_text="Settings"))
    if page.viewport_size == {"width": 380, "height": 800}:
        settings.locator("summary").click()
    expect(settings).to_contain_text("lr")
    expect(settings).to_contain_text("0.25")
    expect(settings).to_contain_text('{"momentum":0.9}')
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    loop.finish(status="failed", message="out of memory")
    expect(page.get_by_role("alert").filter(has_text="Failed at step 40: out of memory.")).to_be_visible()
    watched.assert_calm()


def test_it_is_carried_away_as_one_file_once_it_is_over(watched: Watched, server: ServerProcess, loop: Loop) -> None:
    page = watched.open(f"/runs/{loop.id}")
    link = page.get_by_role("link", name="Download")
    expect(page.get_by_role("button", name="Cite…")).to_be_visible(timeout=20_000)
    expect(link).to_have_count(0)
    loop.finish(status="succeeded", seconds=3)
    with page.expect_download() as waiting:
        link.click()
    assert waiting.value.suggested_filename == f"emergescope-{loop.id}.zip"
    content = waiting.value.path().read_bytes()
    server.client.delete(f"/api/runs/{loop.id}").raise_for_status()
    server.client.post("/api/imports", content=content, headers={"Content-Type": "application/zip"}).raise_for_status()
    assert server.run(loop.id)["frames"]["count"] == 3
    watched.assert_calm()


def test_without_panels_its_tensors_are_shown_by_their_rank(watched: Watched, server: ServerProcess) -> None:
    loop = Loop(server.client, "No panels")
    page = watched.open(f"/runs/{loop.id}")
    expect(page.get_by_text("Waits for the first frame of its recorder.")).to_be_visible(timeout=20_000)
    loop.record(2)
    for name in ("weights", "places", "bias"):
        expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.locator("#page-status")).to_contain_text("live · step 10")
    expect(page.locator("#page-status")).not_to_contain_text(" of ")  # nobody knows how many there will be
    loop.finish(status="succeeded", seconds=3)
    expect(page.locator("#page-status")).to_contain_text("done · 10 steps")
    watched.assert_calm()


def test_lists_and_comparison_have_it(watched: Watched, server: ServerProcess, loop: Loop) -> None:
    other = Loop(server.client, "Another loop", POINTS, settings={**SETTINGS, "lr": 0.5})
    other.record(2)
    page = watched.open("/runs?study=recording")
    row = page.locator("tr").filter(has_text="A loop of mine").first
    expect(row).to_contain_text("step 20 of 200", timeout=20_000)
    for name in ("Pause: A loop of mine", "Cancel run…: A loop of mine"):
        expect(row.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_role("combobox").filter(has_text="Recordings")).to_have_value("recording")
    page = watched.open(f"/compare?runs={loop.id},{other.id}")
    expect(page.get_by_text("1 setting differs; all others are the same.")).to_be_visible(timeout=20_000)
    expect(page.locator("table.compare-differences")).to_contain_text("settings.lr")
    page = watched.open("/")
    expect(page.get_by_text("Another loop").first).to_be_visible(timeout=20_000)
    watched.assert_calm()


def test_a_running_one_can_be_deleted(watched: Watched, server: ServerProcess) -> None:
    loop = Loop(server.client, "To be deleted")
    loop.record()
    page = watched.open("/runs?q=To+be+deleted")
    page.get_by_label("choose To be deleted").check(timeout=20_000)
    page.get_by_role("button", name="Delete").first.click()
    expect(page.get_by_text("Deleted 1 run.")).to_be_visible()
    watched.assert_calm()

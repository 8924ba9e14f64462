"""A disk that is full, and has room again: pages say so, the run waits, and its film is as if nothing had been."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.api.server_process import ServerProcess
from tests.browser.conftest import Watched
from tests.small_disk import SmallDisk, small_disk

pytestmark = pytest.mark.browser
SLOW = {  # some seconds
    "capture.probe_every": 0,
    "capture.frames": 60,
    "training.phases": [{"name": "features", "steps": 3000, "samples": 500, "eta": 1.0, "trains": ["w"]}],
}


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", megabytes=8) as disk:
        yield disk


@pytest.fixture
def server(disk: SmallDisk) -> Iterator[ServerProcess]:
    server = ServerProcess(disk.path / "data")
    yield server
    server.stop()


def _film(server: ServerProcess, run: str) -> list[bytes]:
    client = server.client
    blobs = [client.get(f"/api/runs/{run}/frames/{f['seq']}") for f in client.get(f"/api/runs/{run}/frames").json()]
    return [blob.content.replace(run.encode(), b"") for blob in blobs]


@pytest.mark.slow
def test_a_run_waits_for_a_full_disk_and_the_page_says_so(
    watched: Watched, server: ServerProcess, disk: SmallDisk
) -> None:
    run = server.submit(SLOW)
    page = watched.open(f"/runs/{run}")
    expect(page.locator(".run-status")).to_contain_text("live", timeout=30_000)
    banner = page.locator("#trouble")
    expect(banner).to_be_hidden()
    disk.fill()
    expect(page.locator(".notices")).to_contain_text("Held up at step", timeout=30_000)
    expect(page.locator(".run-status")).to_contain_text("held up")
    expect(banner).to_contain_text("the disk is full", timeout=30_000)
    expect(banner).not_to_contain_text(str(disk.path))
    ready = server.client.get("/api/ready")
    assert ready.status_code == 503
    assert "the disk is full" in ready.json()["detail"]
    refused = server.client.post("/api/runs", json={"preset": "quick"})
    assert refused.status_code == 507
    waiting: dict[str, Any] = server.run(run)
    assert (waiting["status"], waiting["deaths"]) == ("running", [])
    assert "the disk is full" in waiting["waits"]
    watched.open("/runs")
    expect(page.locator("#trouble")).to_be_visible()
    expect(page.locator(".runs-status .status")).to_have_text("held up")

    disk.free()
    expect(page.locator("#trouble")).to_be_hidden(timeout=30_000)
    ended = server.wait_for(run)
    assert (ended["status"], ended["deaths"], ended["resumes"], ended["waits"]) == ("succeeded", [], 0, None)
    assert server.client.get("/api/ready").status_code == 200
    undisturbed = server.submit(SLOW)
    server.wait_for(undisturbed)
    assert _film(server, run) == _film(server, undisturbed)
    assert server.client.get("/api/runs").json()["items"][1]["frames"]["count"] >= 60


def _pass(page: Page, milliseconds: int, until: Callable[[], bool]) -> None:
    """Let time pass until it has an effect: the page sets its clock by the answer to its last question."""
    while not until():
        page.clock.fast_forward(milliseconds)
        page.wait_for_timeout(200)


@pytest.mark.own_page
@pytest.mark.parametrize("watched", [(380, 800, "dark")], indirect=True)
def test_the_banner_comes_and_goes_by_itself(watched: Watched) -> None:
    page, asked = watched.page, []
    page.clock.install()

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 2:
            route.fulfill(
                status=503, json={"status": 503, "title": "No", "detail": "the disk is full: free some space"}
            )
        else:
            route.continue_()

    page.route("**/api/ready", answer)
    watched.open("/")
    banner = page.locator("#trouble")
    expect(page.locator("main .gallery-card").first).to_be_visible()
    assert len(asked) == 1
    _pass(page, 16_000, lambda: len(asked) == 2)
    expect(banner).to_have_text("The disk is full: free some space.")
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    _pass(page, 6_000, lambda: len(asked) == 3)
    expect(banner).to_be_hidden()
    assert len(asked) == 3

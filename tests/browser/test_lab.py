"""The way a visitor goes: gallery, one click, a film that can be played, stopped and changed."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.api.server_process import ServerProcess
from tests.browser.conftest import Watched

pytestmark = pytest.mark.browser
SLOW = {
    "capture.probe_every": 0,
    "capture.frames": 60,
    "training.phases": [{"name": "features", "steps": 600, "samples": 4000, "eta": 1.0, "trains": ["w"]}],
}


def _step(page: Page) -> int:
    return int(page.get_by_role("slider", name="Step").get_attribute("aria-valuenow") or -1)


def _wait_past(page: Page, step: int) -> None:
    """Until the film is past `step`. The page's security policy forbids waiting for an expression."""
    expect(page.get_by_role("slider", name="Step")).to_be_visible()
    deadline = time.monotonic() + 60
    while _step(page) <= step:
        assert time.monotonic() < deadline, f"the film stays at step {_step(page)}"
        page.wait_for_timeout(50)


def _picture(page: Page) -> str:
    """What the neurons' map shows, as an image."""
    shown: str = page.locator(".lab-map canvas").first.evaluate("canvas => canvas.toDataURL()")
    return shown


def _finished(server: ServerProcess) -> str:
    run_id = server.submit({})
    assert server.wait_for(run_id)["status"] == "succeeded"
    return run_id


def test_one_click_from_the_gallery_to_a_moving_map(watched: Watched) -> None:
    page = watched.open("/")
    page.get_by_role("button", name="Run").first.click()
    expect(page).to_have_url(re.compile(r"/runs/\w+"))
    _wait_past(page, 3)
    before = _picture(page)
    _wait_past(page, 30)
    assert _picture(page) != before
    expect(page.get_by_text(re.compile(r"live · step \d+ of 480"))).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("cancelled").first).to_be_visible(timeout=20_000)
    watched.assert_calm()


def test_the_keyboard_plays_the_film(watched: Watched, server: ServerProcess) -> None:
    page = watched.open(f"/runs/{_finished(server)}")
    slider = page.get_by_role("slider", name="Step")
    expect(slider).to_have_attribute("aria-valuenow", "300")
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuenow", "0")
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuenow", "3")
    page.keyboard.press("Shift+ArrowRight")
    expect(slider).to_have_attribute("aria-valuenow", "33")
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuenow", "30")
    page.keyboard.press("Space")
    _wait_past(page, 30)
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.keyboard.press("End")
    expect(page.get_by_role("slider", name="Step")).to_have_attribute("aria-valuenow", "300")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    watched.assert_calm()


def test_the_address_holds_the_view(watched: Watched, server: ServerProcess) -> None:
    page = watched.open(f"/runs/{_finished(server)}?step=120")
    expect(page.get_by_role("slider", name="Step")).to_have_attribute("aria-valuenow", "120")
    page.get_by_role("button", name="Signal plane").click()
    page.wait_for_url(re.compile("map=plane"))
    picture = _picture(page)
    page.reload()
    expect(page.get_by_role("slider", name="Step")).to_have_attribute("aria-valuenow", "120")
    expect(page.get_by_role("button", name="Signal plane")).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(500)
    assert _picture(page) == picture
    watched.assert_calm()


def test_run_again_with_changes(watched: Watched, server: ServerProcess) -> None:
    run_id = _finished(server)
    page = watched.open(f"/runs/{run_id}")
    field = page.get_by_role("textbox", name="relevant patterns k")
    field.fill("4")
    field.press("Tab")
    page.get_by_role("button", name=re.compile("^Run again")).click()
    expect(page.get_by_text("odd k").first).to_be_visible()
    assert page.url.split("?")[0].endswith(run_id)
    field.fill("5")
    field.press("Tab")
    expect(page.locator(".form-row.is-changed")).to_have_count(1)
    page.get_by_role("button", name=re.compile("^Run again")).click()
    page.wait_for_url(lambda url: run_id not in url)
    again = server.run(page.url.split("?")[0].rsplit("/", 1)[1])
    assert again["config"]["problem"]["k"] == 5
    assert again["config"]["method"] == server.run(run_id)["config"]["method"]
    complaints = [c for c in watched.complaints if "422" not in c]
    assert complaints == []


def test_a_cut_connection_is_shown_and_heals(watched: Watched, server: ServerProcess) -> None:
    """Every connection is cut after a few frames, and some attempts fail at once; no frame is lost or doubled."""
    run_id = server.submit(SLOW)
    page = watched.page
    cuts = 0

    def cut(socket: object) -> None:
        nonlocal cuts
        cuts += 1
        attempt, route = cuts, socket
        if 3 <= attempt <= 5:
            route.close(code=1011)  # type: ignore[attr-defined]
            return
        upstream = route.connect_to_server()  # type: ignore[attr-defined]
        seen = 0

        def pass_on(message: str | bytes) -> None:
            nonlocal seen
            route.send(message)  # type: ignore[attr-defined]
            seen += isinstance(message, bytes)
            if attempt <= 10 and seen == 4:
                route.close(code=1011)  # type: ignore[attr-defined]
                upstream.close()

        upstream.on_message(pass_on)

    page.route_web_socket(re.compile("/stream"), cut)
    watched.open(f"/runs/{run_id}")
    expect(page.get_by_text(re.compile("Connection lost"))).to_be_visible(timeout=30_000)
    expect(page.get_by_text(re.compile("Connection lost"))).to_be_hidden(timeout=60_000)
    expect(page.get_by_text(re.compile("done · ")).first).to_be_visible(timeout=120_000)
    assert cuts > 5  # the three that failed at once, and some on either side of them
    count = server.run(run_id)["frames"]["count"]
    slider = page.get_by_role("slider", name="Step")
    page.keyboard.press("Home")
    for frame in server.client.get(f"/api/runs/{run_id}/frames", params={"limit": 1000}).json():
        expect(slider).to_have_attribute("aria-valuenow", str(frame["step"]))
        page.keyboard.press("ArrowRight")
    assert count >= 40


def test_a_diverged_run_says_since_when(watched: Watched, server: ServerProcess) -> None:
    run_id = server.submit({"training.phases.0.eta": 1e20, "training.phases.0.lambda_w": 1.0})
    assert server.wait_for(run_id)["status"] == "succeeded"
    page = watched.open(f"/runs/{run_id}")
    expect(page.get_by_text(re.compile("not finite from step 2 on")).first).to_be_visible()
    watched.assert_calm()


def test_an_unknown_run_is_a_page_that_leads_on(watched: Watched) -> None:
    page = watched.open("/runs/nosuchrun")
    expect(page.get_by_text(re.compile("no run", re.IGNORECASE)).first).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Gallery|Runs")).first).to_be_visible()

"""Every page at every size and in both schemes: no complaint, no request outside, nothing wider than the screen."""

import re

import pytest
from playwright.sync_api import expect

from tests.api.server_process import ServerProcess
from tests.browser.conftest import Watched
from tests.conftest import TINY

pytestmark = pytest.mark.browser
SCREENS = [(1440, 900, "light"), (1440, 900, "dark"), (380, 800, "light"), (380, 800, "dark"), (720, 450, "light")]


@pytest.mark.parametrize("watched", SCREENS, indirect=True, ids=lambda s: f"{s[0]}-{s[2]}")
def test_pages_fit_and_stay_calm(watched: Watched, server: ServerProcess) -> None:
    run_id = server.submit({"capture.frames": 5}, name="Small screen")
    server.wait_for(run_id)
    for path, text in (("/", "Gradual emergence"), (f"/runs/{run_id}", "done · "), ("/runs", "Small screen")):
        page = watched.open(path)
        expect(page.get_by_text(text).first).to_be_visible(timeout=20_000)
        page.wait_for_timeout(300)
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{path} is {overflow} pixels too wide"
    watched.assert_calm()


@pytest.mark.parametrize("watched", [(1440, 900, "light"), (1440, 900, "dark")], indirect=True, ids=["light", "dark"])
def test_colours_follow_the_system(watched: Watched) -> None:
    page = watched.open("/")
    paper = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    level = sum(map(int, re.findall(r"\d+", paper)[:3])) / 3
    assert level > 240 if page.evaluate("matchMedia('(prefers-color-scheme: light)').matches") else level < 40


def test_runs_can_be_searched_and_deleted(watched: Watched, server: ServerProcess) -> None:
    keep, drop = (server.submit({"capture.frames": 2}, name=name) for name in ("Keep this one", "Drop this one"))
    server.wait_for(keep)
    server.wait_for(drop)
    page = watched.open("/runs")
    expect(page.get_by_role("link", name="Keep this one")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("drop this")
    expect(page.get_by_role("link", name="Keep this one")).to_be_hidden()
    page.get_by_role("checkbox", name=re.compile("Drop this one")).check()
    page.get_by_role("button", name=re.compile("Delete")).first.click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("Delete")).click()
    expect(page.get_by_role("link", name="Drop this one")).to_be_hidden()
    assert server.client.get(f"/api/runs/{drop}").status_code == 404
    assert server.client.get(f"/api/runs/{keep}").status_code == 200
    watched.assert_calm()


def test_runs_of_experiments_lead_to_theirs_and_can_be_hidden(watched: Watched, server: ServerProcess) -> None:
    mine = server.submit({**TINY, "problem.k": 5}, name="Named by hand")
    sweep = {"base": {"preset": "quick", "overrides": TINY}, "grid": {"method.m": [4]}, "seeds": 1}
    experiment = server.client.post("/api/experiments", json={"sweep": sweep, "name": "Some widths"}).json()
    member = experiment["members"][0]["run"]["id"]
    for run_id in (mine, member):
        server.wait_for(run_id)
    page = watched.open("/runs")
    expect(page.locator("tr", has_text="Named by hand").first).to_contain_text("k = 5")
    row = page.locator("tr", has=page.locator(f"a[href='/runs/{member}']"))
    expect(row.get_by_role("link", name="of Some widths")).to_have_attribute("href", f"/experiments/{experiment['id']}")
    page.get_by_label("hide runs of experiments").check()
    expect(row).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/runs\?in_experiment=false$"))
    page.reload()
    expect(page.get_by_text("Named by hand").first).to_be_visible()
    expect(page.get_by_label("hide runs of experiments")).to_be_checked()
    expect(row).to_have_count(0)
    page.get_by_label("hide runs of experiments").uncheck()
    row.get_by_role("link", name="m = 4, seed 0").click()
    page.get_by_role("link", name="Some widths").click()
    expect(page).to_have_url(re.compile(f"/experiments/{experiment['id']}"))
    watched.assert_calm()


def test_the_gallery_says_when_the_server_is_away(watched: Watched) -> None:
    watched.page.route("**/api/catalog", lambda route: route.abort())
    page = watched.open("/")
    expect(page.get_by_role("button", name=re.compile("again|retry", re.IGNORECASE))).to_be_visible()
    watched.page.unroute("**/api/catalog")
    page.get_by_role("button", name=re.compile("again|retry", re.IGNORECASE)).click()
    expect(page.get_by_text("Gradual emergence").first).to_be_visible()


def test_the_documentation_of_the_interface_works_offline(watched: Watched) -> None:
    page = watched.open("/docs")
    expect(page.get_by_text("/api/runs").first).to_be_visible(timeout=20_000)
    watched.assert_calm()

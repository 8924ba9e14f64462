"""Every page at every size and in both schemes: no complaint, no request outside, nothing wider than the screen."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.api.server_process import ServerProcess
from tests.browser.conftest import Watched

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


def test_the_gallery_says_when_the_server_is_away(watched: Watched) -> None:
    watched.page.route("**/api/catalog", lambda route: route.abort())
    page = watched.open("/")
    expect(page.get_by_role("button", name=re.compile("again|retry", re.IGNORECASE))).to_be_visible()
    watched.page.unroute("**/api/catalog")
    page.get_by_role("button", name=re.compile("again|retry", re.IGNORECASE)).click()
    expect(page.get_by_text("Gradual emergence").first).to_be_visible()


def test_the_second_load_is_free(watched: Watched) -> None:
    """Of the files nothing is sent again, of the interface only that nothing is new."""

    def load(go: Callable[[], object]) -> tuple[dict[str, int], dict[str, int]]:
        """What was transferred for each file, and for each call of the interface and the page; bytes."""
        go()
        expect(page.get_by_text("Gradual emergence").first).to_be_visible()
        page.wait_for_load_state("networkidle")
        entries = page.evaluate("performance.getEntries().map((e) => [e.name, e.transferSize ?? 0])")
        sizes = {name: size for name, size in entries if name.startswith("http")}
        called = {name: size for name, size in sizes.items() if "/api/" in name or name == page.url}
        return {name: size for name, size in sizes.items() if name not in called}, called

    page = watched.page
    files, called = load(lambda: watched.open("/"))
    assert sum(files.values()) > 1_000_000, "plotly.js comes with the first page"
    assert len(files) > 100
    again, called_again = load(page.reload)
    kept = again.keys() & files.keys()  # pictures further down may come now
    assert len(kept) > 100
    assert [name for name in kept if again[name] > 0] == []
    assert called_again.keys() == called.keys()
    assert sum(called_again.values()) < 3_000, called_again
    watched.assert_calm()


def test_an_address_where_nothing_is_leads_to_the_gallery(watched: Watched) -> None:
    page = watched.open("/nope")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    assert [text for text in watched.complaints if "404" not in text] == []
    page.get_by_role("link", name="Go to the gallery").click()
    expect(page.get_by_text("Gradual emergence").first).to_be_visible()


def test_the_documentation_of_the_interface_works_offline(watched: Watched) -> None:
    page = watched.open("/docs")
    expect(page.get_by_text("/api/runs").first).to_be_visible(timeout=20_000)
    watched.assert_calm()

"""Every page at every size, one in the dark: no complaint, no request outside, nothing wider than the screen."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.api.server_process import ServerProcess
from tests.browser.conftest import Watched
from tests.conftest import TINY

pytestmark = pytest.mark.browser
SCREENS = [(1440, 900, "light"), (380, 800, "dark"), (720, 450, "light")]


@pytest.mark.parametrize("watched", SCREENS, indirect=True, ids=lambda s: f"{s[0]}-{s[2]}")
def test_pages_fit_and_stay_calm(watched: Watched, server: ServerProcess) -> None:
    run_id = server.submit(TINY, name="Small screen")
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


@pytest.mark.own_page
def test_the_plotting_library_comes_with_the_first_chart(watched: Watched, server: ServerProcess) -> None:
    run_id = server.submit(TINY, name="With a chart")
    server.wait_for(run_id)
    asked: list[str] = []
    watched.page.on("request", lambda request: asked.append(request.url))
    page = watched.open("/")
    expect(page.get_by_text("Gradual emergence").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "plotly" in url], "the gallery draws no chart"
    watched.open(f"/runs/{run_id}")
    expect(page.locator(".panel-curves .js-plotly-plot")).to_be_visible(timeout=20_000)
    (url,) = [url for url in asked if "plotly" in url]
    assert "?v=" in url  # of this version: kept for good
    watched.assert_calm()


def test_runs_can_be_searched_and_deleted(watched: Watched, server: ServerProcess) -> None:
    keep, drop = (server.submit(TINY, name=name) for name in ("Keep this one", "Drop this one"))
    server.wait_for(keep)
    server.wait_for(drop)
    page = watched.open("/runs")
    expect(page.get_by_role("link", name="Keep this one")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("drop this")
    expect(page.get_by_role("link", name="Keep this one")).to_be_hidden()
    page.get_by_role("checkbox", name=re.compile("Drop this one")).check()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("link", name="Drop this one")).to_be_hidden()
    with page.expect_response(lambda answer: answer.request.method == "DELETE"):  # there is nothing to undo any more
        page.get_by_role("link", name="Gallery", exact=True).click()
    expect(page.locator(".gallery-card").first).to_be_visible()
    assert server.client.get(f"/api/runs/{drop}").status_code == 404
    assert server.client.get(f"/api/runs/{keep}").status_code == 200
    watched.assert_calm()


def test_what_is_being_typed_stays_when_an_answer_comes(watched: Watched) -> None:
    held: list[Route] = []
    watched.page.route("**/api/gallery", lambda route: held.append(route))  # noqa: PLW0108  # Playwright wants a function
    page = watched.open("/runs")
    field = page.get_by_role("searchbox", name="Search runs")
    expect(field).to_be_visible()
    while not held:
        page.wait_for_timeout(50)
    with page.expect_response("**/api/gallery"):
        field.press_sequentially("drop")
        held[0].continue_()
    page.get_by_role("combobox", name="Study").locator("option").nth(1).wait_for(state="attached")
    expect(field).to_have_value("drop")
    page.wait_for_url("**/runs?q=drop")
    page.unroute("**/api/gallery")
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


def test_the_gallery_is_searched_by_words(watched: Watched) -> None:
    page = watched.open("/")
    field = page.get_by_role("searchbox", name="Search the gallery")
    field.fill("tangent kernel")
    parity = page.get_by_role("article", name="Parity, as in the paper")
    expect(
        parity.get_by_role("button", name="Run: Neural tangent kernel", exact=True)
    ).to_be_visible()  # a variant: unfolded
    expect(page.get_by_role("article", name="Gradual emergence")).to_be_hidden()
    expect(page.get_by_role("article", name="Figure 1: the network against fixed features")).to_be_visible()
    expect(page.get_by_role("region", name="Hidden progress")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"q=tangent\+kernel"))
    page.reload()
    expect(parity).to_be_visible()
    for words in ("barak", "hidden progress", "does not stumble"):  # of a section: its authors, title and claim
        field.fill(words)
        shelf = page.get_by_role("region", name="Hidden progress")
        expect(shelf.get_by_role("article", name="Sparse parity: three inputs among fifty")).to_be_visible()
        expect(shelf.get_by_role("article", name="Hidden progress: sparse parity and its controls")).to_be_visible()
        expect(shelf.get_by_role("link", name="Barak et al. 2022")).to_be_visible()
        expect(page.get_by_role("region", name="Patterns", exact=True)).to_be_hidden()
    field.fill("nothing of the kind")
    expect(page.get_by_text("Nothing here has these words.")).to_be_visible()
    field.fill("")
    expect(page.get_by_role("article", name="Gradual emergence")).to_be_visible()
    watched.assert_calm()


def test_recent_runs_are_those_of_now(watched: Watched, server: ServerProcess) -> None:
    server.wait_for(server.submit(TINY, name="Already there"))
    page = watched.open("/")
    recent = page.get_by_role("region", name="Recent runs")
    expect(recent.get_by_text("Already there").first).to_be_visible()
    server.wait_for(server.submit(TINY, name="Came later"))
    expect(recent.get_by_text("Came later")).to_be_visible(timeout=30_000)
    watched.assert_calm()


def test_the_gallery_says_when_the_server_is_away(watched: Watched) -> None:
    watched.page.route("**/api/gallery", lambda route: route.abort())
    page = watched.open("/")
    expect(page.get_by_role("button", name=re.compile("again|retry", re.IGNORECASE))).to_be_visible()
    watched.page.unroute("**/api/gallery")
    page.get_by_role("button", name=re.compile("again|retry", re.IGNORECASE)).click()
    expect(page.get_by_text("Gradual emergence").first).to_be_visible()


@pytest.mark.own_page
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
    assert sum(files.values()) > 50_000
    assert len(files) > 40
    again, called_again = load(page.reload)
    kept = again.keys() & files.keys()  # pictures further down may come now
    assert len(kept) > 40
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


NO_STORAGE = """for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { get() { throw new DOMException("blocked", "SecurityError"); } });"""


@pytest.mark.own_page
def test_pages_work_where_the_browser_keeps_nothing(watched: Watched, server: ServerProcess) -> None:
    run_id = server.submit(TINY, name="Nothing is kept")
    server.wait_for(run_id)
    watched.page.add_init_script(NO_STORAGE)
    for path, text in (
        ("/", "Gradual emergence"), ("/runs", "Nothing is kept"), (f"/runs/{run_id}", "done · "),
        ("/experiments", "Experiments"), ("/experiments/new", "New sweep"), ("/compare", "No runs chosen yet"),
    ):  # fmt: skip
        page = watched.open(path)
        expect(page.get_by_role("main").get_by_text(text).or_(page.get_by_text(text)).first).to_be_visible()
    theme = page.locator("html")
    for choice in ("light", "dark"):
        page.get_by_role("button", name="Theme").click()
        expect(theme).to_have_attribute("data-theme", choice)
    watched.assert_calm()


def test_the_theme_is_remembered(watched: Watched) -> None:
    page = watched.open("/runs")
    for _ in range(2):
        page.get_by_role("button", name="Theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_skip_link_moves_the_focus_and_nothing_else(watched: Watched) -> None:
    page = watched.open("/experiments/new?base=quick")
    name = page.get_by_label("name", exact=True)
    name.fill("Typed with care")
    page.get_by_role("link", name="Skip to the content").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    expect(page).to_have_url(re.compile(r"/experiments/new\?(.*&)?name=Typed"))
    page.evaluate("location.hash = 'page'")
    expect(page).to_have_url(re.compile(r"#page$"))
    page.go_back()
    expect(page).to_have_url(re.compile(r"name=Typed[^#]*$"))
    expect(name).to_have_value("Typed with care")
    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    page.go_back()
    expect(name).to_be_visible()
    watched.assert_calm()


TURNED = "x\u202ekcab dna\u2066 htrof\u202c"
SHOWN = "x⟨U+202E⟩kcab dna⟨U+2066⟩ htrof⟨U+202C⟩"


# Of what lies beside each other on a phone, and is scrolled through, each has the width of its own place.
FURTHEST = """Math.max(document.documentElement.scrollWidth - innerWidth,
  ...[...document.querySelectorAll(".name, bdi")].map((name) => name.getBoundingClientRect().right
    - (name.closest(".compare-tile")?.getBoundingClientRect().right ?? innerWidth)))"""


def _furthest(page: Page) -> float:
    """By how many pixels anything is beyond its place, once charts have followed another width."""
    for _ in range(100):
        if page.evaluate(FURTHEST) <= 0:
            break
        page.wait_for_timeout(50)
    return float(page.evaluate(FURTHEST))


def test_names_stay_within_their_places(watched: Watched, server: ServerProcess, data: Path) -> None:
    long = "W" * 200
    body = {"preset": "quick", "overrides": {**TINY, "capture.frames": 3}}
    made = server.client.post("/api/experiments", json={"runs": [{**body, "name": long}] * 2, "name": long}).json()
    first, second = (member["run"]["id"] for member in made["members"])
    server.wait_for(second)
    server.client.patch(f"/api/runs/{first}", json={"tags": ["T" * 60]})
    fork = server.client.post(f"/api/runs/{first}/fork", json={"step": 12, "name": long}).json()["id"]
    server.wait_for(fork)
    with closing(sqlite3.connect(data / "emergescope.db", timeout=20)) as database, database:
        database.execute("UPDATE runs SET name = ? WHERE id = ?", (TURNED, second))
    compare, experiment = f"/compare?runs={first},{second}", f"/experiments/{made['id']}"
    for path in ("/", "/runs", f"/runs/{fork}", compare, f"/compare?runs={long}", "/experiments", experiment):
        page = watched.open(path)
        expect(page.locator(".name, bdi").filter(has_text="WWWW").first).to_be_attached(timeout=20_000)
        for width in (1440, 1030, 380):
            page.set_viewport_size({"width": width, "height": 800})
            assert _furthest(page) <= 0, f"{path} is too wide at {width}"
        if path == "/runs":
            page.get_by_role("button", name="T" * 60, exact=True).first.click()
            expect(page.get_by_role("button", name=f"show runs without the tag {'T' * 60} too")).to_be_visible()
            assert _furthest(page) <= 0, "the filter by tag is too wide"
            watched.open("/runs")
        if path in (f"/runs/{fork}", f"/compare?runs={long}", "/experiments"):
            continue
        name = page.locator(".name", has_text=SHOWN).first
        expect(name).to_be_attached()
        assert name.evaluate("name => getComputedStyle(name).unicodeBidi") == "isolate"
        assert page.evaluate("/[\\u202a-\\u202e\\u2066-\\u2069]/.test(document.documentElement.outerHTML)") is False
    page.get_by_role("button", name="Delete…").click()
    dialog = page.get_by_role("dialog").bounding_box()
    assert dialog
    assert dialog["width"] <= 380
    assert [text for text in watched.complaints if "404" not in text] == []  # of the run that is not there


def test_the_gallery_shows_presets_of_every_study(watched: Watched) -> None:
    page = watched.open("/")
    shelf = page.get_by_role("region", name="Hidden progress")
    expect(shelf.get_by_role("article", name="Sparse parity: three inputs")).to_contain_text("half-way")
    shelf.get_by_text(re.compile("^also: ")).click()
    expect(shelf.get_by_role("button", name="Run: Sparse parity in 600 steps")).to_be_visible()
    watched.assert_calm()

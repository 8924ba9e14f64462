"""Below a path of a proxy the dashboard is whole: signing in, a run, its film, every link. Nothing is outside of it."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.api.server_process import ServerProcess
from tests.browser.test_lab import _wait_past
from tests.conftest import TINY, do_without
from tests.proxy import Nginx, find_nginx

pytestmark = pytest.mark.browser
TOKEN = "a-token-of-32-characters-at-least"
ROOT = "/emergescope"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("prefix"), token=TOKEN, root_path=ROOT)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory, server: ServerProcess) -> Iterator[Nginx]:
    program = find_nginx()
    if program is None:
        do_without("NO TESTS BEHIND A PROXY: install nginx (Debian: apt install nginx-light)")
    nginx = Nginx(program, tmp_path_factory.mktemp("nginx"), server.port)
    yield nginx
    nginx.stop()


@pytest.fixture(params=[0, 1], ids=["passed on", "taken off"])
def base(request: pytest.FixtureRequest, nginx: Nginx) -> str:
    """The dashboard's address at a proxy that passes the path on, and at one that takes it off."""
    return f"http://127.0.0.1:{nginx.ports[request.param]}{ROOT}"


class Visit:
    """A page, and what it asked for and complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.rows = 0
        self.complaints: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("websocket", self._listen)
        page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _listen(self, socket: Any) -> None:
        self.asked.append(socket.url)
        socket.on("framereceived", self._count)

    def _count(self, data: str | bytes) -> None:
        self.rows += isinstance(data, str) and data.startswith('{"type":"row"')


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield Visit(context.new_page())
    context.close()


def links(page: Page) -> set[str]:
    return {str(link.get_attribute("href")) for link in page.locator("a[href]").all()} - {"#page"}


@pytest.mark.parametrize(
    "base", [pytest.param(0, id="passed on", marks=pytest.mark.soak), pytest.param(1, id="taken off")], indirect=True
)
def test_the_dashboard_is_whole_below_a_path(visit: Visit, base: str) -> None:
    page = visit.page
    page.goto(f"{base}/runs")
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
    assert page.url == f"{base}/runs"
    (cookie,) = page.context.cookies()
    assert cookie.get("path") == ROOT
    found = links(page)

    visit.complaints.clear()  # 401, before the token was known
    page.get_by_role("link", name="Gallery", exact=True).click()
    expect(page).to_have_url(f"{base}/")
    expect(page.get_by_role("link", name="Gallery", exact=True)).to_have_attribute("aria-current", "page")
    card = page.locator("article", has=page.get_by_role("heading", name="A first look"))
    card.get_by_role("button", name="Run").click()
    expect(page).to_have_url(re.compile(rf"^{re.escape(base)}/runs/\w+"))
    run_id = page.url.rsplit("/", 1)[1].split("?")[0]
    expect(page.get_by_text(re.compile("done · ")).first).to_be_visible(timeout=60_000)
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    _wait_past(page, 3)
    page.keyboard.press("Space")
    assert visit.rows > 10, "rows of the index come over the stream"
    found |= links(page)
    page.reload()
    expect(page.get_by_text(re.compile("done · ")).first).to_be_visible(timeout=60_000)

    for path, text in [
        ("/", "Gradual emergence"), ("/experiments", "New sweep"), ("/experiments/new", "Or start a ready one"),
        ("/runs", "A first look"), (f"/compare?runs={run_id}", "A first look"),
    ]:  # fmt: skip
        page.goto(base + path)
        expect(page.get_by_text(text).first).to_be_visible(timeout=20_000)
        found |= links(page)
    assert len(found) > 5
    assert [
        link
        for link in found
        if not link.startswith((f"{ROOT}/", "https://arxiv.org/", "https://openreview.net/", "#"))
    ] == []
    page.goto(f"{base}/docs")
    expect(page.get_by_text("/api/runs").first).to_be_visible(timeout=20_000)
    expect(page.locator(".servers")).to_contain_text(ROOT)
    assert visit.complaints == []

    page.goto(f"{base}/nope")
    page.get_by_role("link", name="Go to the gallery").click()
    expect(page).to_have_url(f"{base}/")
    page.goto(base)
    expect(page).to_have_url(f"{base}/")
    outside = [url for url in visit.asked if not re.sub("^ws", "http", url).startswith((f"{base}/", "data:", "blob:"))]
    assert [url for url in outside if url != base] == []


def test_programs_are_led_below_the_path(base: str) -> None:
    with httpx.Client(headers=BEARER) as client:
        submitted = client.post(f"{base}/api/runs", json={"preset": "quick", "overrides": TINY})
        run_id = submitted.json()["id"]
        assert submitted.headers["location"] == f"{ROOT}/api/runs/{run_id}"
        made = client.post(f"{base}/api/experiments", json={"runs": [{"preset": "quick", "overrides": TINY}]})
        assert made.headers["location"] == f"{ROOT}/api/experiments/{made.json()['id']}"
        assert client.get(f"{base}/openapi.json").json()["servers"] == [{"url": ROOT}]
        welcome = httpx.get(f"{base}/runs", params={"token": TOKEN, "q": "x"})
        assert (welcome.status_code, welcome.headers["location"]) == (303, f"{ROOT}/runs?q=x")
        slash = client.get(f"{base}/runs/")
        assert (slash.status_code, httpx.URL(slash.headers["location"]).path) == (307, f"{ROOT}/runs")
        routes = client.get(f"{base}/metrics").text
        assert 'route="/api/runs"' in routes
        assert ROOT not in routes

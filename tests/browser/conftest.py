"""One browser and one server for all browser tests; a watched page, and one that loads modules without a server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route, sync_playwright

from tests.api.server_process import ServerProcess
from tests.browser.finder import find_browser, in_ci

_FRONTEND = Path(__file__).parents[2] / "frontend"
_ORIGIN = "http://frontend.test"
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_SHEETS = "".join(
    f'<link rel="stylesheet" href="/styles/{name}.css">' for name in ("tokens", "base", "form", "form-controls")
)


class Watched:
    """A page of the server that notes what it should not do: errors in the console, and requests to anywhere else."""

    def __init__(self, page: Page, server: ServerProcess) -> None:
        self.page = page
        self.complaints: list[str] = []
        self._origin = f"http://127.0.0.1:{server.port}"
        page.on("console", self._note_message)
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", self._note_request)

    def open(self, path: str) -> Page:
        self.page.goto(self._origin + path)
        return self.page

    def assert_calm(self) -> None:
        assert self.complaints == []

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text}")

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self._origin, "data:", "blob:")):
            self.complaints.append(f"request to {request.url}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_browser()
    if path is None:
        if in_ci():
            pytest.fail("there is no browser, and in continuous integration browser tests must run")
        pytest.skip("NO BROWSER TESTS: install Chromium or Chrome, or name one in EMERGESCOPE_BROWSER")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of the server."""
    return tmp_path_factory.mktemp("browser")


@pytest.fixture(scope="session")
def server(data: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(data)
    yield server
    server.stop()


@pytest.fixture
def watched(browser: Browser, server: ServerProcess, request: pytest.FixtureRequest) -> Iterator[Watched]:
    """A fresh page; give (width, height, colour scheme) as an indirect parameter for another screen."""
    screen: tuple[int, int, Literal["light", "dark"]] = getattr(request, "param", (1440, 900, "light"))
    width, height, scheme = screen
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    yield Watched(context.new_page(), server)
    context.close()


@pytest.fixture
def modules(browser: Browser) -> Iterator[Page]:
    """An empty page (`<div id="here">`) from which `import("/js/...")` works without a server; errors fail the test."""
    page = browser.new_page(viewport={"width": 640, "height": 900})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route("**/*", _serve)
    page.goto(f"{_ORIGIN}/")
    yield page
    page.close()
    assert errors == []


def _serve(route: Route) -> None:
    name = route.request.url.removeprefix(_ORIGIN).lstrip("/")
    if name == "":
        body = f'<!doctype html><meta charset="utf-8">{_SHEETS}<div id="here" style="width:240px"></div>'
        route.fulfill(body=body, content_type="text/html")
        return
    file = _FRONTEND / name
    if file.is_file():
        route.fulfill(body=file.read_text("utf-8"), content_type=_TYPES[file.suffix])
    else:
        route.fulfill(status=404)

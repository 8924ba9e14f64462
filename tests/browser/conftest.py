"""One browser and one server for all browser tests; a watched page, and one that loads modules without a server."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, Route, sync_playwright

from tests.api.server_process import ServerProcess
from tests.browser.finder import find_browser, in_ci

_FRONTEND = Path(__file__).parents[2] / "frontend"
_ORIGIN = "http://frontend.test"
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_FORGET = "for (const kept of ['localStorage', 'sessionStorage']) { try { window[kept].clear() } catch { } }"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_SHEETS = "".join(
    f'<link rel="stylesheet" href="/styles/{name}.css">'
    for name in ("tokens", "base", "form", "form-controls", "views")
)
_PLOTLY = "vendor/plotly.min.js"


class Watched:
    """A page of the server that notes what it should not do: errors in the console, and requests to anywhere else."""

    def __init__(self, page: Page, server: ServerProcess) -> None:
        self.page = page
        self.complaints: list[str] = []
        self._origin = f"http://127.0.0.1:{server.port}"
        page.on("console", self._note_message)
        page.on("pageerror", self._note_error)
        page.on("request", self._note_request)

    def open(self, path: str) -> Page:
        self.page.goto(self._origin + path)
        return self.page

    def assert_calm(self) -> None:
        assert self.complaints == []

    def leave(self) -> None:
        """Leave the page as it was found: empty, with nothing stored, routed or listened to."""
        self.page.remove_listener("console", self._note_message)
        self.page.remove_listener("pageerror", self._note_error)
        self.page.remove_listener("request", self._note_request)
        self.page.unroute_all(behavior="ignoreErrors")
        if self.page.url.startswith(self._origin):
            self.page.evaluate(_FORGET)
        self.page.context.clear_cookies()
        self.page.goto("about:blank")
        self.page.mouse.move(0, 0)

    def _note_error(self, error: Error) -> None:
        self.complaints.append(f"error: {error}")

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


@pytest.fixture(scope="session")
def window(browser: Browser) -> Iterator[Page]:
    """The page that tests share: one of its own is a process of its own, and costs three seconds."""
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture
def watched(browser: Browser, server: ServerProcess, request: pytest.FixtureRequest) -> Iterator[Watched]:
    """A page as if it were new; give (width, height, colour scheme) as an indirect parameter for another screen. What
    cannot be undone in a page (clocks, scripts for all documents, routes of sockets) is done in one marked `own_page`.
    """
    screen: tuple[int, int, Literal["light", "dark"]] = getattr(request, "param", (1440, 900, "light"))
    width, height, scheme = screen
    own = request.node.get_closest_marker("own_page") is not None
    page: Page = browser.new_page() if own else request.getfixturevalue("window")
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)
    watched = Watched(page, server)
    yield watched
    watched.leave()
    if own:
        page.close()


@pytest.fixture(scope="session")
def module_window(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    page.route("**/*", _serve)
    yield page
    page.close()


@pytest.fixture
def modules(module_window: Page) -> Iterator[Page]:
    """An empty page (`<div id="here">`) from which `import("/js/...")` works without a server; errors fail the test."""
    errors: list[str] = []

    def note(error: Error) -> None:
        errors.append(str(error))

    module_window.set_viewport_size({"width": 640, "height": 900})
    module_window.on("pageerror", note)
    module_window.goto(f"{_ORIGIN}/")
    yield module_window
    module_window.remove_listener("pageerror", note)
    assert errors == []


def _serve(route: Route) -> None:
    name = route.request.url.removeprefix(_ORIGIN).lstrip("/")
    if name == "":
        html = f'<!doctype html><html data-plotly="/{_PLOTLY}"><meta charset="utf-8">{_SHEETS}'
        body = f'{html}<div id="here" style="width:240px"></div>'
        route.fulfill(body=body, content_type="text/html")
        return
    package = find_spec("plotly") if name == _PLOTLY else None
    file = Path(str(package.origin)).parent / "package_data" / "plotly.min.js" if package else _FRONTEND / name
    if file.is_file():
        route.fulfill(body=file.read_text("utf-8"), content_type=_TYPES[file.suffix])
    else:
        route.fulfill(status=404)

"""Pages of other origins, as notebooks are, that show a run as they are given it."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from emergescope import Client
from emergescope.client import Run
from tests.api.server_process import ServerProcess
from tests.conftest import TINY

TOKEN = "a-token-of-the-tests-1234"
# The server is at 127.0.0.1. All of these are this machine: to browsers, only the first is of the same site.
SAME_SITE, ELSEWHERE, NOT_NAMED = "127.0.0.1", "localhost", "notebook.localhost"

pytestmark = pytest.mark.browser


class Notebook(ThreadingHTTPServer):
    """Serves one page, whatever is asked for."""

    page = b""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Notebook

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(self.server.page)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def notebook() -> Iterator[Notebook]:
    with Notebook() as notebook:
        Thread(target=notebook.serve_forever, daemon=True).start()
        yield notebook
        notebook.shutdown()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, notebook: Notebook) -> Iterator[ServerProcess]:
    embed = ",".join(f"http://{name}:{notebook.server_port}" for name in (SAME_SITE, ELSEWHERE))
    server = ServerProcess(tmp_path_factory.mktemp("embedded"), token=TOKEN, embed=embed)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def run(server: ServerProcess) -> Iterator[Run]:
    with Client(f"http://127.0.0.1:{server.port}", TOKEN) as client:
        yield client.wait(client.submit("quick", TINY, name="<i>Tiny</i>"))


@pytest.fixture(scope="module")
def signed_in(browser: Browser, server: ServerProcess) -> Iterator[Page]:
    """A light page of a browser that has been on the server itself."""
    page = browser.new_page(color_scheme="light", viewport={"width": 1000, "height": 800})
    page.goto(f"http://127.0.0.1:{server.port}/?token={TOKEN}")
    yield page
    page.close()


def _open(page: Page, notebook: Notebook, name: str, run: Run, scheme: str = "light") -> Frame:
    """The frame of the run in a light or dark page of the host by that name."""
    html = run._repr_html_()
    assert html is not None
    ink = "#111" if scheme == "light" else "#eee"
    notebook.page = f'<!doctype html><body style="color: {ink}">{html}'.encode()
    page.goto(f"http://{name}:{notebook.server_port}/")
    frame = page.locator("iframe").element_handle().content_frame()
    assert frame is not None
    return frame


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_film_fills_the_frame_as_light_or_dark_as_the_notebook(
    signed_in: Page, notebook: Notebook, run: Run, scheme: str
) -> None:
    frame = _open(signed_in, notebook, SAME_SITE, run, scheme)
    expect(frame.locator(".lab.is-presenting canvas").first).to_be_visible()
    expect(frame.locator(".transport-now")).to_contain_text("step")
    expect(frame.locator(".shell")).to_be_hidden()
    paper = frame.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert paper == ("rgb(15, 18, 21)" if scheme == "dark" else "rgb(255, 255, 255)")
    assert signed_in.locator("i").count() == 0  # its name is a text


def test_in_a_frame_the_other_panels_open_in_a_tab_of_their_own(signed_in: Page, notebook: Notebook, run: Run) -> None:
    frame = _open(signed_in, notebook, SAME_SITE, run)
    with signed_in.expect_popup() as opened:
        frame.get_by_role("button", name="Open: ").click()
    expect(opened.value.locator(".lab-views .panel").first).to_be_visible()
    opened.value.close()
    frame.locator("body").press("Escape")
    expect(frame.locator(".lab.is-presenting")).to_be_visible()


def test_a_page_of_another_site_is_not_signed_in(signed_in: Page, notebook: Notebook, run: Run) -> None:
    frame = _open(signed_in, notebook, ELSEWHERE, run)
    frame.locator("#token").fill(TOKEN)
    with signed_in.expect_response(lambda response: "/runs/" in response.url) as answer:
        frame.locator("#token").press("Enter")
    assert answer.value.status == 401  # the page comes again, without the cookie
    expect(frame.locator("#token")).to_be_visible()
    expect(signed_in.get_by_role("link", name="Open the lab")).to_be_visible()
    signed_in.get_by_text("As of now").click()
    expect(signed_in.get_by_role("img", name="test accuracy: ")).to_be_visible()


def test_a_page_of_the_same_site_can_sign_in(browser: Browser, notebook: Notebook, run: Run) -> None:
    with browser.new_context() as context:
        frame = _open(context.new_page(), notebook, SAME_SITE, run)
        frame.locator("#token").fill(TOKEN)
        frame.locator("#token").press("Enter")
        expect(frame.locator(".lab.is-presenting canvas").first).to_be_visible()


def test_a_page_that_is_not_named_shows_nothing_of_it(signed_in: Page, notebook: Notebook, run: Run) -> None:
    said: list[str] = []
    signed_in.on("console", lambda message: said.append(message.text))
    frame = _open(signed_in, notebook, NOT_NAMED, run)
    frame.wait_for_url("chrome-error://**")
    assert any("frame-ancestors" in text for text in said)

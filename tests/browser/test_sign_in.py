"""Signing in in a browser: it leads to the page that was asked for, and losing the cookie leads back to it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.api.server_process import ServerProcess

pytestmark = pytest.mark.browser
TOKEN = "a-token-of-32-characters-at-least"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that asks for its token."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMERGESCOPE_TOKEN", TOKEN)
        server = ServerProcess(tmp_path_factory.mktemp("guarded"))
    yield f"http://127.0.0.1:{server.port}"
    server.stop()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 380, "height": 800})
    yield context
    context.close()


def asks_for_token(page: Page) -> None:
    expect(page.get_by_label("Token")).to_be_focused()
    expect(page.get_by_role("navigation", name="Pages")).to_have_count(0)


def is_in(page: Page) -> None:
    expect(page.get_by_role("navigation", name="Pages")).to_be_visible()


def test_signing_in_leads_to_the_page_that_was_asked_for(context: BrowserContext, guarded: str) -> None:
    page = context.new_page()
    page.goto(f"{guarded}/runs?q=x&token=of-an-earlier-server#page")
    asks_for_token(page)
    assert page.url == f"{guarded}/runs?q=x", "a token stays in the address"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("Token").fill("not the token")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("This is not the token of this server.")
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    is_in(page)
    assert page.url == f"{guarded}/runs?q=x"
    assert page.evaluate("document.cookie") == "", "scripts can read the cookie"


@pytest.mark.parametrize("query", [f"?token={TOKEN}", ""])
def test_a_link_from_elsewhere_works(context: BrowserContext, guarded: str, query: str) -> None:
    """Browsers do not send the cookie along such a link, though it is there."""
    page = context.new_page()
    if not query:
        page.goto(f"{guarded}/?token={TOKEN}")
        is_in(page)
    html = f'<a href="{guarded}/runs{query}">the runs</a>'
    page.route("http://elsewhere.test/", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto("http://elsewhere.test/")
    page.get_by_text("the runs").click()
    is_in(page)
    assert page.url == f"{guarded}/runs"


@pytest.mark.parametrize(
    "ask",
    [
        "import('/js/net/api.js').then(({ listRuns }) => listRuns().catch(() => {}))",
        "import('/js/net/stream.js').then(({ RunStream }) => new RunStream('nosuch', () => -1).open())",
    ],
    ids=["a call", "a stream"],
)
def test_without_its_cookie_a_page_asks_again(context: BrowserContext, guarded: str, ask: str) -> None:
    page = context.new_page()
    page.goto(f"{guarded}/?token={TOKEN}")
    is_in(page)
    page.evaluate("import('/js/net/stream.js')")  # loaded while that is allowed
    context.clear_cookies()
    page.evaluate(f"void {ask}")
    asks_for_token(page)
    assert page.url == f"{guarded}/"

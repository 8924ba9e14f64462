"""From page to page and back: each is as it was left, and its address opens the same view for somebody else."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from tests.api.server_process import ServerProcess
from tests.browser.conftest import Watched
from tests.conftest import TINY

pytestmark = [pytest.mark.browser]
FEW = {"capture.frames": 20, "capture.test_samples": 100}


@pytest.fixture(scope="module")
def places(server: ServerProcess) -> dict[str, str]:
    """Two runs and a sweep that are over."""
    one, other = (server.submit({**FEW, "seed": seed}, name=f"Journey {seed}") for seed in (0, 1))
    base = {"preset": "quick", "overrides": {**TINY, "capture.frames": 4}}
    sweep = {"base": base, "grid": {"problem.k": [1, 3], "problem.p_o": [0.2, 0.4]}, "seeds": 1}
    made = server.client.post("/api/experiments", json={"name": "A sweep to pass by", "sweep": sweep}).json()
    for run in (one, other, *(member["run"]["id"] for member in made["members"])):
        assert server.wait_for(run)["status"] == "succeeded"
    return {"one": one, "other": other, "sweep": made["id"]}


def go(page: Page, path: str) -> None:
    """As a link of the page does."""
    link = "const a = document.createElement('a'); a.href = path; document.body.append(a); a.click(); a.remove();"
    page.evaluate(f"(path) => {{ {link} }}", path)


def lab_as_left(page: Page) -> None:
    large = page.locator(".lab-large")
    expect(large.get_by_role("button", name="signal plane")).to_have_attribute("aria-pressed", "true", timeout=20_000)
    expect(page.locator(".transport-now")).to_have_text("step 111")
    expect(large.get_by_role("button", name="selected")).to_be_visible()
    expect(large.get_by_role("button", name="Table")).to_have_attribute("aria-pressed", "true")


def comparison_as_left(page: Page) -> None:
    expect(page.get_by_label("Measure", exact=True)).to_have_value("loss", timeout=20_000)
    expect(page.locator(".transport-now")).to_have_text("step 47")


def sweep_as_left(page: Page) -> None:
    expect(page.get_by_role("button", name="final test accuracy", exact=True)).to_have_attribute(
        "aria-pressed", "true", timeout=20_000
    )


def test_back_and_forward_lead_to_what_was_left(watched: Watched, browser: Browser, places: dict[str, str]) -> None:
    page = watched.open(f"/runs/{places['one']}?step=120")
    large = page.locator(".lab-large")
    large.get_by_role("button", name="signal plane").click(timeout=20_000)
    large.get_by_role("button", name="at +s").click()
    large.get_by_role("button", name="Table").click()
    lab_as_left(page)

    go(page, f"/compare?runs={places['one']},{places['other']}&step=60")
    page.get_by_label("Measure", exact=True).select_option("loss", timeout=20_000)
    comparison_as_left(page)

    go(page, f"/experiments/{places['sweep']}")
    page.get_by_role("button", name="final test accuracy", exact=True).click(timeout=20_000)
    sweep_as_left(page)

    page.locator(".phase-cell a, a.phase-cell").first.click()
    expect(page.locator("#page-status")).to_contain_text("done", timeout=20_000)

    loaded: list[str] = []

    def note(request: Request) -> None:
        if "/frames" in request.url and any(places[name] in request.url for name in ("one", "other")):
            loaded.append(request.url)

    page.on("request", note)
    as_left: list[Callable[[Page], None]] = [sweep_as_left, comparison_as_left, lab_as_left]
    addresses = []
    for check in as_left:
        page.go_back()
        check(page)
        addresses.append(page.url)
    assert loaded == [], "films that were just left are loaded again"
    for check in reversed(as_left[:-1]):
        page.go_forward()
        check(page)
    page.remove_listener("request", note)
    watched.assert_calm()

    for address, check in zip(addresses, as_left, strict=True):
        stranger = browser.new_page()  # in a profile of its own
        stranger.goto(address)
        check(stranger)
        stranger.close()


def test_back_leads_to_where_one_had_scrolled(watched: Watched, places: dict[str, str]) -> None:
    page = watched.open("/")
    expect(page.get_by_text("Parity, as in the paper").first).to_be_visible(timeout=20_000)
    page.mouse.wheel(0, 1500)
    page.wait_for_function("scrollY > 1000")
    place = page.evaluate("scrollY")
    go(page, f"/runs/{places['one']}")
    expect(page.locator("#page-status")).to_contain_text("done", timeout=20_000)
    assert page.evaluate("scrollY") == 0
    page.go_back()
    expect(page.get_by_text("Parity, as in the paper").first).to_be_visible()
    for _ in range(100):
        if abs(page.evaluate("scrollY") - place) <= 1:
            break
        page.wait_for_timeout(50)
    assert abs(page.evaluate("scrollY") - place) <= 1


def test_an_answer_that_comes_late_changes_no_other_page(watched: Watched, places: dict[str, str]) -> None:
    page = watched.page
    held: list[Route] = []
    page.route(f"**/api/runs/{places['one']}", lambda route: held.append(route))  # noqa: PLW0108
    watched.open(f"/runs/{places['one']}")
    for _ in range(200):
        if held:
            break
        page.wait_for_timeout(20)
    go(page, "/runs")
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    for route in held:
        route.continue_()
    page.unroute(f"**/api/runs/{places['one']}")
    page.wait_for_load_state("networkidle")
    assert page.title() == "Runs · Emergescope"
    assert page.url.endswith("/runs")
    watched.assert_calm()

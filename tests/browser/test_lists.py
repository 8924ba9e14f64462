"""The lists of runs and experiments while others submit and delete; places in the queue; the question before an end."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, expect

from tests.api.server_process import ServerProcess
from tests.browser.conftest import Watched
from tests.browser.many_runs import copy_run
from tests.browser.test_experiments import start
from tests.conftest import LONG, TINY

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def copies(server: ServerProcess, data: Path) -> list[str]:
    """2,000 recorded runs, the oldest first; all are called "Copy" and a number."""
    first = server.submit({**TINY, "capture.frames": 5}, name="The first of many")
    server.wait_for(first)
    return copy_run(data, first, 2000)


@pytest.fixture(scope="module")
def occupied(server: ServerProcess, copies: list[str]) -> Iterator[str]:
    """A run that keeps the only worker of the server busy, once all is trained that is looked at; what waits behind it
    is removed in the end.
    """
    endless = {**LONG["training.phases"][0], "steps": 1_000_000}
    run_id = server.submit({**LONG, "capture.frames": 2, "training.phases": [endless]}, name="Occupied")
    yield run_id
    for item in server.client.get("/api/experiments?limit=100").json()["items"]:
        if item["counts"]["queued"]:
            assert server.client.delete(f"/api/experiments/{item['id']}").status_code == 204
    server.client.post(f"/api/runs/{run_id}/cancel")
    assert server.wait_for(run_id)["status"] == "cancelled"


def queue(server: ServerProcess, runs: int, labels: int = 1) -> list[str]:
    """Queue a sweep of tiny runs and return their ids, the next one first. All are named after their seeds."""
    grid = {"method.m": [3 + label for label in range(labels)]}
    sweep = {"base": {"preset": "quick", "overrides": TINY}, "grid": grid, "seeds": runs // labels}
    members = server.client.get(f"/api/experiments/{start(server, sweep=sweep)}").json()["members"]
    return [member["run"]["id"] for member in members]


def rows(page: Page) -> list[str]:
    """The ids of the runs in the table, from the top, as far as they have elements."""
    links = page.locator("tbody .runs-name").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    return [link.removeprefix("/runs/") for link in links]


def test_the_list_follows_what_others_do(watched: Watched, server: ServerProcess, occupied: str) -> None:
    first = queue(server, 60)
    page = watched.open("/runs?status=queued")
    tally = page.locator(".runs-tally")
    expect(tally).to_have_text("60 runs")
    expect(page.locator("tbody .status").filter(has_not_text="queued")).to_have_count(0)
    page.get_by_role("checkbox", name="choose m = 3, seed 59", exact=True).check()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    second = queue(server, 120)
    expect(tally).to_have_text("180 runs", timeout=15_000)
    expect(page.locator("tbody .runs-name").first).to_have_attribute("href", f"/runs/{second[-1]}")
    assert rows(page) == second[::-1][: len(rows(page))]
    for gone in (first[0], first[30], second[-1]):
        assert server.client.delete(f"/api/runs/{gone}").status_code == 204
    expect(tally).to_have_text("177 runs", timeout=15_000)
    expect(page.get_by_text("1 chosen")).to_be_visible()
    assert server.client.post(f"/api/runs/{second[-2]}/cancel").status_code == 202
    expect(tally).to_have_text("176 runs", timeout=15_000)  # it is not queued any more
    assert not [url for url in asked if re.search(r"/api/runs/", url)], "a run was asked for by itself"
    watched.assert_calm()


def test_a_long_list_has_few_elements_and_asks_seldom(watched: Watched, copies: list[str]) -> None:
    asked: list[Request] = []
    watched.page.on("requestfinished", lambda request: asked.append(request))  # noqa: PLW0108 - Playwright marks it
    page = watched.open("/runs?q=copy")
    expect(page.locator(".runs-tally")).to_have_text("2,000 runs")
    expect(page.locator(".runs-preview polyline").first).to_be_attached()
    most = 0
    for _ in range(25):
        page.mouse.wheel(0, 6000)
        page.wait_for_function(
            "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(true))))"
        )
        most = max(most, page.locator("tbody tr").count())
    expect(page.locator("tbody .runs-name").last).to_have_attribute("href", f"/runs/{copies[0]}", timeout=15_000)
    assert most < 60, "rows out of sight have elements"
    expect(page.get_by_role("table", name="Runs")).to_have_attribute("aria-rowcount", "2001")
    expect(page.get_by_role("row").last).to_have_attribute("aria-rowindex", "2001")
    page.wait_for_load_state("networkidle")
    lists = [request for request in asked if re.search("/api/(runs|previews)", request.url)]
    began = sorted(request.timing["startTime"] for request in lists)  # by the clock of the browser
    assert len(began) > 3
    close = [later - sooner for sooner, later in zip(began, began[3:], strict=False)]
    assert min(close) > 1900, "more than three requests in two seconds"
    watched.assert_calm()


def test_a_list_is_as_it_was_left(watched: Watched, copies: list[str]) -> None:
    page = watched.open("/runs?q=copy&sort=name&rising=true")
    expect(page.locator(".runs-name").first).to_have_text("Copy 0000")
    page.mouse.wheel(0, 40_000)
    expect(page).to_have_url(re.compile(r"row=\d+"))
    row = int(re.findall(r"row=(\d+)", page.url)[0])
    there = page.get_by_role("link", name=f"Copy {row + 1:04d}", exact=True)
    there.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Copy {row + 1:04d}")
    page.go_back()
    expect(there).to_be_in_viewport()
    expect(page.get_by_label("Search runs")).to_have_value("copy")
    page.get_by_role("button", name="created").click()
    expect(page.locator(".runs-name").first).to_have_text("Copy 1999")
    expect(page.get_by_role("columnheader", name="created")).to_have_attribute("aria-sort", "descending")
    page.go_back()
    expect(there).to_be_in_viewport()
    page.get_by_label("sort by a measured value").select_option("test accuracy")
    expect(page).to_have_url(re.compile("sort=metric%3Atest_accuracy"))
    expect(page.get_by_role("columnheader", name="measured")).to_have_attribute("aria-sort", "descending")
    watched.assert_calm()


def test_deleting_can_be_undone_and_goes_on_where_somebody_else_was_faster(
    watched: Watched, server: ServerProcess
) -> None:
    runs = [server.submit({**TINY, "seed": seed}, name=f"Faster {seed}") for seed in range(3)]
    for run in runs:
        server.client.post(f"/api/runs/{run}/cancel")
        server.wait_for(run)
    page = watched.open("/runs")
    page.get_by_role("searchbox").fill("Faster ")
    expect(page.locator(".runs-tally")).to_have_text("3 runs")
    page.get_by_role("checkbox", name="choose Faster 1").check()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".runs-tally")).to_have_text("2 runs")
    expect(page.get_by_role("link", name="Faster 1")).to_have_count(0)
    expect(page.get_by_text("Deleted 1 run.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".runs-tally")).to_have_text("3 runs")
    page.get_by_role("checkbox", name="choose all runs shown").check()
    assert server.client.delete(f"/api/runs/{runs[2]}").status_code == 204
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("No run matches")).to_be_visible()
    assert len(server.client.get("/api/runs?q=Faster").json()["items"]) == 2
    with page.expect_response(lambda response: response.request.method == "DELETE"):
        page.get_by_role("link", name="Gallery", exact=True).click()  # whoever leaves has made up their mind
    expect(page.locator(".gallery-card").first).to_be_visible()
    assert server.client.get("/api/runs?q=Faster").json()["total"] == 0
    watched.assert_calm()


@pytest.mark.own_page
def test_a_fault_in_one_answer_does_not_end_the_asking(
    watched: Watched, server: ServerProcess, copies: list[str]
) -> None:
    newest = server.client.get("/api/runs?limit=1").json()["items"][0]["name"]
    page = watched.page
    page.clock.install()
    broken = [{"id": "odd", "name": None}]
    page.route("**/api/runs?limit=5", lambda route: route.fulfill(json={"items": broken, "next": None, "total": 1}))
    with page.expect_event("pageerror"):
        watched.open("/")
    page.unroute("**/api/runs?limit=5")
    page.clock.run_for(11_000)
    expect(page.get_by_role("region", name="Recent runs").get_by_text(newest).first).to_be_visible()
    with page.expect_response(re.compile(r"/api/runs\?limit=5")):  # and it goes on
        page.clock.run_for(21_000)


def test_the_list_of_experiments_follows_too(watched: Watched, server: ServerProcess, occupied: str) -> None:
    sweep = {"base": {"preset": "quick", "overrides": TINY}, "grid": {"method.m": [4]}, "seeds": 1}
    first = [start(server, sweep=sweep, name=f"Early {i}") for i in range(52)]
    page = watched.open("/experiments")
    page.get_by_role("button", name="Load more").click()
    expect(page.get_by_role("link", name="Early 0", exact=True)).to_be_visible()
    for i in range(52):
        start(server, sweep=sweep, name=f"Late {i}")
    for gone in (first[0], first[50]):
        assert server.client.delete(f"/api/experiments/{gone}").status_code == 204
    for name in ("Early 0", "Early 50"):  # which the page may learn of one after the other
        expect(page.get_by_role("link", name=name, exact=True)).to_have_count(0, timeout=15_000)
    names = page.locator("tbody .exp-name").all_text_contents()
    early = [f"Early {i}" for i in range(51, 0, -1) if i != 50]
    assert names[: 52 + len(early)] == [*(f"Late {i}" for i in range(51, -1, -1)), *early]
    watched.assert_calm()


def test_a_run_says_its_place_in_a_long_queue(watched: Watched, server: ServerProcess, occupied: str) -> None:
    before = server.client.get("/api/health").json()["queue"]
    runs = queue(server, 300, labels=3)
    page = watched.open(f"/runs/{runs[59]}")
    expect(page.locator(".notices")).to_contain_text(f"It is number {before + 60} of {before + 300} in the queue.")
    assert server.client.delete(f"/api/runs/{runs[0]}").status_code == 204
    expect(page.locator(".notices")).to_contain_text(
        f"It is number {before + 59} of {before + 299} in the queue.", timeout=15_000
    )
    watched.assert_calm()


@pytest.mark.parametrize("watched", [(1440, 900, "light"), (380, 800, "dark")], indirect=True, ids=["wide", "narrow"])
def test_no_run_ends_before_somebody_has_said_yes(watched: Watched, server: ServerProcess, occupied: str) -> None:
    run_id = server.submit(TINY, name="Not by accident")
    page = watched.open(f"/runs/{run_id}")
    dialog = page.get_by_role("dialog", name="Cancel this run?")
    page.get_by_role("button", name="Cancel run…").click()
    expect(dialog.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Cancel run…").click()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="Cancel run…")).to_be_focused()

    page.get_by_role("link", name="Runs", exact=True).click()
    row = page.get_by_role("row").filter(has=page.locator(f'a[href="/runs/{run_id}"]'))
    row.hover()
    row.get_by_role("button", name="Cancel run…").click()
    expect(dialog).to_contain_text("Not by accident")
    dialog.get_by_role("button", name="Keep it").click()
    assert server.run(run_id)["status"] == "queued"
    row.get_by_role("button", name="Cancel run…").click()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(row).to_contain_text("cancelled")
    assert server.run(run_id)["status"] == "cancelled"
    watched.assert_calm()

"""The lists of runs and experiments while others submit and delete; places in the queue; the question before an end."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.api.server_process import ServerProcess
from tests.browser.conftest import Watched
from tests.browser.test_experiments import start
from tests.conftest import LONG, TINY

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def occupied(server: ServerProcess) -> Iterator[str]:
    """A run that keeps the only worker of the server busy; what waits behind it is removed in the end."""
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
    """The ids of the runs in the table, from the top."""
    links = page.locator("tbody .runs-name").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    return [link.removeprefix("/runs/") for link in links]


def test_the_list_follows_what_others_do(watched: Watched, server: ServerProcess, occupied: str) -> None:
    first = queue(server, 60)
    page = watched.open("/runs")
    tally = page.locator(".runs-foot p")
    expect(tally).to_have_text(re.compile("^50 runs loaded"))
    with page.expect_response(re.compile(r"/api/runs\?.*status=queued")):  # what is loaded looks the same before
        page.get_by_label("Status").select_option("queued")
    expect(page.locator("tbody .status").filter(has_not_text="queued")).to_have_count(0)
    expect(tally).to_have_text(re.compile("^50 runs loaded"))
    page.get_by_role("button", name="Load more").click()
    expect(tally).to_have_text("60 runs")
    page.get_by_role("checkbox", name="choose m = 3, seed 7", exact=True).check()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    second = queue(server, 120)
    expect(tally).to_have_text("180 runs", timeout=15_000)
    assert rows(page) == [*second[::-1], *first[::-1]]
    for gone in (first[0], first[30], second[5]):  # the oldest, to which the list was loaded, among them
        assert server.client.delete(f"/api/runs/{gone}").status_code == 204
    expect(tally).to_have_text("177 runs", timeout=15_000)
    expect(page.get_by_text("1 chosen")).to_be_visible()
    assert server.client.post(f"/api/runs/{second[0]}/cancel").status_code == 202
    expect(tally).to_have_text("176 runs", timeout=15_000)  # it is not queued any more
    assert all("/api/runs?" in url for url in asked), "a run was asked for by itself"
    watched.assert_calm()


def test_deleting_goes_on_where_somebody_else_was_faster(watched: Watched, server: ServerProcess) -> None:
    runs = [server.submit({**TINY, "seed": seed}, name=f"Faster {seed}") for seed in range(3)]
    for run in runs:
        server.client.post(f"/api/runs/{run}/cancel")
        server.wait_for(run)
    page = watched.open("/runs")
    page.get_by_role("searchbox").fill("Faster ")
    expect(page.locator(".runs-foot p")).to_have_text("3 runs")
    page.get_by_role("checkbox", name="choose all runs shown").check()
    page.get_by_role("button", name="Delete…").click()
    assert server.client.delete(f"/api/runs/{runs[2]}").status_code == 204
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No run matches")).to_be_visible()
    assert server.client.get("/api/runs?q=Faster").json()["items"] == []
    assert [text for text in watched.complaints if "404" not in text] == []  # the browser itself notes that answer


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
    expect(page.get_by_role("link", name="Early 0", exact=True)).to_have_count(0, timeout=15_000)
    expect(page.get_by_role("link", name="Early 50")).to_have_count(0)
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

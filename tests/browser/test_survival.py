"""Training that pauses and goes on, forks, films that were thinned, and runs whose worker died."""

import re
import sqlite3
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.api.server_process import ServerProcess
from tests.browser.conftest import Watched
from tests.browser.test_lab import _finished, _wait_past
from tests.conftest import TINY

pytestmark = pytest.mark.browser
LONG = {  # some seconds, even where the page is slow to open
    "capture.probe_every": 0,
    "capture.frames": 60,
    "training.phases": [{"name": "features", "steps": 3000, "samples": 4000, "eta": 1.0, "trains": ["w"]}],
}
NARROW = pytest.mark.parametrize("watched", [(380, 800, "light")], indirect=True)


def _slider(page: Page) -> Any:
    return expect(page.get_by_role("slider", name="Step"))


def _metrics(server: ServerProcess, run_id: str) -> list[tuple[int, float]]:
    columns = server.client.get(f"/api/runs/{run_id}/metrics").json()
    return list(zip(columns["step"], columns["loss"], strict=True))


def _write(data: Path, *statements: tuple[str, Sequence[Any]]) -> None:
    """Change the database behind the server's back."""
    with sqlite3.connect(data / "emergescope.db", timeout=20) as database:
        for statement, values in statements:
            database.execute(statement, values)
    database.close()


def test_training_is_paused_and_goes_on_to_its_end(watched: Watched, server: ServerProcess) -> None:
    run_id = server.submit(LONG)
    page = watched.open(f"/runs/{run_id}")
    _wait_past(page, 3)
    page.get_by_role("button", name="Pause training").click()
    expect(page.locator(".run-status")).to_have_text(re.compile(r"^paused · step [\d,]+ of 3,000$"), timeout=20_000)
    expect(page.get_by_text(re.compile(r"^Training is paused at step [\d,]+\.$"))).to_be_attached()
    expect(page.locator(".notices")).to_contain_text("Paused at step")
    assert server.run(run_id)["status"] == "paused"

    page.goto(page.url.rsplit("/", 1)[0])
    page.get_by_label("Status", exact=True).select_option("paused")
    expect(page.get_by_text("1 run", exact=True)).to_be_visible()
    row = page.get_by_role("row").filter(has=page.locator(f'a[href="/runs/{run_id}"]'))
    expect(row).to_contain_text(re.compile(r"paused.*step [\d,]+ of 3,000"))
    row.hover()
    row.get_by_role("button", name="Resume").click()
    expect(row).to_have_count(0)  # it is not paused any more
    watched.open(f"/runs/{run_id}")
    expect(page.locator(".run-status")).to_have_text(re.compile("^done · 3,000 steps"), timeout=240_000)
    steps = [step for step, _ in _metrics(server, run_id)]
    assert steps[-1] == 3000
    assert all(before < after for before, after in pairwise(steps))
    assert server.run(run_id)["frames"]["count"] == len(steps)
    watched.assert_calm()


def test_a_late_answer_does_not_undo_what_the_stream_has_told(watched: Watched, server: ServerProcess) -> None:
    run_id = server.submit(LONG)
    page = watched.open(f"/runs/{run_id}")
    _wait_past(page, 3)

    def answer_late(route: Route) -> None:
        response = route.fetch()
        while server.run(run_id)["status"] != "paused":
            time.sleep(0.05)
        time.sleep(1)  # the stream has told of it by now
        route.fulfill(response=response)

    page.route("**/pause", answer_late)
    page.get_by_role("button", name="Pause training").click()
    expect(page.get_by_role("button", name="Resume training")).to_be_visible(timeout=20_000)
    page.wait_for_timeout(500)
    expect(page.locator(".run-status")).to_have_text(re.compile("^paused"))
    watched.assert_calm()


def test_a_fork_goes_its_own_way_from_the_step_that_is_shown(watched: Watched, server: ServerProcess) -> None:
    parent = _finished(server)
    page = watched.open(f"/runs/{parent}?step=99")
    _slider(page).to_have_attribute("aria-valuenow", "99")
    opener = page.get_by_role("button", name="Fork from step 99")
    opener.click()
    dialog = page.get_by_role("dialog", name="Fork from step 99")
    expect(dialog).to_contain_text("has 61 of its 160 steps to go")
    expect(dialog.get_by_label("relevant patterns k")).to_have_count(0)  # what a fork cannot change is not offered
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()

    page.keyboard.press("f")
    dialog.get_by_label("background probability po").fill("0.9")
    dialog.get_by_role("button", name="Fork with 1 change").click()
    refused = dialog.locator(".form-row", has=page.get_by_text("background probability"))
    expect(refused.locator(".form-error")).to_have_text("outside 0 to 0.5")
    expect(dialog.get_by_label("background probability po")).to_be_focused()
    dialog.get_by_label("background probability po").fill("0.5")
    dialog.get_by_role("switch", name="input structure").click()
    dialog.get_by_label("name", exact=True).first.fill("Without structure from here on")
    dialog.get_by_role("button", name="Fork with 1 change").click()

    page.wait_for_url(lambda url: "/runs/" in url and parent not in url)
    child = page.url.split("?")[0].rsplit("/", 1)[1]
    expect(page.locator(".run-status")).to_have_text(re.compile("^done"), timeout=30_000)
    expect(page.get_by_role("heading", name="Without structure from here on")).to_be_visible()
    expect(page.locator(".fork-line a").first).to_have_attribute("href", f"/runs/{parent}?step=99")
    expect(page.get_by_role("button", name=re.compile("step 99: .*forked here"))).to_be_visible()
    ours, theirs = _metrics(server, child), _metrics(server, parent)
    assert [loss for step, loss in ours if step <= 99] == [loss for step, loss in theirs if step <= 99]
    after = dict(theirs)
    assert all(loss != after[step] for step, loss in ours if step > 99 and step in after)
    sent = server.run(child)["config"]
    assert sent == {**server.run(parent)["config"], "problem": {**sent["problem"], "structure": False}}

    page.get_by_role("link", name="compare with its parent").click()
    expect(page).to_have_url(re.compile(f"runs={parent},{child}"))
    expect(page.locator(".compare-tile")).to_have_count(2)
    assert [c for c in watched.complaints if "422" not in c] == []


def test_a_thinned_film_plays(watched: Watched, server: ServerProcess, data: Path) -> None:
    run_id = server.submit({})
    assert server.wait_for(run_id)["status"] == "succeeded"
    frames = server.client.get(f"/api/runs/{run_id}/frames").json()
    kept = [frame for frame in frames if frame["seq"] % 7 == 0 or frame is frames[-1]]
    places = ",".join(str(frame["seq"]) for frame in kept)
    _write(
        data,
        (f"UPDATE frames SET blob = x'', size = 0 WHERE run_id = ? AND seq NOT IN ({places})", [run_id]),
        ("UPDATE runs SET frames_count = ? WHERE id = ?", [len(kept), run_id]),
    )
    page = watched.open(f"/runs/{run_id}")
    expect(page.get_by_text(f"Film thinned: {len(kept)} of {len(frames)} frames kept.")).to_be_visible()
    curves = page.locator(".panel-curves")
    curves.get_by_role("button", name="Table").click()
    expect(curves.locator("tbody tr")).to_have_count(len(frames))  # numbers outlive pictures
    curves.get_by_role("button", name="Table").click()
    page.keyboard.press("Home")
    for frame in kept[:4]:
        _slider(page).to_have_attribute("aria-valuenow", str(frame["step"]))
        page.keyboard.press("ArrowRight")
    page.keyboard.press("8")
    page.get_by_role("button", name="Play").click()
    _slider(page).to_have_attribute("aria-valuenow", "300", timeout=20_000)
    watched.assert_calm()


def test_a_run_whose_worker_died_too_often_can_be_resumed(watched: Watched, server: ServerProcess, data: Path) -> None:
    run_id = server.submit(LONG)
    page = watched.open(f"/runs/{run_id}")
    _wait_past(page, 3)
    page.get_by_role("button", name="Pause training").click()
    expect(page.locator(".run-status")).to_have_text(re.compile("^paused"), timeout=20_000)
    killed = "the worker process was killed by signal 9 (SIGKILL)"
    deaths = ",".join(f'{{"at": "2026-01-01T10:0{i}:00+00:00", "step": {i}, "reason": "{killed}"}}' for i in range(4))
    error = f'{{"message": "{killed}", "step": 3, "traceback": null}}'
    failed = "UPDATE runs SET status = 'failed', resumes = 3, deaths = ?, error = ? WHERE id = ?"
    _write(data, (failed, [f"[{deaths}]", error, run_id]))
    page.reload()
    expect(page.get_by_role("alert").filter(has_text="Resume training goes on from there")).to_be_visible()
    page.get_by_text("Interruptions").click()
    expect(page.get_by_text(re.compile("^Went on 3 times after its worker died"))).to_be_visible()
    expect(page.locator(".deaths li")).to_have_count(4)
    page.get_by_role("button", name="Resume training").click()
    expect(page.locator(".run-status")).to_have_text(re.compile("^done"), timeout=60_000)
    _slider(page).to_have_attribute("aria-valuenow", "3000")
    watched.assert_calm()


@NARROW
def test_a_fork_on_a_narrow_screen(watched: Watched, server: ServerProcess) -> None:
    page = watched.open(f"/runs/{_finished(server)}?step=300")
    page.get_by_role("button", name="Fork from step 300").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Training is over here")
    dialog.get_by_role("button", name="Fork without changes").click()
    expect(dialog.locator(".form-alert").get_by_text(re.compile("add steps to training.phases"))).to_be_in_viewport()
    boxes = [dialog.bounding_box(), *(button.bounding_box() for button in dialog.get_by_role("button").all()[-2:])]
    for box in boxes:
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 380
        assert box["y"] + box["height"] <= 800
    assert page.evaluate("document.documentElement.scrollWidth") == 380


@pytest.mark.parametrize(
    ("damage", "words"),
    [("facts = json_set(facts, '$.facts.gamma', json('null'))", "facts.facts.gamma"), ("config = '[]'", "config")],
)
def test_a_run_whose_row_does_not_fit_is_shown_with_what_is_wrong(
    watched: Watched, server: ServerProcess, data: Path, damage: str, words: str
) -> None:
    run_id, other = server.submit(TINY), server.submit(TINY)
    server.wait_for(other)
    _write(data, (f"UPDATE runs SET {damage} WHERE id = ?", [run_id]))
    page = watched.open("/runs")
    row = page.get_by_role("row").filter(has=page.locator(f'a[href="/runs/{run_id}"]'))
    expect(row).to_contain_text(f"damaged: {words}")
    expect(page.get_by_role("row").filter(has=page.locator(f'a[href="/runs/{other}"]'))).not_to_contain_text("damaged")
    watched.open(f"/runs/{run_id}")
    expect(page.locator("main")).to_contain_text(f"left out here: {words}")
    watched.complaints = [one for one in watched.complaints if "409" not in one]  # its index is asked for beside it
    watched.assert_calm()
    assert server.client.delete(f"/api/runs/{run_id}").status_code == 204

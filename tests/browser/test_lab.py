"""The way a visitor goes: gallery, one click, a film that can be played, stopped and changed."""

import re
import time
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.api.server_process import ServerProcess
from tests.browser.conftest import Watched

pytestmark = pytest.mark.browser
SLOW = {
    "capture.probe_every": 0,
    "capture.frames": 60,
    "training.phases": [{"name": "features", "steps": 600, "samples": 4000, "eta": 1.0, "trains": ["w"]}],
}


ALL_TRAIN: dict[str, Any] = {  # what every method can be trained with, but for the smoothing that a test may add
    "capture.frames": 5,
    "training.phases": [{"name": "all", "steps": 40, "samples": 200, "eta": 0.01}],
}


def _step(page: Page) -> int:
    return int(page.get_by_role("slider", name="Step").get_attribute("aria-valuenow") or -1)


def _wait_past(page: Page, step: int) -> None:
    """Until the film is past `step`. The page's security policy forbids waiting for an expression."""
    expect(page.get_by_role("slider", name="Step")).to_be_visible()
    deadline = time.monotonic() + 60
    while _step(page) <= step:
        assert time.monotonic() < deadline, f"the film stays at step {_step(page)}"
        page.wait_for_timeout(50)


def _picture(page: Page) -> str:
    """What the neurons' map shows, as an image."""
    shown: str = page.locator(".lab-large canvas").first.evaluate("canvas => canvas.toDataURL()")
    return shown


def _table(page: Page) -> list[str]:
    """Where the neurons point, as the map's table says it; output weights and biases left out."""
    hero = page.locator(".lab-large")
    hero.get_by_role("button", name="Table").click()
    expect(hero.locator("tbody tr").first).to_be_attached()
    cells = "rows => rows.map(row => [...row.cells].slice(0, 3).map(cell => cell.textContent).join(' '))"
    rows: list[str] = hero.locator("tbody tr").evaluate_all(cells)
    hero.get_by_role("button", name="Table").click()
    assert rows
    return rows


@cache
def _finished(server: ServerProcess) -> str:
    """A run of `quick` that is over: one for all who only look at it."""
    run_id = server.submit({})
    assert server.wait_for(run_id)["status"] == "succeeded"
    return run_id


def test_one_click_from_the_gallery_to_a_moving_map(watched: Watched) -> None:
    page = watched.open("/")
    page.get_by_role("button", name="Run").first.click()
    expect(page).to_have_url(re.compile(r"/runs/\w+"))
    _wait_past(page, 3)
    before = _picture(page)
    _wait_past(page, 30)
    assert _picture(page) != before
    expect(page.get_by_text(re.compile(r"live · step \d+ of 480"))).to_be_visible()
    page.get_by_role("button", name="Cancel run…").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel run").click()
    expect(page.get_by_text("cancelled").first).to_be_visible(timeout=20_000)
    watched.assert_calm()


def test_the_keyboard_plays_the_film(watched: Watched, server: ServerProcess) -> None:
    page = watched.open(f"/runs/{_finished(server)}")
    slider = page.get_by_role("slider", name="Step")
    expect(slider).to_have_attribute("aria-valuemax", "300")
    expect(slider).to_have_attribute("aria-valuenow", "0")  # a film that is there opens where its story begins
    page.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuenow", "300")
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuenow", "0")
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuenow", "3")
    page.keyboard.press("Shift+ArrowRight")
    expect(slider).to_have_attribute("aria-valuenow", "33")
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuenow", "30")
    page.keyboard.press("Space")
    _wait_past(page, 30)
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.keyboard.press("End")
    expect(page.get_by_role("slider", name="Step")).to_have_attribute("aria-valuenow", "300")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    watched.assert_calm()


def test_the_address_holds_the_view(watched: Watched, server: ServerProcess) -> None:
    page = watched.open(f"/runs/{_finished(server)}?step=120")
    expect(page.get_by_role("slider", name="Step")).to_have_attribute("aria-valuenow", "120")
    page.get_by_role("button", name="signal plane").click()
    page.wait_for_url(re.compile(r"panel\.map\.map=plane"))
    picture = _picture(page)
    page.reload()
    expect(page.get_by_role("slider", name="Step")).to_have_attribute("aria-valuenow", "120")
    expect(page.get_by_role("button", name="signal plane")).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(500)
    assert _picture(page) == picture
    watched.assert_calm()


def test_run_again_with_changes(watched: Watched, server: ServerProcess) -> None:
    run_id = _finished(server)
    page = watched.open(f"/runs/{run_id}")
    field = page.get_by_role("textbox", name="relevant patterns k")
    field.fill("4")
    field.press("Tab")
    page.get_by_role("button", name=re.compile("^Run again")).click()
    expect(page.get_by_text("odd k").first).to_be_visible()
    assert page.url.split("?")[0].endswith(run_id)
    field.fill("5")
    field.press("Tab")
    expect(page.locator(".form-row.is-changed")).to_have_count(1)
    page.get_by_role("button", name=re.compile("^Run again")).click()
    page.wait_for_url(lambda url: run_id not in url)
    again = server.run(page.url.split("?")[0].rsplit("/", 1)[1])
    assert again["config"]["problem"]["k"] == 5
    assert again["config"]["method"] == server.run(run_id)["config"]["method"]
    expect(page.get_by_role("heading", name="A first look: k = 5")).to_be_visible()
    expect(page.get_by_text("Differs from its preset: k = 5 (3)")).to_be_visible()
    expected = page.get_by_role("region", name="Expected and reproduced")
    expect(expected).to_contain_text("Values of the unchanged preset. None is judged: this run has k = 5.")
    expect(expected.get_by_text("not judged")).to_have_count(len(again["expected"]))
    complaints = [c for c in watched.complaints if "422" not in c]
    assert complaints == []


def test_notes_are_kept_where_a_run_is_looked_at(watched: Watched, server: ServerProcess) -> None:
    run_id = _finished(server)
    page = watched.open(f"/runs/{run_id}")
    notes = page.get_by_label("Notes")
    notes.fill("Emerges early")
    expect(page.get_by_text("saved", exact=True)).to_be_visible()
    assert server.run(run_id)["notes"] == "Emerges early"
    notes.fill("Emerges early, twice")
    page.get_by_role("link", name="Runs", exact=True).click()  # without waiting: nothing is lost
    deadline = time.monotonic() + 20
    while server.run(run_id)["notes"] != "Emerges early, twice":
        assert time.monotonic() < deadline, "the last words are lost"
        page.wait_for_timeout(50)
    page.reload()
    row = page.locator("tr", has=page.locator(f"a[href='/runs/{run_id}']"))
    expect(row.get_by_text("Emerges early, twice")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Notes")).to_have_value("Emerges early, twice")
    watched.assert_calm()


def test_theory_stands_beside_what_was_measured(watched: Watched, server: ServerProcess) -> None:
    run_id = _finished(server)
    first, second = (event for event in server.run(run_id)["events"] if event["kind"] == "gradient")
    page = watched.open(f"/runs/{run_id}?step=30")
    panel = page.get_by_role("region", name="Theory beside measurement")
    panel.scroll_into_view_if_needed()
    for event in (first, second):
        pull = event["data"]["relevant"]
        sentence = (
            f"tep {event['step']}: relevant patterns {pull['measured']:.3g} against {pull['predicted']:.3g} predicted"
        )
        expect(panel.locator(".panel-caption")).to_contain_text(sentence)
    expect(panel.locator("circle")).to_have_count(len(first["data"]["patterns"]) + len(second["data"]["patterns"]))
    theory = server.client.get(f"/api/runs/{run_id}/theory").json()
    expect(panel.get_by_role("heading", level=3)).to_have_count(len(theory["statements"]))
    expect(panel.get_by_text("does not apply here")).to_have_count(sum(not s["applies"] for s in theory["statements"]))
    for line in theory["lines"]:
        expect(page.locator(".panel-curves").get_by_text(line["text"])).to_be_visible()
    panel.get_by_role("button", name="Table").click()
    expect(panel.get_by_role("row")).to_have_count(1 + 2 * len(first["data"]["patterns"]))
    watched.assert_calm()


def test_what_happens_at_one_step_shares_a_mark(watched: Watched, server: ServerProcess) -> None:
    run_id = _finished(server)
    events = server.run(run_id)["events"]
    page = watched.open(f"/runs/{run_id}")
    expect(page.locator(".timeline-mark")).to_have_count(len({160, 240, *(event["step"] for event in events)}))
    for event in events:
        expect(page.locator(".narration").get_by_text(event["text"])).to_be_visible()
        mark = page.get_by_role("button", name=re.compile(rf"step {event['step']}: .*{re.escape(event['text'])}"))
        expect(mark).to_have_count(1)
    boxes = [label.bounding_box() for label in page.locator(".timeline-mark span:visible").all()]
    spans = sorted((box["x"], box["x"] + box["width"]) for box in boxes if box)
    assert spans
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


def test_random_features_show_their_best_case_and_do_not_move(watched: Watched, server: ServerProcess) -> None:
    run_id = server.submit({**ALL_TRAIN, "method": {"kind": "random_features", "m": 50}})
    assert server.wait_for(run_id)["status"] == "succeeded"
    page = watched.open(f"/runs/{run_id}?step=40")
    expect(page.get_by_text(re.compile("random features, 100 neurons"))).to_be_visible()
    expect(page.get_by_text(re.compile("The neurons do not move"))).to_be_visible()
    curves = page.locator(".panel-curves")
    expect(curves.locator(".step-label", has_text="ridge solution")).to_be_visible()
    page.locator(".panel-comparison").scroll_into_view_if_needed()
    expect(page.locator(".panel-comparison .panel-caption")).to_contain_text("mean cosine with the start is 1.000")
    slider = page.get_by_role("slider", name="Step")
    expect(slider).to_have_attribute("aria-valuenow", "40")
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuenow", "0")
    positions = _table(page)
    page.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuenow", "40")
    assert _table(page) == positions
    watched.assert_calm()


def test_another_method_can_be_run_from_the_form(watched: Watched, server: ServerProcess) -> None:
    run_id = server.submit(ALL_TRAIN)
    server.wait_for(run_id)
    page = watched.open(f"/runs/{run_id}")
    page.get_by_label("pairs m", exact=True).fill("40")
    page.get_by_label("method", exact=True).select_option("random features")
    page.get_by_label("ridge samples", exact=True).fill("500")
    page.get_by_role("button", name="Run again with 1 change").click()
    page.wait_for_url(lambda url: run_id not in url)
    again = server.run(page.url.split("?")[0].rsplit("/", 1)[1])
    method = again["config"]["method"]
    assert (method["kind"], method["m"], method["ridge_samples"]) == ("random_features", 40, 500)
    assert again["config"]["problem"] == server.run(run_id)["config"]["problem"]
    watched.assert_calm()


def test_a_refused_method_can_be_put_right(watched: Watched, server: ServerProcess) -> None:
    """The tangent kernel is refused where a phase smooths; once another method is chosen, nothing stands in the way."""
    phases = [{**ALL_TRAIN["training.phases"][0], "sigma_xi": 0.1}]
    run_id = server.submit({**ALL_TRAIN, "training.phases": phases})
    page = watched.open(f"/runs/{run_id}")
    page.get_by_label("method", exact=True).select_option("tangent kernel")
    page.get_by_role("button", name=re.compile("^Run again")).click()
    noise = page.locator(".form-row", has=page.get_by_text("smoothing noise σξ", exact=True))
    expect(noise.get_by_text(re.compile("without smoothing noise"))).to_be_visible()
    page.get_by_label("method", exact=True).select_option("random features")
    page.get_by_role("button", name=re.compile("^Run again")).click()
    page.wait_for_url(lambda url: run_id not in url)


def _is_row(message: str | bytes) -> bool:
    return isinstance(message, str) and message.startswith('{"type":"row"')


@pytest.mark.own_page
def test_a_cut_connection_is_shown_and_heals(watched: Watched, server: ServerProcess) -> None:
    """Every connection is cut after a few frames, and some attempts fail at once; no frame is lost or doubled."""
    run_id = server.submit(SLOW)
    page = watched.page
    cuts = 0

    def cut(socket: object) -> None:
        nonlocal cuts
        cuts += 1
        attempt, route = cuts, socket
        if 3 <= attempt <= 5:
            route.close(code=1011)  # type: ignore[attr-defined]
            return
        upstream = route.connect_to_server()  # type: ignore[attr-defined]
        seen = 0

        def pass_on(message: str | bytes) -> None:
            nonlocal seen
            route.send(message)  # type: ignore[attr-defined]
            seen += _is_row(message)
            if attempt <= 10 and seen == 4:
                route.close(code=1011)  # type: ignore[attr-defined]
                upstream.close()

        upstream.on_message(pass_on)

    page.route_web_socket(re.compile("/stream"), cut)
    watched.open(f"/runs/{run_id}")
    expect(page.get_by_text(re.compile("Connection lost"))).to_be_visible(timeout=30_000)
    expect(page.get_by_text(re.compile("Connection lost"))).to_be_hidden(timeout=60_000)
    expect(page.get_by_text(re.compile("done · ")).first).to_be_visible(timeout=120_000)
    assert cuts > 5  # the three that failed at once, and some on either side of them
    count = server.run(run_id)["frames"]["count"]
    slider = page.get_by_role("slider", name="Step")
    page.keyboard.press("Home")
    for frame in server.client.get(f"/api/runs/{run_id}/frames", params={"limit": 1000}).json():
        expect(slider).to_have_attribute("aria-valuenow", str(frame["step"]))
        page.keyboard.press("ArrowRight")
    assert count >= 40


@pytest.mark.own_page
def test_a_connection_that_went_dead_is_shown_within_ten_seconds_and_heals(
    watched: Watched, server: ServerProcess
) -> None:
    """Nobody closes it: nothing comes any more, of the first connection after some frames, of the second at all."""
    run_id = server.submit(SLOW)
    page = watched.page
    page.clock.install()
    asked: list[int] = []
    frames = 0

    def go_dead(socket: object) -> None:
        asked.append(int(re.findall(r"after=(-?\d+)", socket.url)[0]))  # type: ignore[attr-defined]
        attempt, route = len(asked), socket
        if attempt == 2:
            return
        upstream = route.connect_to_server()  # type: ignore[attr-defined]

        def pass_on(message: str | bytes) -> None:
            nonlocal frames
            if attempt == 1:
                frames += _is_row(message)
                if frames > 4:
                    return
            route.send(message)  # type: ignore[attr-defined]

        upstream.on_message(pass_on)

    page.route_web_socket(re.compile("/stream"), go_dead)
    watched.open(f"/runs/{run_id}")
    lost = page.get_by_text(re.compile("Connection lost"))
    while frames <= 4:
        page.wait_for_timeout(50)
    expect(lost).to_be_hidden()
    page.clock.fast_forward(8_000)
    expect(lost).to_be_visible()
    expect(page.locator(".run-status")).to_have_text(re.compile("^not connected"))
    page.clock.fast_forward(2_000)  # until it tries again
    while len(asked) < 2:
        page.wait_for_timeout(50)
    page.clock.fast_forward(8_000)
    page.clock.fast_forward(3_000)
    expect(page.get_by_text(re.compile("done · ")).first).to_be_visible(timeout=120_000)
    expect(lost).to_be_hidden()
    assert asked[1:3] == [asked[0] + 4] * 2  # rows, of which four were seen


def test_a_diverged_run_says_since_when(watched: Watched, server: ServerProcess) -> None:
    run_id = server.submit({"training.phases.0.eta": 1e20, "training.phases.0.lambda_w": 1.0})
    assert server.wait_for(run_id)["status"] == "succeeded"
    page = watched.open(f"/runs/{run_id}")
    expect(page.get_by_text(re.compile("not finite from step 2 on")).first).to_be_visible()
    expect(page.locator(".run-status")).to_have_text(re.compile("^diverged · 300 steps"))
    page.goto(page.url.replace(f"/runs/{run_id}", "/runs"))
    expect(page.locator("tr", has=page.locator(f"a[href='/runs/{run_id}']")).locator(".status")).to_have_text(
        "diverged"
    )
    watched.assert_calm()


@pytest.mark.parametrize("watched", [(1440, 900, "light"), (380, 800, "dark")], indirect=True)
def test_words_are_explained_where_they_are_used(watched: Watched, server: ServerProcess) -> None:
    page = watched.open(f"/runs/{_finished(server)}")
    words = page.locator(".lab-large").get_by_role("button", name=re.compile("^Words: "))
    words.focus()
    page.keyboard.press("Enter")
    window = page.get_by_role("dialog", name=re.compile("^Words"))
    expect(window.get_by_text("stress", exact=True)).to_be_visible()
    expect(window.get_by_role("link", name=re.compile("Shi, Wei and Liang"))).to_have_attribute(
        "href", re.compile("^https://")
    )
    box = window.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= watched.page.evaluate("innerWidth")
    page.keyboard.press("Escape")
    expect(window).to_be_hidden()
    expect(words).to_be_focused()
    words.click()
    window.get_by_role("button", name="Close").click()
    expect(window).to_be_hidden()
    watched.assert_calm()


def test_an_unknown_run_is_a_page_that_leads_on(watched: Watched) -> None:
    page = watched.open("/runs/nosuchrun")
    expect(page.get_by_text(re.compile("no run", re.IGNORECASE)).first).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("Gallery|Runs")).first).to_be_visible()

"""Runs side by side: one timeline, one player, one selection, and the settings in which they differ."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.api.server_process import ServerProcess
from tests.browser.conftest import Watched

pytestmark = pytest.mark.browser
SCREENS = [(1440, 900, "light"), (1280, 720, "dark"), (380, 800, "light")]
SMALL: dict[str, Any] = {"capture.frames": 12, "capture.probe_every": 6, "method.m": 20}


@pytest.fixture(scope="module")
def six(server: ServerProcess) -> list[str]:
    """Finished runs: another seed each, the last with other frames, fewer neurons and no input structure."""
    changes: list[dict[str, Any]] = [{"seed": seed} for seed in range(5)]
    changes.append({"capture.frames": 7, "method.m": 10, "problem.structure": False})
    ids = [server.submit({**SMALL, **one}, name=f"Run number {i}") for i, one in enumerate(changes)]
    for run_id in ids:
        assert server.wait_for(run_id)["status"] == "succeeded"
    return ids


def _slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="Step")


def _tiles(page: Page) -> Locator:
    return page.locator(".compare-tile")


def _pictures(page: Page, other: list[str] | None = None) -> list[str]:
    """What the maps show, as images, once they rest; all of them others than `other`."""
    before: list[str] = []
    for _ in range(40):
        page.wait_for_timeout(200)
        canvases = page.locator(".compare-tile canvas").all()
        found: list[str] = [canvas.evaluate("canvas => canvas.toDataURL()") for canvas in canvases]
        if found == before and (other is None or all(a != b for a, b in zip(found, other, strict=True))):
            return found
        before = found
    raise AssertionError("a map shows what it showed before")


def _loaded(watched: Watched, ids: list[str], query: str = "&step=1000000") -> Page:
    """The comparison at the end of its films, or where `query` says."""
    page = watched.open(f"/compare?runs={','.join(ids)}{query}")
    expect(page.get_by_text("all done")).to_be_visible(timeout=20_000)
    return page


def _steps(server: ServerProcess, run_id: str) -> list[int]:
    return [frame["step"] for frame in server.client.get(f"/api/runs/{run_id}/frames", params={"limit": 1000}).json()]


def test_six_runs_play_in_step_on_one_timeline(watched: Watched, server: ServerProcess, six: list[str]) -> None:
    page = _loaded(watched, six)
    expect(_tiles(page)).to_have_count(6)
    joint = sorted({step for run_id in six for step in _steps(server, run_id)})
    assert len(joint) > len(_steps(server, six[0]))
    at_the_end = _pictures(page)
    page.keyboard.press("Home")
    before = _pictures(page, at_the_end)
    for step in joint:
        expect(_slider(page)).to_have_attribute("aria-valuenow", str(step))
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Home")
    expect(_slider(page)).to_have_attribute("aria-valuenow", str(joint[0]))
    page.keyboard.press("8")
    page.keyboard.press("Space")  # so few frames are over at once
    expect(_slider(page)).to_have_attribute("aria-valuenow", str(joint[-1]), timeout=20_000)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    _pictures(page, before)
    watched.assert_calm()


_JOIN = """async () => {
    const { JointTimeline } = await import("/js/film/joint.js");
    const { Player } = await import("/js/film/player.js");
    const film = (steps) => Object.assign(new EventTarget(), {
        entries: steps.map((step) => ({ step })), totalSteps: Math.max(...steps),
        frameAt: () => ({}), load: async () => {},
        indexOfStep(step) { return Math.max(0, this.entries.findLastIndex((entry) => entry.step <= step)); },
    });
    const united = (joint) => new Promise((resolve) => joint.addEventListener("append", resolve, { once: true }));
    const joint = new JointTimeline();
    const player = new Player(joint);
    joint.add(film([0, 10, 20]));
    await united(joint);
    player.seek(10);
    joint.add(film([0, 3, 6, 30]));
    await united(joint);
    const steps = joint.entries.map((entry) => entry.step);
    const [shown, asked] = [steps[player.state.index], []];
    joint.add(Object.assign(film([0, 9]), { frameAt: () => null, load: async (index) => void asked.push(index) }));
    await united(joint);
    return { steps, shown, total: joint.totalSteps, asked };
}"""


def test_frames_that_come_in_earlier_do_not_move_the_film_and_are_asked_for(modules: Page) -> None:
    found = {"steps": [0, 3, 6, 10, 20, 30], "shown": 10, "total": 30, "asked": [1]}
    assert modules.evaluate(_JOIN) == found


def test_each_run_shows_its_last_frame_at_or_before_the_joint_step(
    watched: Watched, server: ServerProcess, six: list[str]
) -> None:
    own, other = _steps(server, six[0]), _steps(server, six[5])
    between = next(step for step in own if step not in other and step > other[1])
    before = max(step for step in other if step < between)
    at = _pictures(_loaded(watched, [six[0], six[5]], f"&step={between}"))
    expect(_slider(watched.page)).to_have_attribute("aria-valuenow", str(between))
    earlier = _pictures(_loaded(watched, [six[0], six[5]], f"&step={before}"))
    assert at[1] == earlier[1]
    assert at[0] != earlier[0]
    watched.assert_calm()


def test_a_selection_is_shared_by_all_maps(watched: Watched, six: list[str]) -> None:
    page = _loaded(watched, six, "&step=0")
    before = _pictures(page)
    page.locator(".compare-tile canvas").nth(1).focus()
    page.keyboard.press("n")
    expect(page.locator(".map-tip:visible").first).to_be_visible()
    tips = page.locator(".map-tip:visible strong").all_inner_texts()
    assert len(tips) >= 5  # the last run has half as many neurons, so it may lack this one
    assert len(set(tips)) == 1
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"select\.neurons=\d+"))
    expect(page.get_by_role("button", name="1 selected")).to_be_visible()
    _pictures(page, before)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="1 selected")).to_be_hidden()
    watched.assert_calm()


def test_the_address_restores_the_view(watched: Watched, six: list[str]) -> None:
    page = _loaded(watched, six[:3], "&step=0")
    page.get_by_role("button", name="Signal plane").click()
    page.get_by_label("Measure", exact=True).select_option("loss")
    page.get_by_role("button", name="Seeds together").click()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("4")
    parts = ("panel.map.map=plane", "step=", "speed=4", "curve=loss", "seeds=1")
    page.wait_for_url(lambda url: all(part in url for part in parts))
    step = _slider(page).get_attribute("aria-valuenow")
    pictures = _pictures(page)
    page.reload()
    expect(page.get_by_text("all done")).to_be_visible(timeout=20_000)
    expect(_slider(page)).to_have_attribute("aria-valuenow", str(step))
    expect(page.get_by_role("button", name="Signal plane")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Measure", exact=True)).to_have_value("loss")
    labels = page.locator(".compare-side .step-label")
    expect(labels.filter(has_text=re.compile("^ABC"))).to_be_visible()  # they differ in the seed alone
    expect(labels.filter(has_text=re.compile("^[ABC] "))).to_have_count(0)
    expect(page.get_by_label("Speed")).to_have_value("4")
    assert _pictures(page) == pictures
    watched.assert_calm()


def test_settings_that_differ_are_named_and_odd_values_marked(watched: Watched, six: list[str]) -> None:
    page = _loaded(watched, six[4:] + six[:1])
    rows = page.locator(".compare-differences tbody tr")
    structure = rows.filter(has_text="problem.structure")
    expect(structure.get_by_role("cell")).to_have_text(["yes", "no", "yes"])
    expect(structure.get_by_role("rowheader")).to_contain_text("input structure")
    expect(structure.locator(".is-odd")).to_have_text(["no"])
    expect(rows.filter(has_text="method.m").locator(".is-odd")).to_have_text(["10"])
    expect(rows.filter(has_text="labels")).to_have_count(0)
    watched.assert_calm()


def test_identical_configurations_are_called_so(watched: Watched, server: ServerProcess, six: list[str]) -> None:
    again = server.submit({**SMALL, "seed": 0}, name="The same again")
    server.wait_for(again)
    page = _loaded(watched, [six[0], again])
    expect(page.get_by_text("Identical configurations")).to_be_visible()
    watched.assert_calm()


def test_back_and_forward_keep_the_films_that_stay(watched: Watched, six: list[str]) -> None:
    page = _loaded(watched, six[:3], "&step=0")
    page.get_by_role("button", name="Remove Run number 1").click()
    expect(_tiles(page)).to_have_count(2)
    page.wait_for_url(lambda url: six[1] not in url and six[2] in url)
    page.get_by_role("button", name="Add a run").click()
    page.keyboard.type("number 4")
    page.get_by_role("button", name=re.compile("Run number 4")).click()
    expect(_tiles(page)).to_have_count(3)
    expect(page.get_by_role("link", name="Run number 4")).to_be_visible()
    page.get_by_label("Panel to compare").select_option("alignment")
    expect(page.get_by_role("button", name="Table: Which pattern does each neuron carry?, A")).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for _ in range(2):
        page.go_back()
    expect(page.get_by_role("link", name="Run number 4")).to_be_hidden()
    expect(_tiles(page)).to_have_count(2)
    expect(page.get_by_label("Panel to compare")).to_have_value("map")
    page.go_forward()
    expect(page.get_by_role("link", name="Run number 4")).to_be_visible()
    expect(page.get_by_text("all done")).to_be_visible()
    assert not [url for url in asked if six[0] in url or six[2] in url]
    watched.assert_calm()


def test_an_unknown_run_is_named_and_the_others_are_shown(watched: Watched, six: list[str]) -> None:
    page = _loaded(watched, [six[0], "nosuchrun", six[1]])
    expect(page.get_by_text("no run “nosuchrun”")).to_be_visible()
    expect(_tiles(page)).to_have_count(2)
    page.get_by_role("button", name="Leave out").click()
    page.wait_for_url(lambda url: "nosuchrun" not in url)
    expect(page.get_by_text("nosuchrun")).to_have_count(0)


def test_a_page_without_runs_says_how_to_choose_some(watched: Watched, six: list[str]) -> None:
    page = watched.open("/compare")
    expect(page.get_by_text("No runs chosen yet")).to_be_visible()
    page.get_by_role("link", name="Choose runs").click()
    for number in (0, 1):
        page.get_by_role("checkbox", name=f"choose Run number {number}").check()
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url(lambda url: six[0] in url and six[1] in url)
    expect(_tiles(page)).to_have_count(2)
    watched.assert_calm()


def test_more_runs_than_fit_are_not_dropped_silently(watched: Watched, server: ServerProcess, six: list[str]) -> None:
    more = [server.submit({**SMALL, "capture.frames": 2, "capture.probe_every": 0}) for _ in range(7)]
    page = watched.open(f"/compare?runs={','.join([*six, *more])}")
    expect(page.get_by_text("Only the first 12 of 13 runs are shown")).to_be_visible()
    expect(_tiles(page)).to_have_count(12)
    expect(page.get_by_role("link", name=more[-1])).to_be_visible()
    page.get_by_role("button", name="Remove Run number 0").click()
    expect(page.get_by_text("Only the first 12")).to_be_hidden()
    expect(page.locator(f'.compare-tile a[href^="/runs/{more[-1]}"]')).to_be_visible()
    watched.assert_calm()


def test_a_diverged_and_a_waiting_run_have_their_own_words(watched: Watched, server: ServerProcess) -> None:
    diverged = server.submit({**SMALL, "training.phases.0.eta": 1e20, "training.phases.0.lambda_w": 1.0})
    server.wait_for(diverged)
    busy = server.submit({"capture.frames": 40, "training.phases.0.steps": 1500}, name="Busy")
    waiting = server.submit(SMALL, name="Waiting")
    page = watched.open(f"/compare?runs={diverged},{busy},{waiting}")
    expect(page.get_by_text(re.compile("^diverged at step"))).to_be_visible(timeout=20_000)
    expect(page.get_by_text("Waits for a free worker.")).to_be_visible()
    expect(page.get_by_text(re.compile("still to end"))).to_be_visible()
    page.get_by_role("button", name="Follow live").click()
    deadline = time.monotonic() + 60
    seen = int(_slider(page).get_attribute("aria-valuenow") or 0)
    while int(_slider(page).get_attribute("aria-valuenow") or 0) <= seen:
        assert time.monotonic() < deadline, "the film does not follow"
        page.wait_for_timeout(50)
    for run_id in (busy, waiting):
        server.client.post(f"/api/runs/{run_id}/cancel")
    expect(page.get_by_text("all done")).to_be_visible(timeout=30_000)
    watched.assert_calm()


def test_runs_of_different_studies_share_what_they_share(
    watched: Watched, server: ServerProcess, six: list[str]
) -> None:
    asked = {"preset": "hidden-progress/parity-50-3", "overrides": {"training.steps": 60, "capture.frames": 5}}
    other = server.client.post("/api/runs", json=asked).json()["id"]
    assert server.wait_for(other)["status"] == "succeeded"
    page = _loaded(watched, [six[0], other], "&step=0")
    expect(page.locator(".compare-tile .panel-caption")).to_have_count(2)
    page.get_by_label("Panel to compare").select_option("map")
    expect(page.get_by_text("This run has no “Neurons, by the direction of their weights”.")).to_be_visible()
    expect(page.locator(".compare-tile canvas")).to_have_count(1)
    page.get_by_label("Measure", exact=True).select_option("rho")  # which one of them has
    expect(page.locator(".compare-side .step-label").filter(has_text=re.compile("^[AB]"))).to_have_count(1)
    expect(page.locator(".compare-letter")).to_have_text(["A", "B"])
    watched.assert_calm()


def test_a_run_stands_beside_its_control_with_one_press(watched: Watched, server: ServerProcess) -> None:
    small = {"training.steps": 60, "capture.frames": 5, "seed": 7}

    def begin(route: Route) -> None:
        if route.request.method != "POST":
            return route.continue_()
        return route.continue_(post_data=json.dumps({**(route.request.post_data_json or {}), "overrides": small}))

    watched.page.route("**/api/runs", begin)
    page = watched.open("/?q=barak")
    page.get_by_role("button", name="Beside its control: Sparse parity: three inputs among fifty").click()
    page.wait_for_url(re.compile(r"/compare\?runs=\w+,\w+"))
    expect(page.get_by_text("all done")).to_be_visible(timeout=20_000)
    run, control = page.url.partition("runs=")[2].partition("&")[0].split(",")
    assert [server.run(one)["config"]["problem"]["labels"] for one in (run, control)] == ["parity", "random"]
    assert [server.run(one)["config"]["seed"] for one in (run, control)] == [7, 7]
    beside = page.get_by_role("button", name="Beside its control")
    expect(beside).to_be_hidden()
    page.get_by_role("button", name=re.compile("^Remove Sparse parity, control")).click()
    expect(page.locator(".compare-tile .panel:visible")).to_have_count(1)
    page.keyboard.press("Home")
    beside.click()  # takes the one that is there
    page.wait_for_url(re.compile(f"runs={run},{control}"))
    expect(page.locator(".compare-tile .heatmap-plot:visible")).to_have_count(2)  # although the film rests
    watched.open(f"/runs/{run}").get_by_role("button", name="Beside its control").click()
    page.wait_for_url(re.compile(rf"/compare\?runs={run},{control}"))
    watched.assert_calm()


def _invented(route: Route) -> None:
    """The same run, as if a study that nobody knows had recorded it."""
    run = route.fetch().json()
    names = ["signal_cosine", "output_weight"]
    tensors = {name: {**run["display"]["tensors"][name], "shape": ["crystals"]} for name in names}
    axis = {**run["display"]["axes"]["neurons"], "noun": "crystal", "plural": "crystals", "part_of": None}
    show = {"axis": "crystals", "maps": [{"id": "one", "title": "Face", "x": names[0], "y": names[1]}]}
    panel = {
        "id": "facets",
        "kind": "points",
        "title": "Crystals “&” <faces>",
        "hero": True,
        "text": "Look.",
        "words": [],
        "show": show,
    }
    facet = {"key": "salt", "label": "salt", "value": "alum", "short": "", "colour": "", "dash": ""}
    metrics = {"loss": run["display"]["metrics"]["loss"]}
    run["display"] |= {
        "summary": "Growing alum",
        "axes": {"crystals": axis},
        "tensors": tensors,
        "panels": [panel],
        "facets": [facet],
    }
    run["display"] |= {"metrics": metrics, "events": {}, "glossary": {}}
    route.fulfill(json=run)


def test_a_run_of_an_invented_study_is_compared(watched: Watched, six: list[str]) -> None:
    watched.page.route(f"**/api/runs/{six[1]}", _invented)
    page = _loaded(watched, six[:2], "&panel=facets&step=0")
    expect(page.get_by_role("button", name="Table: Crystals “&” <faces>, B")).to_be_visible()
    expect(page.get_by_text("This run has no “Crystals “&” <faces>”.")).to_be_visible()
    expect(page.get_by_text("Growing alum")).to_be_visible()
    expect(page.locator(".compare-tile", has=page.locator("canvas")).locator(".panel-caption")).not_to_be_empty()
    page.locator(".compare-tile canvas").focus()
    page.keyboard.press("n")
    expect(page.locator(".map-tip:visible")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"select\.crystals=\d+"))
    page.get_by_label("Measure", exact=True).select_option("loss")
    expect(page.locator(".compare-side .step-label").filter(has_text=re.compile("^[AB]"))).to_have_count(2)
    watched.assert_calm()


@pytest.mark.own_page
def test_header_and_banner_say_the_same_of_the_connection(
    watched: Watched, server: ServerProcess, six: list[str]
) -> None:
    paused = server.submit({"capture.frames": 40, "training.phases.0.steps": 1500}, name="To be paused")
    page = watched.page
    page.route_web_socket(re.compile("/stream"), lambda socket: socket.close())
    watched.open(f"/compare?runs={six[0]},{paused}")
    expect(page.get_by_text(re.compile("Connection lost"))).to_be_visible(timeout=30_000)
    expect(page.locator(".page-status .run-status")).to_have_text("not connected")
    expect(page.locator(".compare-status")).to_have_text(["done", re.compile("not connected$")])
    server.client.post(f"/api/runs/{paused}/cancel")


def test_the_numbers_of_the_chart_and_of_the_settings_can_be_carried_away(
    watched: Watched, server: ServerProcess, six: list[str]
) -> None:
    page = _loaded(watched, [six[0], six[5]], "&step=0&curve=loss&tables=chart")
    with page.expect_download() as chart:
        page.get_by_role("button", name="CSV: Curves").click()
    rows = Path(chart.value.path()).read_text("utf-8").splitlines()
    assert rows[0].startswith("step,A ")
    steps = {step for run_id in (six[0], six[5]) for step in _steps(server, run_id)}
    assert [int(row.split(",")[0]) for row in rows[1:]] == sorted(steps)
    assert float(rows[-1].split(",")[1]) == server.run(six[0])["metrics"]["loss"]
    with page.expect_download() as settings:
        page.get_by_role("button", name="CSV: Settings").click()
    assert "problem.structure,input structure,true,false" in Path(settings.value.path()).read_text("utf-8")
    watched.assert_calm()


@pytest.mark.parametrize("watched", SCREENS, indirect=True, ids=lambda s: f"{s[0]}-{s[2]}")
def test_six_runs_fit_and_stay_calm(watched: Watched, six: list[str]) -> None:
    page = _loaded(watched, six)
    page.wait_for_timeout(300)
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"{overflow} pixels too wide"
    expect(page.get_by_role("button", name="Copy link")).to_be_visible()
    boxes = [box for tile in _tiles(page).all() if (box := tile.bounding_box())]
    assert page.viewport_size
    width, height = page.viewport_size["width"], page.viewport_size["height"]
    if width == 380:  # a row to swipe along, with a little of the next to see
        assert len({round(box["y"]) for box in boxes}) == 1
        assert 0.7 < boxes[0]["width"] / width < 0.95
    else:  # they fill the window
        assert max(box["y"] + box["height"] for box in boxes) <= height
        assert sum(box["width"] * box["height"] for box in boxes) > 0.4 * width * height
    watched.assert_calm()

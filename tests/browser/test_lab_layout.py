"""The lab's room: any panel is the large one, columns are dragged, a projector, a phone and paper; and its address."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.api.server_process import ServerProcess
from tests.browser.conftest import Watched
from tests.browser.test_pages import NO_STORAGE

pytestmark = pytest.mark.browser
PROJECTOR = (1280, 720, "light")


@pytest.fixture(scope="module")
def film(server: ServerProcess) -> str:
    """A finished run."""
    run_id = server.submit({"capture.frames": 20})
    assert server.wait_for(run_id)["status"] == "succeeded"
    return run_id


def _box(locator: Locator) -> FloatRect:
    box = locator.bounding_box()
    assert box is not None
    return box


def _opened(watched: Watched, path: str) -> Page:
    page = watched.open(path)
    expect(page.locator(".lab-large canvas, .lab-large .panel-body > *").first).to_be_visible(timeout=20_000)
    return page


def _large(page: Page) -> Locator:
    return page.locator(".lab-large > .panel h2")


def _titles(server: ServerProcess, run_id: str) -> list[str]:
    return [panel["title"] for panel in server.run(run_id)["display"]["panels"]]


def test_any_panel_can_be_the_large_one(watched: Watched, server: ServerProcess, film: str) -> None:
    hero, second, *_ = _titles(server, film)
    page = _opened(watched, f"/runs/{film}")
    expect(_large(page)).to_have_text(hero)
    page.get_by_role("button", name=f"Enlarge: {second}").click()
    expect(_large(page)).to_have_text(second)
    expect(page.locator(".lab-views h2").first).to_have_text(hero)
    page.wait_for_url(re.compile("large="))
    page.reload()
    expect(_large(page)).to_have_text(second)
    seen = {second}
    for _ in _titles(server, film):
        page.keyboard.press("l")
        seen.add(_large(page).inner_text())
    assert seen == set(_titles(server, film))  # round all of them
    while _large(page).inner_text() != hero:
        page.keyboard.press("l")
    page.wait_for_url(lambda url: "large=" not in url)
    watched.assert_calm()


@pytest.mark.parametrize("watched", [PROJECTOR], indirect=True)
def test_the_large_panel_has_the_room_of_a_projector(watched: Watched, server: ServerProcess, film: str) -> None:
    page = _opened(watched, f"/runs/{film}?step=16")
    stage = page.locator(".lab-large .panel-stage")
    box = _box(stage)
    assert box["width"] >= 640
    assert box["height"] >= 420
    size = "caption => parseFloat(getComputedStyle(caption).fontSize)"
    caption = page.locator(".lab-large .panel-caption")
    before: float = caption.evaluate(size)
    page.keyboard.press(".")
    page.wait_for_url(re.compile("present=1"))
    for hidden in (".shell", ".lab-side", ".lab-views"):
        expect(page.locator(hidden)).to_be_hidden()
    box = _box(stage)
    assert box["width"] >= 1200
    assert box["height"] >= 440
    assert caption.evaluate(size) > before
    expect(_large(page)).to_be_visible()
    page.keyboard.press("ArrowRight")  # the film goes on
    expect(page.get_by_role("slider", name="Step")).not_to_have_attribute("aria-valuenow", "16")
    page.reload()
    expect(page.locator(".shell")).to_be_hidden()
    expect(_large(page)).to_be_visible(timeout=20_000)
    page.keyboard.press("Escape")
    expect(page.locator(".shell")).to_be_visible()
    page.get_by_role("button", name="Present: ").click()
    expect(page.locator(".shell")).to_be_hidden()
    page.go_back()
    expect(page.locator(".shell")).to_be_visible()
    watched.assert_calm()


@pytest.mark.own_page
@pytest.mark.parametrize("storage", [True, False], ids=["kept", "nothing kept"])
def test_columns_are_dragged_and_moved_by_keys(watched: Watched, film: str, storage: bool) -> None:
    if not storage:
        watched.page.add_init_script(NO_STORAGE)
    page = _opened(watched, f"/runs/{film}?step=16")
    handle = page.get_by_role("separator", name="Width of the column of panels")
    views = page.locator(".lab-views")
    usual, at = _box(views)["width"], _box(handle)
    page.mouse.move(at["x"], 300)
    page.mouse.down()
    page.mouse.move(at["x"] - 100, 310)
    page.mouse.up()
    assert abs(_box(views)["width"] - usual - 100) <= 2
    handle.focus()
    page.keyboard.press("ArrowRight")
    assert abs(_box(views)["width"] - usual - 84) <= 2
    expect(page.get_by_role("slider", name="Step")).to_have_attribute("aria-valuenow", "16")  # not the film's arrow
    expect(handle).to_have_attribute("aria-valuenow", str(round(_box(views)["width"])))
    page.reload()
    expect(_large(page)).to_be_visible(timeout=20_000)
    assert abs(_box(views)["width"] - usual - (84 if storage else 0)) <= 2
    handle.focus()
    page.keyboard.press("Home")
    expect(handle).to_have_attribute("aria-valuenow", "0")
    page.keyboard.press("Enter")
    assert abs(_box(views)["width"] - usual) <= 2
    assert [text for text in watched.complaints if "storage" not in text.lower()] == []


@pytest.mark.own_page
def test_back_and_forward_change_what_differs_and_keep_the_film(watched: Watched, film: str) -> None:
    asked: list[str] = []
    watched.page.on("request", lambda request: asked.append(request.url))
    page = _opened(watched, f"/runs/{film}?step=16")
    page.keyboard.press(".")
    expect(page.locator(".shell")).to_be_hidden()
    page.go_back()
    expect(page.locator(".shell")).to_be_visible()
    expect(page.get_by_role("slider", name="Step")).to_have_attribute("aria-valuenow", "16")
    page.go_forward()
    expect(page.locator(".shell")).to_be_hidden()
    assert sum(f"/runs/{film}/index" in url for url in asked) == 1
    watched.assert_calm()


def test_an_audience_reads_the_words_of_a_chart(watched: Watched, film: str) -> None:
    """They are as large as those of the page, and have the room that they need."""
    page = _opened(watched, f"/runs/{film}?step=16&large=curves")
    words = page.locator(".lab-large").locator(".xtick text, .ytick text, .step-title, .step-label")
    sizes = "words => words.map((word) => parseFloat(getComputedStyle(word).fontSize))"
    expect(words.last).to_be_visible()
    assert {round(size) for size in words.evaluate_all(sizes)} == {12}
    page.keyboard.press(".")
    expect(page.locator(".shell")).to_be_hidden()
    expect(page.locator(".lab-large .xtick text").first).not_to_have_css("font-size", "12px")
    audience = words.evaluate_all(sizes)
    assert min(audience) > 13.4
    labels = [_box(label) for label in page.locator(".lab-large .step-label").all()]
    width = page.evaluate("innerWidth")
    assert all(box["x"] + box["width"] <= width for box in labels)
    rows = sorted(labels, key=lambda box: box["y"])
    assert all(a["y"] + a["height"] <= b["y"] + 1 for a, b in pairwise(rows))
    watched.assert_calm()


def test_an_open_table_is_part_of_the_address_and_the_names_of_buttons_differ(watched: Watched, film: str) -> None:
    page = _opened(watched, f"/runs/{film}?step=16")
    tables = page.get_by_role("button", name="Table: ")
    labels = tables.evaluate_all("all => all.map((one) => one.ariaLabel)")
    assert len(labels) >= 4
    assert len(labels) == len(set(labels))
    tables.first.click()
    page.wait_for_url(re.compile("tables="))
    page.reload()
    expect(page.locator(".lab-large tbody tr").first).to_be_visible(timeout=20_000)
    expect(page.locator(".panel-table:visible")).to_have_count(1)
    watched.assert_calm()


def test_each_panel_says_what_the_frame_says_of_it(watched: Watched, server: ServerProcess, film: str) -> None:
    page = _opened(watched, f"/runs/{film}")
    page.keyboard.press("End")
    expect(page.get_by_role("slider", name="Step")).to_have_attribute("aria-valuenow", "300")
    said = page.evaluate(f"""async () => {{
      const page = document.querySelector("script[type=module]").src;
      const {{ readFrame }} = await import(page.replace("app/main.js", "net/frame.js"));
      return readFrame(await (await fetch("/api/runs/{film}/frames/latest")).arrayBuffer()).says;
    }}""")
    assert said
    for panel, sentence in said.items():
        expect(page.locator(f"[data-panel='{panel}'] .panel-caption")).to_have_text(sentence)  # in view or not


def test_a_run_can_be_cited(watched: Watched, server: ServerProcess, film: str) -> None:
    display = server.run(film)["display"]
    page = _opened(watched, f"/runs/{film}")
    expect(page.locator(".run-paper a").first).to_have_attribute("href", display["paper"]["url"])
    page.get_by_role("button", name="Cite…").click()
    dialog = page.get_by_role("dialog", name="Cite this run")
    expect(dialog).to_contain_text(display["paper"]["title"])
    expect(dialog).to_contain_text("@software{emergescope,")
    expect(dialog).to_contain_text(f"{display['summary']}. Settings are those of the preset “quick”")
    for what in ("The paper", "Emergescope", "Methods"):
        expect(dialog.get_by_role("button", name=f"Copy: {what}")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    watched.assert_calm()


@pytest.mark.parametrize("watched", [(1440, 900, "dark")], indirect=True)
def test_on_paper_all_panels_are_one_below_the_other_and_light(watched: Watched, film: str) -> None:
    page = _opened(watched, f"/runs/{film}?step=16")
    corner = """canvas => { const { data } = canvas.getContext("2d").getImageData(2, 2, 1, 1); return data[0] }"""
    canvas = page.locator(".lab-large canvas").first
    assert canvas.evaluate(corner) < 60
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert canvas.evaluate(corner) > 240
    boxes = [_box(panel) for panel in page.locator(".panel:visible").all()]
    assert len(boxes) >= 4
    for above, below in pairwise(boxes):
        assert below["y"] >= above["y"] + above["height"]
        assert below["x"] == above["x"]
    for controls in (".shell", ".transport", ".panel-tools >> nth=0", ".parameters"):
        expect(page.locator(controls)).to_be_hidden()
    expect(page.locator(".panel-caption").nth(1)).to_be_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    expect(page.locator("html")).not_to_have_attribute("data-theme", "light")
    expect(page.locator(".transport")).to_be_visible()
    assert canvas.evaluate(corner) < 60
    watched.assert_calm()


@pytest.mark.own_page
def test_a_server_that_does_not_answer_is_told_of(watched: Watched, server: ServerProcess) -> None:
    run_id = server.submit({"training.phases.0.steps": 100_000, "capture.frames": 20})
    page = watched.page
    page.clock.install()
    page.route("**/pause", lambda route: None)  # half open: nothing ever comes back
    watched.open(f"/runs/{run_id}")
    pause = page.get_by_role("button", name="Pause training")
    pause.click()
    expect(pause).to_have_attribute("aria-disabled", "true")
    page.clock.fast_forward(8_000)
    expect(page.get_by_role("alert").filter(has_text="The server does not answer")).to_be_visible()
    expect(pause).to_have_attribute("aria-disabled", "false")  # it can be asked again
    server.client.post(f"/api/runs/{run_id}/cancel").raise_for_status()


def test_a_few_tabs_lead_to_the_map(watched: Watched, film: str) -> None:
    page = _opened(watched, f"/runs/{film}?step=16")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skip to the content
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the large panel")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "CANVAS":
            break
    expect(page.locator(".lab-large canvas").first).to_be_focused()
    watched.assert_calm()


@pytest.mark.parametrize("watched", [(380, 800, "light"), (720, 450, "light")], indirect=True, ids=["phone", "200 %"])
def test_links_and_keys_stay_at_hand_on_small_screens(watched: Watched, film: str) -> None:
    page = _opened(watched, f"/runs/{film}?step=16")
    for name in ("Copy link", "Keys"):
        expect(page.get_by_role("button", name=name)).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    panel = page.locator(".panel", has=page.get_by_label("Axis across")).first
    panel.scroll_into_view_if_needed()
    axis = panel.get_by_label("Axis across")
    expect(axis).to_be_visible()  # once its panel is drawn
    assert _box(axis)["width"] > 60  # what is chosen can be read
    page.get_by_role("button", name="Keys").click()
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    watched.assert_calm()


def test_a_run_of_a_study_that_the_page_never_heard_of_is_shown(watched: Watched, server: ServerProcess) -> None:
    small = {"training.steps": 20, "capture.frames": 4, "capture.test_samples": 50}
    body = {"preset": "hidden-progress/parity-50-3-fast", "overrides": small}
    run_id = server.client.post("/api/runs", json=body).json()["id"]
    run = server.wait_for(run_id)
    page = _opened(watched, f"/runs/{run_id}")
    expect(page.get_by_role("heading", level=1)).to_have_text(run["name"])
    expect(page.get_by_text(run["display"]["summary"])).to_be_visible()
    hero = next(panel for panel in run["display"]["panels"] if panel["hero"])
    expect(_large(page)).to_have_text(hero["title"])
    for panel in run["display"]["panels"]:
        expect(page.locator(f"[data-panel='{panel['id']}'] h2")).to_have_text(panel["title"])
    expect(page.get_by_role("alert").filter(has_text="could not be drawn")).to_have_count(0)
    watched.assert_calm()

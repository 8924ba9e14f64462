"""The frame around a panel, with kinds of panels made up for it: what it says, and what it does where one fails."""

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.browser

# Draws the step; fails at step 10, and cannot be made for a panel that says so.
KIND = """
export function createPanel(element, panel, context) {
  if (panel.show.broken) throw new Error("cannot be made");
  const shown = element.appendChild(document.createElement("output"));
  return {
    render({ frame }) {
      if (frame.step === 10) throw new Error("ten is too many");
      shown.textContent = `step ${frame.step}`;
    },
    resize() {}, destroy() {},
    needs: () => panel.show.needs ?? [],
    applies: ({ frame }) => frame.step !== 99,
    ...(panel.show.caption ? { caption: ({ frame }) => `made of step ${frame.step}` } : {}),
    table: ({ frame }) => ({
      columns: ["name", "value"], rows: [["−s, \\"minus\\"", -frame.step / 3], ["lost", null], ["−0.5", 2e-7]],
    }),
  };
}
"""
START = """async ({ panel, display }) => {
  const { Panel } = await import("/js/panels/panel.js");
  const { theme } = await import("/js/ui/theme.js");
  const context = (controls) => ({ theme: theme(), controls });
  window.pressed = [];
  const usual = { id: "p", kind: "bars", title: "Weights", text: "What to look for.", words: [], show: {} };
  window.panel = new Panel({ ...usual, ...panel }, {
    display: { glossary: {}, paper: null, ...display }, context,
    onTable: (open) => window.pressed.push(`table ${open}`), onLarge: () => window.pressed.push("large"),
  });
  const here = document.getElementById("here");
  here.replaceChildren(window.panel.element);
  window.show = (step, { says = {}, tensors = {} } = {}) => window.panel.update({
    run: { id: "r" }, display: { tensors: { weights: { text: "what was <learned>" } } },
    frame: { step, says, tensors: Object.fromEntries(Object.entries(tensors)) },
  });
}"""


@pytest.fixture
def frame(modules: Page) -> Any:
    def fake(route: Route) -> None:
        route.fulfill(body=KIND, content_type="text/javascript")

    modules.route("**/js/panels/bars.js", fake)

    def start(display: dict[str, Any] | None = None, **panel: Any) -> Page:
        modules.evaluate(START, {"panel": panel, "display": display or {}})
        return modules

    yield start
    modules.unroute("**/js/panels/bars.js")


def test_the_sentence_is_the_frames_own_or_the_pictures_or_the_panels(frame: Any) -> None:
    page = frame(show={"caption": True})
    caption = page.locator(".panel-caption")
    page.evaluate("show(1, { says: { p: 'Said by the camera.', other: 'Not this.' } })")
    expect(caption).to_have_text("Said by the camera.")
    page.evaluate("show(2)")
    expect(caption).to_have_text("made of step 2")
    page = frame()
    page.evaluate("show(3)")
    expect(caption).to_have_text("What to look for.")


def test_a_frame_that_lacks_a_tensor_says_which_and_shows_no_other_picture(frame: Any) -> None:
    page = frame(show={"needs": ["weights"]})
    page.evaluate("show(1, { tensors: { weights: {} } })")
    expect(page.locator("output")).to_be_visible()
    page.evaluate("show(1200, { says: { p: 'All is well.' } })")
    expect(page.locator(".panel-caption")).to_have_text(
        "The frame of step 1,200 has no weights (what was <learned>): that part of it was not measured."
    )
    expect(page.locator("output")).to_be_hidden()
    page.evaluate("show(2, { tensors: { weights: {} } })")
    expect(page.locator("output")).to_have_text("step 2")
    expect(page.locator("output")).to_be_visible()


def test_what_fails_to_draw_one_frame_draws_the_next(frame: Any) -> None:
    page = frame()
    failure = page.get_by_role("alert")
    page.evaluate("show(9)")
    expect(failure).to_be_hidden()
    page.evaluate("show(10)")
    expect(failure).to_contain_text("Step 10 could not be drawn here.")
    expect(failure).to_contain_text("ten is too many")
    expect(page.locator("output")).to_be_hidden()
    page.evaluate("show(11)")
    expect(failure).to_be_hidden()
    expect(page.locator("output")).to_have_text("step 11")
    expect(page.locator("output")).to_be_visible()


def test_a_panel_that_cannot_be_made_says_so_and_so_does_a_kind_that_nobody_knows(frame: Any) -> None:
    page = frame(show={"broken": True})
    page.evaluate("show(1)")
    expect(page.get_by_role("alert")).to_contain_text("This panel could not be drawn.")
    expect(page.get_by_role("alert").get_by_role("button", name="Draw again")).to_be_visible()
    for kind in ("hologram", "constructor"):
        page = frame(kind=kind)
        page.evaluate("show(1)")
        expect(page.locator(".panel-body")).to_contain_text(f"cannot draw panels of the kind “{kind}”")
        expect(page.locator(".panel-caption")).to_have_text("What to look for.")
        expect(page.get_by_role("button", name="Table: Weights")).to_be_hidden()


def test_a_panel_with_nothing_to_say_goes_and_comes_back(frame: Any) -> None:
    page = frame()
    page.evaluate("show(99)")
    expect(page.get_by_role("region", name="Weights", exact=True)).to_be_hidden()
    page.evaluate("show(1)")
    expect(page.get_by_role("region", name="Weights", exact=True)).to_be_visible()


def test_a_panel_off_screen_keeps_its_sentence_and_draws_nothing(frame: Any) -> None:
    page = frame(show={"caption": True})
    page.evaluate("panel.element.style.marginTop = '3000px'")
    page.evaluate("new Promise((done) => setTimeout(done, 100))")  # until it is known to be out of sight
    page.evaluate("show(7)")
    expect(page.locator(".panel-caption")).to_have_text("made of step 7")
    assert page.locator("output").text_content() == ""
    page.evaluate("panel.print()")
    expect(page.locator("output")).to_have_text("step 7")


def test_a_table_is_named_and_carried_away_with_all_digits_and_plain_signs(frame: Any) -> None:
    page = frame()
    page.evaluate("show(1)")
    page.get_by_role("button", name="Table: Weights").click()
    assert page.evaluate("pressed") == ["table true"]
    table = page.get_by_role("region", name="Numbers: Weights")
    assert table.locator("tbody td").all_text_contents() == [
        '−s, "minus"',
        "−0.3333",
        "lost",
        "not a number",
        "−0.5",
        "2.00e−7",
    ]
    with page.expect_download() as waiting:
        table.get_by_role("button", name="CSV: Weights").click()
    assert waiting.value.suggested_filename == "r-p-1.csv"
    text = waiting.value.path().read_text("utf-8")
    assert text.splitlines() == ["name,value", '"-s, ""minus""",-0.3333333333333333', "lost,nan", "-0.5,2e-7"]


def test_copying_gives_plain_minus_signs(modules: Page) -> None:
    copied = modules.evaluate("""async () => {
      const { copyPlainly } = await import("/js/ui/carry.js");
      const here = document.getElementById("here");
      here.innerHTML = "<table><tr><td>−0.3</td><td>−1.5e−7</td></tr></table>";
      here.addEventListener("copy", copyPlainly);
      getSelection().selectAllChildren(here);
      const event = new ClipboardEvent("copy", { bubbles: true, cancelable: true, clipboardData: new DataTransfer() });
      here.firstChild.dispatchEvent(event);
      return [event.clipboardData.getData("text/plain").split(/\\s+/).filter(Boolean), event.defaultPrevented];
    }""")
    assert copied == [["-0.3", "-1.5e-7"], True]


def test_words_are_those_of_the_display(frame: Any) -> None:
    paper = {"title": "T", "authors": "Ada and Emmy", "year": 1935, "url": "https://example.org/"}
    page = frame(
        {"glossary": {"weight": "A number of a neuron.", "unused": "No."}, "paper": paper}, words=["weight", "unknown"]
    )
    page.evaluate("show(1)")
    page.get_by_role("button", name="Words: Weights").click()
    window = page.get_by_role("dialog", name="Words: Weights")
    assert window.locator("dfn").all_text_contents() == ["weight"]
    expect(window.get_by_role("link", name="Ada and Emmy, 1935")).to_have_attribute("href", "https://example.org/")
    page = frame()
    expect(page.get_by_role("button", name="Words: Weights")).to_have_count(0)
    page.get_by_role("button", name="Enlarge: Weights").click()
    assert page.evaluate("pressed") == ["large"]

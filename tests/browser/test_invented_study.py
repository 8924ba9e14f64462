"""A study that no line of the page knows is shown on every page, and carried away from it."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from emergescope.catalog.registry import GROUP
from tests.api.server_process import ServerProcess
from tests.browser.conftest import Watched

ROOT = Path(__file__).parents[2]
NAME = "Ä “brew” <img src=x onerror=alert(1)> 'of' \"ß\""
PRESET = """
order = 1
title = "A brew <b>of</b> “all”"
text = "Nobody has <i>brewed</i> this."
seconds = 1
[config.problem]
heat = 0.5
"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def brewery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server on whose path the study is installed."""
    place = tmp_path_factory.mktemp("packages")
    package = place / "brewing_study"
    (package / "presets" / "brewing").mkdir(parents=True)
    (package / "__init__.py").write_text("from tests.browser.invented import STUDY\n", "utf-8")
    (package / "presets" / "brewing" / "usual.toml").write_text(PRESET, "utf-8")
    info = place / "brewing-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: brewing\nVersion: 1\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\nbrewing = brewing_study\n", "utf-8")
    before = os.environ.get("PYTHONPATH", "")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(place), str(ROOT), before)))
    try:
        server = ServerProcess(tmp_path_factory.mktemp("brewery"))
    finally:
        os.environ["PYTHONPATH"] = before
    yield server
    server.stop()


@pytest.fixture(scope="module")
def brews(brewery: ServerProcess) -> list[str]:
    found = []
    for seed, name in enumerate((NAME, "Another")):
        body = {"preset": "brewing/usual", "overrides": {"seed": seed}, "name": name}
        found.append(brewery.client.post("/api/runs", json=body).raise_for_status().json()["id"])
    for one in found:
        run = brewery.wait_for(one)
        assert run["status"] == "succeeded", run["error"]
    return found


@pytest.fixture
def seen(browser: Browser, brewery: ServerProcess) -> Iterator[Watched]:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    watched = Watched(page, brewery)
    yield watched
    watched.assert_calm()
    page.close()


def test_the_gallery_offers_it_and_one_press_starts_it(seen: Watched) -> None:
    page = seen.open("/")
    card = page.locator("article, li, .gallery-card").filter(has_text="A brew <b>of</b> “all”").first
    expect(card).to_contain_text("Nobody has <i>brewed</i> this.", timeout=20_000)
    card.get_by_role("button", name="Run").first.click()
    expect(page.locator("#page-status")).to_contain_text("done", timeout=20_000)
    expect(page.get_by_role("heading", name="Lustre of “each” <glaze>")).to_be_visible()


def test_the_lab_shows_each_panel_and_says_what_a_frame_lacks(seen: Watched, brews: list[str]) -> None:
    page = seen.open(f"/runs/{brews[0]}?step=4")
    expect(page.get_by_role("heading", level=1, name=NAME)).to_be_visible(timeout=20_000)
    expect(page.get_by_text("A brew of “<i>heat</i>” 0.5 · seed 0")).to_be_visible()
    for title in ("Lustre of “each” <glaze>", "The brew", "Levels", "Cracks", "Lamps", "Tiles"):
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    expect(page.get_by_text("After 4 rounds the lustre is <b>not</b> bold.")).to_be_visible()
    cracks = page.locator("section.panel").filter(has=page.get_by_role("heading", name="Cracks", exact=True))
    cracks.scroll_into_view_if_needed()
    expect(cracks.locator(".panel-caption")).not_to_contain_text("not measured")
    page.keyboard.press("Home")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowLeft")  # step 9: a third one
    expect(page.locator(".transport")).to_contain_text("step 9")
    expect(cracks.locator(".panel-caption")).to_contain_text("cracks of a glaze")
    expect(cracks.locator(".panel-caption")).to_contain_text("not measured")
    expect(page.get_by_text("it boils: <warm> enough").first).to_be_visible()


def test_its_names_are_text_wherever_they_stand(seen: Watched, brews: list[str]) -> None:
    page = seen.open(f"/runs/{brews[0]}?step=4")
    panel = page.locator("section.panel").filter(has=page.get_by_role("heading", name="Cracks", exact=True))
    panel.scroll_into_view_if_needed()
    panel.get_by_role("button", name="Table").click()
    expect(
        panel.get_by_role("cell", name="<script>alert(1)</script>").or_(
            panel.get_by_role("rowheader", name="<script>alert(1)</script>")
        )
    ).to_be_visible(timeout=20_000)
    expect(page.locator("script")).to_have_count(page.locator("head script").count())


def test_what_is_selected_on_an_axis_is_selected_in_all_its_panels(seen: Watched, brews: list[str]) -> None:
    page = seen.open(f"/runs/{brews[0]}?step=4&select.kilns=1-2")
    expect(page.get_by_role("heading", name="Tiles", exact=True)).to_be_visible(timeout=20_000)
    matrix = page.locator("section.panel").filter(has=page.get_by_role("heading", name="Lustre of “each” <glaze>"))
    matrix.get_by_role("button", name="Table").click()
    expect(matrix.locator("tbody tr")).to_have_count(2)


def test_two_of_them_are_compared(seen: Watched, brews: list[str]) -> None:
    page = seen.open(f"/compare?runs={','.join(brews)}&step=7")
    expect(page.locator("#page-status")).to_contain_text("all done", timeout=20_000)
    expect(page.get_by_text("After 7 rounds the lustre is <b>not</b> bold.").first).to_be_visible(timeout=20_000)
    expect(page.get_by_label("Measure", exact=True).get_by_role("option", name="foam <sub>")).to_be_attached()
    page.get_by_label("Measure", exact=True).select_option("gärung")
    expect(page.get_by_text("Gärung").last).to_be_visible()


def test_the_runs_are_listed_and_carried_away(seen: Watched, brewery: ServerProcess, brews: list[str]) -> None:
    page = seen.open("/runs")
    expect(page.get_by_role("link", name=NAME).first).to_be_visible(timeout=20_000)
    page.goto(f"http://127.0.0.1:{brewery.port}/runs/{brews[0]}?step=4")
    panel = page.locator("section.panel").filter(has=page.get_by_role("heading", name="Cracks", exact=True))
    panel.scroll_into_view_if_needed()
    panel.get_by_role("button", name="Table").click()
    with page.expect_download() as download:
        panel.get_by_role("button", name="CSV").or_(panel.get_by_role("link", name="CSV")).first.click()
    text = Path(download.value.path()).read_text("utf-8-sig")
    assert '"""Käfer"" <b>"' in text
    assert "−" not in text
    index = brewery.client.get(f"/api/runs/{brews[0]}/index").content
    header = json.loads(index[8 : 8 + int.from_bytes(index[:8], "little")])
    assert "metrics.gärung" in header

"""A study of somebody's own, as `emergescope studies new` writes it, is shown in the lab without a line for it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from emergescope.catalog.registry import GROUP
from emergescope.cli.studies import write_study
from tests.api.server_process import ServerProcess
from tests.browser.conftest import Watched

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One with the new package beside ours, found as if it were installed."""
    folder = tmp_path_factory.mktemp("own")
    write_study("my_study", folder)
    source = folder / "my_study" / "src"
    info = source / "my_study-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my_study\nVersion: 1\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\nmy_study = my_study\n", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(source), prepend=":")
        server = ServerProcess(folder / "data")
        yield server
        server.stop()


def test_a_new_study_is_shown_with_its_own_words(watched: Watched, server: ServerProcess) -> None:
    made = server.client.post("/api/runs", json={"preset": "my_study/quick"})
    assert made.status_code == 201, made.text
    run_id = made.json()["id"]
    run = server.wait_for(run_id)
    assert run["status"] == "succeeded", run["error"]
    display = run["display"]
    page = watched.open(f"/runs/{run_id}")
    expect(page.get_by_text(display["summary"])).to_be_visible(timeout=20_000)
    expect(page.locator(".lab-large > .panel h2")).to_have_text(display["panels"][0]["title"])
    for panel in display["panels"]:
        shown = page.locator(f"[data-panel='{panel['id']}']")
        expect(shown.get_by_role("heading", level=2)).to_have_text(panel["title"])
        shown.get_by_role("button", name=f"Table: {panel['title']}").click()
        expect(shown.locator("tbody tr").first).to_be_visible()
    found = next(event for event in run["events"] if event["kind"] == "found")
    mark = page.locator(".timeline-mark.is-emergence")
    expect(mark).to_have_text(display["events"]["found"]["short"])
    expect(mark).to_have_accessible_name(f"found, step {found['step']}: {found['text']}")
    expect(page.get_by_role("alert").filter(has_text="could not be drawn")).to_have_count(0)
    watched.assert_calm()

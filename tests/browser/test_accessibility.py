"""axe-core finds nothing serious on any page, in both themes. It comes from npm, so CI alone insists on it."""

import json
import shutil
import subprocess
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.api.server_process import ServerProcess
from tests.browser.conftest import Watched
from tests.browser.finder import in_ci
from tests.conftest import TINY

AXE = "axe-core@4.14.1"
BAD = ("serious", "critical")
PAGES = {
    "gallery": ("/", "Parity, as in the paper"),
    "runs": ("/runs", "Looked at"),
    "lab": ("/runs/{run}", "done"),
    "compare": ("/compare?runs={run},{other}", "all done"),
    "experiments": ("/experiments", "A small sweep"),
    "experiment": ("/experiments/{sweep}", "A small sweep"),
    "new sweep": ("/experiments/new?base=quick", "New sweep"),
    "nowhere": ("/nowhere", "There is no such page"),
}

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The program, as text to be run in a page."""
    if shutil.which("npm") is None:
        if in_ci():
            pytest.fail("npm is missing: accessibility is checked by a package of it")
        pytest.skip("NO CHECK OF ACCESSIBILITY: it needs npm")
    folder = tmp_path_factory.mktemp("axe")
    install = ["npm", "install", "--prefix", str(folder), "--no-save", "--silent", AXE]
    subprocess.run(install, check=True, timeout=120, stdin=subprocess.DEVNULL)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module")
def shown(server: ServerProcess) -> dict[str, str]:
    """Ids of two runs and a sweep that are over."""
    run, other = (server.submit({**TINY, "capture.frames": 5}, name=name) for name in ("Looked at", "Looked at, too"))
    base = {"preset": "quick", "overrides": {**TINY, "capture.frames": 3}}
    sweep = {"base": base, "grid": {"problem.k": [1, 3], "problem.p_o": [0.2, 0.4]}, "seeds": 1}
    made = server.client.post("/api/experiments", json={"name": "A small sweep", "sweep": sweep})
    found = made.raise_for_status().json()
    for member in found["members"]:
        assert server.wait_for(member["run"]["id"])["status"] == "succeeded"
    for one in (run, other):
        assert server.wait_for(one)["status"] == "succeeded"
    return {"run": run, "other": other, "sweep": found["id"]}


def _faults(page: Page, axe: str) -> list[str]:
    """What people with some impairment cannot use: the rule, where, and what to do about it."""
    page.evaluate(f"{axe}; 0")
    run = "axe.run({ resultTypes: ['violations'] }).then(({ violations }) => JSON.stringify(violations))"
    violations: list[dict[str, Any]] = json.loads(page.evaluate(run))
    return [
        f"{fault['id']}: {node['target']}: {node['failureSummary']}"
        for fault in violations
        if fault["impact"] in BAD
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize(
    "watched", [(1440, 900, "light"), (1440, 900, "dark"), (380, 800, "light")], indirect=True, ids=str
)
@pytest.mark.parametrize("name", PAGES)
def test_nothing_serious_is_in_the_way(watched: Watched, axe: str, shown: dict[str, str], name: str) -> None:
    path, text = PAGES[name]
    page = watched.open(path.format(**shown))
    expect(page.locator("body").get_by_text(text).first).to_be_visible(timeout=20_000)
    page.wait_for_load_state("networkidle")
    assert _faults(page, axe) == []

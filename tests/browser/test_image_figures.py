"""Figures of images: the page of an experiment whose members learn two classes, or from a teacher."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from emergescope.catalog.experiments import get_experiment
from emergescope.catalog.registry import get_preset, study_of
from tests.api.server_process import ServerProcess
from tests.browser.conftest import Watched
from tests.browser.test_images_pages import CLASSES, MIXTURE, finished

pytestmark = pytest.mark.browser


def _experiment(runs: list[dict[str, Any]], metrics: dict[str, tuple[float, float]], like: str) -> dict[str, Any]:
    """A figure whose one member is these runs, with promises for their ends and drawn like another, as the server would
    send it.
    """
    preset = get_experiment(like)
    config = get_preset(preset.members[0].preset).config
    shown = study_of(config).display(config, None).as_json()
    line = {"label": "gauss", "group": "", "colour": "series-1", "dash": "solid", "spacing": "linear", "references": {}}
    pictures = [picture.model_dump(mode="json") for picture in preset.pictures]
    display = {"metrics": shown["metrics"], "pictures": pictures, "lines": [line], "paper": shown["paper"]}
    members = [
        {"position": i, "label": "gauss", "group": "", "seed": i, "cell": {}, "run": _member(run)}
        for i, run in enumerate(runs)
    ]
    table: list[dict[str, Any]] = [
        {
            "label": metric,
            "member": "gauss",
            "group": "",
            "metric": metric,
            "step": "end",
            "low": low,
            "high": high,
            "paper": None,
            "values": [],
            "mean": None,
            "deviation": None,
            "ok": None,
        }
        for metric, (low, high) in metrics.items()
    ]
    counts = dict.fromkeys(("total", "queued", "running", "paused", "succeeded", "failed", "cancelled", "deleted"), 0)
    times = {"created_at": "2026-01-01T00:00:00Z", "finished_at": "2026-01-01T00:01:00Z"}
    return {
        "id": "made",
        "name": "A figure of mixtures",
        "kind": "figure",
        "preset": None,
        "tags": [],
        "status": "succeeded",
        "counts": counts | {"total": len(runs), "succeeded": len(runs)},
        "passed": None,
        **times,
        "text": "",
        "figure": "Figure 4",
        "differences": [],
        "seeds": list(range(len(runs))),
        "members": members,
        "table": table,
        "sweep": None,
        "display": display,
    }


def _member(run: dict[str, Any]) -> dict[str, Any]:
    kept = {name: run[name] for name in ("id", "name", "status", "metrics", "error")}
    progress = {"step": run["progress"]["step"], "total_steps": run["progress"]["total"]}
    return {**kept, **progress, "frames": run["frames"]["count"], "emergence_step": None, "diverged": False}


def test_a_figure_of_mixtures_draws_the_parts(watched: Watched, server: ServerProcess) -> None:
    run = server.run(finished(server, MIXTURE, "Of a figure"))
    made = _experiment([run], {"injected_accuracy": (0.2, 0.9), "injected_kappa": (0.0, 0.0)}, "paper/figure-4")
    watched.page.route("**/api/experiments/made", lambda route: route.fulfill(json=made))
    page = watched.open("/experiments/made")
    parts = page.get_by_role("region", name="What the student learns of each part")
    for name in ("direct", "data part", "mixture", "injected part"):
        expect(parts.locator(".step-labels")).to_contain_text(name, timeout=20_000)
    expect(parts).to_contain_text(f"injected part {100 * run['metrics']['injected_accuracy']:.1f} %")
    expect(parts.get_by_text(re.compile("Gauss: direct"))).to_be_visible()
    kappa = page.get_by_role("row", name=re.compile("^injected_kappa"))
    expect(kappa.get_by_role("cell").nth(1)).to_have_text("0")  # a band of one value
    parts.get_by_role("button", name="Table: What the student learns of each part").click()
    expect(parts.get_by_role("cell", name="injected part").first).to_be_visible()
    watched.assert_calm()


def test_a_figure_of_two_classes_shows_maps_of_each_member(watched: Watched, server: ServerProcess) -> None:
    runs = [server.run(finished(server, CLASSES, "Of a figure", random_labels=coins)) for coins in (False, True)]
    made = _experiment(runs, {"cluster_share": (0.0, 1.0)}, "paper/figure-3")
    for member, label in zip(made["members"], ("network", "coin flips"), strict=True):
        member |= {"label": label, "seed": 0}
    made["display"]["pictures"][0] |= {"steps": [0, 20]}
    made["display"]["lines"] = [made["display"]["lines"][0] | {"label": label} for label in ("network", "coin flips")]
    made |= {"seeds": [0], "table": [row | {"member": "network", "step": 20} for row in made["table"]]}
    watched.page.route("**/api/experiments/made", lambda route: route.fulfill(json=made))
    page = watched.open("/experiments/made")
    maps = page.get_by_role("region", name="The neurons, before and after")
    expect(maps.get_by_role("heading", level=3)).to_have_text(["at initialisation", "after 20 steps"], timeout=20_000)
    told = maps.get_by_role("figure").nth(1).locator(".map-strips")
    expect(told).to_contain_text("silhouette")
    before = told.text_content()
    maps.get_by_role("button", name="coin flips").click()
    expect(told).not_to_have_text(str(before))
    expect(told).to_contain_text("silhouette")
    expect(maps.locator(f"a[href*='{runs[1]['id']}']").first).to_be_visible()
    watched.assert_calm()

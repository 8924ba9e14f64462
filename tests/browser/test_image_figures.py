"""Figures of images: the page of an experiment whose members learn two classes, or from a teacher."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.api.server_process import ServerProcess
from tests.browser.conftest import Watched
from tests.browser.test_images_pages import CLASSES, MIXTURE, finished

pytestmark = pytest.mark.browser


def _experiment(runs: list[dict[str, Any]], metrics: dict[str, tuple[float, float]]) -> dict[str, Any]:
    """A figure whose one member is these runs, with promises for their ends, as the server would send it."""
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
    }


def _member(run: dict[str, Any]) -> dict[str, Any]:
    kept = {name: run[name] for name in ("id", "name", "status", "metrics", "error")}
    progress = {"step": run["progress"]["step"], "total_steps": run["progress"]["total"]}
    return {**kept, **progress, "frames": run["frames"]["count"], "emergence_step": None}


def test_a_figure_of_mixtures_draws_the_parts(watched: Watched, server: ServerProcess) -> None:
    run = server.run(finished(server, MIXTURE, "Of a figure"))
    made = _experiment([run], {"injected_accuracy": (0.2, 0.9), "injected_kappa": (0.0, 0.0)})
    watched.page.route("**/api/experiments/made", lambda route: route.fulfill(json=made))
    page = watched.open("/experiments/made")
    parts = page.get_by_role("region", name="What the student learns of each part")
    expect(parts.locator(".curve-labels text")).to_have_text(
        [re.compile(name) for name in ("learned directly", "data part", "mixture", "injected part")], timeout=20_000
    )
    expect(parts.locator(".curve-expected")).to_have_count(1)
    expect(parts).to_contain_text(f"injected part {100 * run['metrics']['injected_accuracy']:.1f} %")
    expect(parts.get_by_text(re.compile("Gauss: learned directly"))).to_be_visible()
    kappa = page.get_by_role("row", name=re.compile("^injected_kappa"))
    expect(kappa.get_by_role("cell").nth(1)).to_have_text("0")  # a band of one value
    parts.get_by_role("button", name="Table").click()
    expect(parts.get_by_role("cell", name="Cohen’s κ on injected inputs").first).to_be_visible()
    watched.assert_calm()


def test_a_sweep_over_ratios_is_drawn_as_curves(watched: Watched) -> None:
    measures = {"data_accuracy": [0.9, 0.8, None], "injected_accuracy": [0.2, 0.4, None]}
    ratios = [0, 0.5, 1]
    made = _experiment([], {}) | {
        "kind": "sweep",
        "sweep": {
            "base": "paper/figure-4-mnist",
            "axes": [{"path": "problem.ratio", "title": "mixture ratio", "values": ratios}],
            "measures": [{"id": name, "title": name, "low": 0, "high": 1} for name in measures],
            "cells": [
                {
                    "index": [i],
                    "cell": {"problem.ratio": ratio},
                    "runs": [None],
                    "done": 0,
                    "total": 1,
                    "values": {name: _value(values[i]) for name, values in measures.items()},
                }
                for i, ratio in enumerate(ratios)
            ],
        },
    }
    watched.page.route("**/api/experiments/made", lambda route: route.fulfill(json=made))
    page = watched.open("/experiments/made")
    curves = page.get_by_role("region", name="All ratios")
    expect(curves.locator(".curve-labels text")).to_have_text(
        [re.compile("data part"), re.compile("injected part")], timeout=20_000
    )
    points = curves.locator(".curve-line").first.get_attribute("points") or ""
    assert len(points.split()) == 2  # the last ratio has no value yet
    expect(curves.get_by_text("injected inputs, % of the mixture")).to_be_visible()
    expect(page.get_by_role("heading", name="Cell by cell")).to_be_visible()
    watched.assert_calm()


def test_a_figure_of_two_classes_shows_maps_of_each_member(watched: Watched, server: ServerProcess) -> None:
    runs = [server.run(finished(server, CLASSES, "Of a figure", random_labels=coins)) for coins in (False, True)]
    made = _experiment(runs, {"cluster_share": (0.0, 1.0)})
    for member, label in zip(made["members"], ("network", "coin flips"), strict=True):
        member |= {"label": label, "seed": 0}
    made |= {"seeds": [0], "table": [row | {"member": "network", "step": 20} for row in made["table"]]}
    watched.page.route("**/api/experiments/made", lambda route: route.fulfill(json=made))
    page = watched.open("/experiments/made")
    maps = page.get_by_role("region", name="The neurons, before and after")
    expect(maps.get_by_role("heading", level=3)).to_have_text(["at initialisation", "after 20 steps"], timeout=20_000)
    expect(maps).to_contain_text("difference of the class means")
    told = maps.get_by_role("figure").nth(1).locator("> p").first
    expect(told).to_contain_text("silhouette")
    before = told.text_content()
    maps.get_by_role("button", name="coin flips").click()
    expect(told).not_to_have_text(str(before))
    expect(told).to_contain_text("silhouette")
    expect(maps.locator(f"a[href*='{runs[1]['id']}']").first).to_be_visible()
    watched.assert_calm()


def _value(mean: float | None) -> dict[str, Any]:
    return {"mean": mean, "low": mean, "high": mean, "count": int(mean is not None), "values": [mean]}

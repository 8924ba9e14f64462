"""A figure of mixtures: the page of an experiment whose members learn from a teacher."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.api.server_process import ServerProcess
from tests.browser.conftest import Watched
from tests.browser.test_images_pages import MIXTURE, finished

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
    made = _experiment([run], {"injected_accuracy": (0.2, 0.9), "injected_kappa": (0.0, 0.9)})
    watched.page.route("**/api/experiments/made", lambda route: route.fulfill(json=made))
    page = watched.open("/experiments/made")
    parts = page.get_by_role("region", name="What the student learns of each part")
    expect(parts.locator(".curve-labels text")).to_have_text(
        [re.compile(name) for name in ("learned directly", "data part", "mixture", "injected part")], timeout=20_000
    )
    expect(parts.locator(".curve-expected")).to_have_count(1)
    expect(parts).to_contain_text(f"injected part {100 * run['metrics']['injected_accuracy']:.1f} %")
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


def _value(mean: float | None) -> dict[str, Any]:
    return {"mean": mean, "low": mean, "high": mean, "count": int(mean is not None), "values": [mean]}

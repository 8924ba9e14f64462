"""Experiments over REST: a sweep that a kill -9 of the server does not stop, refusals, and a run's theory."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.api.server_process import ServerProcess
from tests.conftest import TINY

GRID = {"method.m": [4, 8], "problem.p_o": [0.3, 0.5]}
# Long enough that a server can be killed in the middle of a sweep of them.
SHORT = {**TINY, "training.phases": [{"name": "features", "steps": 150, "samples": 2000, "eta": 1.0, "trains": ["w"]}]}


def _post(client: httpx.Client, body: dict[str, Any]) -> httpx.Response:
    return client.post("/api/experiments", json=body)


def _sweep(grid: dict[str, Any], seeds: Any = 1, base: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"sweep": {"base": base or {"preset": "quick", "overrides": TINY}, "grid": grid, "seeds": seeds}}


def _wait(server: ServerProcess, identifier: str) -> dict[str, Any]:
    """The experiment once all its runs are over."""
    while True:
        found: dict[str, Any] = server.client.get(f"/api/experiments/{identifier}").json()
        left = [m["run"]["id"] for m in found["members"] if m["run"] and m["run"]["status"] in ("queued", "running")]
        if not left:
            return found
        server.wait_for(left[0])


def test_a_sweep_from_submission_to_its_films(server: ServerProcess, client: httpx.Client) -> None:
    response = _post(client, {**_sweep(GRID, 2), "name": "Width", "tags": ["lecture"]})
    assert response.status_code == 201, response.text
    created = response.json()
    assert response.headers["location"] == f"/api/experiments/{created['id']}"
    assert created["counts"]["total"] == 8
    found = _wait(server, created["id"])
    assert (found["status"], found["kind"], found["tags"]) == ("succeeded", "sweep", ["lecture"])
    assert len(found["sweep"]["cells"]) == 4
    for cell in found["sweep"]["cells"]:
        assert cell["done"] == 2
        for run_id in cell["runs"]:
            config = server.run(run_id)["config"]
            assert config["method"]["m"] == cell["cell"]["method.m"]
            assert config["problem"]["p_o"] == cell["cell"]["problem.p_o"]
            assert client.get(f"/api/runs/{run_id}/frames/0").status_code == 200
    listed = client.get("/api/experiments", params={"limit": 100}).json()["items"]
    assert created["id"] in [item["id"] for item in listed]
    assert client.delete(f"/api/experiments/{created['id']}").status_code == 204
    assert client.get(f"/api/experiments/{created['id']}").status_code == 404


def test_kill_9_in_the_middle_of_a_sweep(tmp_path: Path) -> None:
    """Finished runs are not done again, and the sweep ends as if nothing had been."""
    first = ServerProcess(tmp_path, workers=2)
    body = _sweep(GRID, 2, {"preset": "quick", "overrides": SHORT})
    identifier = _post(first.client, body).json()["id"]
    members = first.client.get(f"/api/experiments/{identifier}").json()["members"]
    first.wait_for(members[1]["run"]["id"])
    first.kill()
    second = ServerProcess(tmp_path, workers=2)
    try:
        found = _wait(second, identifier)
        assert found["counts"]["succeeded"] == 8
        before = [m["run"]["id"] for m in members]
        after = [m["run"]["id"] for m in found["members"]]
        assert after == before  # those that were running went on
        everything = second.client.get("/api/runs", params={"limit": 200}).json()["items"]
        assert len(everything) == 8
    finally:
        second.stop()


@pytest.mark.parametrize(
    ("body", "pointer", "words"),
    [
        (_sweep({"method.m": list(range(1, 502))}), "/sweep/grid", "501 runs"),
        (_sweep({"method.m": [4]}, 501), "/sweep/grid", "501 runs"),
        (_sweep({"problem.nothing": [1]}), "/sweep/grid/problem.nothing", "there is no setting"),
        (_sweep({"method.m": ["many"]}), "/sweep/grid/method.m/0", ""),
        (_sweep({}), "/sweep/grid", "at least 1"),
        (_sweep({"method.m": [4]}, 0), "/sweep/seeds", "from 1 on"),
        (_sweep({"method.m": [4]}, "two"), "/sweep/seeds", "from 1 on"),
        (_sweep({"method.m": [4]}, 10_001), "/sweep/seeds", "up to 10,000"),
        (_sweep({"method.m": [4]}, 10**30), "/sweep/seeds", "up to 10,000"),
        (_sweep({"method.m": [4]}, [2**31]), "/sweep/seeds", "up to 2,147,483,647"),
        ({"preset": "paper/figure-2", "seeds": 10**30}, "/seeds", "up to 10,000"),
        ({"runs": [{"preset": "quick"}] * 501}, "/runs", "500 at most"),
        (_sweep({"method.m": [4]}, 1, {"preset": "nothing"}), "/sweep/base/preset", "there is no preset"),
        (
            _sweep(
                {"method.m": [4]},
                1,
                {"preset": "quick", "overrides": {"problem.labels": {"rule": "interval", "low": 3, "high": 2}}},
            ),
            "/sweep/base/overrides/problem/labels",
            "holds no counts",
        ),
        (
            _sweep(
                {"problem.structure": [False, True]},
                1,
                {
                    "preset": "quick",
                    "overrides": {"problem.labels": {"rule": "list", "counts": [0]}, "problem.structure": False},
                },
            ),
            "/sweep/grid/problem.structure",
            "gamma = -",
        ),
        ({"preset": "paper/figure-9"}, "/preset", "did you mean"),
        ({"preset": "paper/figure-1", "name": "a\u202eb"}, "/name", "leave out"),
        ({"preset": "paper/figure-1", "tags": ["\u200b"]}, "/tags/0", "can be seen"),
        ({"runs": [{"preset": "quick", "name": "a\0"}]}, "/runs/0/name", "leave out"),
        ({"preset": "paper/figure-1", "seeds": 100}, "/seeds", "600 runs"),
        ({"preset": "paper/figure-1", "runs": [{"preset": "quick"}]}, "/preset", "give one of"),
        ({"runs": [{"preset": "quick"}, {"preset": "quick", "overrides": {"problem.k": 2}}]}, "/runs/1", "odd k"),
        ({}, "", "none of them"),
    ],
)
def test_impossible_experiments_are_refused_with_the_reason(
    client: httpx.Client, body: dict[str, Any], pointer: str, words: str
) -> None:
    before = client.get("/api/experiments").json()
    response = _post(client, body)
    assert response.status_code == 422
    problem = response.json()
    assert problem["errors"][0]["pointer"].startswith(pointer)
    assert words in problem["detail"]
    assert client.get("/api/experiments").json() == before


def test_events_have_their_numbers_in_rest_and_stream(server: ServerProcess, client: httpx.Client) -> None:
    run_id = server.submit({**TINY, "problem.structure": False})
    run = server.wait_for(run_id)
    kinds = {event["kind"]: event for event in run["events"]}
    assert {"gradient", "control"} <= set(kinds)
    assert kinds["gradient"]["data"]["patterns"]
    assert run["facts"]["coherence"] == 0


def test_theory_of_a_run(client: httpx.Client, finished: dict[str, Any]) -> None:
    theory = client.get(f"/api/runs/{finished['id']}/theory").json()
    assert [s["id"] for s in theory["statements"]] == ["lemma-5", "lemma-6", "theorem-2", "fixed-features", "theorem-3"]
    assert theory["lines"][0]["value"] == 0.75
    assert client.get("/api/runs/nothing/theory").status_code == 404


def test_the_catalog_lists_experiments_and_methods(client: httpx.Client) -> None:
    catalog = client.get("/api/catalog").json()
    methods = ["network", "random_features", "ntk", "two_layer_classifier", "resnet18"]
    assert [m["kind"] for m in catalog["methods"]] == methods
    figure, *_ = catalog["experiments"]
    assert (figure["id"], figure["runs"], figure["seeds"]) == ("paper/figure-1", 30, 5)

"""The catalog has what the gallery and the form need; health says how busy the server is; OpenAPI says it all."""

import httpx

from emergescope import __version__
from emergescope.catalog.parse import joint_schema, parse_config, schemas
from emergescope.catalog.registry import load_presets


def test_health(client: httpx.Client) -> None:
    body = client.get("/api/health").json()
    assert (body["status"], body["version"], body["executor"]) == ("ok", __version__, "local")
    assert body["workers"]["total"] == 1
    assert body["queue"] >= 0


def test_catalog(client: httpx.Client) -> None:
    body = client.get("/api/catalog").json()
    assert set(body) == {"presets", "problems", "methods", "experiments", "schema", "schemas"}
    assert body["schemas"] == schemas()
    assert [preset["id"] for preset in body["presets"]] == list(load_presets())
    for preset in body["presets"]:
        assert set(preset) == {"id", "order", "title", "text", "figure", "seconds", "expected", "config"}
        assert parse_config(preset["config"]) == load_presets()[preset["id"]].config
    assert body["schema"] == joint_schema()
    assert [item["kind"] for item in body["methods"]] == [
        *("network", "random_features", "ntk"),
        *("two_layer_classifier", "resnet18"),
    ]
    assert [item["kind"] for item in body["problems"]] == ["dictionary", "two_classes", "mixture"]
    assert all(item["title"] and item["text"] for item in body["problems"] + body["methods"])


def test_experiments_name_the_data_sets_that_they_read(client: httpx.Client) -> None:
    needed = {one["id"]: one["data"] for one in client.get("/api/catalog").json()["experiments"]}
    assert needed["paper/figure-1"] == []
    assert needed["paper/figure-3"] == needed["paper/figure-4"] == needed["sweep/mixture-ratio"] == ["mnist-5k"]
    assert needed["paper/figure-4-full"] == ["mnist"]
    assert needed["paper/figure-4-fashion"] == ["fashion-mnist"]
    known = {item["id"] for item in client.get("/api/data").json()["items"]}
    assert known.issuperset(name for names in needed.values() for name in names)


def test_openapi_names_every_problem(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    assert set(document["paths"]) == {
        "/api/health", "/api/live", "/api/ready", "/metrics", "/api/catalog", "/api/data",
        "/api/runs", "/api/runs/{run_id}", "/api/runs/{run_id}/cancel", "/api/runs/{run_id}/pause",
        "/api/runs/{run_id}/resume", "/api/runs/{run_id}/fork",
        "/api/runs/{run_id}/frames", "/api/runs/{run_id}/frames/{seq}", "/api/runs/{run_id}/frames/window",
        "/api/runs/{run_id}/patterns",
        "/api/runs/{run_id}/metrics", "/api/runs/{run_id}/index", "/api/runs/{run_id}/theory", "/api/experiments",
        "/api/experiments/{experiment_id}", "/api/experiments/{experiment_id}/cancel", "/api/session",
    }  # fmt: skip
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if status >= "400":
                    assert list(response["content"]) == ["application/problem+json"]
    assert document["components"]["schemas"]["Submission"]["examples"]
    assert "HTTPValidationError" not in document["components"]["schemas"]

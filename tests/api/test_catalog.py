"""The catalog has what the gallery and the form need; health says how busy the server is; OpenAPI says it all."""

import re

import httpx

from emergescope import __version__
from emergescope.catalog.parse import joint_schema, parse_config, schemas
from emergescope.catalog.registry import load_presets

CARD = {
    "id", "order", "title", "text", "figure", "seconds", "study", "section", "summary", "facets", "needs", "variant_of",
    "short", "control", "picture", "captions", "paper",
}  # fmt: skip


def test_health(client: httpx.Client) -> None:
    body = client.get("/api/health").json()
    assert (body["status"], body["version"], body["executor"]) == ("ok", __version__, "local")
    assert body["workers"]["total"] == 1
    assert body["queue"] >= 0


def test_catalog(client: httpx.Client) -> None:
    body = client.get("/api/catalog").json()
    assert set(body) == {"sections", "presets", "problems", "methods", "experiments", "schema", "schemas"}
    assert body["schemas"] == schemas()
    assert [preset["id"] for preset in body["presets"]] == list(load_presets())
    for preset in body["presets"]:
        assert set(preset) == CARD | {"expected", "config"}
        assert parse_config(preset["config"]) == load_presets()[preset["id"]].config
    assert body["schema"] == joint_schema()
    assert [item["kind"] for item in body["methods"]] == [
        *("network", "random_features", "ntk"),
        *("two_layer_classifier", "resnet18"),
    ]
    assert [item["kind"] for item in body["problems"]] == ["dictionary", "two_classes", "mixture"]
    assert all(item["title"] and item["text"] for item in body["problems"] + body["methods"])


def test_the_gallery_is_a_part_of_the_catalog(client: httpx.Client) -> None:
    whole, part = (client.get(path) for path in ("/api/catalog", "/api/gallery"))
    catalog, gallery = whole.json(), part.json()
    assert len(part.content) < 0.6 * len(whole.content)
    assert gallery["sections"] == catalog["sections"]
    assert gallery["presets"] == [{name: preset[name] for name in CARD} for preset in catalog["presets"]]
    assert [one["id"] for one in gallery["experiments"]] == [one["id"] for one in catalog["experiments"]]
    assert {one["study"] for one in gallery["presets"]} <= {study["id"] for study in gallery["studies"]}


def test_presets_and_experiments_are_sorted_into_the_sections_of_their_studies(client: httpx.Client) -> None:
    gallery = client.get("/api/gallery").json()
    titles = {section["id"]: section["title"] for section in gallery["sections"]}
    assert list(titles.values())[:5] == [
        *("Patterns", "Patterns as pictures", "Real images", "Teacher and student", "Hidden progress"),
    ]
    cards = {preset["id"]: preset for preset in gallery["presets"]}
    assert all(re.fullmatch(r"[^.]+\.", section["text"]) for section in gallery["sections"]), "a claim is one sentence"
    assert {one["section"] for one in [*cards.values(), *gallery["experiments"]]} == set(titles)
    assert titles[cards["image-dictionary"]["section"]] == "Patterns as pictures"
    assert titles[cards["paper/parity"]["section"]] == "Patterns"
    lead = cards["hidden-progress/parity-50-3"]
    assert (titles[lead["section"]], lead["variant_of"]) == ("Hidden progress", None)
    assert [
        (card["short"], card["variant_of"]) for card in cards.values() if card["id"].endswith(("-lazy", "y-ntk"))
    ] == [
        ("tangent kernel", "paper/parity"),
        ("lazy", "paper/figure-3-mnist"),
        ("full lazy", "paper/figure-3-mnist"),
        ("lazy", "paper/figure-3-fashion"),
    ]
    figures = {one["id"]: titles[one["section"]] for one in gallery["experiments"]}
    assert (figures["paper/figure-3"], figures["hidden-progress/parity"]) == ("Real images", "Hidden progress")
    assert figures["sweep/mixture-ratio"] == "Teacher and student"


def test_a_card_says_what_its_picture_shows_and_what_it_needs(client: httpx.Client) -> None:
    cards = {preset["id"]: preset for preset in client.get("/api/gallery").json()["presets"]}
    assert cards["gradual"]["captions"] == ["at the start", "half-way", "at the end"]
    assert cards["paper/parity"]["captions"] == ["at the start", "after one step", "at the end"]
    assert cards["paper/parity-no-structure"]["captions"][1] == "half-way"
    assert cards["paper/figure-4-mnist"]["captions"] == ["data, injected and direct over training"]
    assert client.get(f"/{cards['paper/parity']['picture']}").status_code == 200
    assert cards["paper/figure-4-svhn"]["picture"] is None
    assert [cards[name]["needs"] for name in ("gradual", "paper/figure-4-svhn")] == [
        [],
        [{"id": "svhn", "folder": None}],
    ]
    assert cards["gradual"]["summary"] == "Parity of 5 patterns among 100 · 600 neurons · seed 0"


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
        "/api/health", "/api/live", "/api/ready", "/metrics", "/api/catalog", "/api/gallery", "/api/data",
        "/api/previews",
        "/api/runs", "/api/runs/{run_id}", "/api/runs/{run_id}/cancel", "/api/runs/{run_id}/pause",
        "/api/runs/{run_id}/resume", "/api/runs/{run_id}/fork",
        "/api/runs/{run_id}/control", "/api/runs/{run_id}/export", "/api/imports",
        "/api/runs/{run_id}/frames", "/api/runs/{run_id}/frames/{seq}", "/api/runs/{run_id}/frames/window",
        "/api/runs/{run_id}/patterns",
        "/api/runs/{run_id}/metrics", "/api/runs/{run_id}/index", "/api/runs/{run_id}/theory", "/api/experiments",
        "/api/experiments/{experiment_id}", "/api/experiments/{experiment_id}/cancel", "/api/session",
        "/api/recordings", "/api/recordings/{run_id}/frames/{seq}", "/api/recordings/{run_id}/patterns",
        "/api/recordings/{run_id}/events", "/api/recordings/{run_id}/beat", "/api/recordings/{run_id}/finish",
    }  # fmt: skip
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if status >= "400":
                    assert list(response["content"]) == ["application/problem+json"]
    assert document["components"]["schemas"]["Submission"]["examples"]
    assert "HTTPValidationError" not in document["components"]["schemas"]

"""Runs over REST: every call, every error, in the shapes of docs/architecture.md."""

import json
import time
from typing import Any

import httpx
import pytest
from tests.api.server_process import ServerProcess
from tests.conftest import LONG, TINY

from emergescope.catalog.registry import get_preset
from emergescope.recording.codec import read_metadata

SUMMARY = {
    "id", "name", "preset", "tags", "notes", "status", "error", "progress", "frames", "metrics", "neurons", "facts",
    "created_at", "started_at", "finished_at", "wanted", "waits", "origin", "queue", "changes", "experiment", "damage",
    "study", "summary", "diverged", "metrics_shown",
}  # fmt: skip
DETAILS = {
    "config",
    "control",
    "display",
    "patterns",
    "pictures",
    "expected",
    "events",
    "provenance",
    "resumes",
    "deaths",
}


# Blank, or not to be seen; steering a terminal, breaking the line, or turning what follows around.
UNNAMEABLE = [
    " ",
    "\u200b",
    "\u3164",
    "\u0301",
    "\u2800",
    "a\0b",
    "a\x1b[31m",
    "a\nb",
    "a\x85b",
    "a\u2028b",
    "a\u202eb",
    "a\u2067b",
]


def pointers(response: httpx.Response, status: int) -> list[str]:
    """Checks the shape of a problem and returns its pointers."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert set(body) == {"type", "title", "status", "detail", "errors"}
    assert body["status"] == status
    assert body["detail"]
    assert body["title"]
    assert all(item["message"] for item in body["errors"])
    return [item["pointer"] for item in body["errors"]]


def test_submission_answers_with_the_run_and_its_place(server: ServerProcess, client: httpx.Client) -> None:
    body = {"preset": "quick", "overrides": {**TINY, "problem.k": 5}, "name": "Mine", "tags": ["a", "b", "a"]}
    response = client.post("/api/runs", json=body)
    run = response.json()
    assert response.status_code == 201
    assert response.headers["location"] == f"/api/runs/{run['id']}"
    assert set(run) == SUMMARY | DETAILS
    assert (run["name"], run["preset"], run["tags"], run["config"]["problem"]["k"]) == ("Mine", "quick", ["a", "b"], 5)
    assert run["progress"]["total"] == 30
    assert server.wait_for(run["id"])["status"] == "succeeded"


def test_a_whole_config_can_be_submitted(server: ServerProcess, client: httpx.Client, finished: dict[str, Any]) -> None:
    response = client.post("/api/runs", json={"config": finished["config"]})
    assert response.status_code == 201
    assert response.json()["preset"] is None
    run = server.wait_for(response.json()["id"])
    mine, theirs = (client.get(f"/api/runs/{r['id']}/metrics").json() for r in (run, finished))
    assert mine == theirs


def test_a_finished_run_says_all_there_is_to_know(finished: dict[str, Any]) -> None:
    assert finished["progress"]["step"] == finished["progress"]["total"] == 30
    assert finished["progress"]["eta"] is None
    assert finished["frames"]["last_seq"] == finished["frames"]["count"] - 1 > 5
    assert finished["patterns"]["shown"][:3] == finished["patterns"]["relevant"]
    assert finished["neurons"] == {"total": 100, "shown": 100}
    assert finished["facts"]["gamma"] == pytest.approx(0.25)
    assert finished["provenance"]["threads"] == 1
    assert finished["finished_at"].endswith("Z")
    assert finished["config"] != get_preset("quick").config.model_dump(mode="json")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, ["/preset"]),
        ({"preset": "quick", "config": {}}, ["/config"]),
        ({"config": {}, "overrides": {}}, ["/overrides"]),
        ({"preset": "quikc"}, ["/preset"]),
        ({"preset": 3}, ["/preset"]),
        ({"presett": "quick"}, ["/presett"]),
        ({"preset": "quick", "overrides": {"problem.q": 3}}, ["/overrides/problem/q"]),
        ({"preset": "quick", "overrides": {"problem": {"k": "three"}}}, ["/overrides/problem/k"]),
        ({"preset": "quick", "overrides": {"problem.p_o": "0,125"}}, ["/overrides/problem/p_o"]),
        ({"preset": "quick", "overrides": {"problem.k": 64, "seed": -1}}, ["/overrides/seed", "/overrides/problem/k"]),
        ({"config": {"problem": {"k": 4}}}, ["/config/problem/k"]),
        ({"config": {"problem": {"d": 5, "D": 6}, "surprise": 1}}, ["/config/problem/D", "/config/surprise"]),
        ({"preset": "quick", "name": ""}, ["/name"]),
        ({"preset": "quick", "tags": ["ok", ""]}, ["/tags/1"]),
        *(({"preset": "quick", "name": name, "tags": ["ok", name]}, ["/name", "/tags/1"]) for name in UNNAMEABLE),
        ({"preset": "quick", "overrides": {"training.phases.0.name": " "}}, ["/overrides/training/phases/0/name"]),
        ({"preset": "quick", "overrides": {"training.phases.0.name": "\u200d"}}, ["/overrides/training/phases/0/name"]),
    ],
)
def test_a_rejected_submission_names_the_fields(
    client: httpx.Client, body: dict[str, Any], expected: list[str]
) -> None:
    assert pointers(client.post("/api/runs", json=body), 422) == expected


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"x"', b"\xff\xfe"])
def test_a_body_that_is_no_json_object(client: httpx.Client, content: bytes) -> None:
    response = client.post("/api/runs", content=content, headers={"content-type": "application/json"})
    pointers(response, 422)


def test_a_body_that_is_too_large(client: httpx.Client) -> None:
    pointers(client.post("/api/runs", content=b"x" * 10_001), 413)
    pointers(client.post("/api/runs", content=(b"x" * 1000 for _ in range(11))), 413)


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "status=lost", "cursor=zzz", "until=n"])
def test_a_rejected_query_names_its_parameter(client: httpx.Client, query: str) -> None:
    assert pointers(client.get(f"/api/runs?{query}"), 422) == [f"/query/{query.split('=', maxsplit=1)[0]}"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/cancel"), ("GET", "/frames"), ("GET", "/frames/0"),
        ("GET", "/frames/latest"), ("GET", "/metrics"), ("GET", "/patterns"),
    ],
)  # fmt: skip
def test_an_unknown_run(client: httpx.Client, method: str, path: str) -> None:
    response = client.request(method, f"/api/runs/nosuch{path}", json={} if method == "PATCH" else None)
    assert pointers(response, 404) == []
    assert "nosuch" in response.json()["detail"]


def test_unknown_paths_and_methods(client: httpx.Client) -> None:
    pointers(client.get("/api/nothing"), 404)
    response = client.put("/api/runs/x")
    pointers(response, 405)
    assert response.headers["allow"]


def test_lists_page_and_filter(server: ServerProcess, client: httpx.Client) -> None:
    runs = [server.submit(TINY, tags=["paged"], name=f"Paged {i}") for i in range(3)]
    for run in runs:
        server.wait_for(run)
    page = client.get("/api/runs?tag=paged&limit=2").json()
    assert [item["id"] for item in page["items"]] == [runs[2], runs[1]]
    assert set(page["items"][0]) == SUMMARY
    page = client.get(f"/api/runs?tag=paged&limit=2&cursor={page['next']}").json()
    assert [item["id"] for item in page["items"]] == [runs[0]]
    assert page["next"] is None
    assert len(client.get("/api/runs?q=paged 1").json()["items"]) == 1
    assert client.get("/api/runs?status=failed&tag=paged").json() == {"items": [], "next": None, "total": 0}


def test_lists_are_sorted_and_read_from_any_place_on(server: ServerProcess, client: httpx.Client) -> None:
    runs = [server.submit({**TINY, "seed": seed}, tags=["sorted"], name=f"Sorted {9 - seed}") for seed in range(3)]
    for run in runs:
        server.wait_for(run)
    ask = "/api/runs?tag=sorted&study=patterns"
    newest = client.get(ask).json()["items"]
    by_loss = client.get(f"{ask}&sort=metric:loss&rising=true").json()["items"]
    assert [one["id"] for one in by_loss] == [
        one["id"] for one in sorted(newest, key=lambda one: one["metrics"]["loss"])
    ]
    page = client.get(f"{ask}&sort=name&limit=2").json()
    assert [one["id"] for one in page["items"]] == runs[:2]
    assert client.get(f"{ask}&sort=name&cursor={page['next']}").json()["items"][0]["id"] == runs[2]
    part = client.get(f"{ask}&offset=1&limit=1&without={runs[2]}").json()
    assert ([one["id"] for one in part["items"]], part["total"]) == ([runs[0]], 2)
    assert client.get("/api/runs?tag=sorted&study=mixture").json()["total"] == 0
    assert pointers(client.get("/api/runs?sort=colour"), 422) == ["/query/sort"]


def test_a_list_says_what_a_run_is_and_what_stands_for_it(client: httpx.Client, finished: dict[str, Any]) -> None:
    [listed] = client.get(f"/api/runs?q={finished['id']}").json()["items"]
    assert (listed["study"], listed["diverged"]) == ("patterns", False)
    assert listed["summary"] == finished["display"]["summary"]
    emphasised = {name: metric for name, metric in finished["display"]["metrics"].items() if metric["emphasis"]}
    assert listed["metrics_shown"] == [
        {"name": name, "value": finished["metrics"][name], **{key: metric[key] for key in ("title", "short", "unit")}}
        for name, metric in emphasised.items()
    ]


def test_small_pictures_come_from_stored_numbers(client: httpx.Client, finished: dict[str, Any]) -> None:
    answer = client.get(f"/api/previews?ids={finished['id']},nobody")
    [preview] = answer.json()["items"]
    measured = client.get(f"/api/runs/{finished['id']}/metrics").json()
    assert preview["steps"] == [step for step in measured["step"] if step in preview["steps"]]
    assert (preview["steps"][0], preview["steps"][-1]) == (measured["step"][0], measured["step"][-1])
    [line] = [line for line in preview["lines"] if line["name"] == "test_accuracy"]
    values = dict(zip(measured["step"], measured["test_accuracy"], strict=True))
    assert line["values"] == [values[step] for step in preview["steps"]]
    again = client.get(f"/api/previews?ids={finished['id']},nobody", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_runs_are_deleted_together(server: ServerProcess, client: httpx.Client) -> None:
    gone = [server.submit(TINY, tags=["together"]) for _ in range(2)]
    for run in gone:
        server.wait_for(run)
    busy = server.submit(LONG, tags=["together"])
    with server.stream(busy, "mode=latest") as stream:
        next(message for message in stream if isinstance(message, bytes))  # it is running
    done = client.delete(f"/api/runs?ids={','.join([*gone, busy, 'nobody'])}").json()
    assert done["deleted"] == gone
    assert [(one["id"], "cancel" in one["reason"]) for one in done["kept"]] == [(busy, True)]
    assert [one["id"] for one in client.get("/api/runs?tag=together").json()["items"]] == [busy]
    client.post(f"/api/runs/{busy}/cancel")
    server.wait_for(busy)


def test_a_list_can_be_asked_for_again_as_far_as_it_was_read(server: ServerProcess, client: httpx.Client) -> None:
    runs = [server.submit(TINY, tags=["again"]) for _ in range(4)]
    until = client.get("/api/runs?tag=again&limit=3").json()["next"]
    for run in runs:
        server.wait_for(run)
    later = [server.submit(TINY, tags=["again"]) for _ in range(2)]
    assert client.delete(f"/api/runs/{runs[1]}").status_code == 204  # at which the page ended
    page = client.get(f"/api/runs?tag=again&until={until}&limit=3").json()
    assert [item["id"] for item in page["items"]] == [later[1], later[0], runs[3]]
    page = client.get(f"/api/runs?tag=again&until={until}&limit=3&cursor={page['next']}").json()
    assert ([item["id"] for item in page["items"]], page["next"]) == ([runs[2]], None)
    for run in later:
        server.wait_for(run)


def test_runs_without_a_name_say_what_differs_from_their_preset(server: ServerProcess, client: httpx.Client) -> None:
    title = get_preset("quick").title
    run_id = server.submit({**TINY, "problem.p_o": 0.2})
    run = client.get(f"/api/runs/{run_id}").json()
    assert run["name"] == f"{title}: p_o = 0.2, phases = features, classifier, frames = 12 and 2 more"
    first = run["changes"][0]
    assert first == {
        "path": "problem.p_o", "label": "p_o", "value": 0.2, "was": 0.5, "text": "p_o = 0.2", "free": False,
    }  # fmt: skip
    [listed] = client.get(f"/api/runs?q={run_id}").json()["items"]
    assert listed["changes"] == run["changes"]
    run = server.wait_for(run_id)
    assert run["expected"]
    assert not any(item["applies"] for item in run["expected"])
    assert [item["ok"] for item in run["expected"]] == [None] * len(run["expected"])
    assert run["expected"][-1]["value"] == run["metrics"]["test_accuracy"]
    fork = client.post(f"/api/runs/{run_id}/fork", json={"step": 3, "overrides": {"problem.p_o": 0.3}}).json()
    assert fork["name"] == f"{run['name']}, from step 3: p_o = 0.3"
    assert [change["was"] for change in fork["changes"]] == [0.2]
    server.wait_for(fork["id"])
    alone = client.post("/api/runs", json={"config": run["config"]}).json()
    assert (alone["name"], alone["changes"]) == (f"Like {run['name']}", None)
    server.wait_for(alone["id"])


def test_runs_of_an_experiment_name_it_and_can_be_left_out(server: ServerProcess, client: httpx.Client) -> None:
    alone = server.submit(TINY, tags=["grouped"])
    base = {"preset": "quick", "overrides": TINY}
    sweep = {"base": base, "grid": {"method.m": [4, 8]}, "seeds": 1}
    experiment = client.post("/api/experiments", json={"sweep": sweep, "tags": ["grouped"]}).json()
    members = [member["run"]["id"] for member in experiment["members"]]
    for run_id in (alone, *members):
        server.wait_for(run_id)

    def listed(query: str) -> list[str]:
        return [item["id"] for item in client.get(f"/api/runs?tag=grouped{query}").json()["items"]]

    assert listed("") == [*reversed(members), alone]
    assert listed("&in_experiment=false") == [alone]
    assert listed("&in_experiment=true") == [*reversed(members)]
    assert pointers(client.get("/api/runs?in_experiment=perhaps"), 422) == ["/query/in_experiment"]
    named = {"id": experiment["id"], "name": "Sweep of m"}
    assert client.get(f"/api/runs/{members[0]}").json()["experiment"] == named
    assert client.get("/api/runs?tag=grouped").json()["items"][0]["experiment"] == named
    assert client.get(f"/api/runs/{alone}").json()["experiment"] is None


def test_name_tags_and_notes_can_be_changed(server: ServerProcess, client: httpx.Client) -> None:
    run = server.submit(TINY)
    first = client.patch(f"/api/runs/{run}", json={"name": "New", "tags": ["x", "x", "y"]}).json()
    assert (first["name"], first["tags"], first["notes"]) == ("New", ["x", "y"], "")
    second = client.patch(f"/api/runs/{run}", json={"notes": "seen", "tags": []}).json()
    assert (second["name"], second["tags"], second["notes"]) == ("New", [], "seen")
    assert pointers(client.patch(f"/api/runs/{run}", json={"status": "succeeded"}), 422) == ["/status"]
    assert pointers(client.patch(f"/api/runs/{run}", json={"name": "\u200b", "tags": ["\x1b"]}), 422) == [
        "/name",
        "/tags/0",
    ]
    named = client.patch(f"/api/runs/{run}", json={"name": " نام ‌ها 👩‍🔬 ", "tags": ["keep "]}).json()
    assert (named["name"], named["tags"]) == ("نام ‌ها 👩‍🔬", ["keep"])
    server.wait_for(run)


def test_cancel_and_delete(server: ServerProcess, client: httpx.Client) -> None:
    running, queued = server.submit(LONG), server.submit(LONG)
    assert "cancel it first" in client.delete(f"/api/runs/{running}").json()["detail"]
    pointers(client.delete(f"/api/runs/{running}"), 409)
    assert client.get("/api/health").json()["workers"] == {"total": 1, "busy": 1}
    assert client.get(f"/api/runs/{queued}").json()["queue"] == {"place": 1, "of": 1}
    assert client.get(f"/api/runs/{running}").json()["queue"] is None
    response = client.post(f"/api/runs/{queued}/cancel")
    assert (response.status_code, response.json()["status"]) == (202, "cancelled")
    assert client.post(f"/api/runs/{running}/cancel").status_code == 202
    assert server.wait_for(running)["status"] == "cancelled"
    pointers(client.post(f"/api/runs/{running}/cancel"), 409)
    for run in (running, queued):
        assert client.delete(f"/api/runs/{run}").status_code == 204
        pointers(client.get(f"/api/runs/{run}"), 404)


def test_a_page_of_another_origin_may_look_but_not_touch(client: httpx.Client, finished: dict[str, Any]) -> None:
    path = f"/api/runs/{finished['id']}"
    for origin in ("http://evil.example", "http://127.0.0.1:9999", "null", "http://127.0.0.1:x"):
        pointers(client.patch(path, json={"name": "taken"}, headers={"Origin": origin}), 403)
    assert client.get(path, headers={"Origin": "http://evil.example"}).json()["name"] == "Finished"
    ours = client.patch(path, json={"notes": "ours"}, headers={"Origin": str(client.base_url)})
    assert ours.json()["notes"] == "ours"


def test_pause_and_resume(server: ServerProcess, client: httpx.Client) -> None:
    run_id = server.submit(LONG)
    with server.stream(run_id) as stream:
        while not isinstance(stream.recv(timeout=60), bytes):
            pass
        answer = client.post(f"/api/runs/{run_id}/pause")
        assert (answer.status_code, answer.json()["wanted"]) == (202, "pause")
        while client.get(f"/api/runs/{run_id}").json()["status"] != "paused":
            time.sleep(0.02)
        paused = client.get(f"/api/runs/{run_id}").json()
        assert pointers(client.post(f"/api/runs/{run_id}/pause"), 409) == []
        assert client.post(f"/api/runs/{run_id}/resume").status_code == 202
        last = paused["frames"]["last_seq"]
        while True:  # the same viewer goes on after what it has
            message = stream.recv(timeout=60)
            if isinstance(message, bytes) and int(read_metadata(message)["seq"]) > last:
                break
    assert pointers(client.post(f"/api/runs/{run_id}/resume"), 409) == []
    assert client.post(f"/api/runs/{run_id}/cancel").status_code == 202
    assert server.wait_for(run_id)["status"] == "cancelled"


def test_a_fork(server: ServerProcess, client: httpx.Client, finished: dict[str, Any]) -> None:
    parent = finished["id"]
    body = {"step": 12, "overrides": {"training.phases.0.eta": 0.1}, "name": "Slower", "tags": ["what if"]}
    response = client.post(f"/api/runs/{parent}/fork", json=body)
    assert response.status_code == 201, response.text
    fork = response.json()
    assert response.headers["location"] == f"/api/runs/{fork['id']}"
    assert (fork["name"], fork["tags"], fork["origin"]) == ("Slower", ["what if"], {"run": parent, "step": 12})
    fork = server.wait_for(fork["id"])
    assert (fork["status"], fork["frames"]["count"]) == ("succeeded", finished["frames"]["count"])
    shared = [f["seq"] for f in client.get(f"/api/runs/{parent}/frames").json() if f["step"] <= 12]
    for seq in range(finished["frames"]["count"]):
        ours, theirs = (client.get(f"/api/runs/{run}/frames/{seq}").content for run in (fork["id"], parent))
        assert (ours == theirs) == (seq in shared)


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, ["/step"]),
        ({"step": -1}, ["/step"]),
        ({"step": 31}, ["/step"]),
        ({"step": 3, "overrides": {"problem.k": 5}}, ["/overrides/problem/k"]),
        ({"step": 3, "overrides": {"problem.x": 5}}, ["/overrides/problem/x"]),
        ({"step": 3, "overrides": {"training.phases.0.eta": -1}}, ["/overrides/training/phases/0/eta"]),
        ({"step": 3, "over": {}}, ["/over"]),
    ],
)
def test_forks_that_cannot_be(
    client: httpx.Client, finished: dict[str, Any], body: dict[str, Any], wrong: list[str]
) -> None:
    assert pointers(client.post(f"/api/runs/{finished['id']}/fork", json=body), 422) == wrong
    assert pointers(client.post("/api/runs/nobody/fork", json={"step": 0}), 404) == []


def test_the_control_of_a_run_has_its_seed_and_its_changes_and_is_made_once(
    server: ServerProcess, client: httpx.Client, finished: dict[str, Any]
) -> None:
    lead, control = "hidden-progress/parity-50-3", "hidden-progress/parity-50-3-random-labels"
    overrides = {"seed": 3, "training.steps": 20, "capture.frames": 3}
    body: dict[str, Any] = {"preset": lead, "overrides": overrides, "tags": ["pair"]}
    run = client.post("/api/runs", json=body).json()
    assert (run["control"], finished["control"]) == (control, None)

    def beside() -> dict[str, Any]:
        response = client.post(f"/api/runs/{run['id']}/control")
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found

    first = beside()
    assert (first["preset"], first["tags"], first["control"]) == (control, ["pair"], None)
    assert first["config"] == run["config"] | {"problem": run["config"]["problem"] | {"labels": "random"}}
    assert beside()["id"] == first["id"]
    server.wait_for(first["id"])
    assert beside()["id"] == first["id"]
    client.delete(f"/api/runs/{first['id']}")
    second = beside()
    assert second["id"] != first["id"]
    other = client.post("/api/runs", json=body | {"overrides": overrides | {"seed": 4}}).json()["id"]
    assert client.post(f"/api/runs/{other}/control").json()["id"] != second["id"]
    refused = client.post(f"/api/runs/{finished['id']}/control")
    assert pointers(refused, 409) == []
    assert "only a run of a preset that names one has it" in refused.json()["detail"]


def test_a_run_too_large_for_the_server(client: httpx.Client) -> None:
    huge = {"training.phases.0.steps": 1_000_000, "training.phases.0.samples": 1_000_000, "method.m": 9_000}
    response = client.post("/api/runs", json={"preset": "quick", "overrides": huge})
    assert pointers(response, 422) == ["/overrides/training/phases/0/steps"]
    assert "operations" in response.json()["detail"]


@pytest.mark.parametrize("name", ["q", "tag", "cursor"])
def test_a_query_has_a_length(client: httpx.Client, name: str) -> None:
    response = client.get("/api/runs", params={name: "x" * 49_999})
    assert pointers(response, 422) == [f"/query/{name}"]
    assert "at most" in response.json()["detail"]
    assert len(response.content) < 1000


def _nested(levels: int) -> Any:
    return json.loads("[" * levels + "]" * levels)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"preset": "quick", "overrides": {"training.phases": _nested(400)}}, "32 levels"),
        ({"config": {"problem": _nested(400)}}, "32 levels"),
        ({"preset": "quick", "overrides": {"x" * 5000: 1}}, "at most"),
        ({"preset": "x" * 5000}, "at most"),
        ({"config": {"problem": {"labels": {"rule": "list", "counts": [9] * 2000}}}}, "at most 64"),
    ],
)
def test_what_is_deep_or_long_is_refused_in_a_sentence(client: httpx.Client, body: dict[str, Any], words: str) -> None:
    response = client.post("/api/runs", json=body)
    pointers(response, 422)
    assert words in response.json()["detail"]
    assert len(response.content) < 1000


def test_a_refusal_is_short_whatever_was_sent(client: httpx.Client) -> None:
    wrong = {f"x{number}": number for number in range(400)}
    response = client.post("/api/runs", json={"config": wrong})
    assert len(pointers(response, 422)) == 50
    assert len(response.content) < 20_000

"""Recordings over HTTP: a loop of somebody else's sends its frames, and they are a run like others."""

import json
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import numpy as np
import pytest
from safetensors.numpy import load, save
from tests.api.server_process import ServerProcess
from tests.recordings import CLAIM, DENSITY, DISPLAY, OTHER, blob, sent

from emergescope.config.ids import new_id
from emergescope.recording.codec import decode, read_metadata


class Recorder:
    """Speaks for a loop, as simply as can be."""

    def __init__(self, client: httpx.Client, claim: str = CLAIM, **fields: Any) -> None:
        self.client, self.headers = client, {"Emergescope-Claim": claim}
        self.body = {"name": "A loop", "display": sent(), "id": new_id(), "claim": claim, **fields}
        self.id = str(self.body["id"])

    def begin(self, **fields: Any) -> httpx.Response:
        return self.client.post("/api/recordings", json={**self.body, **fields})

    def put(self, seq: int, content: bytes | None = None, **fields: Any) -> httpx.Response:
        content = blob(self.id, seq, **fields) if content is None else content
        path = f"/api/recordings/{self.id}/frames/{seq}"
        return self.client.put(path, content=content, headers=self.headers)

    def patterns(self, content: bytes) -> httpx.Response:
        path = f"/api/recordings/{self.id}/patterns"
        return self.client.put(path, content=content, headers=self.headers)

    def post(self, what: str, body: object = None) -> httpx.Response:
        return self.client.post(f"/api/recordings/{self.id}/{what}", json=body, headers=self.headers)

    def run(self) -> dict[str, Any]:
        run: dict[str, Any] = self.client.get(f"/api/runs/{self.id}").json()
        return run


@pytest.fixture
def recorder(client: httpx.Client) -> Iterator[Recorder]:
    recorder = Recorder(client)
    assert recorder.begin().status_code == 201
    yield recorder
    client.delete(f"/api/runs/{recorder.id}")


def test_a_recording_is_a_run(client: httpx.Client) -> None:
    display = replace(DISPLAY, panels=(DENSITY,))
    recorder = Recorder(client, display=sent(display), settings={"lr": 0.1}, tags=["mine"], total_steps=40)
    begun = recorder.begin()
    assert begun.status_code == 201, begun.text
    known = {"id": recorder.id, "claim": CLAIM, "status": "running", "last_step": None, "lease": 30}
    assert begun.json() == {**known, "next_seq": 0, "next_event": 0}
    for seq in range(5):
        kept = recorder.put(seq)
        assert (kept.status_code, kept.json()) == (201, {"next_seq": seq + 1})
    run = recorder.run()
    assert (run["status"], run["study"], run["summary"]) == ("running", "recording", DISPLAY.summary)
    assert (run["progress"]["step"], run["progress"]["total"], run["tags"]) == (40, 40, ["mine"])
    assert run["config"] == {"study": "recording", "display": sent(display), "settings": {"lr": 0.1}}
    assert run["display"] == {**sent(display), "can": []}
    assert run["metrics"] == {"loss": 0.2}
    assert client.get(f"/api/runs/{recorder.id}/frames/3").content == blob(recorder.id, 3)
    index = load(client.get(f"/api/runs/{recorder.id}/index").content)
    assert index["step"].tolist() == [0, 10, 20, 30, 40]
    biases = [decode(blob(recorder.id, seq))[2].tensors["bias"] for seq in range(5)]
    histograms = [np.histogram(bias, bins=8, range=(-3, 3))[0].tolist() for bias in biases]
    assert index["density.bias"].tolist() == histograms
    done = recorder.post("finish", {"status": "succeeded", "seconds": 12.5})
    assert done.status_code == 200
    assert recorder.post("finish", {"status": "succeeded", "seconds": 99}).json() == done.json()
    run = recorder.run()
    assert (run["status"], run["progress"]["seconds"], run["error"]) == ("succeeded", 12.5, None)
    listed = client.get("/api/runs", params={"study": "recording", "q": recorder.id}).json()
    assert [item["id"] for item in listed["items"]] == [recorder.id]
    [preview] = client.get("/api/previews", params={"ids": recorder.id}).json()["items"]
    assert preview["steps"] == [0, 10, 20, 30, 40]


def test_the_claim_is_in_no_answer_to_get(client: httpx.Client, recorder: Recorder) -> None:
    recorder.put(0)
    for path in ("", "/frames", "/metrics", "/index", "/frames/0"):
        assert CLAIM.encode() not in client.get(f"/api/runs/{recorder.id}{path}").content
    assert CLAIM not in client.get("/api/runs").text + client.get("/metrics").text


def test_ids_and_claims_are_drawn(client: httpx.Client) -> None:
    begun = client.post("/api/recordings", json={"name": "A loop", "display": sent()}).json()
    recorder = Recorder(client, begun["claim"], id=begun["id"])
    assert recorder.put(0).status_code == 201
    assert recorder.post("finish", {"status": "cancelled"}).json()["status"] == "cancelled"


def test_once_is_once(recorder: Recorder) -> None:
    assert [recorder.put(0).status_code for _ in range(3)] == [201, 200, 200]
    other = recorder.put(0, metrics={"loss": 7.0})
    assert other.status_code == 409
    assert "with other bytes" in other.json()["detail"]
    early = recorder.put(2)
    assert early.status_code == 409
    assert "1 is due" in early.json()["detail"]
    assert recorder.run()["frames"]["count"] == 1


def test_steps_rise(recorder: Recorder) -> None:
    recorder.put(0, step=50)
    for step in (50, 49, 0):
        refused = recorder.put(1, step=step)
        assert refused.status_code == 422
        assert f"is of step {step}, and the one before it of step 50" in refused.json()["detail"]
    assert recorder.put(1, step=51).status_code == 201


def test_another_claim_may_do_nothing(client: httpx.Client, recorder: Recorder, finished: dict[str, Any]) -> None:
    stranger = Recorder(client, OTHER, id=recorder.id)
    answers = [
        stranger.begin(),
        stranger.put(0),
        stranger.patterns(save({"a": np.zeros(1)})),
        stranger.post("events", {"first": 0, "events": []}),
        stranger.post("beat"),
        stranger.post("finish", {"status": "failed"}),
        Recorder(client, id=finished["id"]).begin(),
        Recorder(client, id=finished["id"]).post("beat"),
    ]
    assert {answer.status_code for answer in answers} == {409}
    assert Recorder(client, id=finished["id"]).put(0).status_code == 404
    assert recorder.run()["frames"]["count"] == 0
    assert client.get(f"/api/runs/{finished['id']}").json() == finished


def test_patterns_are_kept_once(client: httpx.Client, recorder: Recorder) -> None:
    content = save({"dictionary": np.eye(4, dtype=np.float32)})
    assert [recorder.patterns(content).status_code for _ in range(2)] == [204, 204]
    kept = client.get(f"/api/runs/{recorder.id}/patterns").content
    assert read_metadata(kept, "emergescope.patterns")["run"] == recorder.id  # by which the page knows them
    assert load(kept)["dictionary"].tolist() == np.eye(4).tolist()
    assert recorder.patterns(kept).status_code == 204
    assert recorder.patterns(save({"dictionary": np.ones((4, 4), np.float32)})).status_code == 409
    assert recorder.patterns(b"not safetensors").status_code == 422


def test_events_are_told_once(recorder: Recorder) -> None:
    events = [{"step": n, "kind": "found", "text": f"found {n}", "data": {"n": n}} for n in range(4)]
    for first, last in ((0, 2), (0, 3), (1, 4), (0, 4)):
        answer = recorder.post("events", {"first": first, "events": events[first:last]})
        assert answer.status_code == 200, answer.text
    assert answer.json() == {"next_event": 4}
    assert recorder.run()["events"] == events
    assert recorder.post("events", {"first": 6, "events": events[:1]}).status_code == 409


def test_it_goes_on_where_it_was(recorder: Recorder) -> None:
    for seq in range(3):
        recorder.put(seq)
    recorder.post("events", {"first": 0, "events": [{"step": 0, "kind": "found", "text": "found"}]})
    again = recorder.begin()
    assert again.status_code == 200
    assert [again.json()[name] for name in ("next_seq", "next_event", "last_step")] == [3, 1, 20]
    other = recorder.begin(display=sent(replace(DISPLAY, summary="Another")))
    assert other.status_code == 409
    recorder.post("finish", {"status": "failed", "message": "CUDA out of memory"})
    assert recorder.run()["error"] == {"message": "CUDA out of memory", "step": 20, "traceback": None}
    assert recorder.put(3).status_code == recorder.post("beat").status_code == 409  # late news of what is over
    assert recorder.begin().json()["status"] == "running"
    assert recorder.put(3).status_code == 201
    recorder.post("finish", {"status": "succeeded"})
    assert (recorder.begin().json()["status"], recorder.put(4).status_code) == ("succeeded", 409)


def test_once_it_is_deleted_it_is_not_found(client: httpx.Client, recorder: Recorder) -> None:
    recorder.put(0)
    assert client.delete(f"/api/runs/{recorder.id}").status_code == 204  # though it is running
    assert recorder.put(1).status_code == recorder.post("beat").status_code == 404
    assert recorder.post("finish", {"status": "succeeded"}).status_code == 404


def test_what_is_done_with_queued_runs_is_not_done_with_it(client: httpx.Client, recorder: Recorder) -> None:
    recorder.put(0)
    for status in ("running", "succeeded"):
        asked = [client.post(f"/api/runs/{recorder.id}/{what}") for what in ("cancel", "pause", "resume")]
        asked.append(client.post(f"/api/runs/{recorder.id}/fork", json={"step": 0}))
        assert [answer.status_code for answer in asked] == [409] * 4
        assert [a.json()["detail"] for a in asked if "its loop is elsewhere" not in a.json()["detail"]] == []
        assert recorder.run()["status"] == status
        recorder.post("finish", {"status": "succeeded"})
    config = recorder.run()["config"]
    refused = client.post("/api/runs", json={"config": config})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/config/study"
    assert "a recording is made by a loop of its own: see docs/record.md" in refused.json()["detail"]


def test_a_viewer_sees_it_live(server: ServerProcess, recorder: Recorder) -> None:
    recorder.put(0)
    with server.stream(recorder.id, "mode=all") as stream:
        seen: list[bytes] = []
        for seq in range(1, 4):
            while len(seen) < seq:
                if isinstance(message := stream.recv(timeout=10), bytes):
                    seen.append(message)
            recorder.put(seq)
        recorder.post("finish", {"status": "succeeded"})
        rest = list(stream)
    assert [*seen, *(one for one in rest if isinstance(one, bytes))] == [blob(recorder.id, n) for n in range(4)]
    assert json.loads(rest[-1]) == {"type": "end", "status": "succeeded", "last_seq": 3}


def with_metadata(run: str, **changes: str) -> bytes:
    """A frame whose metadata somebody has changed."""
    content = blob(run, 0)
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    header["__metadata__"] |= changes
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + content[8 + length :]


DEEP = "[" * 50_000
HOSTILE: dict[str, tuple[Callable[[str], bytes], str]] = {
    "no safetensors": (lambda run: b"no safetensors at all", "header"),
    "cut": (lambda run: blob(run, 0)[:-5], "not fully covered"),
    "a huge header": (lambda run: struct.pack("<Q", 2**62) + b"{}", "header"),
    "a deep header": (lambda run: struct.pack("<Q", 50_000) + DEEP.encode(), "header"),
    "another run": (lambda run: blob("abcdefghijkm", 0), "of another run"),
    "another seq": (lambda run: blob(run, 1), "not of frame 0"),
    "a step that is none": (lambda run: with_metadata(run, step="ten"), "'ten'"),
    "a negative step": (lambda run: blob(run, 0, step=-1), "step '-1'"),
    "a step too large": (lambda run: blob(run, 0, step=2**31), "step '2147483648'"),
    "NaN": (lambda run: with_metadata(run, metrics='{"loss": NaN}'), "not all finite"),
    "an infinite metric": (lambda run: with_metadata(run, metrics='{"loss": 1e999}'), "not all finite"),
    "a metric beyond floats": (
        lambda run: with_metadata(run, metrics='{"loss": 1' + "0" * 400 + "}"),
        "not all finite",
    ),
    "a metric that is text": (lambda run: with_metadata(run, metrics='{"loss": "1"}'), "not all finite"),
    "metrics that are a list": (lambda run: with_metadata(run, metrics="[1]"), "not all finite"),
    "deep metrics": (lambda run: with_metadata(run, metrics=DEEP), "not all finite"),
    "deep layout": (lambda run: with_metadata(run, layout=DEEP), "layout is no object"),
    "a stage that is no name": (lambda run: with_metadata(run, phase="a\nb"), "phase"),
    "a stage too long": (lambda run: with_metadata(run, phase="x" * 61), "phase"),
    "says of no panel": (lambda run: with_metadata(run, says='{"nowhere": "x"}'), "no panel 'nowhere'"),
    "another version": (lambda run: with_metadata(run, version="2"), "version"),
    "an undeclared metric": (lambda run: blob(run, 0, metrics={"speed": 1.0}), "the metric 'speed'"),
    "an undeclared tensor": (lambda run: blob(run, 0, other=np.zeros(3)), "the tensor 'other'"),
    "another shape": (lambda run: blob(run, 0, bias=np.zeros(7, np.float32)), "[7]"),
    "another dtype": (lambda run: blob(run, 0, bias=np.zeros(6, np.float64)), "F64"),
    "too many tensors": (
        lambda run: blob(run, 0, None, None, **{f"t{n}": np.zeros(1) for n in range(2000)}),
        "the tensor 't",
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_frame_that_cannot_be_taken_is_refused(recorder: Recorder, what: str) -> None:
    make, words = HOSTILE[what]
    refused = recorder.put(0, make(recorder.id))
    assert refused.status_code == 422, refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    assert words in refused.json()["detail"]
    assert recorder.put(0).status_code == 201  # nothing is left of it


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"display": {}}, "/display/summary"),
        ({"settings": {"a\0": 1}}, "/settings"),
        ({"settings": {"lr": "\ud800"}}, "/settings/lr"),
        ({"settings": {"deep": [[[[[[[[[[[[[[1]]]]]]]]]]]]]]}}, "/settings/deep/0/0/0/0/0/0/0/0/0/0/0"),
        ({"facts": {"neurons": "six"}}, "/facts/neurons"),
        ({"name": "a\nb"}, "/name"),
        ({"id": "0123"}, "/id"),
        ({"claim": "secret"}, "/claim"),
        ({"total_steps": 2**31}, "/total_steps"),
        ({"created_at": "2026-01-01T10:00:00"}, "/created_at"),
        ({"more": 1}, "/more"),
    ],
)
def test_a_beginning_that_cannot_be_taken_is_refused(
    client: httpx.Client, fields: dict[str, Any], pointer: str
) -> None:
    content = json.dumps({**Recorder(client).body, **fields})
    refused = client.post("/api/recordings", content=content, headers={"Content-Type": "application/json"})
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["pointer"] == pointer


def test_a_frame_may_be_larger_than_other_bodies_and_has_a_limit(client: httpx.Client) -> None:
    """Other bodies have 10,000 bytes at most on this server."""
    wide = replace(DISPLAY, tensors={"wide": replace(DISPLAY.tensors["bias"], shape=("neurons", 10_000))})
    recorder = Recorder(client, display=sent(wide))
    recorder.begin()
    content = blob(recorder.id, 0, metrics={})
    (length,) = struct.unpack("<Q", content[:8])
    metadata = json.loads(content[8 : 8 + length])["__metadata__"]
    assert recorder.put(0, save({"wide": np.zeros((6, 10_000), np.float32)}, metadata)).status_code == 201
    assert recorder.put(1, bytes(64_000_001)).status_code == 413
    assert recorder.post("events", {"first": 0, "events": [], "more": "x" * 20_000}).status_code == 413


def test_twenty_recorders_lose_nothing(server: ServerProcess) -> None:
    """Each at five frames a second, as a loop would send them: the server keeps up with all of them."""
    frames, failures = 15, list[object]()

    def record(recorder: Recorder) -> None:
        due = time.monotonic()
        try:
            assert recorder.begin().status_code == 201
            for seq in range(frames):
                due += 0.2
                time.sleep(max(0.0, due - time.monotonic()))  # the pace of the loop
                assert recorder.put(seq).status_code == 201
            assert recorder.post("finish", {"status": "succeeded"}).status_code == 200
        except Exception as error:  # to be told by the test
            failures.append(error)

    with httpx.Client(base_url=server.client.base_url, timeout=30) as client:
        recorders = [Recorder(client) for _ in range(20)]
        threads = [threading.Thread(target=record, args=(one,)) for one in recorders]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        for one in recorders:
            assert one.run()["status"] == "succeeded"
            found = client.get(f"/api/runs/{one.id}/frames").json()
            assert [frame["step"] for frame in found] == [10 * seq for seq in range(frames)]
            newest = client.get(f"/api/runs/{one.id}/frames/latest").content
            assert newest == blob(one.id, frames - 1)


def test_it_goes_on_when_the_server_was_restarted(tmp_path_factory: pytest.TempPathFactory) -> None:
    data = tmp_path_factory.mktemp("restarted")
    first = ServerProcess(data)
    recorder = Recorder(first.client)
    recorder.begin()
    assert recorder.put(0).status_code == 201
    first.kill()
    second = ServerProcess(data)
    try:
        recorder.client = second.client
        assert [recorder.put(seq).status_code for seq in (0, 1)] == [200, 201]
        run = recorder.run()
        assert (run["status"], run["frames"]["count"], run["deaths"], run["resumes"]) == ("running", 2, [], 0)
    finally:
        second.stop()

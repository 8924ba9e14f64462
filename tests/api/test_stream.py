"""The stream: every frame once and in order, however often the viewer is cut off; and how it ends."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from tests.api.server_process import ServerProcess
from tests.conftest import LONG, TINY
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from emergescope.recording.codec import read_metadata

MEDIUM = {**TINY, "capture.frames": 400, "training.phases": [{"name": "features", "steps": 1200, "samples": 50}]}


def watch(server: ServerProcess, run_id: str, query: str = "") -> tuple[list[bytes], list[dict[str, Any]], int]:
    """(frames, messages, close code) of a whole stream."""
    frames: list[bytes] = []
    messages: list[dict[str, Any]] = []
    with server.stream(run_id, query) as stream:
        for message in stream:
            if isinstance(message, bytes):
                frames.append(message)
            else:
                messages.append(json.loads(message))
        assert stream.protocol.close_code is not None
        return frames, messages, stream.protocol.close_code


def seqs(frames: list[bytes]) -> list[int]:
    return [int(read_metadata(frame)["seq"]) for frame in frames]


def test_a_live_run_from_queue_to_end(server: ServerProcess) -> None:
    run = server.submit(TINY)
    frames, messages, code = watch(server, run)
    last = server.run(run)["frames"]["last_seq"]
    assert seqs(frames) == list(range(last + 1))
    assert (messages[0]["type"], messages[0]["run"]["id"]) == ("run", run)
    assert messages[-1] == {"type": "end", "status": "succeeded", "last_seq": last}
    assert messages[-2]["run"] == server.run(run)
    assert code == 1000


def test_replay_is_the_same_stream(server: ServerProcess, finished: dict[str, Any]) -> None:
    frames, messages, code = watch(server, finished["id"])
    path = f"/api/runs/{finished['id']}/frames"
    assert frames == [server.client.get(f"{path}/{seq}").content for seq in range(finished["frames"]["count"])]
    assert ([m["type"] for m in messages], code) == (["run", "end"], 1000)


def test_after_and_latest(server: ServerProcess, finished: dict[str, Any]) -> None:
    last = finished["frames"]["last_seq"]
    assert seqs(watch(server, finished["id"], f"after={last - 2}")[0]) == [last - 1, last]
    assert seqs(watch(server, finished["id"], "mode=latest")[0]) == [last]
    assert watch(server, finished["id"], f"after={last}&mode=latest")[0] == []


def test_a_viewer_cut_off_20_times_gets_every_frame_once(server: ServerProcess) -> None:
    run = server.submit(MEDIUM)
    seen: list[int] = []
    cuts = 0
    while cuts < 20:
        with server.stream(run, f"after={seen[-1] if seen else -1}") as stream:
            fresh = 0
            while fresh < 5:
                message = stream.recv(timeout=30)
                if isinstance(message, bytes):
                    seen += seqs([message])
                    fresh += 1
            # Cut off, not closed: what is on its way is lost.
            stream.socket.close()
        cuts += 1
    seen += seqs(watch(server, run, f"after={seen[-1]}")[0])
    assert seen == list(range(server.run(run)["frames"]["count"]))
    assert len(seen) > 300


def test_state_changes_are_told(server: ServerProcess) -> None:
    run = server.submit(LONG)
    with server.stream(run) as stream:
        statuses: list[tuple[str, str]] = []
        cancelled = False
        for message in stream:
            if isinstance(message, bytes):
                if statuses and not cancelled:
                    cancelled = server.client.post(f"/api/runs/{run}/cancel").is_success
                continue
            told = json.loads(message)
            if told["type"] not in ("run", "end"):
                continue
            status = told["run"]["status"] if told["type"] == "run" else told["status"]
            known = told["type"] == "run" and told["run"]["patterns"] is not None
            if known or status == "cancelled":
                statuses.append((told["type"], status))
    assert statuses[0] == ("run", "running")
    assert statuses[-2:] == [("run", "cancelled"), ("end", "cancelled")]


def test_events_are_told_once(server: ServerProcess) -> None:
    phase = {"name": "features", "steps": 400, "samples": 50, "eta": 1e30, "lambda_w": 1e9}
    run = server.submit({**TINY, "training.phases": [phase]})
    _, messages, _ = watch(server, run)
    stored = server.run(run)["events"]
    assert stored, "the run was meant to diverge"
    before = messages[0]["run"]["events"]
    events = [{key: m[key] for key in ("step", "kind", "text", "data")} for m in messages if m["type"] == "event"]
    assert before + events == stored


def test_the_whole_run_is_told_only_when_more_than_its_progress_is_new(server: ServerProcess) -> None:
    run = server.submit(LONG)
    moves = {"progress", "frames", "metrics"}

    def rest(told: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in told.items() if name not in moves | {"metrics_shown", "events"}}

    moved: list[int] = []
    with server.stream(run) as stream:
        whole = json.loads(stream.recv(timeout=10))["run"]
        while len(set(moved)) < 3:  # on a busy machine a run may be at the same step for two messages
            message = stream.recv(timeout=30)
            if isinstance(message, bytes):
                continue
            news = json.loads(message)
            if news["type"] == "run":
                assert rest(news["run"]) != rest(whole)
                whole = news["run"]
            elif news["type"] == "progress":
                assert news.keys() == {"type", *moves}
                moved.append(news["progress"]["step"])
        assert sorted(moved) == moved
        assert rest(server.run(run)) == rest(whole)
    server.client.post(f"/api/runs/{run}/cancel")


@pytest.mark.parametrize("query", ["after=x", "after=-2", "mode=fast"])
def test_a_query_that_makes_no_sense(server: ServerProcess, finished: dict[str, Any], query: str) -> None:
    with server.stream(finished["id"], query) as stream, pytest.raises(ConnectionClosed) as closed:
        stream.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason.split(":")[0]) == (4400, query.split("=", maxsplit=1)[0])


def test_an_unknown_run(server: ServerProcess) -> None:
    with server.stream("nosuch") as stream, pytest.raises(ConnectionClosed) as closed:
        stream.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4404, "there is no run 'nosuch'")


@pytest.mark.parametrize(
    "name",
    ["\u00fc" * 60, "x" + "\u00fc" * 60, "\u6f22" * 41, "\U0001f600" * 40],
    ids=["two", "two, shifted", "three", "four"],
)
def test_a_reason_is_cut_to_what_a_close_frame_holds(server: ServerProcess, name: str) -> None:
    with server.stream(quote(name)) as stream, pytest.raises(ConnectionClosed) as closed:
        stream.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4404
    reason = closed.value.rcvd.reason
    assert f"there is no run '{name}'".startswith(reason)
    assert 120 <= len(reason.encode()) <= 123


def test_pages_of_another_origin_may_not_listen(server: ServerProcess, finished: dict[str, Any]) -> None:
    url = f"ws://127.0.0.1:{server.port}/api/runs/{finished['id']}/stream"
    with pytest.raises(InvalidStatus) as refused, connect(url, origin=Origin("http://evil.example")):
        pass
    assert refused.value.response.status_code == 403
    with connect(url, origin=Origin(f"http://127.0.0.1:{server.port}")) as stream:
        assert json.loads(stream.recv(timeout=10))["type"] == "run"

"""kill -9 of a worker, then of the server, and a stop: what anyone has seen stays, and runs go on, to the bit."""

import time
from collections import deque
from pathlib import Path
from typing import Any

import pytest
from tests.api.server_process import ServerProcess
from tests.conftest import LONG, TINY
from websockets.exceptions import ConnectionClosed

from emergescope.catalog.parse import parse_config
from emergescope.jobs.executor import Job
from emergescope.jobs.worker import execute
from emergescope.recording.codec import read_metadata
from emergescope.recording.events import FrameReady

PHASE = {**LONG["training.phases"][0], "steps": 4000}
SECONDS = {**LONG, "capture.frames": 120, "training.phases": [PHASE]}  # a run of some seconds


def see(server: ServerProcess, run_id: str, count: int) -> dict[int, bytes]:
    """The first `count` frames of a stream, by seq."""
    seen: dict[int, bytes] = {}
    with server.stream(run_id) as stream:
        while len(seen) < count:
            message = stream.recv(timeout=60)
            if isinstance(message, bytes):
                seen[int(read_metadata(message)["seq"])] = message
    return seen


def film(server: ServerProcess, run_id: str) -> dict[int, bytes]:
    frames = server.client.get(f"/api/runs/{run_id}/frames", params={"limit": 10_000}).json()
    return {f["seq"]: server.client.get(f"/api/runs/{run_id}/frames/{f['seq']}").content for f in frames}


def undisturbed(run: dict[str, Any]) -> dict[int, bytes]:
    """The film of the same run, trained here."""
    messages = execute(Job(run["id"], parse_config(run["config"])), 1)
    return {m.seq: m.blob for m in messages if isinstance(m, FrameReady)}


def test_killed_in_mid_run(tmp_path: Path) -> None:
    first = ServerProcess(tmp_path, own_workers=True)
    run_id, queued = first.submit(SECONDS), first.submit(TINY)
    seen = see(first, run_id, 20)
    first.workers()[0].kill()
    seen |= see(first, run_id, 40)  # a viewer stays: the run goes on by itself
    workers = first.workers()
    first.kill()

    second = ServerProcess(tmp_path)
    try:
        run = second.wait_for(run_id)
        assert run["status"] == "succeeded"
        assert [death["reason"] for death in run["deaths"]] == [
            "the worker process was killed by signal 9 (SIGKILL)",
            f"the server stopped at step {run['deaths'][1]['step']}",
        ]
        assert run["resumes"] == 2
        kept = film(second, run_id)
        assert {seq: kept[seq] for seq in seen} == seen
        assert kept == undisturbed(run)
        assert second.wait_for(queued)["status"] == "succeeded"
        assert not any(worker.is_running() and worker.status() != "zombie" for worker in workers)
    finally:
        second.stop()


def test_stopped_in_mid_run(tmp_path: Path) -> None:
    first = ServerProcess(tmp_path)
    run_id = first.submit(SECONDS)
    with first.stream(run_id) as stream:
        while not isinstance(stream.recv(timeout=60), bytes):
            pass
        began = time.monotonic()
        first.stop()
        assert time.monotonic() - began < 10
        with pytest.raises(ConnectionClosed):
            deque(stream, maxlen=0)
        assert stream.protocol.close_code == 1012  # "service restart": viewers come back by themselves
    second = ServerProcess(tmp_path)
    try:
        run = second.wait_for(run_id)
        assert (run["status"], run["deaths"], run["resumes"]) == ("succeeded", [], 0)
        assert film(second, run_id) == undisturbed(run)
    finally:
        second.stop()

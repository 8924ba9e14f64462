"""kill -9 of a worker, then of the server: what anyone has seen stays, what was running says why it is not."""

from collections import deque
from pathlib import Path

import pytest
from tests.api.server_process import ServerProcess
from tests.conftest import LONG, TINY
from websockets.exceptions import ConnectionClosed

from emergescope.frames import read_metadata


def see(server: ServerProcess, run_id: str, count: int) -> dict[int, bytes]:
    """The first `count` frames of a stream, by seq."""
    seen: dict[int, bytes] = {}
    with server.stream(run_id) as stream:
        while len(seen) < count:
            message = stream.recv(timeout=60)
            if isinstance(message, bytes):
                seen[int(read_metadata(message)["seq"])] = message
    return seen


def test_killed_in_mid_run(tmp_path: Path) -> None:
    first = ServerProcess(tmp_path)
    orphaned = first.submit(LONG)
    seen = {orphaned: see(first, orphaned, 20)}
    first.workers()[0].kill()
    failed = first.wait_for(orphaned)
    assert failed["status"] == "failed"
    assert failed["error"]["message"] == "the worker process was killed by signal 9 (SIGKILL)"

    running, queued = first.submit(LONG), first.submit(TINY)
    seen[running] = see(first, running, 20)
    workers = first.workers()
    first.kill()

    second = ServerProcess(tmp_path)
    try:
        for run_id, frames in seen.items():
            for seq, blob in frames.items():
                assert second.client.get(f"/api/runs/{run_id}/frames/{seq}").content == blob
            frames_of = second.run(run_id)["frames"]
            assert frames_of["count"] >= len(frames)
            assert frames_of["last_seq"] == frames_of["count"] - 1
        assert second.run(orphaned) == failed
        stopped = second.run(running)
        assert stopped["status"] == "failed"
        assert stopped["error"]["message"] == f"the server stopped at step {stopped['error']['step']}"
        assert stopped["error"]["step"] == stopped["progress"]["step"] > 0
        assert second.wait_for(queued)["status"] == "succeeded"
        assert second.wait_for(second.submit(TINY))["status"] == "succeeded"
        assert not any(worker.is_running() and worker.status() != "zombie" for worker in workers)
    finally:
        second.stop()


def test_stopped_in_mid_run(tmp_path: Path) -> None:
    first = ServerProcess(tmp_path)
    running = first.submit(LONG)
    with first.stream(running) as stream:
        while not isinstance(stream.recv(timeout=60), bytes):
            pass
        first.stop()
        with pytest.raises(ConnectionClosed):
            deque(stream, maxlen=0)
        assert stream.protocol.close_code == 1012  # "service restart": viewers come back by themselves
    second = ServerProcess(tmp_path)
    try:
        run = second.run(running)
        assert (run["status"], run["error"]["traceback"]) == ("failed", None)
        assert run["error"]["message"].startswith("the server stopped at step ")
    finally:
        second.stop()

"""Many viewers of one run: each gets what it should, none holds up another, and the server does not grow with them."""

import asyncio
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.api.server_process import ServerProcess
from tests.conftest import LONG, TINY
from tests.loops import run_async
from websockets.asyncio.client import connect

from emergescope.recording.codec import read_metadata

VIEWERS = 50
LATEST = 60
RUN = {**TINY, "capture.frames": 150, "training.phases": [{"name": "features", "steps": 450, "samples": 50}]}


class Hasty(ServerProcess):
    """Waits for its viewers by the second instead of by the minute."""

    program = (
        "from emergescope.api import app, stream\n{}".format(
            "app._PING_EVERY = app._PONG_WITHIN = 1.0\napp._TAKEN_WITHIN = 4.0\nstream._ALIVE_EVERY = 0.3\n"
        )
        + ServerProcess.program
    )

    def viewers(self) -> int:
        found = re.search(r"^emergescope_viewers (\d+)", self.client.get("/metrics").text, re.MULTILINE)
        assert found is not None
        return int(found[1])


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hasty]:
    server = Hasty(tmp_path_factory.mktemp("hasty"))
    yield server
    server.stop()


@contextmanager
def deaf_viewer(server: ServerProcess, run_id: str) -> Iterator[socket.socket]:
    """An open stream that is not read and answers no ping."""
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.settimeout(60)
        deaf.connect(("127.0.0.1", server.port))
        key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13"
        upgrade = f"Host: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{key}\r\n\r\n"
        deaf.sendall(f"GET /api/runs/{run_id}/stream HTTP/1.1\r\n{upgrade}".encode())
        assert deaf.recv(12) == b"HTTP/1.1 101"
        yield deaf


def read_all(deaf: socket.socket) -> bytes:
    """All that comes until the connection is over, or cut."""
    content = b""
    while True:
        try:
            more = deaf.recv(1 << 20)
        except ConnectionResetError:
            return content
        if not more:
            return content
        content += more


def test_a_viewer_that_answers_no_ping_is_closed_with_a_code(hasty: Hasty) -> None:
    run = hasty.submit(LONG)
    with deaf_viewer(hasty, run) as deaf:
        content = read_all(deaf)
    assert content.endswith((1011).to_bytes(2) + b"keepalive ping timeout")
    assert b'{"type":"alive"}' in content
    hasty.client.post(f"/api/runs/{run}/cancel")
    assert hasty.wait_for(run)["status"] == "cancelled"  # one that answers is served as before


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="this system does not cut connections by itself")
def test_a_viewer_that_never_reads_is_cut_off_and_may_come_again(hasty: Hasty) -> None:
    film = hasty.wait_for(
        hasty.submit({**RUN, "method.m": 600, "training.phases": [{"name": "features", "steps": 150, "samples": 50}]})
    )
    assert film["frames"]["bytes"] > 7e6, "too little: the buffers of the system might take it all"
    with deaf_viewer(hasty, film["id"]) as deaf:
        assert hasty.viewers() == 1
        deadline = time.monotonic() + 60
        while hasty.viewers():
            assert time.monotonic() < deadline, "it is never dropped"
            time.sleep(0.1)
        content = read_all(deaf)
        assert b'"type":"run"' in content
        assert b'"type":"end"' not in content, "it has got everything: the film is too short"
    with hasty.stream(film["id"]) as stream:
        assert sum(isinstance(message, bytes) for message in stream) == film["frames"]["count"]


@pytest.mark.slow
def test_fifty_viewers(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    try:
        server.wait_for(server.submit(TINY))  # everything that is loaded once is loaded
        process = psutil.Process(server.process.pid)
        before = peak = process.memory_info().rss
        run = server.submit({**RUN, "method.m": 600})

        async def view(delay: float) -> list[int]:
            seen = []
            url = f"ws://127.0.0.1:{server.port}/api/runs/{run}/stream"
            async with connect(url, max_size=None, compression=None, max_queue=4) as stream:
                async for message in stream:
                    if isinstance(message, bytes):
                        seen.append(int(read_metadata(message)["seq"]))
                        await asyncio.sleep(delay)
            return seen

        async def measure() -> None:
            nonlocal peak
            while True:
                peak = max(peak, process.memory_info().rss)
                await asyncio.sleep(0.05)

        async def watch() -> list[list[int]]:
            measuring = asyncio.create_task(measure())
            seen = await asyncio.gather(*(view(0.02 if i % 10 == 0 else 0) for i in range(VIEWERS)))  # some are slow
            measuring.cancel()
            return seen

        seen = run_async(watch())
        frames = server.run(run)["frames"]
        assert all(one == list(range(frames["count"])) for one in seen)
        assert frames["count"] >= 150
        assert frames["bytes"] > 7e6, "too little to say anything about memory"
        assert peak - before < 50e6, f"the server grew by {(peak - before) / 1e6:.0f} MB"
    finally:
        server.stop()


@pytest.mark.soak
def test_sixty_viewers_of_the_newest_frame_and_one_that_never_reads(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    try:
        large = {"method.m": 300, "problem.d": 200, "problem.D": 200}
        film = server.wait_for(server.submit({**RUN, **large}))
        assert film["frames"]["bytes"] > 30e6, "too little: the buffers of the system might take it all"
        with server.stream(film["id"]) as stream:  # everything that is loaded once is loaded
            assert sum(isinstance(message, bytes) for message in stream) == film["frames"]["count"]
        process = psutil.Process(server.process.pid)
        before = process.memory_info().rss
        with deaf_viewer(server, film["id"]):
            peak = 0
            for _ in range(30):
                time.sleep(0.1)
                peak = max(peak, process.memory_info().rss)
            assert peak - before < 10e6, f"a viewer that never reads takes {(peak - before) / 1e6:.0f} MB"
            run = server.submit(RUN)
            seen = run_async(_watch_newest(server.port, run))
        last = server.run(run)["frames"]["last_seq"]
        for seqs, end, code in seen:
            assert seqs == sorted(set(seqs))
            assert seqs[-1] == last
            assert (end, code) == ({"type": "end", "status": "succeeded", "last_seq": last}, 1000)
    finally:
        server.stop()


async def _watch_newest(port: int, run_id: str) -> list[tuple[list[int], dict[str, Any], int | None]]:
    """(seqs, last message, close code) of viewers in mode=latest."""

    async def view() -> tuple[list[int], dict[str, Any], int | None]:
        seqs, last = [], {}
        async with connect(f"ws://127.0.0.1:{port}/api/runs/{run_id}/stream?mode=latest", compression=None) as stream:
            async for message in stream:
                if isinstance(message, bytes):
                    seqs.append(int(read_metadata(message)["seq"]))
                else:
                    last = json.loads(message)
        return seqs, last, stream.close_code

    return await asyncio.gather(*(view() for _ in range(LATEST)))

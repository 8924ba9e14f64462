"""Many viewers of one run: each gets what it should, none holds up another, and the server does not grow with them."""

import asyncio
import json
import socket
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.api.server_process import ServerProcess
from tests.conftest import TINY
from websockets.asyncio.client import connect

from emergescope.frames import read_metadata

VIEWERS = 50
LATEST = 60
RUN = {**TINY, "capture.frames": 150, "training.phases": [{"name": "features", "steps": 450, "samples": 50}]}


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

        seen = asyncio.run(watch())
        frames = server.run(run)["frames"]
        assert all(one == list(range(frames["count"])) for one in seen)
        assert frames["count"] >= 150
        assert frames["bytes"] > 7e6, "too little to say anything about memory"
        assert peak - before < 50e6, f"the server grew by {(peak - before) / 1e6:.0f} MB"
    finally:
        server.stop()


@pytest.mark.slow
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
        with socket.create_connection(("127.0.0.1", server.port)) as deaf:
            path = f"/api/runs/{film['id']}/stream"
            key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13"
            upgrade = f"Host: 127.0.0.1:{server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{key}\r\n\r\n"
            deaf.sendall(f"GET {path} HTTP/1.1\r\n{upgrade}".encode())
            assert deaf.recv(12) == b"HTTP/1.1 101"
            peak = 0
            for _ in range(30):
                time.sleep(0.1)
                peak = max(peak, process.memory_info().rss)
            assert peak - before < 10e6, f"a viewer that never reads takes {(peak - before) / 1e6:.0f} MB"
            run = server.submit(RUN)
            seen = asyncio.run(_watch_newest(server.port, run))
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

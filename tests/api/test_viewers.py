"""Fifty viewers of one running run: each gets every frame, and the server does not grow with them."""

import asyncio
from pathlib import Path

import psutil
import pytest
from tests.api.server_process import ServerProcess
from tests.conftest import TINY
from websockets.asyncio.client import connect

from emergescope.frames import read_metadata

VIEWERS = 50
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

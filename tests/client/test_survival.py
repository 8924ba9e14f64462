"""Frames come each once and in order through a server that is killed and started again."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event as Flag
from typing import Any

from emergescope import AsyncClient, Client
from emergescope.client import Event, Run
from emergescope.client.frames import RunFrame
from tests.api.server_process import ServerProcess
from tests.conftest import LONG
from tests.loops import run_async

SOME = 5
FILM: dict[str, Any] = {
    **LONG,
    "capture.frames": 200,
    "training.phases": [{**LONG["training.phases"][0], "steps": 4000}],
}


def test_a_server_that_is_killed_and_started_again(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    url = f"http://127.0.0.1:{server.port}"
    begun = {name: Flag() for name in ("frames", "async", "updates")}

    def frames(run: Run) -> list[RunFrame]:
        found = []
        with Client(url) as client:
            for frame in client.frames(run):
                found.append(frame)
                if len(found) == SOME:
                    begun["frames"].set()
        return found

    def frames_of_coroutine(run: Run) -> list[RunFrame]:
        async def follow() -> list[RunFrame]:
            found = []
            async with AsyncClient(url) as client:
                async for frame in client.frames(run):
                    found.append(frame)
                    if len(found) == SOME:
                        begun["async"].set()
            return found

        return run_async(follow())

    def updates(run: Run) -> list[Run | Event]:
        found: list[Run | Event] = []
        with Client(url) as client:
            for update in client.watch(run):
                found.append(update)
                begun["updates"].set()
        return found

    with ThreadPoolExecutor(3) as threads, Client(url) as client:
        run = client.submit("quick", FILM)
        following: list[Future[Any]] = []
        todo: list[Callable[[Run], Any]] = [frames, frames_of_coroutine, updates]
        following = [threads.submit(follow, run) for follow in todo]
        for flag in begun.values():
            assert flag.wait(60)
        server.kill()
        server = ServerProcess(tmp_path, port=server.port)
        one, other, told = (future.result(120) for future in following)
        over = client.get(run)
        server.stop()
    assert over.status == "succeeded"
    assert over.json["resumes"] == 1  # it was not over when the server was killed
    for found in (one, other):
        assert [frame.seq for frame in found] == list(range(over.frames))
        assert [frame.step for frame in found] == sorted({frame.step for frame in found})
    assert [frame.metrics for frame in one] == [frame.metrics for frame in other]
    assert told[-1] == over
    assert tuple(update for update in told if isinstance(update, Event)) == over.events

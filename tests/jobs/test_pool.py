"""The local pool replaces its workers, however they die, and they never outlive the server."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest
from tests.forked import own_workers, workers_below
from tests.jobs.recorder import Recorder

from emergescope.config.run import RunConfig
from emergescope.jobs.executor import Job
from emergescope.jobs.pool import LocalPool


@pytest.fixture
def pool() -> Iterator[LocalPool]:
    pool = LocalPool(workers=1)
    yield pool
    pool.close()
    assert worker_pids() == []


def worker_pids(process: int | None = None) -> list[int]:
    """Ids of the worker processes of this process, or of another one."""
    return [worker.pid for worker in (own_workers() if process is None else workers_below(psutil.Process(process)))]


def wait_until_ended(processes: list[psutil.Process], seconds: float = 5) -> list[psutil.Process]:
    """The processes that still run after that time. One that nobody waits for stays as a zombie: it has ended."""
    deadline = time.monotonic() + seconds
    while alive := [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]:
        if time.monotonic() > deadline:
            return alive
        time.sleep(0.02)
    return []


def test_the_end_of_a_killed_worker_is_told_in_words(pool: LocalPool, endless: RunConfig) -> None:
    recorder = Recorder()
    pool.submit(Job("killed", endless), recorder)
    recorder.wait_for_frames("killed", 5)
    os.kill(worker_pids()[0], signal.SIGKILL)
    end = recorder.wait_for_end("killed")
    assert (end.status, end.message) == ("died", "the worker process was killed by signal 9 (SIGKILL)")


def test_a_worker_killed_while_idle_is_replaced(pool: LocalPool, tiny: RunConfig) -> None:
    recorder = Recorder()
    pool.submit(Job("first", tiny), recorder)
    recorder.wait_for_end("first")
    worker = psutil.Process(worker_pids()[0])
    os.kill(worker.pid, signal.SIGKILL)
    wait_until_ended([worker])
    pool.submit(Job("second", tiny), recorder)
    assert recorder.wait_for_end("second").status == "succeeded"


SERVER = """
import sys, time
from emergescope.jobs.executor import Job
from emergescope.recording.events import FrameReady
from emergescope.jobs.pool import LocalPool
from tests.conftest import LONG, quick

if __name__ == "__main__":
    pool = LocalPool(workers=2)
    tell = lambda run, message: isinstance(message, FrameReady) and message.seq == 3 and print("running", flush=True)
    if sys.argv[1] == "training":
        pool.submit(Job("a", quick(LONG)), tell)
    else:
        print("starting", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("moment", ["starting", "training"])
def test_workers_end_when_their_server_is_killed(moment: str) -> None:
    with subprocess.Popen([sys.executable, "-c", SERVER, moment], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        server.stdout.readline()
        deadline = time.monotonic() + 10
        while len(workers := worker_pids(server.pid)) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(workers) == 2
        processes = [psutil.Process(pid) for pid in workers]
        server.kill()
    assert wait_until_ended(processes) == [], "workers outlived their server by 5 seconds"

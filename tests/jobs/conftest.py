"""Executors of each kind. A Ray cluster is started once, with as many CPUs as a small machine has."""

import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest
from tests.conftest import TINY, quick
from tests.forked import own_workers
from tests.jobs.inline import InlineExecutor
from tests.jobs.recorder import TIMEOUT, Recorder

from emergescope.jobs.choose import make_executor
from emergescope.jobs.executor import Executor, Job
from emergescope.jobs.worker import execute
from emergescope.recording.events import FrameReady

Make = Callable[..., Executor]


class RayNode(NamedTuple):
    address: str
    process: psutil.Process


# 1500 steps and 500 frames: long enough for a request to stop to arrive in the middle.
FILM: dict[str, Any] = {**TINY, "capture.frames": 500, "training.phases.0.steps": 1490}


def frames_of(job: Job, threads: int = 1) -> list[FrameReady]:
    """What an executor should give: the frames made here."""
    return [message for message in execute(job, threads) if isinstance(message, FrameReady)]


@pytest.fixture(scope="session")
def film() -> list[FrameReady]:
    """The frames of a run "film" of FILM that nothing interrupts."""
    return frames_of(Job("film", quick(FILM)))


@pytest.fixture(scope="session")
def ray_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RayNode]:
    """A Ray cluster of one node with two CPUs, which this process has joined: executors made meanwhile use it."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_AUTH_MODE", "token")
        environment.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
        with ray_node("--head", f"--port={port}", "--include-dashboard=false") as head:
            address = f"127.0.0.1:{port}"
            wait_until(lambda: _answers(port), "the head node did not come up")
            first = make_executor("ray", workers=2, threads=1, ray_address=address)
            yield RayNode(address, head)
            first.close()


@contextmanager
def ray_node(*arguments: str) -> Iterator[psutil.Process]:
    """A node with two CPUs: the process that its workers descend from."""
    command = [str(Path(sys.executable).with_name("ray")), "start", "--block", "--num-cpus=2", *arguments]
    quiet = ["--object-store-memory=100000000", "--disable-usage-stats"]
    nowhere = subprocess.DEVNULL
    with subprocess.Popen([*command, *quiet], stdout=nowhere, stderr=nowhere) as process:
        yield psutil.Process(process.pid)
        process.terminate()


def wait_until(true: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not true():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.1)


def _answers(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    """Makes executors: `make("ray", workers=1)`. They are closed after the test."""
    made: list[Executor] = []

    def make(kind: str, workers: int = 2, threads: int = 1) -> Executor:
        made.append(_executor(request, kind, workers, threads))
        return made[-1]

    yield make
    for executor in made:
        executor.close()


@pytest.fixture(scope="module", params=["inline", "local", "ray"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    executor = _executor(request, request.param, 2, 1)
    yield executor
    executor.close()


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def _executor(request: pytest.FixtureRequest, kind: str, workers: int, threads: int) -> Executor:
    if kind == "inline":
        return InlineExecutor(threads)
    if kind == "ray":
        request.getfixturevalue("ray_cluster")
    return make_executor(kind, workers, threads, None)


def worker_of(kind: str, run_id: str) -> psutil.Process:
    """The process that runs it. Ray names processes after their runs; the pool has but one here."""
    if kind == "local":
        [worker] = own_workers()
        return worker
    for process in psutil.Process().children(recursive=True):
        command = process.cmdline() if process.status() != psutil.STATUS_ZOMBIE else []
        if f"ray::run {run_id}" in " ".join(command):
            return process
    raise AssertionError(f"nobody runs {run_id}")

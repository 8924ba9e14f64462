"""A run as a task of Ray: what it asks of a node, what happens there, and beside the server the board of runs to stop.

Used by ray_cluster. Every node imports this module; torch is imported only where a run is.
"""

import os
import pickle
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import ray
from ray.actor import ActorProxy
from ray.exceptions import RayError

from emergescope import __version__
from emergescope.config.run import RunConfig
from emergescope.datasets import VARIABLE
from emergescope.jobs.executor import Finished, Job, Message

_ASK_EVERY = 0.25  # seconds


def settled(job: Job) -> Job:
    """The job with "auto" settled as the CPU: which node a run comes to, or goes on at, must not decide its bits."""
    origin = job.origin and replace(job.origin, config=_on_cpu_unless_asked(job.origin.config))
    return replace(job, config=_on_cpu_unless_asked(job.config), origin=origin)


def gpus(job: Job) -> int:
    """How many GPUs a settled job needs."""
    configs = [job.config] if job.origin is None else [job.config, job.origin.config]
    return int(any(config.training.device == "cuda" for config in configs))


def _on_cpu_unless_asked(config: RunConfig) -> RunConfig:
    if config.training.device != "auto":
        return config
    return config.model_copy(update={"training": config.training.model_copy(update={"device": "cpu"})})


class Board:
    """An actor that holds the names of runs that are asked to stop."""

    def __init__(self) -> None:
        self._runs: set[str] = set()

    @ray.method
    def put(self, name: str) -> None:
        self._runs.add(name)

    @ray.method
    def remove(self, name: str) -> None:
        self._runs.discard(name)

    @ray.method
    def has(self, name: str) -> bool:
        return name in self._runs


def lead(version: str, name: str, parcel: bytes, threads: int, board: ActorProxy[Board]) -> Iterator[Message]:
    """The messages of a run that has that name on the board, from a server of that version. `parcel` is its Job and
    where data sets lie, pickled; a node whose own environment names a directory of data sets uses that.
    """
    if version != __version__:  # asked before anything is unpickled: a job may look different there
        found = f"a node of the Ray cluster has Emergescope {__version__}, the server {version}"
        yield Finished("failed", 0, f"{found}: install the same version on both")
        return
    from emergescope.jobs.worker import execute  # noqa: PLC0415

    stop, over = threading.Event(), threading.Event()
    threading.Thread(target=_watch, args=(board, name, stop, over), daemon=True).start()
    try:
        job, data_dir = pickle.loads(parcel)
        own = os.environ.get(VARIABLE)
        yield from execute(job, threads, stop.is_set, Path(own) if own else data_dir)
    finally:
        over.set()


def _watch(board: ActorProxy[Board], name: str, stop: threading.Event, over: threading.Event) -> None:
    """Ask the board from time to time, and pass on what it says."""
    while not over.wait(_ASK_EVERY):
        try:
            if ray.get(board.has.remote(name)):
                stop.set()
                return
        except RayError:  # the server is gone, and Ray is about to end this run with it
            return

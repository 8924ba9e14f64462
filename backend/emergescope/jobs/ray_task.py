"""What Ray runs for us: a run, on some node, and beside the server the board of runs that are to stop.

Used by ray_cluster. Every node imports this module; torch is imported only where a run is.
"""

import os
import pickle
import threading
from collections.abc import Iterator
from pathlib import Path

import ray
from ray.actor import ActorProxy
from ray.exceptions import RayError

from emergescope import __version__
from emergescope.datasets import VARIABLE
from emergescope.jobs.executor import Finished, Message

_ASK_EVERY = 0.25  # seconds


class Board:
    """An actor that holds the ids of runs that are asked to stop."""

    def __init__(self) -> None:
        self._runs: set[str] = set()

    @ray.method
    def put(self, run_id: str) -> None:
        self._runs.add(run_id)

    @ray.method
    def remove(self, run_id: str) -> None:
        self._runs.discard(run_id)

    @ray.method
    def has(self, run_id: str) -> bool:
        return run_id in self._runs


def lead(version: str, run_id: str, parcel: bytes, threads: int, board: ActorProxy[Board]) -> Iterator[Message]:
    """The messages of a run, from a server of that version. `parcel` is its Job and where data
    sets lie, pickled; a node whose own environment names a directory of data sets uses that.
    """
    if version != __version__:  # asked before anything is unpickled: a job may look different there
        found = f"a node of the Ray cluster has Emergescope {__version__}, the server {version}"
        yield Finished("failed", 0, f"{found}: install the same version on both")
        return
    from emergescope.jobs.worker import execute  # noqa: PLC0415

    stop, over = threading.Event(), threading.Event()
    threading.Thread(target=_watch, args=(board, run_id, stop, over), daemon=True).start()
    try:
        job, data_dir = pickle.loads(parcel)
        own = os.environ.get(VARIABLE)
        yield from execute(job, threads, stop.is_set, Path(own) if own else data_dir)
    finally:
        over.set()


def _watch(board: ActorProxy[Board], run_id: str, stop: threading.Event, over: threading.Event) -> None:
    """Ask the board from time to time, and pass on what it says."""
    while not over.wait(_ASK_EVERY):
        try:
            if ray.get(board.has.remote(run_id)):
                stop.set()
                return
        except RayError:  # the server is gone, and Ray is about to end this run with it
            return

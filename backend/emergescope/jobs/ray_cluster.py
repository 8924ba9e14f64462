"""Executes runs on a Ray cluster. Used by the server where the settings ask for it (jobs/choose.py).

Each run is one task, a generator whose messages Ray streams here. Ray finds a node with enough CPUs, notices when a
worker or a node dies, and kills a worker to cancel its run. It never tries again by itself: a run that died is told so,
and whoever keeps its checkpoints submits it anew. A worker that is ahead of its listener waits.
"""

import os
import pickle
import signal
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import cast

import ray
from ray.actor import ActorHandle
from ray.exceptions import (
    AuthenticationError,
    NodeDiedError,
    ObjectLostError,
    OutOfMemoryError,
    RayError,
    RayTaskError,
    RpcError,
    TaskCancelledError,
    WorkerCrashedError,
)
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from emergescope import __version__, logs
from emergescope.errors import EmergescopeError, InvalidConfig, WorkerDied
from emergescope.jobs import ray_connection, ray_resources
from emergescope.jobs.executor import Finished, Job, Listener, Message
from emergescope.jobs.ray_task import Board, lead

_log = logs.get(__name__)
_AHEAD = 16  # messages that a worker may be ahead of its listener
_LOOK_EVERY = 0.5  # seconds between two looks whether a run that says nothing has been cancelled
_REASONS: tuple[tuple[type[RayError], str], ...] = (
    (WorkerCrashedError, "the worker process was killed, or ended without a word"),
    (OutOfMemoryError, "the worker process was killed because its node ran out of memory"),
    (NodeDiedError, "the node of the Ray cluster died that the run was on"),
    (ObjectLostError, "the node of the Ray cluster was lost that had the run's last messages"),
    (TaskCancelledError, "the run was cancelled in the Ray cluster by someone else"),
)


@dataclass
class _Task:
    """A job, and what has become of it."""

    job: Job
    listener: Listener
    step: int = 0
    cancelled: bool = False
    paused: bool = False
    stream: ray.ObjectRefGenerator | None = None

    def cancel(self) -> None:
        self.cancelled = True
        if self.stream is not None:
            ray.cancel(self.stream, force=True)  # kills the worker, wherever it is


class RayExecutor:
    """An Executor on a Ray cluster, with `threads` CPUs for each of `workers` runs.

    address   as in ray_connection.connect; not looked at where this process is connected already
    data_dir  where data sets lie, on nodes that do not say otherwise
    on_lost   called once the cluster is gone, or another one has its address: this process finds no way back to it.
              What ran is told as paused then, since it did not die, and there are no workers any more.
    """

    name = "ray"

    def __init__(
        self,
        workers: int,
        threads: int = 1,
        address: str | None = None,
        data_dir: Path | None = None,
        on_lost: Callable[[], None] = lambda: os.kill(os.getpid(), signal.SIGTERM),
    ) -> None:
        self._on_lost = on_lost
        self._lost = False
        self._connected_here = not ray.is_initialized()
        if self._connected_here:
            ray_connection.connect(address, workers * threads)
        try:
            ray_resources.check_cpus(threads)
        except InvalidConfig:
            self._disconnect()
            raise
        # On the node of the server: what it says must outlive all others.
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        board = ray.remote(Board).options(num_cpus=0, scheduling_strategy=here).remote()
        self._board = cast(ActorHandle[Board], board)
        self._threads, self._data_dir = threads, data_dir and data_dir.absolute()
        self._lock = threading.Lock()
        self._tasks: dict[str, _Task] = {}
        self._queue: SimpleQueue[_Task | None] = SimpleQueue()
        self._closed = False
        self._slots = [
            threading.Thread(target=self._work, name=f"emergescope-ray-{number}", daemon=True)
            for number in range(workers)
        ]
        for slot in self._slots:
            slot.start()

    @property
    def workers(self) -> int:
        return 0 if self._lost else len(self._slots)

    def submit(self, job: Job, listener: Listener) -> None:
        with self._lock:
            if self._closed:
                raise WorkerDied("the executor is closed and takes no more runs")
            self._tasks[job.run_id] = task = _Task(ray_resources.settled(job), listener)
            self._queue.put(task)

    def cancel(self, run_id: str) -> None:
        with self._lock:
            if run_id in self._tasks:
                self._tasks[run_id].cancel()

    def pause(self, run_id: str) -> None:
        with self._lock:
            if run_id in self._tasks:
                self._tasks[run_id].paused = True
                self._board.put.remote(run_id)

    def close(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._closed = True
            for task in self._tasks.values():
                task.cancel()
            for _ in self._slots:
                self._queue.put(None)
        for slot in self._slots:
            slot.join()
        ray.kill(self._board)
        self._disconnect()

    def _disconnect(self) -> None:
        if self._connected_here:
            ray.shutdown()

    def _work(self) -> None:
        """Lead one job after the other, each from its start to its end."""
        while (task := self._queue.get()) is not None:
            end = self._outcome(task)
            with self._lock:
                newest = self._tasks.get(task.job.run_id) is task  # the run may have been lost, and be here again
                if newest:
                    del self._tasks[task.job.run_id]
                if newest and task.paused:
                    self._board.remove.remote(task.job.run_id)
            _tell(task, end)

    def _outcome(self, task: _Task) -> Finished:
        """Have the job done; the outcome is returned, not yet told."""
        try:
            return self._follow(task)
        except Exception as error:
            if task.cancelled:
                return Finished("cancelled", task.step)
            for kind, words in _REASONS:
                if isinstance(error, kind):
                    return Finished("died", task.step, words)
            if isinstance(error, RayTaskError):  # of what surrounds the run: its own exceptions come as messages
                text = f"a node of the Ray cluster cannot run Emergescope {__version__}: {_last_line(error)}"
                return Finished("failed", task.step, text, str(error))
            if self._is_lost(error):
                return Finished("paused", task.step)
            _log.exception("run lost in the Ray cluster", run=task.job.run_id)
            return Finished("died", task.step, f"{type(error).__name__}: {error}")

    def _is_lost(self, error: Exception) -> bool:
        """Whether the cluster knows us no longer: a head that was started again refuses who knew the one before."""
        if not isinstance(error, AuthenticationError | RpcError):
            return self._lost
        with self._lock:
            first, self._lost = not self._lost, True
        if first:
            _log.error("the Ray cluster is gone: the server stops, to find it anew", reason=_last_line(error))
            self._on_lost()
        return True

    def _follow(self, task: _Task) -> Finished:
        """Hand on what the worker sends until the job is over. Raises what Ray says when it ends in another way."""
        if (missing := ray_resources.missing(task.job)) is not None:
            return Finished("failed", 0, missing)
        with self._lock:  # from here on a cancellation finds the stream
            if task.cancelled or task.paused:
                return Finished("cancelled" if task.cancelled else "paused", 0)
            task.stream = self._start(task.job)
        return self._relay(task, task.stream)

    def _relay(self, task: _Task, stream: ray.ObjectRefGenerator) -> Finished:
        while True:
            ready, _ = ray.wait([stream], timeout=_LOOK_EVERY)
            if task.cancelled:
                return Finished("cancelled", task.step)
            if not ready:
                continue
            message: Message = ray.get(next(stream))
            if isinstance(message, Finished):
                return message
            task.step = getattr(message, "step", task.step)
            if (failure := _tell(task, message)) is not None:
                ray.cancel(stream, force=True)
                return failure

    def _start(self, job: Job) -> ray.ObjectRefGenerator:
        task = ray.remote(lead).options(
            name=f"run {job.run_id}",
            num_returns="streaming",
            num_cpus=self._threads,
            num_gpus=ray_resources.gpus(job),
            max_retries=0,
            _generator_backpressure_num_objects=_AHEAD,
        )
        parcel = pickle.dumps((job, self._data_dir))
        return task.remote(__version__, job.run_id, parcel, self._threads, self._board)


def _tell(task: _Task, message: Message) -> Finished | None:
    """Hand on a message. A listener that fails (a full disk) takes down its run, and only that."""
    try:
        task.listener(task.job.run_id, message)
    except Exception as error:
        _log.exception("the server could not keep what a worker sent", run=task.job.run_id)
        text = error.public if isinstance(error, EmergescopeError) else f"{type(error).__name__}: {error}"
        return Finished("died", task.step, text, traceback.format_exc())
    return None


def _last_line(error: Exception) -> str:
    return str(error).strip().splitlines()[-1]

"""Executes runs on a Ray cluster. Used by the server where the settings ask for it (jobs/choose.py).

Each run is one task, a generator whose messages Ray streams here. Ray finds a node with enough CPUs, notices when a
worker or a node dies, and kills a worker to cancel its run. It never tries again by itself: a run that died is told so,
and whoever keeps its checkpoints submits it anew. A worker that is ahead of its listener waits.
"""

import logging
import os
import pickle
import secrets
import signal
import socket
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

import ray
from ray import exceptions
from ray.actor import ActorHandle
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from emergescope import __version__, logs
from emergescope.errors import InvalidConfig
from emergescope.jobs.executor import Finished, Job, Listener
from emergescope.jobs.ray_task import Board, gpus, lead, settled
from emergescope.jobs.slots import SlotExecutor, Task

_log = logs.get(__name__)
_PATIENCE = 5.0  # seconds for a head node to answer; Ray itself would try for a minute
_AHEAD = 16  # messages that a worker may be ahead of its listener
_LOOK_EVERY = 0.5  # seconds between two looks whether a run that says nothing has been cancelled
_CANCELLED = "the run was cancelled in the Ray cluster by someone else"
_REASONS: dict[type[Exception], str] = {
    exceptions.WorkerCrashedError: "the worker process was killed, or ended without a word",
    exceptions.OutOfMemoryError: "the worker process was killed because its node ran out of memory",
    exceptions.NodeDiedError: "the node of the Ray cluster died that the run was on",
    exceptions.ObjectLostError: "the node of the Ray cluster was lost that had the run's last messages",
    exceptions.TaskCancelledError: _CANCELLED,
    StopIteration: _CANCELLED,  # the same, where its messages end before that is told
}


class RayExecutor(SlotExecutor):
    """An Executor on a Ray cluster, with `threads` CPUs for each of `workers` runs.

    address   as in `connect`; not looked at where this process is connected already
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
            connect(address, workers * threads)
        try:
            _check_cpus(threads)
        except InvalidConfig:
            self._disconnect()
            raise
        # On the node of the server: what it says must outlive all others.
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        board = ray.remote(Board).options(num_cpus=0, scheduling_strategy=here).remote()
        self._board = cast(ActorHandle[Board], board)
        self._threads, self._data_dir = threads, data_dir and data_dir.absolute()
        super().__init__(workers)

    @property
    def workers(self) -> int:
        return 0 if self._lost else super().workers

    def submit(self, job: Job, listener: Listener) -> None:
        super().submit(settled(job), listener)

    def close(self) -> None:
        if not self._closed:
            super().close()
            ray.kill(self._board)
            self._disconnect()

    def _disconnect(self) -> None:
        if self._connected_here:
            ray.shutdown()

    def _work(self, number: int) -> None:
        for task in self._take():
            task.deliver(self._outcome(task))

    def _outcome(self, task: Task) -> Finished:
        """Have the job done; the outcome is returned, not yet told."""
        name = secrets.token_hex(8)  # on the board: the run may have been lost, and be here again
        try:
            return self._relay(task, name)
        except Exception as error:
            if task.cancelled:
                return Finished("cancelled", task.step)
            for kind, words in _REASONS.items():
                if isinstance(error, kind):
                    return Finished("died", task.step, words)
            if isinstance(
                error, exceptions.RayTaskError
            ):  # of what surrounds the run: its own exceptions come as messages
                text = f"a node of the Ray cluster cannot run Emergescope {__version__}: {_last_line(error)}"
                return Finished("failed", task.step, text, str(error))
            if self._is_lost(error):
                return Finished("paused", task.step)
            _log.exception("run lost in the Ray cluster", run=task.job.run_id)
            return Finished("died", task.step, f"{type(error).__name__}: {error}")
        finally:
            task.release()
            if task.paused:
                self._board.remove.remote(name)

    def _is_lost(self, error: Exception) -> bool:
        """Whether the cluster knows us no longer: a head that was started again refuses who knew the one before."""
        if not isinstance(error, exceptions.AuthenticationError | exceptions.RpcError):
            return self._lost
        with self._lock:
            first, self._lost = not self._lost, True
        if first:
            _log.error("the Ray cluster is gone: the server stops, to find it anew", reason=_last_line(error))
            self._on_lost()
        return True

    def _relay(self, task: Task, name: str) -> Finished:
        """Hand on what the worker sends until the job is over. Raises what Ray says when it ends in another way."""
        if gpus(task.job) and not ray.cluster_resources().get("GPU"):  # type: ignore[no-untyped-call]
            # It would wait for ever.
            return Finished("failed", 0, "the Ray cluster has no GPU: choose auto or cpu as the device")
        with task.lock:  # from here on a cancellation finds the stream
            if (end := task.stopped()) is not None:
                return end
            stream = self._start(task.job, name)
            task.kill = partial(ray.cancel, stream, force=True)  # kills the worker, wherever it is
            task.ask = lambda: self._board.put.remote(name)
        while True:
            ready, _ = ray.wait([stream], timeout=_LOOK_EVERY)
            if task.cancelled:
                return Finished("cancelled", task.step)
            if not ready:
                continue
            message = ray.get(next(stream))
            if isinstance(message, Finished):
                return message
            if (failure := task.deliver(message)) is not None:
                ray.cancel(stream, force=True)
                return failure

    def _start(self, job: Job, name: str) -> ray.ObjectRefGenerator:
        task = ray.remote(lead).options(
            name=f"run {job.run_id}",
            num_returns="streaming",
            num_cpus=self._threads,
            num_gpus=gpus(job),
            max_retries=0,
            _generator_backpressure_num_objects=_AHEAD,
        )
        return task.remote(__version__, name, pickle.dumps((job, self._data_dir)), self._threads, self._board)


def connect(address: str | None, cpus: int) -> None:
    """Make this process a program of a Ray cluster. Raises InvalidConfig: settings are what one changes about failures.

    address  None starts a Ray of our own on this machine, with that many CPUs, which ends with this process;
             "auto" joins the one that runs on this machine, "HOST:PORT" the one whose head node is there
    """
    if address is not None and "://" in address:
        raise InvalidConfig(
            f"{address}: runs cannot be streamed through Ray's client. Start the server on a node of the cluster, "
            'with "auto" or the HOST:PORT of the head node as the address'
        )
    if address not in (None, "auto"):
        _check_answer(address)
    logging.getLogger("ray").setLevel(logging.ERROR)
    ours: dict[str, Any] = {"num_cpus": cpus, "include_dashboard": False} if address is None else {}
    handler = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(address or "local", log_to_driver=False, configure_logging=False, **ours)
    except (exceptions.RayError, ConnectionError, RuntimeError, ValueError, OSError) as error:
        if address is None:
            raise InvalidConfig(f"Ray does not start on this machine: {error}") from error
        hint = "this machine must be a node of it, with the same token and the same versions of Ray and Python"
        raise InvalidConfig(f"the Ray cluster {address} cannot be used ({error}): {hint}") from error
    finally:  # Ray makes SIGTERM end the process at once; here a server decides what it does
        if threading.current_thread() is threading.main_thread():  # no other may set one
            signal.signal(signal.SIGTERM, handler)


def _check_answer(address: str) -> None:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), _PATIENCE).close()
    except ValueError:
        raise InvalidConfig(f'{address!r} is no address of a Ray cluster: "auto" or HOST:PORT is') from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise InvalidConfig(f"no Ray cluster answers at {address} ({reason}): is its head node up?") from None


def _check_cpus(threads: int) -> None:
    """Raises InvalidConfig if no node has that many CPUs."""
    nodes = ray.nodes()  # type: ignore[no-untyped-call]
    most = max((node["Resources"].get("CPU", 0) for node in nodes if node["Alive"]), default=0)
    if most < threads:
        raise InvalidConfig(f"no node of the Ray cluster has {threads} CPUs, but {most:.0f} at most: use fewer threads")


def _last_line(error: Exception) -> str:
    return str(error).strip().splitlines()[-1]

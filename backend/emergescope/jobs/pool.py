"""Executes runs in processes of this machine that are kept warm. Used by the server.

Each worker has a pipe of its own and a thread in the server that reads it, so that a worker can be killed at any
moment, in the middle of a write too, without anyone else noticing: its pipe ends, its exit code says why, and a new
process takes its place. The thread hands on one message at a time; a worker that is ahead waits in its pipe.
"""

import logging
import multiprocessing
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from emergescope.config import RunConfig
from emergescope.errors import EmergescopeError, WorkerDied
from emergescope.jobs.executor import Finished, Listener, Message
from emergescope.jobs.process import serve_jobs

_log = logging.getLogger(__name__)
# Not fork: a forked copy of a process with threads (torch, uvicorn) can hang.
_context = multiprocessing.get_context("spawn")
_ATTEMPTS = 2  # to hand a job to a worker that lives: one that was idle may have been killed a moment ago


@dataclass
class _Job:
    run_id: str
    config: RunConfig
    listener: Listener
    step: int = 0
    cancelled: bool = False


class LocalPool:
    """An Executor of `workers` processes with `threads` CPU threads each, started at once so that they are warm."""

    name = "local"

    def __init__(self, workers: int, threads: int = 1) -> None:
        self._queue = _Queue()
        self._slots = [_Slot(self._queue, number, threads) for number in range(workers)]
        for slot in self._slots:
            slot.start()

    @property
    def workers(self) -> int:
        return len(self._slots)

    def submit(self, run_id: str, config: RunConfig, listener: Listener) -> None:
        with self._queue.changed:
            if self._queue.closed:
                raise WorkerDied("the pool is closed and takes no more runs")
            self._queue.jobs.append(_Job(run_id, config, listener))
            self._queue.changed.notify()

    def cancel(self, run_id: str) -> None:
        with self._queue.changed:
            self._cancel(lambda job: job.run_id == run_id)

    def close(self) -> None:
        with self._queue.changed:
            self._queue.closed = True
            self._cancel(lambda job: True)
            self._queue.changed.notify_all()
        for slot in self._slots:
            slot.join()

    def _cancel(self, chosen: Callable[[_Job], bool]) -> None:
        for job in filter(chosen, self._queue.jobs):
            job.cancelled = True
        for slot in self._slots:
            if slot.job is not None and chosen(slot.job):
                slot.job.cancelled = True
                slot.kill()


class _Queue:
    """Jobs that wait. `changed` guards it, and which job each slot has."""

    def __init__(self) -> None:
        self.jobs: deque[_Job] = deque()
        self.closed = False
        self.changed = threading.Condition()


class _Slot(threading.Thread):
    """Keeps one worker process going and leads one job after the other through it."""

    def __init__(self, queue: _Queue, number: int, threads: int) -> None:
        super().__init__(name=f"emergescope-slot-{number}", daemon=True)
        self.job: _Job | None = None
        self._queue = queue
        self._threads = threads
        self._worker: _Worker | None = None

    def run(self) -> None:
        while (job := self._take()) is not None:
            end = self._lead(job)
            with self._queue.changed:
                self.job = None
            if job.cancelled and self._worker is not None:
                self._worker.stop()  # killed perhaps, but not yet dead: no one else's job may go there
            self._tell(job, end)
        if self._worker is not None:
            self._worker.stop()

    def kill(self) -> None:
        """Kill the worker; its pipe ends then. Called with `changed` held."""
        if self._worker is not None:
            self._worker.process.kill()

    def _take(self) -> _Job | None:
        """The next job, waited for; None once the pool is closed and every job is taken."""
        queue = self._queue
        if not queue.closed:
            self._living_worker()  # warm before there is a job
        with queue.changed:
            while not queue.jobs and not queue.closed:
                queue.changed.wait()
            self.job = queue.jobs.popleft() if queue.jobs else None
            return self.job

    def _living_worker(self) -> "_Worker":
        if self._worker is None or self._worker.has_ended():
            worker = _Worker(self.name.replace("slot", "worker"), self._threads)
            with self._queue.changed:
                self._worker = worker
            return worker
        return self._worker

    def _lead(self, job: _Job) -> Finished:
        """Have the job done; the outcome is returned, not yet told."""
        reason = ""
        for _ in range(_ATTEMPTS):
            if not job.cancelled:
                worker = self._living_worker()
            with self._queue.changed:  # from here on a cancellation finds this worker
                if job.cancelled:
                    return Finished("cancelled", 0)
            try:
                worker.channel.send((job.run_id, job.config))
                worker.channel.recv()  # "I have it"
            except (EOFError, OSError):
                reason = worker.how_it_ended()  # without having begun: while idle, or as it started
            else:
                return self._follow(job, worker)
        return Finished("cancelled", 0) if job.cancelled else Finished("failed", 0, reason)

    def _follow(self, job: _Job, worker: "_Worker") -> Finished:
        """Hand on what the worker sends until the job is over."""
        try:
            while True:
                message = worker.channel.recv()
                if isinstance(message, Finished):
                    return message
                job.step = getattr(message, "step", job.step)
                if (failure := self._tell(job, message)) is not None:
                    worker.stop()
                    return failure
        except (EOFError, OSError):  # the pipe has ended, perhaps inside a message
            reason = worker.how_it_ended()
            return Finished("cancelled", job.step) if job.cancelled else Finished("failed", job.step, reason)

    def _tell(self, job: _Job, message: Message) -> Finished | None:
        """Hand on a message. A listener that fails (a full disk) ends its run, and only that."""
        try:
            job.listener(job.run_id, message)
        except Exception as error:
            _log.exception("run %s: the server could not keep what its worker sent", job.run_id)
            text = error.detail if isinstance(error, EmergescopeError) else f"{type(error).__name__}: {error}"
            return Finished("failed", job.step, text, traceback.format_exc())
        return None


class _Worker:
    """A worker process and the server's end of its pipe."""

    def __init__(self, name: str, threads: int) -> None:
        self.channel, theirs = _context.Pipe()
        self.process = _context.Process(target=serve_jobs, args=(theirs, threads), name=name, daemon=True)
        self.process.start()
        theirs.close()  # so that the pipe ends when the worker does

    def has_ended(self) -> bool:
        """Of a worker without a job: such a one says nothing, so something to read is the end of its pipe."""
        return self.channel.closed or self.channel.poll()

    def stop(self) -> None:
        """End the process, however busy it is. Doing so again does nothing."""
        self.process.kill()
        self.process.join()
        self.channel.close()

    def how_it_ended(self) -> str:
        """The cause of death of a worker whose pipe has ended, in words."""
        self.process.join(timeout=5)
        self.stop()
        code = self.process.exitcode or 0
        if code >= 0:
            return f"the worker process ended with exit code {code}"
        try:
            name = f" ({signal.Signals(-code).name})"
        except ValueError:  # a real-time signal has no name
            name = ""
        return f"the worker process was killed by signal {-code}{name}"

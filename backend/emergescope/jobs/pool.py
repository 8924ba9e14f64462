"""Executes runs in processes of this machine that are kept warm. Used by the server.

Each worker has a pipe of its own and a thread in the server that reads it, so that a worker can be killed at any
moment, in the middle of a write too, without anyone else noticing: its pipe ends, its exit code says why, and a new
process takes its place. The thread hands on one message at a time; a worker that is ahead waits in its pipe.
"""

import multiprocessing
import signal
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from emergescope import logs
from emergescope.errors import EmergescopeError, WorkerDied
from emergescope.jobs.executor import Finished, Job, Listener, Message
from emergescope.jobs.process import serve_jobs

_log = logs.get(__name__)
# Not fork: a forked copy of a process with threads (torch, uvicorn) can hang.
_context = multiprocessing.get_context("spawn")
_ATTEMPTS = 2  # to hand a job to a worker that lives: one that was idle may have been killed a moment ago


@dataclass
class _Task:
    """A job, and what has become of it."""

    job: Job
    listener: Listener
    step: int = 0
    cancelled: bool = False
    paused: bool = False
    begun: bool = False

    @property
    def run_id(self) -> str:
        return self.job.run_id


class LocalPool:
    """An Executor of `workers` processes with `threads` CPU threads each, started at once so that they are warm.

    data_dir  where data sets lie
    """

    name = "local"

    def __init__(self, workers: int, threads: int = 1, data_dir: Path | None = None) -> None:
        self._queue = _Queue()
        self._slots = [_Slot(self._queue, number, threads, data_dir) for number in range(workers)]
        for slot in self._slots:
            slot.start()

    @property
    def workers(self) -> int:
        return len(self._slots)

    def submit(self, job: Job, listener: Listener) -> None:
        with self._queue.changed:
            if self._queue.closed:
                raise WorkerDied("the pool is closed and takes no more runs")
            self._queue.tasks.append(_Task(job, listener))
            self._queue.changed.notify()

    def cancel(self, run_id: str) -> None:
        with self._queue.changed:
            self._cancel(lambda task: task.run_id == run_id)

    def pause(self, run_id: str) -> None:
        with self._queue.changed:
            for task in self._queue.tasks:
                task.paused = task.paused or task.run_id == run_id
            for slot in self._slots:
                if slot.task is not None and slot.task.run_id == run_id:
                    slot.task.paused = True
                    slot.pass_on_pause()

    def close(self) -> None:
        with self._queue.changed:
            self._queue.closed = True
            self._cancel(lambda task: True)
            self._queue.changed.notify_all()
        for slot in self._slots:
            slot.join()

    def _cancel(self, chosen: Callable[[_Task], bool]) -> None:
        for task in filter(chosen, self._queue.tasks):
            task.cancelled = True
        for slot in self._slots:
            if slot.task is not None and chosen(slot.task):
                slot.task.cancelled = True
                slot.kill()


class _Queue:
    """Tasks that wait. `changed` guards it, and which task each slot has."""

    def __init__(self) -> None:
        self.tasks: deque[_Task] = deque()
        self.closed = False
        self.changed = threading.Condition()


class _Slot(threading.Thread):
    """Keeps one worker process going and leads one job after the other through it."""

    def __init__(self, queue: _Queue, number: int, threads: int, data_dir: Path | None) -> None:
        super().__init__(name=f"emergescope-slot-{number}", daemon=True)
        self.task: _Task | None = None
        self._queue = queue
        self._threads, self._data_dir = threads, data_dir
        self._worker: _Worker | None = None

    def run(self) -> None:
        if sys.platform != "win32":
            # Ctrl-C reaches the whole group, and a worker that has only begun to start would end with a traceback.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # as its worker does, which inherits that
        while (task := self._take()) is not None:
            end = self._lead(task)
            with self._queue.changed:
                self.task = None
            if task.cancelled and self._worker is not None:
                self._worker.stop()  # killed perhaps, but not yet dead: no one else's job may go there
            self._tell(task, end)
        if self._worker is not None:
            self._worker.stop()

    def kill(self) -> None:
        """Kill the worker; its pipe ends then. Called with `changed` held."""
        if self._worker is not None:
            self._worker.process.kill()

    def pass_on_pause(self) -> None:
        """Ask the worker to stop its run if that is wanted and the worker has it. Called with `changed` held."""
        if self._worker is not None and self.task is not None and self.task.begun and self.task.paused:
            with suppress(OSError):  # it has just died, and the one who reads its pipe sees that
                self._worker.channel.send(self.task.run_id)

    def _take(self) -> _Task | None:
        """The next task, waited for; None once the pool is closed and every one is taken."""
        queue = self._queue
        if not queue.closed:
            with suppress(OSError):  # the next job tells of it
                self._living_worker()  # warm before there is a job
        with queue.changed:
            while not queue.tasks and not queue.closed:
                queue.changed.wait()
            self.task = queue.tasks.popleft() if queue.tasks else None
            return self.task

    def _living_worker(self) -> "_Worker":
        if self._worker is None or self._worker.has_ended():
            worker = _Worker(self.name.replace("slot", "worker"), self._threads, self._data_dir)
            with self._queue.changed:
                self._worker = worker
            return worker
        return self._worker

    def _lead(self, task: _Task) -> Finished:
        """Have the job done; the outcome is returned, not yet told."""
        reason = ""
        for _ in range(_ATTEMPTS):
            try:
                if not task.cancelled:
                    worker = self._living_worker()
            except OSError as error:  # no memory, or too many processes or files: there may be room again later
                return Finished("died", task.step, f"no worker process could be started: {error.strerror}")
            with self._queue.changed:  # from here on a cancellation finds this worker
                if task.cancelled or task.paused:
                    return Finished("cancelled" if task.cancelled else "paused", task.step)
            try:
                worker.channel.send(task.job)
                worker.channel.recv()  # "I have it"
            except (EOFError, OSError):
                reason = worker.how_it_ended()  # without having begun: while idle, or as it started
            else:
                with self._queue.changed:
                    task.begun = True
                    self.pass_on_pause()
                return self._follow(task, worker)
        return Finished("cancelled", 0) if task.cancelled else Finished("died", 0, reason)

    def _follow(self, task: _Task, worker: "_Worker") -> Finished:
        """Hand on what the worker sends until the job is over."""
        try:
            while True:
                message = worker.channel.recv()
                if isinstance(message, Finished):
                    return message
                task.step = getattr(message, "step", task.step)
                if (failure := self._tell(task, message)) is not None:
                    worker.stop()
                    return failure
        except (EOFError, OSError):  # the pipe has ended, perhaps inside a message
            reason = worker.how_it_ended()
            return Finished("cancelled", task.step) if task.cancelled else Finished("died", task.step, reason)

    def _tell(self, task: _Task, message: Message) -> Finished | None:
        """Hand on a message. A listener that fails takes down its run, and only that."""
        try:
            task.listener(task.run_id, message)
        except Exception as error:
            _log.exception("the server could not keep what its worker sent", run=task.run_id)
            text = error.public if isinstance(error, EmergescopeError) else f"{type(error).__name__}: {error}"
            return Finished("died", task.step, text, traceback.format_exc())
        return None


class _Worker:
    """A worker process and the server's end of its pipe."""

    def __init__(self, name: str, threads: int, data_dir: Path | None) -> None:
        self.channel, theirs = _context.Pipe()
        arguments = (theirs, threads, data_dir)
        self.process = _context.Process(target=serve_jobs, args=arguments, name=name, daemon=True)
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

"""Executes runs in processes of this machine that are kept warm. Used by the server.

Each worker has a pipe of its own and a thread in the server that reads it, so that a worker can be killed at any
moment, in the middle of a write too, without anyone else noticing: its pipe ends, its exit code says why, and a new
process takes its place. The thread hands on one message at a time; a worker that is ahead waits in its pipe.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing import connection, parent_process
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from emergescope.jobs.executor import Finished
from emergescope.jobs.slots import SlotExecutor, Task

# Not fork: a forked copy of a process with threads (torch, uvicorn) can hang. Where there can be, there is a process
# that has loaded what workers need, and no threads: they are forked from it at once, and share the memory of it.
if sys.platform == "win32":
    _context = multiprocessing.get_context("spawn")
else:
    _context = multiprocessing.get_context("forkserver")
    _context.set_forkserver_preload(["emergescope.jobs.worker"])
NAME = "emergescope-run"  # of worker processes, at most 15 characters
_LOOK_EVERY = 0.02  # seconds: asking a pipe costs some 50 microseconds, and a step may take but few of them
_ATTEMPTS = 2  # to hand a job to a worker that lives: one that was idle may have been killed a moment ago


class LocalPool(SlotExecutor):
    """An Executor of `workers` processes with `threads` CPU threads each, started at once so that they are warm.

    data_dir  where data sets lie
    """

    name = "local"

    def __init__(self, workers: int, threads: int = 1, data_dir: Path | None = None) -> None:
        self._threads, self._data_dir = threads, data_dir
        super().__init__(workers)

    def _work(self, number: int) -> None:
        if sys.platform != "win32":
            # Ctrl-C reaches the whole group, and a worker that has only begun to start would end with a traceback.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # as its worker does, which inherits that
        worker = _Worker(f"emergescope-worker-{number}", self._threads, self._data_dir)
        worker.warm_up()
        for task in self._take():
            task.deliver(worker.lead(task))
            if not self._closed:
                worker.warm_up()
        worker.stop()


class _Worker:
    """A worker process, in the place of which comes another when it has ended, and the server's end of its pipe."""

    def __init__(self, name: str, threads: int, data_dir: Path | None) -> None:
        self._name, self._threads, self._data_dir = name, threads, data_dir
        self._process: BaseProcess | None = None
        self._channel: Connection

    def warm_up(self) -> None:
        """Start a process before there is a job for it."""
        with suppress(OSError):  # the next job tells of it
            self._living()

    def stop(self) -> None:
        """End the process, however busy it is. Doing so again does nothing."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._channel.close()

    def lead(self, task: Task) -> Finished:
        """Have the job done; the outcome is returned, not yet told."""
        end = self._outcome(task)
        task.release()
        if task.cancelled:
            self.stop()  # killed perhaps, but not yet dead: no one else's job may go there
        return end

    def _living(self) -> BaseProcess:
        """A process without a job. Raises OSError where there is no room for one."""
        # Without a job it says nothing, so something to read is the end of its pipe.
        if self._process is None or self._channel.closed or self._channel.poll():
            channel, theirs = _context.Pipe()
            arguments = (theirs, self._threads, self._data_dir)
            process = _context.Process(target=_serve_jobs, args=arguments, name=self._name, daemon=True)
            process.start()
            theirs.close()  # so that the pipe ends when the worker does
            self._process, self._channel = process, channel
        return self._process

    def _outcome(self, task: Task) -> Finished:
        reason = ""
        for _ in range(_ATTEMPTS):
            if (end := task.stopped()) is not None:
                return end
            try:
                process = self._living()
            except OSError as error:  # no memory, or too many processes or files: there may be room again later
                return Finished("died", task.step, f"no worker process could be started: {error.strerror}")
            with task.lock:  # from here on a cancellation finds this worker
                if (end := task.stopped()) is not None:
                    return end
                task.kill = process.kill
            try:
                self._channel.send(task.job)
                self._channel.recv()  # "I have it"
                task.begin(partial(self._channel.send, task.job.run_id))
                return self._relay(task)
            except (EOFError, OSError):  # the pipe has ended, perhaps inside a message
                reason = self._how_it_ended(process)
            if task.ask is not None:  # else it was idle, or only just started
                break
        return Finished("cancelled", task.step) if task.cancelled else Finished("died", task.step, reason)

    def _relay(self, task: Task) -> Finished:
        """Hand on what the worker sends until the job is over."""
        while not isinstance(message := self._channel.recv(), Finished):
            if (failure := task.deliver(message)) is not None:
                self.stop()
                return failure
        return message

    def _how_it_ended(self, process: BaseProcess) -> str:
        """The cause of death of a worker whose pipe has ended, in words."""
        process.join(timeout=5)
        self.stop()
        code = process.exitcode or 0
        if code >= 0:
            return f"the worker process ended with exit code {code}"
        try:
            name = f" ({signal.Signals(-code).name})"
        except ValueError:  # a real-time signal has no name
            name = ""
        return f"the worker process was killed by signal {-code}{name}"


def _serve_jobs(channel: Connection, threads: int, data_dir: Path | None) -> None:
    """What a worker process does for ever: take a job from `channel`, answer None, "I have it", and then the run's
    messages. The id of a run, instead of a job, asks that run to stop; that of one which is over means nothing.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the server decides what ends
    with suppress(OSError):
        Path("/proc/self/comm").write_text(NAME)  # as `top` and `ps` of Linux call it: else as what it is forked from
    threading.Thread(target=_end_with_server, daemon=True).start()
    # Where it is not loaded already, under watch: torch takes seconds, and a server that dies meanwhile must not leave
    # this behind.
    from emergescope.jobs.worker import execute  # noqa: PLC0415

    try:
        while True:
            job = channel.recv()
            if isinstance(job, str):
                continue
            channel.send(None)
            for message in execute(job, threads, _asked_to_stop(channel, job.run_id), data_dir):
                channel.send(message)  # blocks while the server is slow: that is the backpressure
    except (EOFError, OSError):
        return  # the server closed the channel, or is gone


def _asked_to_stop(channel: Connection, run_id: str) -> Callable[[], bool]:
    asked, looked = False, time.monotonic()

    def look() -> bool:
        nonlocal asked, looked
        now = time.monotonic()
        if now - looked >= _LOOK_EVERY:
            looked = now
            while channel.poll():
                asked = channel.recv() == run_id or asked  # each is taken, however often one asks
        return asked

    return look


def _end_with_server() -> None:
    # Also when the server died before this process was up: its sentinel is then ready at once.
    server = parent_process()
    assert server is not None
    connection.wait([server.sentinel])
    os._exit(1)

"""What executors of other processes share: a thread of the server, a slot, leads each run from start to end."""

import threading
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from queue import SimpleQueue

from emergescope import logs
from emergescope.errors import EmergescopeError, WorkerDied
from emergescope.jobs.executor import Finished, Job, Listener, Message

_log = logs.get(__name__)


@dataclass(eq=False)
class Task:
    """A job, and what has become of it.

    kill, ask  end the worker that has it, and ask that worker to stop after a checkpoint; None while there is none
    """

    job: Job
    listener: Listener
    step: int = 0
    cancelled: bool = False
    paused: bool = False
    kill: Callable[[], object] | None = None
    ask: Callable[[], object] | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    def cancel(self) -> None:
        with self.lock:
            self.cancelled = True
            if self.kill is not None:
                self.kill()

    def pause(self) -> None:
        with self.lock, suppress(OSError):  # its worker has just died, and whoever leads it sees that
            self.paused = True
            if self.ask is not None:
                self.ask()

    def begin(self, ask: Callable[[], object]) -> None:
        """Its worker has it, and can be asked to stop."""
        with self.lock:
            self.ask = ask
            if self.paused:
                self.pause()

    def release(self) -> None:
        """No worker has it any more."""
        with self.lock:
            self.kill = self.ask = None

    def stopped(self) -> Finished | None:
        """Its end, if it was stopped before it began."""
        if self.cancelled or self.paused:
            return Finished("cancelled" if self.cancelled else "paused", self.step)
        return None

    def deliver(self, message: Message) -> Finished | None:
        """Give the listener a message. One that fails (a full disk) takes down its run, and only that."""
        self.step = getattr(message, "step", self.step)
        try:
            self.listener(self.job.run_id, message)
        except Exception as error:
            _log.exception("the server could not keep what its worker sent", run=self.job.run_id)
            text = error.public if isinstance(error, EmergescopeError) else f"{type(error).__name__}: {error}"
            return Finished("died", self.step, text, traceback.format_exc())
        return None


class SlotExecutor(ABC):
    """An Executor with `workers` slots, which it starts at once."""

    def __init__(self, workers: int) -> None:
        self._lock = threading.Lock()
        self._tasks: set[Task] = set()
        self._queue: SimpleQueue[Task | None] = SimpleQueue()
        self._closed = False
        self._slots = [
            threading.Thread(target=self._work, args=(number,), name=f"emergescope-slot-{number}", daemon=True)
            for number in range(workers)
        ]
        for slot in self._slots:
            slot.start()

    @property
    def workers(self) -> int:
        return len(self._slots)

    def submit(self, job: Job, listener: Listener) -> None:
        with self._lock:
            if self._closed:
                raise WorkerDied("the executor is closed and takes no more runs")
            task = Task(job, listener)
            self._tasks.add(task)
            self._queue.put(task)

    def cancel(self, run_id: str) -> None:
        for task in self._tasks_of(run_id):
            task.cancel()

    def pause(self, run_id: str) -> None:
        for task in self._tasks_of(run_id):
            task.pause()

    def close(self) -> None:
        with self._lock:
            if not self._closed:
                self._closed = True
                for task in self._tasks:
                    task.cancel()
                for _ in self._slots:
                    self._queue.put(None)
        for slot in self._slots:
            slot.join()

    @abstractmethod
    def _work(self, number: int) -> None:
        """Lead what `_take` gives. What a slot does."""

    def _take(self) -> Iterator[Task]:
        """Tasks, each waited for, until the executor is closed and every one is taken."""
        while (task := self._queue.get()) is not None:
            yield task
            with self._lock:
                self._tasks.discard(task)

    def _tasks_of(self, run_id: str) -> list[Task]:
        with self._lock:
            return [task for task in self._tasks if task.job.run_id == run_id]

"""Executes runs in the thread that submits them: `submit` returns when the run is over."""

from collections import deque
from pathlib import Path

from emergescope.jobs.executor import Finished, Job, Listener
from emergescope.jobs.worker import execute


class InlineExecutor:
    """An Executor without processes. A cancelled run ends at its next message, a paused one at its next step. What is
    submitted while one runs waits for that.
    """

    name = "inline"
    workers = 1

    def __init__(self, threads: int = 1, data_dir: Path | None = None) -> None:
        self._threads, self._data_dir = threads, data_dir
        self._waiting: deque[tuple[Job, Listener]] = deque()
        self._running: set[str] = set()
        self._cancelled: set[str] = set()
        self._paused: set[str] = set()

    def submit(self, job: Job, listener: Listener) -> None:
        self._waiting.append((job, listener))
        while self._waiting and not self._running:
            self._run(*self._waiting.popleft())

    def _run(self, job: Job, listener: Listener) -> None:
        run_id = job.run_id
        self._running.add(run_id)
        step = 0
        try:
            for message in execute(job, self._threads, lambda: run_id in self._paused, self._data_dir):
                if run_id in self._cancelled and not isinstance(message, Finished):
                    listener(run_id, Finished("cancelled", step))
                    return
                step = getattr(message, "step", step)
                listener(run_id, message)
        finally:
            for runs in (self._running, self._cancelled, self._paused):
                runs.discard(run_id)

    def cancel(self, run_id: str) -> None:
        self._cancelled |= self._running & {run_id}

    def pause(self, run_id: str) -> None:
        self._paused |= self._running & {run_id}

    def close(self) -> None:
        self._cancelled |= self._running

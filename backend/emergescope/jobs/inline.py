"""Executes runs in the thread that submits them: `submit` returns when the run is over. For tests and scripts."""

from emergescope.config import RunConfig
from emergescope.jobs.executor import Finished, Listener
from emergescope.jobs.worker import execute


class InlineExecutor:
    """An Executor without processes. A cancelled run ends at its next message."""

    name = "inline"
    workers = 1

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads
        self._running: set[str] = set()
        self._cancelled: set[str] = set()

    def submit(self, run_id: str, config: RunConfig, listener: Listener) -> None:
        self._running.add(run_id)
        step = 0
        try:
            for message in execute(run_id, config, self._threads):
                if run_id in self._cancelled and not isinstance(message, Finished):
                    listener(run_id, Finished("cancelled", step))
                    return
                step = getattr(message, "step", step)
                listener(run_id, message)
        finally:
            self._running.discard(run_id)
            self._cancelled.discard(run_id)

    def cancel(self, run_id: str) -> None:
        if run_id in self._running:
            self._cancelled.add(run_id)

    def close(self) -> None:
        self._cancelled |= self._running

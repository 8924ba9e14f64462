"""An executor whose workers say what the test has them say, and films. Used by the tests of the service."""

from collections.abc import Callable

from emergescope.config.run import RunConfig
from emergescope.jobs.executor import Finished, Job, Listener, Message
from emergescope.jobs.worker import execute
from emergescope.recording.events import FrameReady
from emergescope.service.service import Service


class HandExecutor:
    """Keeps what it was asked; the test tells the messages."""

    name = "hand"

    def __init__(self, workers: int = 1) -> None:
        self.workers = workers
        self.runs: dict[str, Listener] = {}
        self.jobs: dict[str, Job] = {}
        self.cancelled: list[str] = []
        self.paused: list[str] = []
        self.closed = False

    def submit(self, job: Job, listener: Listener) -> None:
        self.runs[job.run_id] = listener
        self.jobs[job.run_id] = job

    def cancel(self, run_id: str) -> None:
        self.cancelled.append(run_id)

    def pause(self, run_id: str) -> None:
        self.paused.append(run_id)

    def close(self) -> None:
        self.closed = True

    def tell(self, run_id: str, *messages: Message) -> None:
        for message in messages:
            self.runs[run_id](run_id, message)

    def finish(self, run_id: str, end: Finished) -> None:
        self.runs.pop(run_id)(run_id, end)


def submit(service: Service, config: RunConfig) -> str:
    return service.submit(config, None, None, []).record.id


def stops_after(steps: int) -> Callable[[], bool]:
    """For `execute`: stop after so many steps (and the state before the first)."""
    asked = iter(range(steps))
    return lambda: next(asked, None) is None


def film(service: Service, run: str) -> dict[int, bytes]:
    return dict(service.reader.blobs_after(run, -1, 1000, 10**9))


def undisturbed(run: str, config: RunConfig) -> dict[int, bytes]:
    return {m.seq: m.blob for m in execute(Job(run, config), 1) if isinstance(m, FrameReady)}

"""A listener that remembers. Used by the tests of executors."""

import threading
from collections import defaultdict

from emergescope.jobs.executor import Finished, Message
from emergescope.recording.events import Checkpointed, FrameReady

TIMEOUT = 60


class Recorder:
    """Keeps the messages of each run; waits for them."""

    def __init__(self) -> None:
        self.messages: defaultdict[str, list[Message]] = defaultdict(list)
        self._changed = threading.Condition()

    def __call__(self, run_id: str, message: Message) -> None:
        with self._changed:
            self.messages[run_id].append(message)
            self._changed.notify_all()

    def frames(self, run_id: str) -> list[FrameReady]:
        return [m for m in self.messages[run_id] if isinstance(m, FrameReady)]

    def checkpoints(self, run_id: str) -> list[Checkpointed]:
        return [m for m in self.messages[run_id] if isinstance(m, Checkpointed)]

    def wait_for_frames(self, run_id: str, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.frames(run_id)) >= count, TIMEOUT), "no frames came"

    def wait_for_checkpoint(self, run_id: str) -> Checkpointed:
        with self._changed:
            assert self._changed.wait_for(lambda: self.checkpoints(run_id), TIMEOUT), "no checkpoint came"
        return self.checkpoints(run_id)[-1]

    def wait_for_end(self, run_id: str) -> Finished:
        def end() -> Finished | None:
            found = self.messages[run_id][-1:]
            return found[0] if found and isinstance(found[0], Finished) else None

        with self._changed:
            finished = self._changed.wait_for(end, TIMEOUT)
        assert finished is not None, "the run did not end"
        return finished

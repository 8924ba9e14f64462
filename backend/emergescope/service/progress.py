"""How far a running run is and how long it will take; and what the service has done since the server started.

The service counts, as plain numbers; api/operations.py reads.
"""

import time
from bisect import bisect_left
from dataclasses import dataclass, field

from emergescope.config.run import RunConfig

ENDS = ("succeeded", "failed", "cancelled")
BOUNDS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, 10_000.0, 30_000.0)  # seconds of training


@dataclass(frozen=True)
class Progress:
    """`seconds` that the run has trained; `eta` seconds to go; None where it is not known."""

    step: int
    total: int
    seconds: float | None
    eta: float | None
    phase: str | None


class Clock:
    """Measures one run from its start, or from where it goes on, and estimates the rest.

    step, seconds  at which it begins: steps that are done, and how long they took
    """

    def __init__(self, config: RunConfig, step: int = 0, seconds: float | None = None) -> None:
        self.step = step
        self._config = config
        self._start: float | None = None
        self._begun, self._before = step, seconds
        self._phase: str | None = None

    def start(self) -> None:
        """Once more changes nothing: a fork starts where its parent trained, and again at its own step."""
        self._start = self._start or time.monotonic()

    def advance(self, step: int, phase: str) -> None:
        """Frames are told after the training that is ahead of them: an earlier step is no news."""
        if step >= self.step:
            self.step, self._phase = step, phase

    def read(self) -> Progress:
        seconds, eta, total = self._before, None, self._config.total_steps
        if self._start is not None:
            trained = time.monotonic() - self._start
            seconds = (self._before or 0.0) + trained
            # A step costs about as much as it draws samples, and phases differ much in that.
            before, done, all_ = (self._samples(steps) for steps in (self._begun, self.step, total))
            eta = trained * (all_ - done) / (done - before) if done > before else None
        return Progress(self.step, total, seconds, eta, self._phase)

    def _samples(self, steps: int) -> int:
        samples = 0
        for phase in self._config.stages:
            samples += min(steps, phase.steps) * phase.samples
            steps = max(0, steps - phase.steps)
        return samples


@dataclass
class Durations:
    """How long runs trained: `buckets[i]` of them at most BOUNDS[i] seconds, the last longer; `total` together."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0


@dataclass
class Counts:
    """Written with the service's lock held, read at any moment. Frames are counted once they are committed."""

    frames: int = 0
    frame_bytes: int = 0
    deaths: int = 0  # of workers and servers that had a run
    pauses: int = 0
    resumes: int = 0
    ends: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ENDS, 0))
    durations: dict[str, Durations] = field(default_factory=lambda: {status: Durations() for status in ENDS})

    def committed(self, size: int) -> None:
        """A frame of `size` bytes is in the store."""
        self.frames += 1
        self.frame_bytes += size

    def ended(self, status: str, seconds: float | None) -> None:
        """A run is over. `seconds` that it trained; None if it never began."""
        self.ends[status] += 1
        if seconds is not None:
            self.durations[status].buckets[bisect_left(BOUNDS, seconds)] += 1
            self.durations[status].total += seconds

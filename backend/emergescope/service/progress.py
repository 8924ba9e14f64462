"""How far a running run is, and how long it will take. Used by the service."""

import time
from dataclasses import dataclass

from emergescope.config import RunConfig


@dataclass(frozen=True)
class Progress:
    """`seconds` since the run began to train; `eta` seconds to go; None where it is not known."""

    step: int
    total: int
    seconds: float | None
    eta: float | None
    phase: str | None


class Clock:
    """Measures one run from its start and estimates the rest."""

    def __init__(self, config: RunConfig) -> None:
        self._phases = config.training.phases
        self._total = config.training.total_steps
        self._start: float | None = None
        self._step = 0
        self._phase: str | None = None

    def start(self) -> None:
        self._start = time.monotonic()

    def advance(self, step: int, phase: str) -> None:
        self._step, self._phase = step, phase

    @property
    def step(self) -> int:
        return self._step

    def read(self) -> Progress:
        seconds = None if self._start is None else time.monotonic() - self._start
        return Progress(self._step, self._total, seconds, self._eta(seconds), self._phase)

    def _eta(self, seconds: float | None) -> float | None:
        # A step costs about as much as it draws samples, and phases differ much in that.
        done, total = self._samples(self._step), self._samples(self._total)
        if seconds is None or done == 0:
            return None
        return seconds * (total - done) / done

    def _samples(self, steps: int) -> int:
        samples = 0
        for phase in self._phases:
            samples += min(steps, phase.steps) * phase.samples
            steps = max(0, steps - phase.steps)
        return samples

"""How far a running run is, and how long it will take. Used by the service."""

import time
from dataclasses import dataclass

from emergescope.config.run import RunConfig


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
        self._phases = config.stages
        self._total = config.total_steps
        self._start: float | None = None
        self._begun, self._before = step, seconds
        self._step = step
        self._phase: str | None = None

    def start(self) -> None:
        """Once more changes nothing: a fork starts where its parent trained, and again at its own step."""
        self._start = self._start or time.monotonic()

    def advance(self, step: int, phase: str) -> None:
        """Frames are told after the training that is ahead of them: an earlier step is no news."""
        if step >= self._step:
            self._step, self._phase = step, phase

    @property
    def step(self) -> int:
        return self._step

    def read(self) -> Progress:
        if self._start is None:
            return Progress(self._step, self._total, self._before, None, self._phase)
        now = time.monotonic() - self._start
        return Progress(self._step, self._total, (self._before or 0.0) + now, self._eta(now), self._phase)

    def _eta(self, seconds: float) -> float | None:
        # A step costs about as much as it draws samples, and phases differ much in that.
        before, done, total = (self._samples(steps) for steps in (self._begun, self._step, self._total))
        return seconds * (total - done) / (done - before) if done > before else None

    def _samples(self, steps: int) -> int:
        samples = 0
        for phase in self._phases:
            samples += min(steps, phase.steps) * phase.samples
            steps = max(0, steps - phase.steps)
        return samples

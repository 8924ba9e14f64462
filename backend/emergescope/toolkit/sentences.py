"""What cameras say: sentences about one frame, made of its own numbers, and events that are told once."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from emergescope.recording.events import Happened

Metrics = Mapping[str, float | None]
LOST = "The weights are no longer numbers."


class Milestones:
    """Watches the frames of one run, in order, and tells each kind of event once; a study says what there is to tell.

    told  the step of each kind that has been told, as far as it is known
    """

    def __init__(self) -> None:
        self.told: dict[str, int | None] = {}

    def state(self) -> dict[str, Any]:
        """What has been told, as JSON."""
        return {"told": sorted(self.told)}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.told = dict.fromkeys(state["told"])

    def first(self, shown: Iterable[Happened]) -> tuple[Happened, ...]:
        """Of all that a frame shows, what it is the first to show."""
        new: dict[str, Happened] = {}
        for one in shown:
            if one.kind not in self.told:
                new.setdefault(one.kind, one)
        self.told |= {kind: one.step for kind, one in new.items()}
        return tuple(new.values())


class Last(NamedTuple):
    """A metric as it was last measured; None where it was no number. `when` is "" where that is the frame at hand."""

    value: float | None
    when: str


class Past:
    """What sentences need of the frames until the one at hand: what was measured last, and what has been passed.

    marks  by metric, the value that counts as passed
    """

    def __init__(self, marks: Mapping[str, float] | None = None) -> None:
        self._marks = dict(marks or {})
        self._step = 0
        self._last: dict[str, tuple[int, float | None]] = {}
        self._passed: dict[str, int] = {}

    def see(self, step: int, metrics: Metrics) -> None:
        """The frame at hand."""
        self._step = step
        self._last |= {name: (step, value) for name, value in metrics.items()}
        for name, mark in self._marks.items():
            value = metrics.get(name)
            if value is not None and value >= mark:
                self._passed.setdefault(name, step)

    def last(self, metric: str) -> Last | None:
        """None where it was not measured yet."""
        if metric not in self._last:
            return None
        step, value = self._last[metric]
        return Last(value, "" if step == self._step else f" at step {step:,}")

    def passed(self, metric: str) -> int | None:
        """The first step at which it was as good as its mark."""
        return self._passed.get(metric)

    def state(self) -> dict[str, Any]:
        """As JSON."""
        return {"last": {name: list(one) for name, one in self._last.items()}, "passed": dict(self._passed)}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._last = {name: (step, value) for name, (step, value) in state["last"].items()}
        self._passed = dict(state["passed"])


def passed(step: int, *marks: tuple[str, bool, float, str]) -> Iterable[Happened]:
    """Of marks (kind, whether it is passed, threshold, text) those that are passed, as events."""
    return (Happened(step, kind, text, {"threshold": least}) for kind, there, least, text in marks if there)


def percent(share: float) -> str:
    return f"{math.floor(100 * share + 0.5)}\u00a0%"


def brief(value: float) -> str:
    """Three digits, with a true minus."""
    text = f"{value:.1e}" if value != 0 and abs(value) < 1e-3 else f"{float(f'{value:.3g}'):g}"
    return text.replace("-", "−")


def right_of(metrics: Metrics, metric: str, what: str) -> str:
    """Of an accuracy: "82 % of new inputs right"; or why there is none."""
    if metric not in metrics:
        return f"accuracy on {what} not measured at this step"
    value = metrics[metric]
    return "the network is not a number any more" if value is None else f"{percent(value)} of {what} right"


def sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]

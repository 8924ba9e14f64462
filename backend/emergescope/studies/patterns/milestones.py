"""What happened to the features, found at frames: patterns carried, features emerged, the control failed.

Thresholds are stated in the events and in docs/experiments.md. Used by the camera.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from torch import Tensor

from emergescope.recording.events import Happened
from emergescope.studies.patterns.config import DictionaryProblem
from emergescope.toolkit.alignment import Alignment

CARRIED: Final = 0.8  # of 1 / sqrt(k), which is |cos(w, M_j)| of a neuron at +s or -s
EMERGED, ALIGNED = 0.5, 0.9  # |cos(w, s)| of half of the neurons
PROBE, ACCURACY = 0.9, 0.95
TURNED, CHANCE = 0.5, 0.6  # the control fails: mean cos with the start below, probe below
_NAMED = 8  # patterns that a sentence names


class Watcher(Protocol):
    """Watches the frames of one run, in order, and tells each event once."""

    def state(self) -> dict[str, list[Any]]:
        """What has been told, as JSON."""

    def restore(self, state: Mapping[str, Sequence[Any]]) -> None: ...

    def watch(self, step: int, seen: Alignment, metrics: Mapping[str, float | None]) -> tuple[Happened, ...]:
        """What this frame is the first to show."""


class Milestones:
    """Watches the frames of one run, in order, and tells each event once.

    relevant    dictionary columns
    last        the last step of the run
    """

    def __init__(self, problem: DictionaryProblem, relevant: Sequence[int], last: int) -> None:
        self._problem = problem
        self._relevant = tuple(relevant)
        self._last = last
        self._threshold = CARRIED / problem.k**0.5
        self._carried: set[int] = set()
        self._seen: set[str] = set()

    def state(self) -> dict[str, list[Any]]:
        """What has been told, as JSON."""
        return {"carried": sorted(self._carried), "told": sorted(self._seen)}

    def restore(self, state: Mapping[str, Sequence[Any]]) -> None:
        self._carried, self._seen = set(state["carried"]), set(state["told"])

    def watch(self, step: int, seen: Alignment, metrics: Mapping[str, float | None]) -> tuple[Happened, ...]:
        """What this frame is the first to show."""
        found = [*self._newly_carried(step, seen.cosine), *self._thresholds(step, seen.signal_cosine, metrics)]
        return tuple(found)

    def _newly_carried(self, step: int, cosine: Tensor) -> Iterator[Happened]:
        best = cosine[:, list(self._relevant)].abs().amax(0).tolist()
        new = [j for j, c in zip(self._relevant, best, strict=True) if c >= self._threshold and j not in self._carried]
        if not new:
            return
        self._carried.update(new)
        named = ", ".join(map(str, new[:_NAMED])) + (f" and {len(new) - _NAMED} more" if len(new) > _NAMED else "")
        what = (
            f"pattern {named} is carried by a neuron" if len(new) == 1 else f"patterns {named} are carried by neurons"
        )
        text = f"{what}: |cos| ≥ {self._threshold:.2f}"
        yield Happened(step, "carried", text, {"patterns": new, "threshold": round(self._threshold, 4)})

    def _thresholds(self, step: int, signal_cosine: Tensor, metrics: Mapping[str, float | None]) -> Iterator[Happened]:
        size = signal_cosine.abs()
        for kind, threshold, text in (
            ("emerged", EMERGED, f"features emerged: half of the neurons have |cos| > {EMERGED} with ±s"),
            ("aligned", ALIGNED, f"half of the neurons at ±s: |cos| > {ALIGNED}"),
        ):
            if float((size > threshold).float().mean()) >= 0.5:
                yield from self._once(step, kind, text, {"threshold": threshold})
        probe = _first(metrics, "probe_accuracy_hard", "probe_accuracy")
        if probe is not None and probe >= PROBE:
            what = "the inputs" if metrics.get("probe_accuracy_hard") is None else "the hard inputs"
            text = f"probe passes {PROBE:.0%}: the features carry {what}"
            yield from self._once(step, "probe", text, {"threshold": PROBE})
        if (metrics.get("test_accuracy") or 0.0) >= ACCURACY:
            yield from self._once(step, "accuracy", f"accuracy passes {ACCURACY:.0%}", {"threshold": ACCURACY})
        if not self._problem.structure and probe is not None and probe < CHANCE:
            turned = metrics.get("initial_cosine_mean")
            if step == self._last or (turned is not None and turned < TURNED):
                how = "training is over" if step == self._last else "the neurons have left their initial directions"
                text = f"the control fails: {how}, and the probe is at {probe:.1%}"
                yield from self._once(step, "control", text, {"probe_accuracy": probe})

    def _once(self, step: int, kind: str, text: str, data: Mapping[str, Any]) -> Iterator[Happened]:
        if kind not in self._seen:
            self._seen.add(kind)
            yield Happened(step, kind, text, data)


def _first(metrics: Mapping[str, float | None], *names: str) -> float | None:
    """The first of these metrics that has a value."""
    return next((value for name in names if (value := metrics.get(name)) is not None), None)

"""What is seen of a snapshot, and what is said of it. Works beside training, in a thread of its own."""

from math import isfinite

from emergescope.recording.capture import Look
from emergescope.recording.events import Frame, Happened, Saved, State
from emergescope.toolkit.frame_parts import as_array, finite
from torch import Tensor

FOUND = 0.1  # distance to w* at which the direction counts as found


class SkeletonCamera:
    """Takes the frames of one run in order of step, and tells once that the direction is found."""

    def __init__(self, truth: Tensor, saved: Saved | None) -> None:
        self._truth = truth
        self._found: int | None = None if saved is None else saved.data["found"]  # at which step

    def take(self, state: State, weights: Tensor) -> Look:
        distance = float((weights - self._truth).norm())
        events: tuple[Happened, ...] = ()
        if self._found is None and distance < FOUND:
            self._found = state.step
            events = (Happened(state.step, "found", f"the weights are within {FOUND} of w*"),)
        measured = {**state.metrics, "distance": distance}
        frame = Frame(
            step=state.step,
            phase=state.stage,
            metrics={name: finite(value) for name, value in measured.items()},
            layout={},
            tensors={"weights": as_array(weights), "truth": as_array(self._truth)},
            says=says(distance, self._found),
        )
        return Look(frame, events)

    def save(self) -> Saved:
        """What it remembers of the frames before: with it, sentences are the same after a pause."""
        return Saved(data={"found": self._found})


def says(distance: float, found: int | None) -> dict[str, str]:
    """Sentences about a frame, by the id of the panel that they stand below."""
    if not isfinite(distance):
        return {"weights": "The weights are no longer numbers."}
    since = "" if found is None else f"; they came within {FOUND} of it by step {found:,}"
    return {"weights": f"The weights are {distance:.3f} away from w*{since}."}

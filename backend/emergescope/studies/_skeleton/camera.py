"""What is seen of a snapshot, and what is said of it. Works beside training, in a thread of its own."""

from emergescope.recording.capture import Look
from emergescope.recording.events import Frame, Happened, Saved, State
from emergescope.toolkit.frame_parts import as_array, finite
from torch import Tensor

FOUND = 0.1  # distance to w* at which the direction counts as found


class SkeletonCamera:
    """Takes the frames of one run in order of step, and tells once that the direction is found."""

    def __init__(self, truth: Tensor, saved: Saved | None) -> None:
        self._truth = truth
        self._seen = saved is not None and bool(saved.data["told"])

    def take(self, state: State, weights: Tensor) -> Look:
        distance = float((weights - self._truth).norm())
        measured = {**state.metrics, "distance": distance}
        frame = Frame(
            step=state.step,
            phase=state.stage,
            metrics={name: finite(value) for name, value in measured.items()},
            layout={},
            tensors={"weights": as_array(weights)},
            says={"weights": f"The weights are {distance:.3f} away from w*."},
        )
        if self._seen or not distance < FOUND:
            return Look(frame)
        self._seen = True
        return Look(frame, (Happened(state.step, "found", f"the weights are within {FOUND} of w*"),))

    def save(self) -> Saved:
        return Saved(data={"told": self._seen})

"""What a kind of experiment gives to the run: models in training, and a camera that looks at copies of them."""

from collections.abc import Iterator
from typing import Any, Protocol

from emergescope.frames.checkpoint import Checkpoint
from emergescope.frames.darkroom import Photographer
from emergescope.frames.events import Happened, Started
from emergescope.training import TrainState


class Setting(Protocol):
    """Ready to train from its beginning, or from the checkpoint that it was made with."""

    @property
    def started(self) -> Started:
        """What is known before the first step."""

    @property
    def camera(self) -> Photographer: ...

    @property
    def bytes(self) -> int:
        """Size of a snapshot."""

    def train(self, after: int) -> Iterator[TrainState]:
        """The state before the first step, then one after each; from a checkpoint, those after the step `after`."""

    def watch(self, state: TrainState) -> Iterator[Happened]:
        """Called after each step: what happened that no frame shows."""

    def is_finite(self, loss: float | None) -> bool: ...

    def snapshot(self) -> Any:
        """A copy, for the camera, that stays as it is while training goes on."""

    def checkpoint(self, step: int, frames: int, diverged: bool) -> Checkpoint:
        """All that training changes, after `step`; the camera's part is added when the frames before it are taken."""

"""Parts of which frames of all kinds are made, numbers of the step, tensors as they are kept, weights as pictures; and
how a frame is made and told of.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from emergescope.recording.capture import Attempts, Look
from emergescope.recording.events import Array, Frame, Happened, Saved, State
from emergescope.toolkit.sentences import Metrics, Milestones, Past

_ZERO, _LARGEST = 128, 127  # of a byte of a picture


def descent(loss: float | None, train_accuracy: float | None) -> dict[str, float | None]:
    """The metrics that the gradient step itself gives; none before the first."""
    if loss is None:
        return {}
    return {"loss": loss, "train_accuracy": train_accuracy if math.isfinite(loss) else None}


def finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def as_array(tensor: Tensor) -> Array:
    """As a frame keeps it: bytes and half precision as they are, all else in single precision."""
    kept = tensor.dtype in (torch.uint8, torch.float16)
    return tensor.to("cpu", tensor.dtype if kept else torch.float32).contiguous().numpy()


def as_bytes(weights: Tensor, shape: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """(scale [n], pixels uint8 [n, *shape]) of weights [n, d]: w = (pixel - 128) / 127 * scale, to half a step.

    The scale is a neuron's largest |w|, so that faint ones are legible too. A weight that is not finite is drawn as 0,
    and the scale is then not finite.
    """
    scale = weights.abs().amax(1)
    part = torch.nan_to_num(weights / scale.clamp(min=1e-30)[:, None], 0.0, 0.0, 0.0)
    pixels = (part * _LARGEST).round_().add_(_ZERO).to(torch.uint8)
    return scale.to(torch.float32), pixels.reshape(-1, *shape)


class TellingCamera:
    """Makes frames of what was measured in a run, in order of step, with sentences and events about them.

    attempts  what cannot be measured is left out
    past      what sentences need of the frames before
    """

    def __init__(self, milestones: Milestones, past: Past | None = None) -> None:
        self.attempts, self._milestones, self.past = Attempts(), milestones, past or Past()

    def frame(
        self,
        state: State,
        measured: Metrics,
        tensors: Mapping[str, Tensor],
        layout: Mapping[str, str | float | None],
        watch: Callable[[Metrics], tuple[Happened, ...]] = lambda metrics: (),
        says: Callable[[Frame], Mapping[str, str]] = lambda frame: {},
    ) -> Look:
        """The frame, what `watch` finds that has happened by its metrics, and what `says` then says of it."""
        metrics = {name: finite(value) for name, value in measured.items()}
        happened = self.attempts("what has emerged", partial(watch, metrics)) or ()
        self.past.see(state.step, metrics)
        frame = Frame(
            step=state.step,
            phase=state.stage,
            metrics=metrics,
            layout=layout,
            tensors={name: as_array(t) for name, t in tensors.items()},
        )
        said = self.attempts("sentences", partial(says, frame)) or {}
        return Look(replace(frame, says=said), (*happened, *self.attempts.events()))

    def save(self) -> Saved:
        """What it remembers of the frames taken so far."""
        return Saved({}, {**self._milestones.state(), **self.attempts.state(), "past": self.past.state()})

    def restore(self, saved: Saved) -> None:
        """Remember what `save` has said."""
        self._milestones.restore(saved.data)
        self.attempts.restore(saved.data)
        if "past" in saved.data:  # earlier versions remembered none
            self.past.restore(saved.data["past"])

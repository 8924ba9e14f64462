"""Where training is after a step, and what is kept of it to go on. Made by studies; used by the engine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from emergescope.recording.events import Happened


@dataclass(frozen=True)
class State:
    """After `step` updates.

    stage    of the last update; "start" before the first
    metrics  of the update itself, of its loss say
    finite   whether all that training moves is a number still
    events   what happened at this step that no frame shows
    """

    step: int
    stage: str
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    finite: bool = True
    events: tuple[Happened, ...] = ()


@dataclass(frozen=True)
class Saved:
    """All that the seed does not give again: tensors, and JSON."""

    tensors: Mapping[str, Tensor] = field(default_factory=dict, repr=False)
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)

"""What a run tells while it trains, and what that is made of. Knows no torch: a server need not load it to pass it on.

Made by the engine and the studies; used by everyone who listens to one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from torch import Tensor

Array = npt.NDArray[Any]
Numbers = Mapping[str, float | None]  # None where a value is not finite; what was not measured is absent


@dataclass(frozen=True)
class Frame:
    """What was seen of the network after `step` gradient updates. See docs/architecture.md for the format.

    phase    name of the phase of the last update ("start" before the first)
    metrics  numbers over all neurons
    layout   how the map was made: {"method", "stress"}
    tensors  by name, shapes as in docs/architecture.md
    says     sentences about this frame, by the id of the panel that they stand below
    """

    step: int
    phase: str
    metrics: Numbers
    layout: Mapping[str, str | float | None]
    tensors: Mapping[str, Array]
    says: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Started:
    """Known before the first step.

    facts       JSON about the run, in sections; see docs/architecture.md for those that are usual
    provenance  versions, device, threads, and where data come from
    tensors     for reference, by name: the dictionary, say
    """

    total_steps: int
    facts: Mapping[str, Any]
    provenance: Mapping[str, str | int | None]
    tensors: Mapping[str, npt.NDArray[np.float32]] = field(repr=False)


@dataclass(frozen=True)
class Captured:
    """A frame was taken; frames come in order of step."""

    frame: Frame


@dataclass(frozen=True)
class Advanced:
    """`step` of the total is done. Sent a few times a second at most, not after each step."""

    step: int
    phase: str


@dataclass(frozen=True)
class Happened:
    """Something worth a sentence: `kind` is a short machine-readable name, `data` the numbers behind the text.

    `ordinal` counts those of the same step and kind, from 0: by it one that comes again is known.
    """

    step: int
    kind: str
    text: str
    data: Mapping[str, Any] | None = None
    ordinal: int = 0


@dataclass(frozen=True)
class Checkpointed:
    """All that is needed to go on after `step` (safetensors bytes, recording/checkpoint.py).

    `frames` have been taken until then; they were all told before.
    """

    step: int
    frames: int
    blob: bytes = field(repr=False)


@dataclass(frozen=True)
class Paused:
    """It was asked to stop, and stops here, after a checkpoint. The last event."""

    step: int


Event = Started | Captured | Advanced | Happened | Checkpointed | Paused


@dataclass(frozen=True)
class State:
    """Where training is after `step` updates.

    stage    of the last update; "start" before the first
    metrics  of the update itself, of its loss say
    finite   whether all that training moves is a number still
    events   what happened at this step that no frame shows
    """

    step: int
    stage: str
    metrics: Numbers = field(default_factory=dict)
    finite: bool = True
    events: tuple[Happened, ...] = ()


@dataclass(frozen=True)
class Saved:
    """All that the seed does not give again: tensors, and JSON."""

    tensors: "Mapping[str, Tensor]" = field(default_factory=dict, repr=False)
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)

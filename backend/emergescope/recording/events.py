"""What a run tells while it trains, and what that is made of. Knows no torch: servers pass it on without."""

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
    """What was seen of the network after `step` gradient updates. See docs/architecture.md for the format."""

    step: int
    phase: str  # of the last update; "start" before the first
    metrics: Numbers  # over all neurons
    layout: Mapping[str, str | float | None]  # how the map was made: {"method", "stress"}
    tensors: Mapping[str, Array]
    says: Mapping[str, str] = field(default_factory=dict)  # sentences, by the id of the panel that they stand below


@dataclass(frozen=True)
class Started:
    """Known before the first step."""

    total_steps: int
    facts: Mapping[str, Any]  # JSON about the run, in sections; see docs/architecture.md for those that are usual
    provenance: Mapping[str, str | int | None]  # versions, device, threads, and where data come from
    tensors: Mapping[str, npt.NDArray[np.float32]] = field(repr=False)  # for reference: the dictionary, say


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
    """Something worth a sentence: `kind` is a short machine-readable name, `data` the numbers behind the text."""

    step: int
    kind: str
    text: str
    data: Mapping[str, Any] | None = None
    ordinal: int = 0  # among those of the same step and kind: by it one that comes again is known


@dataclass(frozen=True)
class Checkpointed:
    """All that is needed to go on after `step` (safetensors bytes, recording/capture.py)."""

    step: int
    frames: int  # taken until then, so the seq of the next; they were all told before
    blob: bytes = field(repr=False)


@dataclass(frozen=True)
class FrameReady:
    """A frame, encoded, and its part of the index (recording/codec.py). `seq` counts from 0."""

    seq: int
    step: int
    phase: str
    metrics: Numbers
    blob: bytes = field(repr=False)
    sketch: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Paused:
    """It was asked to stop, and stops here, after a checkpoint. The last event."""

    step: int


Event = Started | Captured | Advanced | Happened | Checkpointed | Paused


@dataclass(frozen=True)
class State:
    """Where training is after `step` updates."""

    step: int
    stage: str  # of the last update; "start" before the first
    metrics: Numbers = field(default_factory=dict)  # of the update itself, of its loss say
    finite: bool = True  # whether all that training moves is a number still
    events: tuple[Happened, ...] = ()  # what happened at this step that no frame shows


@dataclass(frozen=True)
class Saved:
    """All that the seed does not give again: tensors, and JSON."""

    tensors: "Mapping[str, Tensor]" = field(default_factory=dict, repr=False)
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)

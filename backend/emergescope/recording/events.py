"""What a run tells while it trains. Knows no torch: a server that only passes events on need not load it.

Made by the engine and the studies; used by everyone who listens to one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from emergescope.recording.frame import Frame


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

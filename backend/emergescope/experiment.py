"""One run of the experiment, as an iterator of events. Used by jobs/ (in workers) and by the command line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from emergescope.config import RunConfig
from emergescope.frames.frame import Frame


@dataclass(frozen=True)
class Started:
    """Known before the first step.

    relevant, shown   dictionary columns; `shown` in the order of a frame's alignment columns
    facts             numbers of the problem: gamma, sigma_tilde, positive_share
    provenance        versions, device, threads
    dictionary        [d, D] float32, columns are the patterns
    """

    total_steps: int
    patterns_total: int
    relevant: tuple[int, ...]
    shown: tuple[int, ...]
    neurons_total: int
    neurons_shown: int
    facts: Mapping[str, float]
    provenance: Mapping[str, str | int | None]
    dictionary: npt.NDArray[np.float32] = field(repr=False)


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
    """Something worth a sentence: `kind` is a short machine-readable name ("diverged")."""

    step: int
    kind: str
    text: str


Event = Started | Captured | Advanced | Happened


def run(config: RunConfig, threads: int = 1) -> Iterator[Event]:
    """Train the network of `config` and yield what happens, Started first."""
    raise NotImplementedError

"""Frame: what was seen of the network after `step` gradient updates. See docs/architecture.md for the format."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Frame:
    """One look at the network.

    step     gradient updates done
    phase    name of the phase of the last update ("start" before the first)
    metrics  numbers over all neurons; None where a value is not finite; a metric not measured is absent
    layout   how the map was made: {"method", "stress"}
    tensors  by name, shapes as in docs/architecture.md
    says     sentences about this frame, by the id of the panel that they stand below
    """

    step: int
    phase: str
    metrics: Mapping[str, float | None]
    layout: Mapping[str, str | float | None]
    tensors: Mapping[str, Array]
    says: Mapping[str, str] = field(default_factory=dict)

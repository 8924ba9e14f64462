"""What a run says about how to show it: JSON that names its numbers and tensors, and how to draw them.

Made by a study from a configuration, or by whoever records a loop of their own. Knows no torch.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Unit = Literal["none", "share", "count", "nats"]
Scale = Literal["linear", "log"]
Kind = Literal["points", "matrix", "curves", "density", "bars", "images", "comparison"]
DTYPES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}


@dataclass(frozen=True)
class Paper:
    title: str
    authors: str
    year: int
    url: str


@dataclass(frozen=True)
class Facet:
    """What tells two runs apart, most telling first: a setting or the like, with its value in words."""

    key: str
    label: str
    value: str


@dataclass(frozen=True)
class Reference:
    """A line across the curve of a metric."""

    value: float
    text: str


@dataclass(frozen=True)
class Metric:
    """A number of a frame. [low, high] is where it lies; None: no bound.

    group     metrics of a group are drawn together
    emphasis  whether lists and cards show it
    vital     whether it is a number wherever it is measured, unless the run has diverged
    colour    a token of the theme
    """

    title: str
    short: str = ""
    unit: Unit = "none"
    low: float | None = None
    high: float | None = None
    scale: Scale = "linear"
    group: str = ""
    emphasis: bool = False
    vital: bool = False
    colour: str = "ink"
    text: str = ""
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True)
class Group:
    """Some members of an axis, by their places among those shown."""

    name: str
    colour: str
    members: tuple[int, ...]


@dataclass(frozen=True)
class Axis:
    """What rows or columns of tensors are; `shown` of `total` are in the frames, or fewer where that is `at_most`."""

    noun: str
    plural: str
    shown: int
    total: int
    names: tuple[str, ...] | None = None
    groups: tuple[Group, ...] = ()
    at_most: bool = False


@dataclass(frozen=True)
class Tensor:
    """A tensor of a frame: its dtype, as safetensors calls it, and for each dimension the id of an axis, or a size.

    always  whether each frame has it, where it could be measured
    """

    dtype: str
    shape: tuple[str | int, ...]
    low: float | None = None
    high: float | None = None
    text: str = ""
    always: bool = True


@dataclass(frozen=True)
class EventKind:
    """What an event of a kind is called: `short` on the timeline. `rank`: how much it matters; "emergence" is what
    phase diagrams ask for.
    """

    title: str
    short: str
    rank: Literal["emergence", "major", "minor", "note"] = "minor"


@dataclass(frozen=True)
class Panel:
    """A picture of a frame or of the index; `show` has the fields of its kind (docs/display.md)."""

    id: str
    kind: Kind
    title: str
    show: Mapping[str, Any] = field(default_factory=dict)
    hero: bool = False


@dataclass(frozen=True)
class Display:
    """See docs/display.md. `can` is what may be asked of a run: pause, fork, again."""

    summary: str
    metrics: Mapping[str, Metric]
    axes: Mapping[str, Axis] = field(default_factory=dict)
    tensors: Mapping[str, Tensor] = field(default_factory=dict)
    panels: tuple[Panel, ...] = ()
    events: Mapping[str, EventKind] = field(default_factory=dict)
    facets: tuple[Facet, ...] = ()
    paper: Paper | None = None
    can: tuple[str, ...] = ("pause", "fork", "again")

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def shape_of(self, name: str) -> tuple[int, ...]:
        """The declared shape of a tensor, in numbers."""
        return tuple(size if isinstance(size, int) else self.axes[size].shown for size in self.tensors[name].shape)

    def frame_bytes(self) -> int:
        """Bytes of the tensors of a frame that has all of them."""
        return sum(DTYPES[one.dtype] * math.prod(self.shape_of(name)) for name, one in self.tensors.items())

"""What a run says about how to show it: JSON that names numbers and tensors, and says how to draw them. No torch."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

DTYPES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}
# Tokens of the theme that marks may have.
COLOURS = {"ink", "ink-soft", "ink-muted", "positive", "negative", "background", "good", "warn", "bad"}
COLOURS |= {f"series-{n}" for n in range(1, 5)}


@dataclass(frozen=True)
class Paper:
    title: str
    authors: str
    year: int
    url: str


@dataclass(frozen=True)
class Facet:
    """What tells two runs apart, most telling first: a setting or the like, with its value in words.

    short         beside a line of a chart; the value where there is none
    colour, dash  of the lines of runs that differ in it: a token of the theme, "solid" or "dash"
    """

    key: str
    label: str
    value: str
    short: str = ""
    colour: str = ""
    dash: Literal["", "solid", "dash"] = ""


@dataclass(frozen=True)
class Reference:
    """A line across the curve of a metric."""

    value: float
    text: str


@dataclass(frozen=True)
class Metric:
    """A number of a frame. [low, high] is where it lies; None: no bound."""

    title: str
    short: str = ""
    unit: Literal["none", "share", "count", "nats"] = "none"
    low: float | None = None
    high: float | None = None
    scale: Literal["linear", "log"] = "linear"
    group: str = ""  # those of a group are drawn together
    emphasis: bool = False  # whether lists and cards show it
    vital: bool = False  # whether it is a number wherever it is measured, unless the run has diverged
    colour: str = "ink"  # a token of the theme
    text: str = ""
    references: tuple[Reference, ...] = ()
    strong: bool = False  # of those that a chart is about
    dash: Literal["solid", "dash", "dot"] = "solid"
    passes: float | None = None  # a value whose crossing is worth telling, downwards where `falling`
    falling: bool = False


@dataclass(frozen=True)
class Group:
    """Some members of an axis, by their places among those shown."""

    name: str
    colour: str
    members: tuple[int, ...]


@dataclass(frozen=True)
class Axis:
    """What rows or columns of tensors are; `shown` of `total` are in the frames, or fewer where that is `at_most`.

    numbers  which ones of all they are, and what they are called by without names: 0, 1, ... where it is None
    part_of  the id of the axis whose first members these are: who selects one selects the other
    """

    noun: str
    plural: str
    shown: int
    total: int
    names: tuple[str, ...] | None = None
    groups: tuple[Group, ...] = ()
    at_most: bool = False
    short: tuple[str, ...] | None = None  # names where there is little room
    numbers: tuple[int, ...] | None = None
    part_of: str | None = None


@dataclass(frozen=True)
class Tensor:
    """A tensor of a frame: its dtype, as safetensors calls it, and for each dimension the id of an axis, or a size."""

    dtype: str
    shape: tuple[str | int, ...]
    low: float | None = None
    high: float | None = None
    text: str = ""
    always: bool = True  # whether each frame has it, where it could be measured


@dataclass(frozen=True)
class EventKind:
    """What an event of a kind is called: `short` on the timeline."""

    title: str
    short: str
    rank: Literal["emergence", "major", "minor", "note"] = "minor"  # phase diagrams ask for "emergence"


@dataclass(frozen=True)
class Panel:
    """A picture of a frame or of the index."""

    id: str
    kind: Literal["points", "matrix", "curves", "density", "bars", "images", "comparison"]
    title: str
    show: Mapping[str, Any] = field(default_factory=dict)  # the fields of its kind (docs/display.md)
    hero: bool = False
    text: str = ""  # what to look for, where a frame says nothing of its own
    words: tuple[str, ...] = ()  # of the glossary


@dataclass(frozen=True)
class Display:
    """See docs/display.md. `can` is what may be asked of a run: pause, fork, again.

    steps     what lies along the axis of charts over steps, in the plural
    notes     sentences on the run as a whole, beside its settings
    glossary  what the words mean that its panels use
    """

    summary: str
    metrics: Mapping[str, Metric]
    axes: Mapping[str, Axis] = field(default_factory=dict)
    tensors: Mapping[str, Tensor] = field(default_factory=dict)
    panels: tuple[Panel, ...] = ()
    events: Mapping[str, EventKind] = field(default_factory=dict)
    facets: tuple[Facet, ...] = ()
    paper: Paper | None = None
    can: tuple[str, ...] = ("pause", "fork", "again")
    steps: str = "gradient steps"
    notes: tuple[str, ...] = ()
    glossary: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: object) -> "Display":
        """What `as_json` has made `data` of. Raises InvalidConfig with JSON pointers; keys not known are ignored."""
        from emergescope.recording.declaration import read_display  # noqa: PLC0415 - which uses this module

        return read_display(data)

    def shape_of(self, name: str) -> tuple[int, ...]:
        """The declared shape of a tensor, in numbers."""
        return tuple(size if isinstance(size, int) else self.axes[size].shown for size in self.tensors[name].shape)

    def frame_bytes(self) -> int:
        """Bytes of a frame that has all tensors, at most: with its header, and in that metrics and some sentences."""
        header = 4000 + 100 * (len(self.tensors) + len(self.metrics))
        return header + sum(DTYPES[one.dtype] * math.prod(self.shape_of(name)) for name, one in self.tensors.items())

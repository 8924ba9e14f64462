"""What a study is: everything that knows one learning problem, said in data to those who know none. Knows no torch."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, Protocol

from emergescope.config.cost import Cost
from emergescope.config.run import RunConfig
from emergescope.errors import FieldError
from emergescope.recording.display import Display
from emergescope.recording.events import Saved, Started, State

if TYPE_CHECKING:
    import torch

    from emergescope.recording.capture import Camera


_LOOKS = tuple(f"capture.{name}" for name in ("max_neurons", "max_patterns", "max_pictures"))
_FIXED = ("study", "seed", "training.dtype", "training.device", *_LOOKS)


@dataclass(frozen=True)
class DataNeed:
    """A data set that a run reads: the setting that names it, its id, its folder, and classes that it must have."""

    path: str
    name: str
    folder: str | None
    classes: int


@dataclass(frozen=True)
class Section:
    """A part of the gallery: presets name it by its id. `text` stands below its title; there may be none."""

    id: str
    title: str
    text: str = ""


@dataclass(frozen=True)
class Measure:
    """What the cells of a sweep may be coloured by: a metric at the end of a run; [low, high] is the usual range."""

    id: str
    title: str
    low: float
    high: float | None
    event: str | None = None  # instead of a metric: the step of the first event of this kind


@dataclass(frozen=True)
class Statement:
    """A theorem for one run. `value` is its number, None where it has none; `applies`: its assumptions hold here."""

    id: str
    title: str
    formula: str
    text: str
    value: float | None
    applies: bool
    assumptions: tuple[str, ...]
    limits: tuple[str, ...]


@dataclass(frozen=True)
class ReferenceLine:
    """A line across the curve of a metric."""

    metric: str
    value: float
    text: str


@dataclass(frozen=True)
class Theory:
    """What theorems say of a run, and lines across its curves."""

    statements: tuple[Statement, ...] = ()
    lines: tuple[ReferenceLine, ...] = ()


@dataclass(frozen=True)
class Study:
    """A kind of run. Settings are named by path; what takes `Any` takes its own kind of configuration."""

    id: str
    title: str
    text: str
    config: type[RunConfig]  # `study` is a Literal there, and the default of each part is the usual one
    dynamics: str  # "package.module:Class", loaded where runs are trained: it knows torch
    cost: Callable[[Any], Cost]  # what a run takes, by its dominant terms
    display: Callable[[Any, Mapping[str, Any] | None], Display]  # how runs are shown, before and after facts are known
    tiny: Mapping[str, Any]  # settings that make a run of a second of the usual configuration
    measures: tuple[Measure, ...] = ()  # of sweeps, the first one shown first
    fixed: tuple[str, ...] = ()  # settings that a fork cannot change, beside those that none can
    check_fork: Callable[[Any, Any], list[FieldError]] = lambda parent, child: []  # what else a fork cannot change
    data: Callable[[Any], tuple[DataNeed, ...]] = lambda config: ()  # what a run reads, first what it is about
    theory: Callable[[Any], Theory] = lambda config: Theory()  # what theorems say of a run
    sections: tuple[Section, ...] = ()  # of its presets, the first where one names none; else one called as the study
    captions: Callable[[Any], tuple[str, ...]] = lambda config: ()  # of the parts of a preset's picture, side by side
    kind: str | None = None  # of its problem, where that alone once said which study a configuration is of
    order: int = 100  # its place among others

    @property
    def fixed_in_forks(self) -> tuple[str, ...]:
        """All that a fork cannot change: who is shown, and what is computed with, must fit the state at the fork."""
        return tuple(sorted({*_FIXED, *self.fixed}))

    @property
    def shelves(self) -> tuple[Section, ...]:
        """Its sections of the gallery."""
        return self.sections or (Section(self.id, self.title, self.text),)

    @property
    def usual(self) -> RunConfig:
        """Its configuration where nothing is said."""
        return self.config.model_validate({"study": self.id})

    def load(self) -> "type[Dynamics]":
        """Its dynamics; imports torch."""
        found: type[Dynamics] = resolve_name(self.dynamics)
        return found


@dataclass(frozen=True)
class Context:
    """Where a run is trained."""

    device: "torch.device"
    dtype: "torch.dtype"
    data_dir: Path | None = None  # where data sets lie
    forked: bool = False  # a fork begins here, with a configuration of its own: of the old one nothing is known


class Dynamics(Protocol):
    """Training, ready to begin; or to go on from what was saved, which `train` then does first."""

    def __init__(self, config: Any, context: Context, saved: Saved | None) -> None: ...

    @property
    def started(self) -> Started:
        """What is known before the first step."""

    @property
    def snapshot_bytes(self) -> int: ...

    def camera(self, saved: Saved | None) -> "Camera":
        """Looks at snapshots; called once, before training."""

    def train(self, after: int) -> Iterator[State]:
        """The state before the first step, then one after each; those after the step `after`, -1 for all."""

    def snapshot(self) -> Any:
        """A copy, for the camera, that stays as it is while training goes on."""

    def save(self) -> Saved:
        """All that training changes; the seed gives the rest."""

"""What a study is: everything that knows one learning problem, said in data to those who know none. Knows no torch."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from emergescope.config.cost import Cost
from emergescope.config.run import RunConfig
from emergescope.errors import FieldError
from emergescope.recording.display import Display

if TYPE_CHECKING:
    import torch

    from emergescope.recording.camera import Camera
    from emergescope.recording.events import Saved, Started, State


@dataclass(frozen=True)
class DataNeed:
    """A data set that a run reads: the setting that names it, its id, its folder, and classes that it must have."""

    path: str
    name: str
    folder: str | None
    classes: int


@dataclass(frozen=True)
class Measure:
    """What the cells of a sweep may be coloured by: a metric at the end of a run; [low, high] is the usual range.

    `event`  instead of a metric: the step of the first event of this kind
    """

    id: str
    title: str
    low: float
    high: float | None
    event: str | None = None


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
    """A kind of run.

    config      its configuration; `study` is a Literal there, and the default of each part is the usual one
    dynamics    "package.module:Class", loaded where runs are trained: it knows torch
    cost        what a run takes, by its dominant terms
    display     how runs of a configuration are shown, once facts are known with the names that only these know
    tiny        settings by path that make a run of a second of the usual configuration
    measures    of sweeps, the first one shown first
    fixed       settings by path that a fork cannot change, beside those that none can
    check_fork  what else a fork cannot change: errors of (parent, child)
    data        which data sets a run reads, first the one that it is about
    theory      what theorems say of a run
    wrote       whether a configuration of the time before studies had names is one of this
    order       its place among others
    """

    id: str
    title: str
    text: str
    config: type[RunConfig]
    dynamics: str
    cost: Callable[[Any], Cost]
    display: Callable[[Any, Mapping[str, Any] | None], Display]
    tiny: Mapping[str, Any]
    measures: tuple[Measure, ...] = ()
    fixed: tuple[str, ...] = ()
    check_fork: Callable[[Any, Any], list[FieldError]] = lambda parent, child: []
    data: Callable[[Any], tuple[DataNeed, ...]] = lambda config: ()
    theory: Callable[[Any], Theory] = lambda config: Theory()
    wrote: Callable[[Mapping[str, Any]], bool] = lambda data: False
    order: int = 100

    @property
    def usual(self) -> RunConfig:
        """Its configuration where nothing is said."""
        return self.config.model_validate({"study": self.id})

    @property
    def named_by_kind(self) -> bool:
        """Whether it is of the time when the kind of the problem said which study it is."""
        return self.wrote(self.usual.model_dump(mode="json"))

    def load(self) -> "type[Dynamics]":
        """Its dynamics; imports torch."""
        module, _, name = self.dynamics.partition(":")
        found: type[Dynamics] = getattr(import_module(module), name)
        return found


def with_problem(kind: str) -> Callable[[Mapping[str, Any]], bool]:
    """For `wrote` of a study: whether a configuration, which nobody has checked, has a problem of this kind."""

    def wrote(data: Mapping[str, Any]) -> bool:
        problem = data.get("problem")
        return isinstance(problem, Mapping) and problem.get("kind") == kind

    return wrote


@dataclass(frozen=True)
class Context:
    """Where a run is trained.

    data_dir  where data sets lie
    forked    a fork begins here, with a configuration of its own: what was computed from another is not known
    """

    device: "torch.device"
    dtype: "torch.dtype"
    data_dir: Path | None = None
    forked: bool = False


class Dynamics(Protocol):
    """Training, ready to begin; or to go on from what was saved, which `train` then does first."""

    def __init__(self, config: Any, context: Context, saved: "Saved | None") -> None: ...

    @property
    def started(self) -> "Started":
        """What is known before the first step."""

    @property
    def snapshot_bytes(self) -> int: ...

    def camera(self, saved: "Saved | None") -> "Camera":
        """Looks at snapshots; called once, before training."""

    def train(self, after: int) -> "Iterator[State]":
        """The state before the first step, then one after each; those after the step `after`, -1 for all."""

    def snapshot(self) -> Any:
        """A copy, for the camera, that stays as it is while training goes on."""

    def save(self) -> "Saved":
        """All that training changes; the seed gives the rest."""

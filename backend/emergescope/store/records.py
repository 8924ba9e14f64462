"""What the store takes and gives: plain typed records that outlive any database session. Used by service and api."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypedDict, TypeVar

from emergescope.store.shapes import Json, Status, Wanted

Item = TypeVar("Item")


@dataclass(frozen=True)
class NewRun:
    """A run as it is submitted. `expected` are the values its preset promises, as JSON objects."""

    id: str
    name: str
    preset: str | None
    tags: Sequence[str]
    config: Json
    total_steps: int
    expected: Sequence[Json]
    created_at: datetime
    origin: Json | None = None


class RunChanges(TypedDict, total=False):
    """Fields of a run that may be set after it was created."""

    name: str
    tags: Sequence[str]
    notes: str
    status: Status
    error: Json | None
    step: int
    phase: str | None
    seconds: float | None
    facts: Json
    metrics: Json
    expected: Sequence[Json]
    started_at: datetime
    finished_at: datetime | None
    wanted: Wanted | None
    resumes: int
    deaths: Sequence[Json]


@dataclass(frozen=True)
class QueuePlace:
    """Where a queued run stands: 1 is the next one, `of` the last."""

    place: int
    of: int


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list, the cursor of the next page (None at the end), and how many items all pages have."""

    items: tuple[Item, ...]
    next: str | None
    total: int


@dataclass(frozen=True)
class FrameInfo:
    """A frame without its bytes; of a thinned one the size is 0."""

    seq: int
    step: int
    phase: str
    size: int


@dataclass(frozen=True)
class ExperimentName:
    """The experiment that a run belongs to."""

    id: str
    name: str


@dataclass(frozen=True)
class NewMember:
    """A place in an experiment and the run that is to fill it."""

    run: NewRun
    label: str
    group: str
    seed: int
    cell: Json

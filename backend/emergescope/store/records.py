"""What the store takes and gives: plain typed records that outlive any database session. Used by service and api."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypedDict

Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]
Json = Mapping[str, Any]


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


@dataclass(frozen=True)
class RunRecord:
    """A stored run. `facts` is what was known when it started (None before); `metrics` the latest of each."""

    number: int
    id: str
    name: str
    preset: str | None
    tags: tuple[str, ...]
    notes: str
    status: Status
    error: Json | None
    config: Json
    total_steps: int
    step: int
    phase: str | None
    seconds: float | None
    facts: Json | None
    metrics: Json | None
    expected: tuple[Json, ...]
    frames_count: int
    frames_bytes: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


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
    finished_at: datetime


@dataclass(frozen=True)
class RunPage:
    """One page of a list of runs, newest first, and the cursor of the next page (None at the end)."""

    items: tuple[RunRecord, ...]
    next: str | None


@dataclass(frozen=True)
class FrameInfo:
    """A frame without its bytes. `size` in bytes."""

    seq: int
    step: int
    size: int


@dataclass(frozen=True)
class MetricsRow:
    """The metrics of one frame."""

    seq: int
    step: int
    metrics: Mapping[str, float | None]


@dataclass(frozen=True)
class FrameData:
    """A frame as the worker encoded it."""

    seq: int
    step: int
    phase: str
    metrics: Mapping[str, float | None]
    blob: bytes


@dataclass(frozen=True)
class EventRecord:
    """Something that happened to a run, `number` counting from 0 within the run."""

    number: int
    step: int
    kind: str
    text: str
    data: Json | None = None


@dataclass(frozen=True)
class ExperimentRecord:
    """A stored experiment, without its members."""

    number: int
    id: str
    name: str
    kind: str
    preset: str | None
    spec: Json
    created_at: datetime


@dataclass(frozen=True)
class NewMember:
    """A place in an experiment and the run that is to fill it."""

    run: NewRun
    label: str
    group: str
    seed: int
    cell: Json


@dataclass(frozen=True)
class MemberRecord:
    """A place in an experiment. `run` is None once it was deleted; `emergence_step` is that of its event `emerged`;
    `replaced` counts runs that were interrupted in this place.
    """

    position: int
    label: str
    group: str
    seed: int
    cell: Json
    replaced: int
    run: RunRecord | None
    emergence_step: int | None


@dataclass(frozen=True)
class ExperimentPage:
    """One page of a list of experiments, newest first, and the cursor of the next page (None at the end)."""

    items: tuple[ExperimentRecord, ...]
    next: str | None

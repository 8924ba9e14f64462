"""What the store takes and gives: plain typed records that outlive any database session. Used by service and api."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal, TypedDict, TypeVar

from pydantic import SkipValidation, Strict

from emergescope.store.shapes import (
    Death,
    Expected,
    Facts,
    Metrics,
    Number,
    RunError,
    Spec,
    Status,
    Stored,
    StoredOrigin,
    Text,
    Time,
    Wanted,
    like,
)

Json = Mapping[str, Any]
Item = TypeVar("Item")
_Object = Annotated[Json, like(dict[str, Any])]
_EPOCH = datetime.fromtimestamp(0, UTC)


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


@dataclass(frozen=True)
class RunRecord(Stored):
    """A stored run.

    facts        what was known when it started; None before
    metrics      the latest of each
    frames_count, frames_bytes  of the frames that are there; thinned ones are not
    frames_next  seq of the next frame
    origin       of a fork: `run`, `step`, and the `config` by which it was trained until that step
    wanted       what its server has been asked to do with it
    claim        secret of the server that runs it
    resumes      times that it has gone on by itself after a death; `deaths` has the `at`, `step` and `reason` of each
    """

    number: SkipValidation[int]
    id: SkipValidation[str]
    name: Text = ""
    preset: Text | None = None
    tags: Annotated[tuple[str, ...], like(list[Text])] = ()
    notes: Text = ""
    status: Status = "failed"
    error: Annotated[Json | None, like(RunError | None)] = None
    config: _Object = field(default_factory=dict)
    total_steps: Number = 0
    step: Number = 0
    phase: Text | None = None
    seconds: Annotated[float, Strict()] | None = None
    facts: Annotated[Json | None, like(Facts | None)] = None
    metrics: Annotated[Json | None, like(Metrics | None)] = None
    expected: Annotated[tuple[Json, ...], like(list[Expected])] = ()
    frames_count: Number = 0
    frames_next: Number = 0
    frames_bytes: Number = 0
    created_at: Time = _EPOCH
    started_at: Time | None = None
    finished_at: Time | None = None
    origin: Annotated[Json | None, like(StoredOrigin | None)] = None
    wanted: Wanted | None = None
    server: SkipValidation[str | None] = None
    claim: SkipValidation[str | None] = None
    resumes: Number = 0
    deaths: Annotated[tuple[Json, ...], like(list[Death])] = ()

    @property
    def last_seq(self) -> int | None:
        return self.frames_next - 1 if self.frames_next else None


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
    """One page of a list, newest first, and the cursor of the next page (None at the end)."""

    items: tuple[Item, ...]
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
    sketch: bytes = b""


@dataclass(frozen=True)
class CheckpointRecord:
    """What a run needs to go on after `step`, when `frames` had been taken."""

    step: int
    frames: int
    blob: bytes


@dataclass(frozen=True)
class NewEvent:
    """Something that happens to a run, not yet numbered."""

    step: int
    kind: str
    text: str
    data: Json | None = None


@dataclass(frozen=True)
class EventRecord(Stored):
    """Something that happened to a run, `number` counting from 0 within the run."""

    number: SkipValidation[int]
    step: Number = 0
    kind: Text = "damaged"
    text: Text = "this event cannot be read"
    data: _Object | None = None


@dataclass(frozen=True)
class ExperimentRecord(Stored):
    """A stored experiment, without its members."""

    number: SkipValidation[int]
    id: SkipValidation[str]
    name: Text = ""
    kind: Literal["figure", "sweep", "runs"] = "runs"
    preset: Text | None = None
    spec: Annotated[Json, like(Spec)] = field(default_factory=dict)
    created_at: Time = _EPOCH


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


@dataclass(frozen=True)
class MemberRecord(Stored):
    """A place in an experiment. `run` is None once it was deleted; `emergence_step` is that of its first event that is
    an emergence.
    """

    position: SkipValidation[int]
    run: SkipValidation[RunRecord | None]
    emergence_step: SkipValidation[int | None]
    label: Text = ""
    group: Text = ""
    seed: Number = 0
    cell: _Object = field(default_factory=dict)

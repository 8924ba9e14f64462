"""What the store takes and gives: plain typed records that outlive any database session. Used by service and api."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from emergescope.store.shapes import Status, Wanted

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
    origin: Json | None = None


@dataclass(frozen=True)
class RunRecord:
    """A stored run.

    facts        what was known when it started; None before
    metrics      the latest of each
    frames_count, frames_bytes  of the frames that are there; thinned ones are not
    frames_next  seq of the next frame
    origin       of a fork: `run`, `step`, and the `config` by which it was trained until that step
    wanted       what its server has been asked to do with it
    claim        secret of the server that runs it
    resumes      times that it has gone on by itself after a death; `deaths` has the `at`, `step` and `reason` of each
    damage       what does not fit in its row, and is left out here
    """

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
    frames_next: int
    frames_bytes: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    origin: Json | None
    wanted: Wanted | None
    server: str | None
    claim: str | None
    resumes: int
    deaths: tuple[Json, ...]
    damage: str | None = None

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
    damage: str | None = None


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
class MemberRecord:
    """A place in an experiment. `run` is None once it was deleted; `emergence_step` is that of its first event that is
    an emergence.
    """

    position: int
    label: str
    group: str
    seed: int
    cell: Json
    run: RunRecord | None
    emergence_step: int | None
    damage: str | None = None


@dataclass(frozen=True)
class ExperimentPage:
    """One page of a list of experiments, newest first, and the cursor of the next page (None at the end)."""

    items: tuple[ExperimentRecord, ...]
    next: str | None

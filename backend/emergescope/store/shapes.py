"""What rows hold, beyond what their columns say. A row that does not fit is read all the same: what is wrong in it is
left out, and named.

SQLite keeps whatever it is given in any column, and JSON has whatever shape an earlier version, or a hand, gave it. One
such row must not hide the others. Used by the tables, by `emergescope db check` and by api/.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, GetPydanticSchema, SkipValidation, Strict, TypeAdapter, ValidationError

Status = Literal["queued", "running", "paused", "succeeded", "failed", "cancelled"]
Wanted = Literal["pause", "cancel"]
Time = Annotated[datetime, Strict()]  # as the database gives it: no text
Text = Annotated[str, Strict()]
Number = Annotated[int, Strict()]
Json = Mapping[str, Any]
Record = TypeVar("Record", bound="Stored")


class RunError(BaseModel):
    """Why a run failed; `traceback` where a program error was the cause."""

    message: str = Field(examples=["the worker process was killed by signal 9 (SIGKILL)"])
    step: int | None = Field(None, examples=[310])
    traceback: str | None = None


class Death(BaseModel):
    """A worker or server that died while it ran; the run has gone on since, or failed."""

    at: datetime
    step: int = Field(examples=[310])
    reason: str = Field(examples=["the worker process was killed by signal 9 (SIGKILL)"])


class Origin(BaseModel):
    """The run that a fork comes from, and the step up to which it was trained as that one was."""

    run: str = Field(examples=["k3v9x2m8q4ab"])
    step: int = Field(examples=[120])


class Patterns(BaseModel):
    """Dictionary columns: `shown` in the order of the frames' alignment columns, the relevant ones first."""

    total: int = Field(examples=[100])
    relevant: list[int] = Field(examples=[[3, 17, 40]])
    shown: list[int] = Field(examples=[[3, 17, 40, 0, 1]])
    names: list[str] | None = Field(None, description="of the shown ones, where they have names")
    signal: str = Field("s", description="what the sum of the relevant ones is called")


class Neurons(BaseModel):
    total: int = Field(examples=[600])
    shown: int = Field(examples=[600])


class Pictures(BaseModel):
    """Weights as pictures: (height, width) or (height, width, 3), of these rows of the frames' tensors."""

    shape: list[int] = Field(examples=[[28, 28]])
    rows: list[int] = Field(examples=[[0, 1, 2]])


class Expected(BaseModel):
    """A value that the preset promises; value and ok are null until its step is reached."""

    label: str = Field(examples=["test accuracy at the end"])
    metric: str = Field(examples=["test_accuracy"])
    step: int | str = Field(examples=["end"])
    low: float = Field(examples=[0.98])
    high: float = Field(examples=[1.0])
    paper: str = Field(examples=["near 100%"])
    applies: bool = Field(
        True, description="false where settings were changed: nothing is judged then, and ok stays null"
    )
    value: float | None
    ok: bool | None


Metrics = dict[str, float | None]
Provenance = dict[str, str | int | None]


class Facts(BaseModel):
    """What is known of a run when it starts."""

    patterns: Patterns | None = None
    neurons: Neurons | None = None
    pictures: Pictures | None = None
    facts: dict[str, float] | None = None
    provenance: Provenance | None = None


class _StoredOrigin(Origin):
    config: dict[str, Any]  # by which it was trained until that step


class _Spec(BaseModel):
    """What was asked for with an experiment."""

    seeds: list[int] = []
    tags: list[str] = []
    sweep: dict[str, Any] | None = None


def _like(shape: Any) -> GetPydanticSchema:
    """Says of a record's field that what is stored of it has another shape than its type tells."""
    return GetPydanticSchema(lambda source, handler: handler(shape))


_Object = Annotated[Json, _like(dict[str, Any])]
_EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class Stored:
    """The record of a row. Each default stands in for what does not fit; `damage` says what that is."""

    damage: str | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class RunRecord(Stored):
    """A stored run."""

    number: SkipValidation[int]
    id: SkipValidation[str]
    name: Text = ""
    preset: Text | None = None
    tags: Annotated[tuple[str, ...], _like(list[Text])] = ()
    notes: Text = ""
    status: Status = "failed"
    error: Annotated[Json | None, _like(RunError | None)] = None
    config: _Object = field(default_factory=dict)
    total_steps: Number = 0
    step: Number = 0
    phase: Text | None = None
    seconds: Annotated[float, Strict()] | None = None
    facts: Annotated[Json | None, _like(Facts | None)] = None  # what was known when it started; None before
    metrics: Annotated[Json | None, _like(Metrics | None)] = None  # the latest of each
    expected: Annotated[tuple[Json, ...], _like(list[Expected])] = ()
    frames_count: Number = 0  # like the bytes, of the frames that are there; thinned ones are not
    frames_next: Number = 0  # seq of the next frame
    frames_bytes: Number = 0
    created_at: Time = _EPOCH
    started_at: Time | None = None
    finished_at: Time | None = None
    origin: Annotated[Json | None, _like(_StoredOrigin | None)] = None  # of a fork
    wanted: Wanted | None = None  # what its server has been asked to do with it
    server: SkipValidation[str | None] = None
    claim: SkipValidation[str | None] = None  # secret of the server that runs it
    resumes: Number = 0  # times that it has gone on by itself after a death
    deaths: Annotated[tuple[Json, ...], _like(list[Death])] = ()

    @property
    def last_seq(self) -> int | None:
        return self.frames_next - 1 if self.frames_next else None


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
    spec: Annotated[Json, _like(_Spec)] = field(default_factory=dict)
    created_at: Time = _EPOCH


@dataclass(frozen=True)
class MemberRecord(Stored):
    """A place in an experiment."""

    position: SkipValidation[int]
    run: SkipValidation[RunRecord | None]  # None once it was deleted
    emergence_step: SkipValidation[int | None]  # that of its first event that is an emergence
    label: Text = ""
    group: Text = ""
    seed: Number = 0
    cell: _Object = field(default_factory=dict)


_METRICS = TypeAdapter(Metrics)
_adapter: Callable[[Any], TypeAdapter[Any]] = cache(TypeAdapter)


def fit(record: type[Record], row: object, **given: Any) -> Record:
    """The record of a row: its fields from attributes of the row, or as given."""
    names = [field.name for field in fields(record) if field.name not in ("damage", *given)]
    sound = {name: getattr(row, name) for name in names} | given
    wrong: dict[str, str] = {}
    try:
        _adapter(record).validate_python(sound)
    except ValidationError as error:
        for item in error.errors(include_url=False, include_context=False, include_input=False):
            name, *inside = map(str, item["loc"])
            wrong.setdefault(name, f"{'.'.join([name, *inside])}: {item['msg']}")
            # Parts of the facts have little to do with another.
            if name == "facts" and inside and isinstance(sound.get(name), dict):
                sound[name] = {**sound[name], inside[0]: None}
            else:
                sound.pop(name, None)
    lists = {name: tuple(value) for name, value in sound.items() if isinstance(value, list)}
    return record(**sound | lists, damage="; ".join(wrong.values()) or None)


def wrong_metrics(metrics: Any) -> str | None:
    """What is wrong with the metrics of a frame."""
    try:
        _METRICS.validate_python(metrics)
    except ValidationError as error:
        return f"its metrics do not fit: {error.errors(include_url=False)[0]['msg']}"
    return None

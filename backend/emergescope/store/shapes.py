"""What rows hold, beyond what their columns say. A row that does not fit is read all the same: what is wrong in it is
left out, and named.

SQLite keeps whatever it is given in any column, and JSON has whatever shape an earlier version, or a hand, gave it. One
such row must not hide the others. Used by the tables, by `emergescope db check` and by api/.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, TypeAdapter, ValidationError

Status = Literal["queued", "running", "paused", "succeeded", "failed", "cancelled"]
Wanted = Literal["pause", "cancel"]
Time = Annotated[datetime, Strict()]  # as the database gives it: no text


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
    config: dict[str, Any]


class _Shape(BaseModel):
    """The values of a row's columns. Each default stands in for one that does not fit."""

    model_config = ConfigDict(extra="ignore")


Text = Annotated[str, Strict()]
Number = Annotated[int, Strict()]
_EPOCH = datetime.fromtimestamp(0, UTC)


class RunShape(_Shape):
    name: Text = ""
    preset: Text | None = None
    tags: list[Text] = []
    notes: Text = ""
    status: Status = "failed"
    error: RunError | None = None
    config: dict[str, Any] = {}
    total_steps: Number = 0
    step: Number = 0
    phase: Text | None = None
    seconds: Annotated[float, Strict()] | None = None
    facts: Facts | None = None
    metrics: Metrics | None = None
    expected: list[Expected] = []
    frames_count: Number = 0
    frames_next: Number = 0
    frames_bytes: Number = 0
    created_at: Time = _EPOCH
    started_at: Time | None = None
    finished_at: Time | None = None
    origin: _StoredOrigin | None = None
    wanted: Wanted | None = None
    resumes: Number = 0
    deaths: list[Death] = []


class EventShape(_Shape):
    step: Number = 0
    kind: Text = "damaged"
    text: Text = "this event cannot be read"
    data: dict[str, Any] | None = None


class Spec(BaseModel):
    """What was asked for with an experiment."""

    seeds: list[int] = []
    tags: list[str] = []
    sweep: dict[str, Any] | None = None


class ExperimentShape(_Shape):
    name: Text = ""
    kind: Literal["figure", "sweep", "runs"] = "runs"
    preset: Text | None = None
    spec: Spec = Field(default_factory=dict)  # type: ignore[assignment]
    created_at: Time = _EPOCH


class MemberShape(_Shape):
    label: Text = ""
    group: Text = ""
    seed: Number = 0
    cell: dict[str, Any] = {}


_METRICS = TypeAdapter(Metrics)


def fit(shape: type[_Shape], row: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
    """The row with defaults where it does not fit, and what is wrong with it, None if nothing is."""
    sound = dict(row)
    try:
        shape.model_validate(sound)
    except ValidationError as error:
        wrong: dict[str, str] = {}
        for item in error.errors(include_url=False, include_context=False, include_input=False):
            name, *inside = item["loc"]
            where = ".".join(map(str, item["loc"]))
            wrong.setdefault(str(name), f"{where}: {item['msg']}")
            if (
                name == "facts" and inside and isinstance(sound["facts"], dict)
            ):  # its parts have little to do with another
                sound["facts"] = {**sound["facts"], str(inside[0]): None}
            else:
                sound[str(name)] = shape.model_fields[str(name)].get_default(call_default_factory=True)
        return sound, "; ".join(wrong.values())
    return sound, None


def sound_metrics(metrics: Any) -> Metrics:
    """The metrics of a frame; none where they are none."""
    return metrics if wrong_metrics(metrics) is None else {}


def wrong_metrics(metrics: Any) -> str | None:
    """What is wrong with the metrics of a frame."""
    try:
        _METRICS.validate_python(metrics)
    except ValidationError as error:
        return f"its metrics do not fit: {error.errors(include_url=False)[0]['msg']}"
    return None

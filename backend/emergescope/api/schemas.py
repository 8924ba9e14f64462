"""The JSON of runs, as in docs/architecture.md. Used by the routers and the stream."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from fastapi import Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from emergescope.catalog.parse import parse_config
from emergescope.catalog.registry import LONGEST_ID, study_of
from emergescope.config.base import check_name, shown
from emergescope.config.run import RunConfig
from emergescope.errors import InvalidConfig
from emergescope.recording.display import Display
from emergescope.service.records import control_of, listed
from emergescope.service.service import RunView
from emergescope.store.shapes import (
    Death,
    Expected,
    Facts,
    Neurons,
    Origin,
    Patterns,
    Pictures,
    Provenance,
    RunError,
    RunRecord,
    Status,
    Wanted,
)

MOST = 2**31 - 1  # that a step or seq may be: a database knows no larger one
Cursor = Annotated[str | None, Query(max_length=2000, description="`next` of the page before")]
Until = Annotated[
    str | None, Query(max_length=2000, description="`next` of the last page wanted: nothing beyond that page")
]
Ids = Annotated[str, Field(max_length=40_000, pattern="^[\\w,-]*$")]
_Given = AfterValidator(lambda text: check_name(text).strip())
Name = Annotated[str, Field(min_length=1, max_length=200), _Given]
PresetId = Annotated[str, Field(max_length=LONGEST_ID)]
Tag = Annotated[str, Field(min_length=1, max_length=60), _Given]
Tags = Annotated[list[Tag], Field(max_length=20), AfterValidator(lambda tags: list(dict.fromkeys(tags)))]  # each once


def body_like(*examples: dict[str, Any]) -> ConfigDict:
    """For a model of what is sent: nothing but its fields, as in the examples."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": list(examples)})


def ids_of(text: str) -> tuple[str, ...]:
    """Ids with commas between them, each once."""
    return tuple(dict.fromkeys(filter(None, text.split(","))))


class Submission(BaseModel):
    """A run to be: either a preset, with or without overrides, or a whole configuration."""

    model_config = body_like({"preset": "quick", "overrides": {"seed": 3, "problem.k": 5}, "tags": ["lecture"]})

    preset: PresetId | None = None
    overrides: dict[str, Any] | None = Field(None, description="changes to the preset: nested, or by dotted path")
    config: dict[str, Any] | None = Field(None, description="a RunConfig; its JSON Schema is in the catalog")
    name: Name | None = None
    tags: Tags = []


class Fork(BaseModel):
    """Where a run is to be forked, and what is to be otherwise from there on."""

    model_config = body_like({"step": 120, "overrides": {"problem.structure": False}})

    step: int = Field(
        ge=0, le=MOST, strict=True, description="a step that is done; the state after it is the beginning"
    )
    overrides: dict[str, Any] = Field({}, description="changes to the run: nested, or by dotted path")
    name: Name | None = None
    tags: Tags = []


class Edit(BaseModel):
    """What to change; fields left out or null stay."""

    model_config = body_like({"name": "k = 5", "tags": ["keep"]})

    name: Name | None = None
    tags: Tags | None = None
    notes: Annotated[str, Field(max_length=20_000)] | None = None


class ChangeOut(BaseModel):
    """A setting that differs from the preset, or in a fork from its parent."""

    path: str = Field(examples=["problem.p_o"])
    label: str = Field(description="its symbol, or a word or two", examples=["p_o"])
    value: Any = Field(examples=[0.2])
    was: Any = Field(examples=[0.5])
    text: str = Field(examples=["p_o = 0.2"])
    free: bool = Field(description="changes nothing of what is computed but the sample, or how closely one looks")


class ExperimentOut(BaseModel):
    id: str = Field(examples=["m2c7x4p8q1ab"])
    name: str = Field(examples=["Sweep of m × p_o"])


class ProgressOut(BaseModel):
    step: int = Field(examples=[120])
    total: int = Field(examples=[420])
    seconds: float | None = Field(description="since training began", examples=[2.9])
    eta: float | None = Field(description="seconds to go", examples=[7.1])
    phase: str | None = Field(examples=["features"])


class QueueOut(BaseModel):
    """The place of a run that waits: 1 is the next to start, `of` how many wait."""

    place: int = Field(examples=[60])
    of: int = Field(examples=[300])


class FramesOut(BaseModel):
    count: int = Field(examples=[61])
    last_seq: int | None = Field(examples=[60])
    bytes: int = Field(examples=[8_600_000])


class EventOut(BaseModel):
    step: int = Field(examples=[310])
    kind: str = Field(examples=["diverged"])
    text: str = Field(examples=["the loss is not a number from step 310 on"])
    data: dict[str, Any] | None = Field(description="the numbers behind the text; see docs/experiments.md")


class MetricShown(BaseModel):
    """The latest value of a metric that stands for a run, with what lists write beside it."""

    name: str = Field(examples=["test_accuracy"])
    title: str = Field(examples=["test accuracy"])
    short: str = Field(examples=["test"])
    unit: Literal["none", "share", "count", "nats"]
    value: float | None = Field(description="null for what is no number", examples=[0.998])


class RunSummary(BaseModel):
    """A run as lists show it."""

    id: str = Field(examples=["k3v9x2m8q4ab"])
    name: str = Field(examples=["Gradual emergence"])
    preset: str | None = Field(examples=["gradual"])
    tags: list[str] = Field(examples=[["lecture 4"]])
    notes: str
    status: Status
    wanted: Wanted | None = Field(description="what it has been asked to do and has not done yet")
    waits: str | None = Field(
        description="why it is held up while it is running; null while it goes on",
        examples=["the database cannot be written: the disk is full (…): free some space"],
    )
    study: str | None = Field(description="null where its settings cannot be read", examples=["patterns"])
    summary: str = Field(description="what it is, in one line", examples=["Parity of 5 patterns among 100 · seed 0"])
    diverged: bool = Field(description="whether a number that says so is none")
    error: RunError | None
    origin: Origin | None = Field(description="of a fork")
    queue: QueueOut | None = Field(description="while it waits for a worker")
    changes: list[ChangeOut] | None = Field(description="what differs from its preset or parent; null without either")
    experiment: ExperimentOut | None = Field(description="the one that it is a run of")
    progress: ProgressOut
    frames: FramesOut
    metrics: dict[str, float | None] | None = Field(
        description="the latest measurement of each metric", examples=[{"loss": 0.93, "test_accuracy": 0.71}]
    )
    metrics_shown: list[MetricShown] = Field(description="those that stand for it, as far as they have been measured")
    neurons: Neurons | None
    facts: dict[str, float] | None = Field(examples=[{"gamma": 0.25, "sigma_tilde": 5.0, "positive_share": 0.5}])
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    damage: str | None = Field(description="what in its row does not fit, and is left out here; null for a sound one")

    @classmethod
    def of(cls, view: RunView) -> Self:
        return cls.model_validate(_summary(view), from_attributes=True)


class Run(RunSummary):
    """A run with everything that is known about it."""

    config: dict[str, Any]
    control: str | None = Field(
        description="the control of its preset; null where there is none", examples=["paper/parity-no-structure"]
    )
    display: dict[str, Any] = Field(description="how it is shown: docs/display.md")
    patterns: Patterns | None
    pictures: Pictures | None = Field(None, description="where inputs are pictures")
    expected: list[Expected]
    events: list[EventOut]
    resumes: int = Field(description="times that it has gone on by itself after a death")
    deaths: list[Death]
    provenance: Provenance | None = Field(
        examples=[{"emergescope": "0.1.0", "torch": "2.13.0", "device": "cpu", "threads": 1}]
    )

    @classmethod
    def of(cls, view: RunView) -> Self:
        stored, config = view.record.config, _read(view.record.config)
        # With defaults for fields that it was written before; one of a version whose rules were others, as it is.
        complete = stored if isinstance(config, InvalidConfig) or not stored else config.model_dump(mode="json")
        details = {
            "config": complete,
            "control": control_of(view.record),
            "display": display_of(view.record).as_json(),
        }
        return cls.model_validate(_summary(view) | details, from_attributes=True)


class RunList(BaseModel):
    items: list[RunSummary]
    next: str | None = Field(description="the cursor of the next page; null at the end")
    total: int = Field(description="how many all pages have together", examples=[2000])


def display_of(record: RunRecord) -> Display:
    """How a run is shown. One whose settings cannot be read has its name alone."""
    config = _read(record.config)
    if isinstance(config, InvalidConfig):
        return Display(shown(record.name), {})
    return study_of(config).display(config, record.facts)


def _read(stored: Mapping[str, Any]) -> RunConfig | InvalidConfig:
    """A stored configuration, or what is wrong with it."""
    try:
        return parse_config(stored)
    except InvalidConfig as error:
        return error


def _summary(view: RunView) -> dict[str, Any]:
    record, known = view.record, listed(view.record)
    facts, metrics = record.facts or {}, record.metrics or {}
    return {
        **vars(record),
        **{name: facts.get(name) for name in Facts.model_fields},
        **vars(view),
        "changes": view.changes,
        "study": known.study,
        "summary": known.summary or shown(record.name),
        "diverged": known.diverged(record.metrics),
        "metrics_shown": [
            {
                "name": name,
                "title": one.title,
                "short": one.short or one.title,
                "unit": one.unit,
                "value": metrics[name],
            }
            for name, one in known.shown.items()
            if name in metrics
        ],
        "frames": {"count": record.frames_count, "last_seq": record.last_seq, "bytes": record.frames_bytes},
        "damage": record.damage or (f"config: {known.wrong}" if known.wrong else None),
    }

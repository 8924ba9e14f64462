"""The JSON of experiments and theory, as in docs/experiments.md. Used by api/experiments.py."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, WithJsonSchema

from emergescope.api.schemas import Name, PresetId, Submission, Tags
from emergescope.catalog.experiments import MOST_SEEDS
from emergescope.catalog.registry import study_of
from emergescope.config.run import LARGEST_SEED, RunConfig
from emergescope.service import ExperimentView, phase_diagram
from emergescope.store import MemberRecord, Status
from emergescope.store.shapes import RunError

_Seeds = (
    Annotated[int, Field(ge=1, le=MOST_SEEDS)]
    | Annotated[list[Annotated[int, Field(ge=0, le=LARGEST_SEED)]], Field(min_length=1, max_length=MOST_SEEDS)]
)
# Checked by seed_list alone, which has one sentence for both: a union would complain of each.
Seeds = Annotated[Any, WithJsonSchema(TypeAdapter(_Seeds).json_schema())]


class ExperimentSubmission(BaseModel):
    """An experiment to be: one of `preset`, `sweep` and `runs`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"preset": "paper/figure-2", "seeds": 1},
                {"sweep": {"base": {"preset": "quick"}, "grid": {"method.m": [10, 50]}, "seeds": 2}},
            ]
        },
    )

    preset: PresetId | None = None
    seeds: Seeds | None = Field(None, description="a number of seeds, or which ones; the preset's if left out")
    sweep: dict[str, Any] | None = Field(None, description="base, grid and seeds")
    runs: Annotated[list[Submission], Field(min_length=1, max_length=10_000)] | None = None
    name: Name | None = None
    tags: Tags = []


class Counts(BaseModel):
    total: int = Field(examples=[30])
    queued: int
    running: int
    paused: int
    succeeded: int
    failed: int
    cancelled: int
    deleted: int


class ExperimentSummary(BaseModel):
    """An experiment as lists show it."""

    id: str = Field(examples=["k3v9x2m8q4ab"])
    name: str = Field(examples=["Figure 1: the network against fixed features"])
    kind: str = Field(description="figure, sweep or runs", examples=["figure"])
    preset: str | None = Field(examples=["paper/figure-1"])
    tags: list[str]
    status: Status
    counts: Counts
    passed: bool | None = Field(description="whether every line of the table holds; null while one is not known")
    created_at: datetime
    finished_at: datetime | None
    damage: str | None = Field(description="what in its rows does not fit, and is left out here; null for a sound one")

    @classmethod
    def of(cls, view: ExperimentView) -> Self:
        return cls.model_validate(_fields(view))


class MemberRun(BaseModel):
    """The run in a place of an experiment."""

    id: str
    name: str
    status: Status
    step: int
    total_steps: int
    frames: int
    metrics: dict[str, float | None] | None
    emergence_step: int | None
    error: RunError | None


class MemberOut(BaseModel):
    position: int
    label: str = Field(examples=["network"])
    group: str = Field(examples=["with structure"])
    seed: int
    cell: dict[str, Any]
    run: MemberRun | None = Field(description="null once the run was deleted")


class SeedValue(BaseModel):
    seed: int
    run: str | None
    value: float | None
    ok: bool | None


class TableRow(BaseModel):
    """A line of a figure: the expected band, and what each seed gave."""

    label: str
    member: str
    group: str
    metric: str
    step: int | str
    low: float
    high: float
    paper: str
    values: list[SeedValue]
    mean: float | None
    deviation: float | None
    ok: bool | None


class Experiment(ExperimentSummary):
    """An experiment with everything that is known about it."""

    text: str
    figure: str | None
    differences: list[str] = Field(description="where we differ from the paper")
    seeds: list[int]
    members: list[MemberOut]
    table: list[TableRow]
    sweep: dict[str, Any] | None = Field(description="the phase diagram of a sweep: axes, measures and cells")


class ExperimentList(BaseModel):
    items: list[ExperimentSummary]
    next: str | None = Field(description="the cursor of the next page; null at the end")


class StatementOut(BaseModel):
    id: str = Field(examples=["lemma-5"])
    title: str
    formula: str
    text: str
    value: float | None
    applies: bool
    assumptions: list[str]
    limits: list[str] = Field(description="where it does not hold, for this run")


class LineOut(BaseModel):
    metric: str = Field(examples=["test_accuracy"])
    value: float = Field(examples=[0.75])
    text: str = Field(examples=["parity part guessed 75 %"])


class Theory(BaseModel):
    statements: list[StatementOut]
    lines: list[LineOut]

    @classmethod
    def of(cls, config: RunConfig) -> Self:
        return cls.model_validate(asdict(study_of(config).theory(config)))


def _fields(view: ExperimentView) -> dict[str, Any]:
    record, preset, table = view.record, view.preset, view.table
    return {
        "id": record.id,
        "name": record.name,
        "kind": "runs" if record.kind == "sweep" and view.sweep is None else record.kind,  # of a sweep that is damaged
        "preset": record.preset,
        "tags": record.spec.get("tags", []),
        "status": view.status,
        "counts": view.counts,
        "passed": view.passed,
        "created_at": record.created_at,
        "finished_at": view.finished_at,
        "damage": view.damage,
        "text": preset.text if preset else "",
        "figure": preset.figure if preset else None,
        "differences": preset.differences if preset else (),
        "seeds": record.spec.get("seeds", []),
        "members": [_member(member) for member in view.members],
        "table": table,
        "sweep": phase_diagram(view.sweep, view.members) if view.sweep else None,
    }


def _member(member: MemberRecord) -> dict[str, Any]:
    run = member.run
    return {
        "position": member.position,
        "label": member.label,
        "group": member.group,
        "seed": member.seed,
        "cell": member.cell,
        "run": run
        and {
            "id": run.id,
            "name": run.name,
            "status": run.status,
            "step": run.step,
            "total_steps": run.total_steps,
            "frames": run.frames_count,
            "metrics": run.metrics,
            "emergence_step": member.emergence_step,
            "error": run.error,
        },
    }

"""Experiments: submit, list, look at, cancel, delete; what the theorems say of a run. JSON: docs/experiments.md."""

from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field, TypeAdapter, WithJsonSchema

from emergescope.api.dependencies import ExperimentsOf, RootOf, ServiceOf
from emergescope.api.errors import responses
from emergescope.api.runs import read_submission
from emergescope.api.schemas import Cursor, Name, PresetId, Submission, Tags, Until, body_like
from emergescope.catalog.changes import run_name
from emergescope.catalog.experiments import MOST_SEEDS, PlannedRun, parse_sweep
from emergescope.catalog.parse import parse_config
from emergescope.catalog.registry import study_of
from emergescope.config.run import LARGEST_SEED
from emergescope.errors import Conflict, InvalidConfig, below
from emergescope.service.experiment_display import experiment_display
from emergescope.service.experiments import ExperimentView
from emergescope.service.phase_diagram import phase_diagram
from emergescope.service.records import listed
from emergescope.store.shapes import MemberRecord, RunError, Status

router = APIRouter(prefix="/api", tags=["experiments"], responses=responses(422, 503, 507))

_Seeds = (
    Annotated[int, Field(ge=1, le=MOST_SEEDS)]
    | Annotated[list[Annotated[int, Field(ge=0, le=LARGEST_SEED)]], Field(min_length=1, max_length=MOST_SEEDS)]
)
# Checked by seed_list alone, which has one sentence for both: a union would complain of each.
Seeds = Annotated[Any, WithJsonSchema(TypeAdapter(_Seeds).json_schema())]


class ExperimentSubmission(BaseModel):
    """An experiment to be: one of `preset`, `sweep` and `runs`."""

    model_config = body_like(
        {"preset": "paper/figure-2", "seeds": 1},
        {"sweep": {"base": {"preset": "quick"}, "grid": {"method.m": [10, 50]}, "seeds": 2}},
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
        return cls.model_validate(_summary(view), from_attributes=True)


class MemberRun(BaseModel):
    """The run in a place of an experiment."""

    id: str
    name: str
    status: Status
    step: int
    total_steps: int
    frames: int
    metrics: dict[str, float | None] | None
    diverged: bool = Field(description="whether a number that says so is none")
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


class ExperimentDisplay(BaseModel):
    """How it is shown; see docs/experiments.md."""

    metrics: dict[str, dict[str, Any]] = Field(description="as in the display of a run")
    pictures: list[dict[str, Any]] = Field(description="curves, and frames beside each other")
    lines: list[dict[str, Any]] = Field(description="members of one label and group, as they are drawn")
    paper: dict[str, Any] | None


class Experiment(ExperimentSummary):
    """An experiment with everything that is known about it."""

    text: str
    figure: str | None
    differences: list[str] = Field(description="where we differ from the paper")
    seeds: list[int]
    members: list[MemberOut]
    table: list[TableRow]
    display: ExperimentDisplay
    sweep: dict[str, Any] | None = Field(description="the phase diagram of a sweep: axes, measures and cells")

    @classmethod
    def of(cls, view: ExperimentView) -> Self:
        return cls.model_validate(_details(view), from_attributes=True)


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


@router.post("/experiments", status_code=201, responses=responses(403, 413, 429))
def submit(body: ExperimentSubmission, experiments: ExperimentsOf, root: RootOf, response: Response) -> Experiment:
    """Queue a figure of the paper, a sweep, or any runs as one experiment."""
    given = [name for name in ("preset", "sweep", "runs") if getattr(body, name) is not None]
    if len(given) != 1:
        message = f"give one of preset, sweep and runs, not {' and '.join(given) or 'none of them'}"
        raise InvalidConfig.at(f"/{given[0]}" if given else "", message)
    if body.seeds is not None and body.preset is None:
        reason = "seeds go with a preset; a sweep has its own, and runs name theirs in their overrides"
        raise InvalidConfig.at("/seeds", reason)
    if body.preset is not None:
        view = experiments.submit_preset(body.preset, body.seeds, body.name, body.tags)
    elif body.sweep is not None:
        with below("/sweep"):
            sweep = parse_sweep({name: value for name, value in body.sweep.items() if name != "seeds"})
            view = experiments.submit_sweep(sweep, body.sweep.get("seeds", 1), body.name, body.tags)
    else:
        experiments.check_size(len(body.runs or ()), "/runs")  # before each of them is read
        view = experiments.submit_runs(_read_runs(body), body.name, body.tags)
    response.headers["Location"] = f"{root}/api/experiments/{view.record.id}"
    return Experiment.of(view)


@router.get("/experiments")
def list_experiments(
    *,
    experiments: ExperimentsOf,
    cursor: Cursor = None,
    until: Until = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
) -> ExperimentList:
    """Experiments, newest first."""
    views, following = experiments.list(cursor, limit, until)
    return ExperimentList(items=[ExperimentSummary.of(view) for view in views], next=following)


@router.get("/experiments/{experiment_id}", responses=responses(404))
def get_experiment(experiment_id: str, experiments: ExperimentsOf) -> Experiment:
    """Its runs, their status, and the table of expected and reproduced values, or the phase diagram."""
    return Experiment.of(experiments.get(experiment_id))


@router.post("/experiments/{experiment_id}/cancel", status_code=202, responses=responses(403, 404, 409))
def cancel_experiment(experiment_id: str, experiments: ExperimentsOf) -> Experiment:
    """End the runs that wait or train."""
    return Experiment.of(experiments.cancel(experiment_id))


@router.delete("/experiments/{experiment_id}", status_code=204, responses=responses(403, 404, 409))
def delete_experiment(experiment_id: str, experiments: ExperimentsOf) -> None:
    """Remove an experiment with its runs. One that is running must be cancelled first."""
    experiments.delete(experiment_id)


@router.get("/runs/{run_id}/theory", responses=responses(404, 409))
def get_theory(run_id: str, service: ServiceOf) -> Theory:
    """What the paper's theorems say of a run's settings, and where they do not hold."""
    record = service.get(run_id).record
    try:
        if not record.config:
            raise InvalidConfig(record.damage or "there are none")
        config = parse_config(record.config)
    except InvalidConfig as error:
        raise Conflict(f"the settings of run {run_id} cannot be read: {error.detail}") from None
    return Theory.model_validate(study_of(config).theory(config), from_attributes=True)


def _read_runs(body: ExperimentSubmission) -> list[PlannedRun]:
    planned = []
    for index, item in enumerate(body.runs or ()):
        with below(f"/runs/{index}"):
            preset, config = read_submission(item)
        planned.append(PlannedRun(item.name or run_name(config, preset), "", config.seed, config, preset))
    return planned


def _summary(view: ExperimentView) -> dict[str, Any]:
    record = view.record
    return {
        **vars(record),
        "kind": "runs" if record.kind == "sweep" and view.sweep is None else record.kind,  # of a sweep that is damaged
        "tags": record.spec.get("tags", []),
        **{name: getattr(view, name) for name in ("status", "counts", "passed", "finished_at", "damage")},
    }


def _details(view: ExperimentView) -> dict[str, Any]:
    record, preset, found = view.record, view.preset, _summary(view)
    return {
        **found,
        "table": view.table,
        "text": preset.text if preset else "",
        "figure": preset.figure if preset else None,
        "differences": preset.differences if preset else (),
        "seeds": record.spec.get("seeds", []),
        "members": [_member(member) for member in view.members],
        "sweep": phase_diagram(view.sweep, view.members) if view.sweep else None,
        "display": experiment_display(preset, found["kind"], view.members),
    }


def _member(member: MemberRecord) -> dict[str, Any]:
    if (run := member.run) is None:
        return vars(member)
    more = {"emergence_step": member.emergence_step, "diverged": listed(run).diverged(run.metrics)}
    return {**vars(member), "run": {**vars(run), "frames": run.frames_count, **more}}

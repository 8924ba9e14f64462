"""Experiments: submit, list, look at, cancel, delete; and what the theorems say of a run."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from emergescope.api.dependencies import ExperimentsOf, RootOf, ServiceOf
from emergescope.api.errors import below, responses
from emergescope.api.experiment_schemas import (
    Experiment,
    ExperimentList,
    ExperimentSubmission,
    ExperimentSummary,
    Theory,
)
from emergescope.api.runs import read_submission
from emergescope.api.schemas import Cursor, Until
from emergescope.catalog.changes import run_name
from emergescope.catalog.experiments import PlannedRun, parse_sweep
from emergescope.catalog.parse import parse_config
from emergescope.errors import Conflict, FieldError, InvalidConfig
from emergescope.service import ExperimentView

router = APIRouter(prefix="/api", tags=["experiments"], responses=responses(422, 503, 507))


@router.post("/experiments", status_code=201, responses=responses(403, 413, 429))
def submit(body: ExperimentSubmission, experiments: ExperimentsOf, root: RootOf, response: Response) -> Experiment:
    """Queue a figure of the paper, a sweep, or any runs as one experiment."""
    given = [name for name in ("preset", "sweep", "runs") if getattr(body, name) is not None]
    if len(given) != 1:
        message = f"give one of preset, sweep and runs, not {' and '.join(given) or 'none of them'}"
        raise InvalidConfig(message, [FieldError(f"/{given[0]}" if given else "", message)])
    if body.seeds is not None and body.preset is None:
        message = "seeds go with a preset; a sweep has its own, and runs name theirs in their overrides"
        raise InvalidConfig(message, [FieldError("/seeds", message)])
    tags = list(dict.fromkeys(body.tags))
    if body.preset is not None:
        view = experiments.submit_preset(body.preset, body.seeds, body.name, tags)
    elif body.sweep is not None:
        data = {name: value for name, value in body.sweep.items() if name != "seeds"}
        view = _submit_sweep(data, body.sweep.get("seeds", 1), body, experiments, tags)
    else:
        experiments.check_size(len(body.runs or ()), "/runs")  # before each of them is read
        view = experiments.submit_runs(_read_runs(body), body.name, tags)
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
        return Theory.of(parse_config(record.config))
    except InvalidConfig as error:
        raise Conflict(f"the settings of run {run_id} cannot be read: {error.detail}") from None


def _submit_sweep(
    data: dict[str, Any], seeds: Any, body: ExperimentSubmission, experiments: ExperimentsOf, tags: list[str]
) -> ExperimentView:
    try:
        return experiments.submit_sweep(parse_sweep(data), seeds, body.name, tags)
    except InvalidConfig as error:
        raise below("/sweep", error) from None


def _read_runs(body: ExperimentSubmission) -> list[PlannedRun]:
    planned = []
    for index, item in enumerate(body.runs or ()):
        try:
            preset, config = read_submission(item)
        except InvalidConfig as error:
            raise below(f"/runs/{index}", error) from None
        label = item.name or run_name(config, preset)
        planned.append(PlannedRun(label, "", config.seed, config, preset))
    return planned

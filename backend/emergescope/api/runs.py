"""Runs: submit, list, look at, edit, cancel, delete."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from emergescope.api.dependencies import RootOf, ServiceOf
from emergescope.api.errors import responses, wrong
from emergescope.api.schemas import Cursor, Edit, Fork, Run, RunList, RunSummary, Submission, Until
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.parse import parse_config
from emergescope.catalog.registry import Preset, get_preset
from emergescope.config.run import RunConfig
from emergescope.errors import below
from emergescope.store.shapes import Status

router = APIRouter(prefix="/api/runs", tags=["runs"], responses=responses(422, 503, 507))


@router.post("", status_code=201, responses=responses(403, 413, 429))
def submit(body: Submission, service: ServiceOf, root: RootOf, response: Response) -> Run:
    """Queue a run. It starts as soon as a worker is free."""
    preset, config = read_submission(body)
    with below("/config" if preset is None else "/overrides"):  # larger than this server allows
        view = service.submit(config, body.name, preset, body.tags)
    response.headers["Location"] = f"{root}/api/runs/{view.record.id}"
    return Run.of(view)


@router.get("")
def list_runs(
    *,
    service: ServiceOf,
    status: Status | None = None,
    tag: Annotated[str | None, Query(max_length=60, description="runs that have this tag")] = None,
    q: Annotated[
        str | None,
        Query(max_length=200, description="part of id, name, preset, notes or a tag, in upper or lower case"),
    ] = None,
    in_experiment: Annotated[
        bool | None, Query(description="true: only runs of experiments; false: all other runs")
    ] = None,
    cursor: Cursor = None,
    until: Until = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> RunList:
    """Runs, newest first."""
    page = service.reader.list_runs(status, tag, q, cursor, limit, until, in_experiment)
    return RunList(items=[RunSummary.of(view) for view in service.views(page.items)], next=page.next)


@router.get("/{run_id}", responses=responses(404))
def get_run(run_id: str, service: ServiceOf) -> Run:
    return Run.of(service.get(run_id))


@router.patch("/{run_id}", responses=responses(403, 404, 413))
def edit_run(run_id: str, body: Edit, service: ServiceOf) -> Run:
    """Change name, tags or notes."""
    return Run.of(service.edit(run_id, body.name, body.tags, body.notes))


@router.delete("/{run_id}", status_code=204, responses=responses(403, 404, 409))
def delete_run(run_id: str, service: ServiceOf) -> None:
    """Remove a run and its frames. A running one must be cancelled first."""
    service.delete(run_id)


@router.post("/{run_id}/cancel", status_code=202, responses=responses(403, 404, 409))
def cancel_run(run_id: str, service: ServiceOf) -> Run:
    """End a run. A running one is over when its status says so, shortly after the answer."""
    return Run.of(service.cancel(run_id))


@router.post("/{run_id}/pause", status_code=202, responses=responses(403, 404, 409))
def pause_run(run_id: str, service: ServiceOf) -> Run:
    """Stop a run after a checkpoint. A running one is paused when its status says so, shortly after the answer."""
    return Run.of(service.pause(run_id))


@router.post("/{run_id}/resume", status_code=202, responses=responses(403, 404, 409))
def resume_run(run_id: str, service: ServiceOf) -> Run:
    """Let a paused run go on, or one that failed because its worker died too often: the frames are the same."""
    return Run.of(service.resume(run_id))


@router.post("/{run_id}/fork", status_code=201, responses=responses(403, 404, 409, 413, 429))
def fork_run(run_id: str, body: Fork, service: ServiceOf, root: RootOf, response: Response) -> Run:
    """Queue a run that begins as this one was after a step, with its frames until then, and goes on with overrides."""
    with below("/overrides", besides="/step"):
        view = service.fork(run_id, body.step, body.overrides, body.name, body.tags)
    response.headers["Location"] = f"{root}/api/runs/{view.record.id}"
    return Run.of(view)


def read_submission(body: Submission) -> tuple[Preset | None, RunConfig]:
    """The preset and configuration that a body asks for. Raises InvalidConfig with pointers into the body."""
    if body.config is None:
        if body.preset is None:
            raise wrong("/preset", "give either a preset or a config")
        preset = get_preset(body.preset)
        with below("/overrides"):
            return preset, apply_overrides(preset.config, body.overrides or {})
    if body.preset is not None:
        raise wrong("/config", "give either a preset or a config, not both")
    if body.overrides is not None:
        raise wrong("/overrides", "overrides change a preset: put the changes into config instead")
    with below("/config"):
        return None, parse_config(body.config)

"""Runs: submit, list, look at, edit, cancel, delete."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from emergescope.api.dependencies import RootOf, ServiceOf
from emergescope.api.errors import below, responses
from emergescope.api.schemas import Cursor, Edit, Fork, Run, RunList, RunSummary, Submission, Until
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.parse import parse_config
from emergescope.catalog.registry import Preset, get_preset
from emergescope.config.run import RunConfig
from emergescope.errors import FieldError, InvalidConfig
from emergescope.store import Status

router = APIRouter(prefix="/api/runs", tags=["runs"], responses=responses(422, 503, 507))


@router.post("", status_code=201, responses=responses(403, 413, 429))
def submit(body: Submission, service: ServiceOf, root: RootOf, response: Response) -> Run:
    """Queue a run. It starts as soon as a worker is free."""
    preset, config = read_submission(body)
    try:
        view = service.submit(config, body.name, preset, list(dict.fromkeys(body.tags)))
    except InvalidConfig as error:  # larger than this server allows
        raise below("/config" if preset is None else "/overrides", error) from None
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
    tags = None if body.tags is None else list(dict.fromkeys(body.tags))
    return Run.of(service.edit(run_id, body.name, tags, body.notes))


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
    try:
        view = service.fork(run_id, body.step, body.overrides, body.name, list(dict.fromkeys(body.tags)))
    except InvalidConfig as error:
        here = [f if f.pointer == "/step" else FieldError("/overrides" + f.pointer, f.message) for f in error.fields]
        raise InvalidConfig(error.detail, here) from None
    response.headers["Location"] = f"{root}/api/runs/{view.record.id}"
    return Run.of(view)


def read_submission(body: Submission) -> tuple[Preset | None, RunConfig]:
    """The preset and configuration that a body asks for. Raises InvalidConfig with pointers into the body."""
    if (body.preset is None) == (body.config is None):
        message = "give either a preset or a config" + ("" if body.preset is None else ", not both")
        pointer = "/preset" if body.preset is None else "/config"
        raise InvalidConfig(message, [FieldError(pointer, message)])
    if body.config is not None:
        if body.overrides is not None:
            message = "overrides change a preset: put the changes into config instead"
            raise InvalidConfig(message, [FieldError("/overrides", message)])
        try:
            return None, parse_config(body.config)
        except InvalidConfig as error:
            raise below("/config", error) from None
    assert body.preset is not None
    preset = get_preset(body.preset)
    try:
        return preset, apply_overrides(preset.config, body.overrides or {})
    except InvalidConfig as error:
        raise below("/overrides", error) from None

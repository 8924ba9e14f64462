"""Runs: submit, list, look at, edit, cancel, delete; and their frames, metrics and patterns."""

from struct import pack
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from emergescope.api.answers import BYTES, IMMUTABLE
from emergescope.api.dependencies import RootOf, ServiceOf
from emergescope.api.errors import responses
from emergescope.api.schemas import (
    MOST,
    Cursor,
    Edit,
    Fork,
    Ids,
    Run,
    RunList,
    RunSummary,
    Submission,
    Until,
    display_of,
    ids_of,
)
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.parse import parse_config, problem_kinds
from emergescope.catalog.registry import LONGEST_ID, Preset, get_preset
from emergescope.config.run import RunConfig
from emergescope.errors import Conflict, InvalidConfig, NotFound, below
from emergescope.recording.codec import encode_index
from emergescope.service.records import listed
from emergescope.service.service import Service
from emergescope.store.listing import METRIC, Order, RunFilter, StudyName
from emergescope.store.shapes import Status

router = APIRouter(prefix="/api/runs", tags=["runs"], responses=responses(422, 503, 507))
previews = APIRouter(prefix="/api", tags=["runs"], responses=responses(422, 503))
frames = APIRouter(prefix="/api/runs/{run_id}", tags=["frames"], responses=responses(422, 503))
_BLOB: dict[int | str, dict[str, Any]] = {
    200: {"content": {BYTES: {"schema": {"type": "string", "format": "binary"}}}},
    304: {"description": "The bytes that If-None-Match names are still right"},
}
_WINDOW_BYTES = 4_000_000
_SORTS = f"^(created|name|status|duration|{METRIC}.{{1,100}})$"
_POINTS = 24  # of a small picture
_PREVIEWS = 100  # in one answer


class Kept(BaseModel):
    """A run that was not deleted."""

    id: str
    reason: str


class Deleted(BaseModel):
    deleted: list[str] = Field(description="ids", examples=[["k3v9x2m8q4ab"]])
    kept: list[Kept]


class Line(BaseModel):
    """A metric over the steps of a run, in few points; null where it was not measured, or is no number."""

    name: str = Field(examples=["test_accuracy"])
    title: str = Field(examples=["test accuracy"])
    colour: str = Field(description="a token of the theme", examples=["series-1"])
    low: float | None
    high: float | None
    values: list[float | None]


class Preview(BaseModel):
    id: str
    steps: list[int]
    lines: list[Line]


class PreviewList(BaseModel):
    items: list[Preview]


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
    study: Annotated[str | None, Query(max_length=LONGEST_ID, description="id of a study")] = None,
    without: Annotated[Ids, Query(description="ids of runs to leave out, with commas between them")] = "",
    sort: Annotated[
        str, Query(pattern=_SORTS, description="runs without a value come last, and of equal ones the newest first")
    ] = "created",
    rising: Annotated[bool, Query(description="the smallest first")] = False,
    cursor: Cursor = None,
    until: Until = None,
    offset: Annotated[int, Query(ge=0, le=MOST, description="how many to pass over")] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> RunList:
    """Runs, newest first, or in another order."""
    of = None if study is None else StudyName(study, problem_kinds(study))
    runs = RunFilter(status, tag, q, in_experiment, of, ids_of(without))
    page = service.reader.list_runs(runs, Order(sort, rising), cursor, limit, until, offset)
    items = [RunSummary.of(view) for view in service.views(page.items)]
    return RunList(items=items, next=page.next, total=page.total)


@router.delete("", responses=responses(403))
def delete_runs(
    ids: Annotated[Ids, Query(min_length=1, description="with commas between them")], service: ServiceOf
) -> Deleted:
    """Remove runs and their frames. Those that are running are kept, and said; those that are gone are passed over."""
    done = Deleted(deleted=[], kept=[])
    for run_id in ids_of(ids):
        try:
            service.delete(run_id)
            done.deleted.append(run_id)
        except NotFound:
            continue
        except Conflict as error:
            done.kept.append(Kept(id=run_id, reason=error.detail))
    return done


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


@router.post("/{run_id}/control", responses=responses(403, 404, 409, 413, 429))
def run_control(run_id: str, service: ServiceOf) -> Run:
    """The control of this run: its preset's control, with the seed and all else in which this one differs from its own.
    One that is there already, or else a new one, queued.
    """
    return Run.of(service.control(run_id))


def read_submission(body: Submission) -> tuple[Preset | None, RunConfig]:
    """The preset and configuration that a body asks for. Raises InvalidConfig with pointers into the body."""
    if body.config is None:
        if body.preset is None:
            raise InvalidConfig.at("/preset", "give either a preset or a config")
        preset = get_preset(body.preset)
        with below("/overrides"):
            return preset, apply_overrides(preset.config, body.overrides or {})
    if body.preset is not None:
        raise InvalidConfig.at("/config", "give either a preset or a config, not both")
    if body.overrides is not None:
        raise InvalidConfig.at("/overrides", "overrides change a preset: put the changes into config instead")
    with below("/config"):
        return None, parse_config(body.config)


@previews.get("/previews")
def get_previews(
    ids: Annotated[Ids, Query(min_length=1, description="of runs, with commas between them")], service: ServiceOf
) -> PreviewList:
    """Small pictures of runs: the metrics that stand for each, in a few points. No frame is read for them."""
    return PreviewList(items=[item for run_id in ids_of(ids)[:_PREVIEWS] if (item := _preview(service, run_id))])


def _preview(service: Service, run_id: str) -> Preview | None:
    try:
        record, samples = service.reader.get_run(run_id), service.reader.samples(run_id, _POINTS)
    except NotFound:
        return None
    lines = [
        Line(
            **{"name": name, "title": one.title, "colour": one.colour, "low": one.low, "high": one.high},
            values=[metrics.get(name) for _, metrics in samples],
        )
        for name, one in listed(record).shown.items()
        if any(metrics.get(name) is not None for _, metrics in samples)
    ]
    return Preview(id=run_id, steps=[step for step, _ in samples], lines=lines)


After = Annotated[int, Query(ge=-1, le=MOST, description="frames with a larger seq")]


class FrameOut(BaseModel):
    seq: int = Field(examples=[60])
    step: int = Field(examples=[120])
    bytes: int = Field(examples=[141_312])


@frames.get("/frames", responses=responses(404))
def list_frames(
    run_id: str, service: ServiceOf, after: After = -1, limit: Annotated[int, Query(ge=1, le=10_000)] = 1000
) -> list[FrameOut]:
    """The frames of a run, in order."""
    found = service.reader.frames_after(run_id, after, limit)
    return [FrameOut(seq=frame.seq, step=frame.step, bytes=frame.size) for frame in found]


@frames.get("/frames/window", response_class=Response, responses={200: _BLOB[200], **responses(404, 410)})
def get_frames(
    run_id: str,
    service: ServiceOf,
    seq: Annotated[int, Query(ge=0, le=MOST, description="the first one")],
    count: Annotated[int, Query(ge=1, le=256)] = 32,
) -> Response:
    """A frame and some of the next ones, at most `count` in all and fewer where they are large: of each its seq and its
    size (both uint32, little-endian), and its safetensors bytes.
    """
    found = service.reader.blobs_after(run_id, seq - 1, count, _WINDOW_BYTES)
    if not found or found[0][0] != seq:
        service.reader.frame_blob(run_id, seq)  # says what is wrong with it
    body = b"".join(pack("<II", number, len(blob)) + blob for number, blob in found)
    return Response(body, headers={"Cache-Control": "no-store"}, media_type=BYTES)


@frames.get("/frames/{seq}", response_class=Response, responses={**_BLOB, **responses(404, 410)})
def get_frame(
    run_id: str,
    seq: Annotated[Annotated[int, Field(ge=0, le=MOST)] | Literal["latest"], Path(union_mode="left_to_right")],
    service: ServiceOf,
) -> Response:
    """The safetensors bytes of a frame, or of the latest one."""
    if seq == "latest":
        found = service.reader.latest_blob(run_id)
        if found is None:
            raise NotFound(f"run {run_id} has no frames yet")
        return _bytes(found[1], f"{run_id}-{found[0]}", "no-cache")
    return _bytes(service.reader.frame_blob(run_id, seq), f"{run_id}-{seq}", IMMUTABLE)


@frames.get("/patterns", response_class=Response, responses={**_BLOB, **responses(404)})
def get_patterns(run_id: str, service: ServiceOf) -> Response:
    """Safetensors: "dictionary", float32 [d, D], whose columns are the patterns."""
    return _bytes(service.reader.patterns_blob(run_id), f"{run_id}-patterns", IMMUTABLE)


@frames.get("/index", response_class=Response, responses={**_BLOB, **responses(404, 409)})
def get_index(
    run_id: str,
    service: ServiceOf,
    after: Annotated[int, Query(ge=-1, le=MOST, description="rows with a larger seq")] = -1,
) -> Response:
    """Safetensors: what is needed of all frames and of none by itself, a row for each frame. See docs/display.md."""
    display = display_of(service.get(run_id).record)
    rows = service.reader.index_after(run_id, after)
    newest = rows[-1].seq if rows else after
    there = sum(row.there for row in rows)
    return _bytes(encode_index(run_id, display, rows), f"{run_id}-index-{after}-{newest}-{there}", "no-cache")


@frames.get("/metrics", responses=responses(404))
def get_metrics(run_id: str, service: ServiceOf, after: After = -1) -> dict[str, list[int | float | None]]:
    """The metrics of the frames as columns of equal length: seq, step, loss, ... ; null where not measured."""
    rows = service.reader.index_after(run_id, after)
    columns: dict[str, list[int | float | None]] = {"seq": [r.seq for r in rows], "step": [r.step for r in rows]}
    for name in dict.fromkeys(name for row in rows for name in row.metrics):
        columns[name] = [row.metrics.get(name) for row in rows]
    return columns


def _bytes(blob: bytes, tag: str, cache: str) -> Response:
    return Response(blob, headers={"ETag": f'"{tag}"', "Cache-Control": cache}, media_type=BYTES)

"""Frames, metrics and patterns of a run."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from emergescope.api.answers import BYTES, IMMUTABLE
from emergescope.api.dependencies import ServiceOf
from emergescope.api.errors import responses
from emergescope.api.schemas import MOST, display_of
from emergescope.errors import NotFound
from emergescope.recording.codec import encode_index

router = APIRouter(prefix="/api/runs/{run_id}", tags=["frames"], responses=responses(422, 503))
_BLOB: dict[int | str, dict[str, Any]] = {
    200: {"content": {BYTES: {"schema": {"type": "string", "format": "binary"}}}},
    304: {"description": "The bytes that If-None-Match names are still right"},
}


class FrameOut(BaseModel):
    seq: int = Field(examples=[60])
    step: int = Field(examples=[120])
    bytes: int = Field(examples=[141_312])


@router.get("/frames", responses=responses(404))
def list_frames(
    run_id: str,
    service: ServiceOf,
    after: Annotated[int, Query(ge=-1, le=MOST, description="frames with a larger seq")] = -1,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> list[FrameOut]:
    """The frames of a run, in order."""
    found = service.reader.frames_after(run_id, after, limit)
    return [FrameOut(seq=frame.seq, step=frame.step, bytes=frame.size) for frame in found]


@router.get("/frames/{seq}", response_class=Response, responses={**_BLOB, **responses(404, 410)})
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


@router.get("/patterns", response_class=Response, responses={**_BLOB, **responses(404)})
def get_patterns(run_id: str, service: ServiceOf) -> Response:
    """Safetensors: "dictionary", float32 [d, D], whose columns are the patterns."""
    return _bytes(service.reader.patterns_blob(run_id), f"{run_id}-patterns", IMMUTABLE)


@router.get("/index", response_class=Response, responses={**_BLOB, **responses(404, 409)})
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


@router.get("/metrics", responses=responses(404))
def get_metrics(
    run_id: str,
    service: ServiceOf,
    after: Annotated[int, Query(ge=-1, le=MOST, description="frames with a larger seq")] = -1,
) -> dict[str, list[int | float | None]]:
    """The metrics of the frames as columns of equal length: seq, step, loss, ... ; null where not measured."""
    rows = service.reader.index_after(run_id, after)
    columns: dict[str, list[int | float | None]] = {"seq": [r.seq for r in rows], "step": [r.step for r in rows]}
    for name in dict.fromkeys(name for row in rows for name in row.metrics):
        columns[name] = [row.metrics.get(name) for row in rows]
    return columns


def _bytes(blob: bytes, tag: str, cache: str) -> Response:
    return Response(blob, headers={"ETag": f'"{tag}"', "Cache-Control": cache}, media_type=BYTES)

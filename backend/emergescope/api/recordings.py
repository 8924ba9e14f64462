"""Recordings: runs that a loop of somebody else's makes. Its recorder begins one, sends frames and events, and ends it.

All but the beginning is asked under the recording's claim, a secret that its recorder has drawn, so that one that was
killed can go on where it was. No answer to GET has it.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request, Response
from pydantic import AwareDatetime, BaseModel, Field

from emergescope.api.answers import BYTES
from emergescope.api.dependencies import ServiceOf
from emergescope.api.errors import responses
from emergescope.api.schemas import MOST, Name, Run, Tags, body_like
from emergescope.recording.events import Happened
from emergescope.service.recordings import LONGEST_KIND, Beginning
from emergescope.store.recordings import Outcome
from emergescope.store.shapes import Status

router = APIRouter(
    prefix="/api/recordings", tags=["recordings"], responses=responses(403, 404, 409, 413, 422, 503, 507)
)
_AT_ONCE = 1000  # events in a body
_Count = Annotated[int, Field(ge=0, le=MOST, strict=True)]
_Claim = Annotated[str, Field(pattern="^[0-9a-f]{32}$", description="a secret of 32 hexadecimal digits")]
ClaimOf = Annotated[_Claim, Header(alias="Emergescope-Claim")]


async def _body(request: Request) -> bytes:
    return await request.body()


# Whatever a client calls it: what it is is seen when it is read.
Tensors = Annotated[bytes, Depends(_body)]
_SENT = {"requestBody": {"content": {BYTES: {"schema": {"type": "string", "format": "binary"}}}, "required": True}}
Seq = Annotated[int, Path(ge=0, le=MOST)]


class Begin(BaseModel):
    """A recording to begin, or to go on with: then with the id and the claim that it has."""

    model_config = body_like(
        {"name": "My run", "display": {"summary": "A run", "metrics": {"loss": {"title": "loss"}}}}
    )

    id: Annotated[str, Field(pattern="^[a-km-np-z2-9]{12}$")] | None = Field(None, description="drawn without one")
    claim: _Claim | None = Field(None, description="drawn without one")
    name: Name
    display: dict[str, Any] = Field(description="how it is shown: docs/display.md")
    settings: dict[str, Any] = Field({}, description="hyperparameters, as plain JSON")
    tags: Tags = []
    total_steps: _Count | None = Field(None, description="where it is known")
    facts: dict[str, Any] | None = Field(None, description="as those of a run")
    created_at: Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC))] | None = None


class Begun(BaseModel):
    id: str = Field(examples=["k3v9x2m8q4ab"])
    claim: str
    status: Status
    next_seq: int = Field(description="of the frame that is due")
    next_event: int = Field(description="number of the event that is due")
    last_step: int | None = Field(description="of the last frame")
    lease: float = Field(description="seconds of silence after which it is given up", examples=[30])


class FrameKept(BaseModel):
    next_seq: int = Field(description="of the frame that is due")


class Event(BaseModel):
    """Something that happened."""

    model_config = body_like({"step": 310, "kind": "diverged", "text": "the loss is not a number from step 310 on"})

    step: _Count
    kind: Annotated[str, Field(min_length=1, max_length=LONGEST_KIND)]
    text: Annotated[str, Field(max_length=4000)]
    data: dict[str, Any] | None = None


class Events(BaseModel):
    """Events in order; those that are there already are passed over."""

    model_config = body_like({"first": 0, "events": [{"step": 310, "kind": "found", "text": "found"}]})

    first: _Count = Field(description="number of the first one, counted from 0")
    events: Annotated[list[Event], Field(max_length=_AT_ONCE)]


class EventsKept(BaseModel):
    next_event: int = Field(description="number of the event that is due")


class Finish(BaseModel):
    """How it ended."""

    model_config = body_like({"status": "succeeded", "seconds": 93.5})

    status: Outcome
    message: Annotated[str, Field(max_length=4000)] | None = Field(None, description="why it failed")
    seconds: Annotated[float, Field(ge=0, le=10**12)] | None = Field(None, description="that it took")


@router.post("", status_code=201, responses={200: {"model": Begun, "description": "It goes on"}})
def begin_recording(body: Begin, service: ServiceOf, response: Response) -> Begun:
    """Begin a recording, or go on with one. It is a run with the id of the answer."""
    recording, claim = service.recordings.begin(Beginning(**{name: getattr(body, name) for name in Begin.model_fields}))
    response.status_code = 201 if recording.is_new else 200
    return Begun(
        id=recording.record.id,
        claim=claim,
        status=recording.record.status,
        next_seq=recording.record.frames_next,
        next_event=recording.events,
        last_step=recording.last_step,
        lease=service.recordings.rules.lease,
    )


@router.put(
    "/{run_id}/frames/{seq}",
    status_code=201,
    openapi_extra=_SENT,
    responses={200: {"model": FrameKept, "description": "The same frame was there already"}},
)
def put_frame(
    run_id: str, seq: Seq, blob: Tensors, claim: ClaimOf, service: ServiceOf, response: Response
) -> FrameKept:
    """Keep a frame. Frames come in order, each once: the same bytes again change nothing."""
    due, is_new = service.recordings.add_frame(run_id, claim, seq, blob)
    response.status_code = 201 if is_new else 200
    return FrameKept(next_seq=due)


@router.put("/{run_id}/patterns", status_code=204, openapi_extra=_SENT)
def put_patterns(run_id: str, blob: Tensors, claim: ClaimOf, service: ServiceOf) -> None:
    """Keep tensors that frames are compared with, once."""
    service.recordings.add_patterns(run_id, claim, blob)


@router.post("/{run_id}/events")
def add_events(run_id: str, body: Events, claim: ClaimOf, service: ServiceOf) -> EventsKept:
    """Keep events, in order."""
    events = [Happened(event.step, event.kind, event.text, event.data) for event in body.events]
    return EventsKept(next_event=service.recordings.add_events(run_id, claim, body.first, events))


@router.post("/{run_id}/beat", status_code=204)
def beat(run_id: str, claim: ClaimOf, service: ServiceOf) -> None:
    """Say that the recorder lives: where nothing is heard for a lease, the recording is given up."""
    service.recordings.beat(run_id, claim)


@router.post("/{run_id}/finish")
def finish_recording(run_id: str, body: Finish, claim: ClaimOf, service: ServiceOf) -> Run:
    """End a recording. Asked again, the answer is the same."""
    service.recordings.finish(run_id, claim, body.status, body.message, body.seconds)
    return Run.of(service.get(run_id))

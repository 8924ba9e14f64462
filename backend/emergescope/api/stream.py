"""The WebSocket stream: a viewer is a cursor into the store. It reads a little, sends it, and only then reads on.

A viewer that is slow therefore costs no memory, and one that reconnects with the last seq it has misses nothing.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Annotated, Literal, TypeVar, TypeVarTuple

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from emergescope.api.dependencies import ServiceOf, WakeupsOf
from emergescope.api.schemas import EventOut, Run
from emergescope.errors import NotFound
from emergescope.service import RunView, Service
from emergescope.store import Status

router = APIRouter(prefix="/api/runs")

T = TypeVar("T")
Args = TypeVarTuple("Args")

_BATCH_COUNT, _BATCH_BYTES = 16, 1_000_000
_RUN_EVERY = 0.5  # seconds between two messages about a run whose state has not changed
_BAD_QUERY, _UNKNOWN_RUN = 4400, 4404


class StreamQuery(BaseModel):
    """Query parameters of the stream."""

    model_config = ConfigDict(extra="ignore")

    after: Annotated[int, Field(ge=-1)] = -1
    mode: Literal["all", "latest"] = "all"


@router.websocket("/{run_id}/stream")
async def stream(websocket: WebSocket, run_id: str, service: ServiceOf, wakeups: WakeupsOf) -> None:
    """Frames after `after`, and what else becomes known of the run, until it is over or the viewer leaves."""
    await websocket.accept()
    try:
        query = StreamQuery.model_validate(dict(websocket.query_params))
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        await websocket.close(_BAD_QUERY, f"{problem['loc'][0]}: {problem['msg']}"[:120])
        return
    with wakeups.bell(run_id) as bell:
        viewer = _Viewer(websocket, service, run_id, query, bell)
        showing = asyncio.create_task(viewer.show())
        leaving = asyncio.create_task(_until_gone(websocket))
        try:
            await asyncio.wait((showing, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            showing.cancel()
            leaving.cancel()
            await asyncio.gather(showing, leaving, return_exceptions=True)
    if showing.cancelled():
        return
    try:
        showing.result()
    except WebSocketDisconnect:
        return
    except NotFound as error:
        await websocket.close(_UNKNOWN_RUN, error.detail[:120])


async def _until_gone(websocket: WebSocket) -> None:
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass  # a viewer has nothing to say


class _Viewer:
    """One open stream."""

    def __init__(
        self, websocket: WebSocket, service: Service, run_id: str, query: StreamQuery, bell: asyncio.Event
    ) -> None:
        self._websocket = websocket
        self._service = service
        self._run_id = run_id
        self._latest = query.mode == "latest"
        self._seq = query.after
        self._bell = bell
        self._readers: CapacityLimiter = websocket.app.state.readers
        self._view: RunView | None = None
        self._revision = 0
        self._told = 0.0

    async def show(self) -> None:
        """Send all there is, and wait for more, until the run is over. Raises NotFound once it is deleted."""
        while True:
            self._bell.clear()
            # The run before its frames: if it is over by then, no frame can come after those that are read next.
            view = await self._show_run()
            if await self._show_frames():
                continue
            if view.record.status in ("queued", "running"):
                await self._wait(view.record.status)
                continue
            last = view.record.frames_count - 1
            end = {"type": "end", "status": view.record.status, "last_seq": last if last >= 0 else None}
            await self._websocket.send_json(end)
            await self._websocket.close()
            return

    async def _show_run(self) -> RunView:
        """The run; sent if there is news of it, and about twice a second while it trains."""
        revision, before = self._service.revision(self._run_id), self._view
        due = time.monotonic() >= self._told + _RUN_EVERY
        if before is not None and revision == self._revision and (before.record.status != "running" or not due):
            return before
        view = await self._read(self._service.get, self._run_id)
        self._view, self._revision, self._told = view, revision, time.monotonic()
        run = Run.of(view).model_dump_json()
        await self._websocket.send_text(f'{{"type":"run","run":{run}}}')
        if before is not None:
            for event in view.events[len(before.events) :]:
                await self._websocket.send_json({"type": "event", **EventOut.of(event).model_dump()})
        return view

    async def _show_frames(self) -> bool:
        """Send the next few frames, or only the newest; False if there are none."""
        if self._latest:
            newest = await self._read(self._service.reader.latest_blob, self._run_id, self._seq)
            frames = [] if newest is None else [newest]
        else:
            read = self._service.reader.blobs_after
            frames = await self._read(read, self._run_id, self._seq, _BATCH_COUNT, _BATCH_BYTES)
        for seq, blob in frames:
            await self._websocket.send_bytes(blob)
            self._seq = seq
        return bool(frames)

    async def _wait(self, status: Status) -> None:
        """Until the bell rings; while the run trains, no longer than until its progress is due."""
        due = max(0.0, self._told + _RUN_EVERY - time.monotonic()) if status == "running" else None
        try:
            async with asyncio.timeout(due):
                await self._bell.wait()
        except TimeoutError:
            return

    async def _read(self, function: Callable[[*Args], T], *args: *Args) -> T:
        return await to_thread.run_sync(function, *args, limiter=self._readers)

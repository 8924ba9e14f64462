"""The WebSocket stream: a viewer is a cursor into the store. It is sent a little, and only then goes on.

A viewer that is slow therefore costs no memory, and one that reconnects with the last seq it has misses nothing. What
many viewers need at the same moment is read once, by the broadcast. app.py cuts off viewers that take nothing.
"""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from emergescope.api.broadcast import Broadcast, Page, RunFeed, Update
from emergescope.api.dependencies import part
from emergescope.api.schemas import MOST
from emergescope.errors import NotFound

router = APIRouter(prefix="/api/runs")

_BAD_QUERY, _UNKNOWN_RUN = 4400, 4404
_REASON_BYTES = 123  # the most that a close frame has room for
_ALIVE_EVERY = 3.0  # seconds; a page cannot see pings, and takes a longer silence for a dead connection


class StreamQuery(BaseModel):
    """Query parameters of the stream."""

    after: Annotated[int, Field(ge=-1, le=MOST)] = -1
    mode: Annotated[
        Literal["all", "latest", "index"], Field(description="frames, the newest alone, or rows of the index instead")
    ] = "all"


@router.websocket("/{run_id}/stream")
async def stream(websocket: WebSocket, run_id: str, broadcast: Annotated[Broadcast, part("broadcast")]) -> None:
    """Frames after `after`, and what else becomes known of the run, until it is over or the viewer leaves."""
    await websocket.accept()
    try:
        query = StreamQuery.model_validate(dict(websocket.query_params))
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        await _close(websocket, _BAD_QUERY, f"{problem['loc'][0]}: {problem['msg']}")
        return
    with broadcast.feed(run_id) as feed:
        viewer = Viewer(websocket, broadcast, feed, run_id, query)
        showing = asyncio.create_task(viewer.show())
        tasks = (showing, asyncio.create_task(_until_gone(websocket)), asyncio.create_task(_say_alive(websocket)))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    try:
        showing.result()
    except NotFound as error:
        await _close(websocket, _UNKNOWN_RUN, error.detail)
    except (asyncio.CancelledError, WebSocketDisconnect):
        return  # the viewer has left


async def _until_gone(websocket: WebSocket) -> None:
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass  # a viewer has nothing to say


async def _say_alive(websocket: WebSocket) -> None:
    while True:
        await asyncio.sleep(_ALIVE_EVERY)
        await websocket.send_json({"type": "alive"})


async def _close(websocket: WebSocket, code: int, reason: str) -> None:
    """Close with as much of the reason as there is room for, cut between two characters."""
    await websocket.close(code, reason.encode()[:_REASON_BYTES].decode(errors="ignore"))


class Viewer:
    """One open stream."""

    def __init__(
        self, websocket: WebSocket, broadcast: Broadcast, feed: RunFeed, run_id: str, query: StreamQuery
    ) -> None:
        self._websocket, self._broadcast, self._feed, self._run_id = websocket, broadcast, feed, run_id
        self._mode, self._seq = query.mode, query.after
        self._sent: Update | None = None

    async def show(self) -> None:
        """Send all there is, and wait for more, until the run is over. Raises NotFound once it is deleted."""
        page = await self._feed.page()
        while True:
            await self._send_update(page.update)
            if await self._show_frames(page):
                page = await self._feed.page()  # another by now, perhaps
            elif not page.update.is_over:
                page = await self._feed.page(after=page)
            else:
                run = page.update.view.record
                await self._websocket.send_json({"type": "end", "status": run.status, "last_seq": run.last_seq})
                await self._websocket.close()
                return

    async def _send_update(self, update: Update) -> None:
        """What is new since the viewer was last told of the run: events, and the run, or what moves of it alone."""
        before, self._sent = self._sent, update
        if update is before:
            return
        if before is not None:
            for event in update.events[len(before.events) :]:
                await self._send(event)
        changed = before is None or before.resting != update.resting
        await self._send(update.message if changed else update.moving)

    async def _show_frames(self, page: Page) -> bool:
        """Send the next few frames or rows, or only the newest frame; False if there are none."""
        if page.last_seq <= self._seq:
            return False
        items: Sequence[tuple[int, bytes | str]] = page.newest
        if self._mode == "all":
            items = await self._broadcast.frames_after(self._run_id, self._seq)
        elif self._mode == "index":
            items = await self._broadcast.rows_after(self._run_id, self._seq)
        for seq, item in items:
            await self._send(item)
            self._seq = seq
        return len(items) > 0

    async def _send(self, item: bytes | str) -> None:
        """Raises WebSocketDisconnect once nothing can be sent any more."""
        try:
            await (self._websocket.send_bytes(item) if isinstance(item, bytes) else self._websocket.send_text(item))
        except RuntimeError as error:  # the server itself has closed it: a ping was left unanswered
            raise WebSocketDisconnect(1011) from error

"""The WebSocket stream: a viewer is a cursor into the store. It is sent a little, and only then goes on.

A viewer that is slow therefore costs no memory, and one that reconnects with the last seq it has misses nothing. What
many viewers need at the same moment is read once, by the newsstand.
"""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from emergescope.api.dependencies import NewsstandOf
from emergescope.api.newsstand import Block, News, Newsstand, Page, Stand
from emergescope.api.schemas import MOST
from emergescope.errors import NotFound

router = APIRouter(prefix="/api/runs")

_BAD_QUERY, _UNKNOWN_RUN = 4400, 4404


class StreamQuery(BaseModel):
    """Query parameters of the stream."""

    model_config = ConfigDict(extra="ignore")

    after: Annotated[int, Field(ge=-1, le=MOST)] = -1
    mode: Literal["all", "latest"] = "all"


@router.websocket("/{run_id}/stream")
async def stream(websocket: WebSocket, run_id: str, newsstand: NewsstandOf) -> None:
    """Frames after `after`, and what else becomes known of the run, until it is over or the viewer leaves."""
    await websocket.accept()
    try:
        query = StreamQuery.model_validate(dict(websocket.query_params))
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        await websocket.close(_BAD_QUERY, f"{problem['loc'][0]}: {problem['msg']}"[:120])
        return
    with newsstand.stand(run_id) as stand:
        viewer = Viewer(websocket, newsstand, stand, run_id, query)
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


class Viewer:
    """One open stream."""

    def __init__(
        self, websocket: WebSocket, newsstand: Newsstand, stand: Stand, run_id: str, query: StreamQuery
    ) -> None:
        self._websocket = websocket
        self._newsstand = newsstand
        self._stand = stand
        self._run_id = run_id
        self._latest = query.mode == "latest"
        self._seq = query.after
        self._told: News | None = None

    async def show(self) -> None:
        """Send all there is, and wait for more, until the run is over. Raises NotFound once it is deleted."""
        page = await self._stand.page()
        while True:
            await self._tell(page.news)
            if await self._show_frames(page):
                page = await self._stand.page()  # another by now, perhaps
            elif not page.news.is_over:
                page = await self._stand.page(after=page)
            else:
                run = page.news.view.record
                await self._websocket.send_json({"type": "end", "status": run.status, "last_seq": run.last_seq})
                await self._websocket.close()
                return

    async def _tell(self, news: News) -> None:
        """What has happened since the viewer was last told of the run, and the run."""
        before, self._told = self._told, news
        if news is before:
            return
        if before is not None:
            for event in news.events[len(before.events) :]:
                await self._websocket.send_text(event)
        await self._websocket.send_text(news.message)

    async def _show_frames(self, page: Page) -> bool:
        """Send the next few frames, or only the newest; False if there are none."""
        if page.newest is None or page.newest[0] <= self._seq:
            return False
        frames: Block = [page.newest]
        if not self._latest:
            frames = await self._newsstand.frames_after(self._run_id, self._seq)
        for seq, blob in frames:
            await self._websocket.send_bytes(blob)
            self._seq = seq
        return bool(frames)

"""What the viewers of a run see, read and encoded once for all of them. Used by the stream.

While someone watches a run it has a feed: one coroutine that waits for changes, reads what is new, and puts it out as
the next page. Viewers take the page that lies there when they come; nothing is kept for those who come late.
"""

import asyncio
import json
import time
from collections import OrderedDict, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from anyio import CapacityLimiter, move_on_after, to_thread

from emergescope.api.schemas import Run, display_of
from emergescope.recording.codec import row_as_json
from emergescope.service.notifications import ANY
from emergescope.service.service import RunView, Service

Block = list[tuple[int, bytes]]
"""Frames that follow each other, each with its seq."""

_READERS = 4  # threads that read the store for all viewers together
_RUN_EVERY = 0.5  # seconds between two messages about a run whose state has not changed
# Seconds between two pages: eyes see no more; and telling a viewer costs about 20 us, so that all of them together are
# told for no more than about a fifth of the time.
_PAUSE, _PAUSE_PER_VIEWER = 1 / 30, 1e-4
_BLOCK_COUNT, _BLOCK_BYTES = 16, 500_000
_KEPT_BYTES = 8_000_000
_MOVING = {"progress", "frames", "metrics"}  # what is another at each look while a run trains


class Wakeups:
    """Wakes whoever waits for changes of a run. Calls that come before the waiter looks are one."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._bells: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def wake(self, run_id: str) -> None:
        """Wake those who wait for this run, or for any if it is ANY. From any thread, while the loop lives."""
        if run_id == ANY or run_id in self._bells:
            self._loop.call_soon_threadsafe(self._ring, run_id)

    @contextmanager
    def bell(self, run_id: str) -> Iterator[asyncio.Event]:
        """An event that is set at each call from here on; who waits clears it. For coroutines of the loop."""
        bell = asyncio.Event()
        self._bells[run_id].add(bell)
        try:
            yield bell
        finally:
            self._bells[run_id].discard(bell)
            if not self._bells[run_id]:
                del self._bells[run_id]

    def _ring(self, run_id: str) -> None:
        for bells in list(self._bells.values()) if run_id == ANY else [self._bells.get(run_id, ())]:
            for bell in bells:
                bell.set()


@dataclass(frozen=True)
class Update:
    """A run as it was read at `time`; messages that tell all of it, what moves of it, and each of its events."""

    time: float
    revision: int
    view: RunView
    run: Run
    moving: str
    resting: str
    events: tuple[str, ...]

    @classmethod
    def of(cls, time: float, revision: int, view: RunView, sent: tuple[str, ...]) -> Self:
        """`sent` are the messages of the events that were there before."""
        run = Run.of(view)
        moving = f'{{"type":"progress",{run.model_dump_json(include=_MOVING)[1:]}'
        resting = run.model_dump_json(exclude={*_MOVING, "metrics_shown", "events"})
        events = [_compact({"type": "event", **event.model_dump()}) for event in run.events[len(sent) :]]
        return cls(time, revision, view, run, moving, resting, (*sent, *events))

    @cached_property
    def message(self) -> str:
        return f'{{"type":"run","run":{self.run.model_dump_json()}}}'

    @property
    def is_over(self) -> bool:
        return self.view.record.status in ("succeeded", "failed", "cancelled")


@dataclass(frozen=True)
class Page:
    """The run, and after it its newest frame if it has any: if the run is over, no frame can come after this one."""

    update: Update
    newest: Block

    @property
    def last_seq(self) -> int:
        return self.newest[-1][0] if self.newest else -1


class RunFeed:
    """The pages of one run. For coroutines of the loop."""

    def __init__(self, run_id: str, service: Service, wakeups: Wakeups, readers: CapacityLimiter) -> None:
        self.viewers = 0
        self.failure: Exception | None = None
        self._run_id, self._service, self._readers = run_id, service, readers
        self._page: Page | None = None
        self._changed = asyncio.Event()
        self._publishing = asyncio.create_task(self._publish(wakeups))

    async def page(self, after: Page | None = None) -> Page:
        """The page that lies there, once it is another than `after`. Raises NotFound and StoreError, as readers do."""
        while self.failure is None:
            if self._page is not None and self._page is not after:
                return self._page
            await self._changed.wait()
        raise self.failure

    def close(self) -> None:
        self._publishing.cancel()

    async def _publish(self, wakeups: Wakeups) -> None:
        with wakeups.bell(self._run_id) as bell:
            while True:
                bell.clear()  # before the look: what changes from here on may be too late for it
                try:
                    page = await to_thread.run_sync(self._look, self._page, limiter=self._readers)
                except Exception as error:  # every viewer raises it
                    self.failure = error
                    self._changed.set()
                    return
                if page is not self._page:
                    self._page = page
                    self._changed.set()
                    self._changed = asyncio.Event()
                await asyncio.sleep(max(_PAUSE, _PAUSE_PER_VIEWER * self.viewers))
                with move_on_after(_due(page.update) - time.monotonic()):
                    await bell.wait()

    def _look(self, before: Page | None) -> Page:
        """What there is now; `before` itself if nothing is new. Blocks."""
        update = self._read_run(before.update if before else None)
        newest = self._service.reader.latest_blob(self._run_id, before.last_seq if before else -1)
        if before is None or newest is not None:
            return Page(update, [newest] if newest else [])
        return before if update is before.update else Page(update, before.newest)

    def _read_run(self, before: Update | None) -> Update:
        """The run, if it has changed, and about twice a second while it trains; else `before`."""
        revision, now = self._service.revision(self._run_id), time.monotonic()
        if before is not None and revision == before.revision and now < _due(before):
            return before
        view = self._service.get(self._run_id)
        return Update.of(now, revision, view, before.events if before else ())


class Broadcast:
    """The feeds of all runs that are watched, and the frames that viewers read from further back."""

    def __init__(self, service: Service, wakeups: Wakeups) -> None:
        self._service, self._wakeups = service, wakeups
        self._readers = CapacityLimiter(_READERS)
        self._feeds: dict[str, RunFeed] = {}
        self._reading: dict[tuple[str, int], asyncio.Task[Block]] = {}
        self._kept: OrderedDict[tuple[str, int], Block] = OrderedDict()
        self._kept_bytes = 0

    @contextmanager
    def feed(self, run_id: str) -> Iterator[RunFeed]:
        """The feed of a run, open as long as anyone is there."""
        feed = self._feeds.get(run_id)
        if feed is None or feed.failure is not None:
            feed = self._feeds[run_id] = RunFeed(run_id, self._service, self._wakeups, self._readers)
        feed.viewers += 1
        try:
            yield feed
        finally:
            feed.viewers -= 1
            if feed.viewers == 0:
                feed.close()
                if self._feeds.get(run_id) is feed:
                    del self._feeds[run_id]

    async def frames_after(self, run_id: str, seq: int) -> Block:
        """The next few frames after `seq`. Viewers who are at the same frame at about the same time read them once."""
        key = (run_id, seq)
        if (block := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return block
        if key not in self._reading:
            self._reading[key] = asyncio.create_task(self._read(key))
        return await asyncio.shield(self._reading[key])

    async def rows_after(self, run_id: str, seq: int) -> list[tuple[int, str]]:
        """(seq, message) of the rows of the index after `seq`."""
        return await to_thread.run_sync(self._read_rows, run_id, seq, limiter=self._readers)

    def _read_rows(self, run_id: str, seq: int) -> list[tuple[int, str]]:
        display = display_of(self._service.get(run_id).record)
        rows = self._service.reader.index_after(run_id, seq)
        return [(row.seq, _compact({"type": "row", **row_as_json(display, row)})) for row in rows]

    async def _read(self, key: tuple[str, int]) -> Block:
        read = self._service.reader.blobs_after
        try:
            block = await to_thread.run_sync(read, *key, _BLOCK_COUNT, _BLOCK_BYTES, limiter=self._readers)
        finally:
            del self._reading[key]
        if block:
            self._kept[key] = block
            self._kept_bytes += _size(block)
        while self._kept_bytes > _KEPT_BYTES:
            self._kept_bytes -= _size(self._kept.popitem(last=False)[1])
        return block


def _due(update: Update) -> float:
    """When the run is to be read again, without any change."""
    return update.time + _RUN_EVERY if update.view.record.status == "running" else float("inf")


def _compact(message: dict[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False)


def _size(block: Block) -> int:
    return sum(len(blob) for _, blob in block)

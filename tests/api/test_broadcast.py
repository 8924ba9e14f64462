"""What many viewers need is read once; none holds up another, and none is told the end before the last frame."""

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Literal, cast

import pytest
from starlette.websockets import WebSocket, WebSocketDisconnect
from tests.jobs.inline import InlineExecutor
from tests.loops import run_async

from emergescope.api import broadcast as module
from emergescope.api.broadcast import Broadcast, Wakeups
from emergescope.api.stream import StreamQuery, Viewer
from emergescope.config.run import RunConfig
from emergescope.errors import NotFound, StoreError
from emergescope.recording.codec import read_metadata
from emergescope.service.service import Service
from emergescope.store.store import Store

LAST = 12  # the last frame of a tiny run
READS = ("get_run", "events", "latest_blob", "blobs_after")


class Gated(InlineExecutor):
    """Begins once `gate` is open; `over` is set when the run is."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.over = threading.Event(), threading.Event()

    def submit(self, *args: Any) -> None:
        assert self.gate.wait(30)
        super().submit(*args)
        self.over.set()


class Sink:
    """Stands in for a WebSocket: keeps what is sent, or never takes a frame."""

    def __init__(self, stuck: bool = False) -> None:
        self.seqs: list[int] = []
        self.messages: list[dict[str, Any]] = []
        self._stuck = stuck

    async def send_text(self, text: str) -> None:
        self.messages.append(json.loads(text))

    async def send_json(self, message: dict[str, Any]) -> None:
        self.messages.append(message)

    async def send_bytes(self, blob: bytes) -> None:
        if self._stuck:
            await asyncio.Event().wait()
        self.seqs.append(int(read_metadata(blob)["seq"]))

    async def close(self) -> None:
        await asyncio.sleep(0)


class Place:
    """A service, and the broadcast that `run` gives to its coroutine. `reads` counts what is asked of the store."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reads: Counter[str] = Counter()
        self.executor = Gated()
        self.wakeups: Wakeups | None = None
        self.service = Service(Store(directory), self.executor, self.ring)
        for name in READS:
            self._count(monkeypatch, name)

    def ring(self, run_id: str) -> None:
        if self.wakeups is not None:
            self.wakeups.wake(run_id)

    def broadcast(self) -> Broadcast:
        self.wakeups = Wakeups(asyncio.get_running_loop())
        return Broadcast(self.service, self.wakeups)

    def finished(self, config: RunConfig) -> str:
        self.executor.gate.set()
        return self.service.submit(config, None, None, []).record.id

    async def waiting(self, config: RunConfig) -> tuple[str, asyncio.Task[Any]]:
        """A run that begins once the gate is open, and the thread that then leads it to its end."""
        leading = asyncio.create_task(asyncio.to_thread(self.service.submit, config, None, None, []))
        while not (runs := self.service.reader.list_runs(limit=1).items):
            await asyncio.sleep(0.01)
        return runs[0].id, leading

    def _count(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        original: Callable[..., Any] = getattr(Store, name)

        def counted(*args: Any, **options: Any) -> Any:
            self.reads[name] += 1
            return original(*args, **options)

        monkeypatch.setattr(Store, name, counted)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    place = Place(tmp_path, monkeypatch)
    yield place
    place.wakeups = None
    place.service.close()


async def view(broadcast: Broadcast, run_id: str, sink: Sink, mode: Literal["all", "latest"]) -> Sink:
    with broadcast.feed(run_id) as feed:
        await Viewer(cast(WebSocket, sink), broadcast, feed, run_id, StreamQuery(mode=mode)).show()
    return sink


def test_sixty_viewers_read_as_little_as_one(place: Place, tiny: RunConfig) -> None:
    async def watch() -> tuple[list[Sink], list[Sink]]:
        broadcast = place.broadcast()
        run_id, leading = await place.waiting(tiny)
        stuck = [asyncio.create_task(view(broadcast, run_id, Sink(stuck=True), mode)) for mode in ("all", "latest")]
        everything = [asyncio.create_task(view(broadcast, run_id, Sink(), "all")) for _ in range(30)]
        newest = [asyncio.create_task(view(broadcast, run_id, Sink(), "latest")) for _ in range(30)]
        await asyncio.sleep(0.1)
        place.reads.clear()
        place.executor.gate.set()
        seen = await asyncio.gather(*everything), await asyncio.gather(*newest)
        await leading
        assert not any(task.done() for task in stuck)
        for task in stuck:
            task.cancel()
        return seen

    everything, newest = run_async(asyncio.wait_for(watch(), 60))
    for sink in everything:
        assert sink.seqs == list(range(LAST + 1))
    for sink in newest:
        assert sink.seqs == sorted(set(sink.seqs))
        assert sink.seqs[-1] == LAST
    for sink in (*everything, *newest):
        assert sink.messages[-1] == {"type": "end", "status": "succeeded", "last_seq": LAST}
        assert sink.messages[-2]["run"]["status"] == "succeeded"
    # A viewer that read for itself would ask for each frame: hundreds of reads in all.
    assert place.reads.total() < 120, place.reads


class Closed(Sink):
    """As uvicorn closes a socket whose viewer has left a ping unanswered, and refuses what comes then."""

    async def send_bytes(self, blob: bytes) -> None:
        raise RuntimeError("Unexpected ASGI message 'websocket.send', after sending 'websocket.close'.")


def test_a_viewer_that_the_server_has_closed_is_one_that_has_left(place: Place, tiny: RunConfig) -> None:
    async def watch() -> None:
        await view(place.broadcast(), place.finished(tiny), Closed(), "all")

    with pytest.raises(WebSocketDisconnect):
        run_async(asyncio.wait_for(watch(), 60))


def test_viewers_at_the_same_frame_read_it_once(place: Place, tiny: RunConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = place.finished(tiny)
    place.reads.clear()

    async def read() -> None:
        broadcast = place.broadcast()
        blocks = await asyncio.gather(*(broadcast.frames_after(run_id, -1) for _ in range(60)))
        assert [seq for seq, _ in blocks[0]] == [*range(LAST + 1)]
        assert all(block is blocks[0] for block in blocks)
        assert await broadcast.frames_after(run_id, -1) is blocks[0]
        assert place.reads == {"blobs_after": 1}

    async def read_again() -> None:
        broadcast = place.broadcast()
        await broadcast.frames_after(run_id, -1)
        await broadcast.frames_after(run_id, -1)
        assert place.reads == {"blobs_after": 3}, "what is kept has no bounds"

    run_async(read())
    monkeypatch.setattr(module, "_KEPT_BYTES", 1)
    run_async(read_again())


def test_a_storm_of_rings_is_read_at_a_walking_pace(place: Place, tiny: RunConfig) -> None:
    run_id = place.finished(tiny)

    async def listen() -> None:
        broadcast = place.broadcast()
        with broadcast.feed(run_id) as feed:
            page = await feed.page()
            place.reads.clear()
            began = time.monotonic()
            for _ in range(200):
                await asyncio.to_thread(place.ring, run_id)
            looks, seconds = place.reads["latest_blob"], time.monotonic() - began
            assert looks <= 30 * seconds + 1
            # And none is lost: what changes now is on the next page.
            place.service.edit(run_id, "after the storm", None, None)
            page = await asyncio.wait_for(feed.page(after=page), 10)
            assert json.loads(page.update.message)["run"]["name"] == "after the storm"

    run_async(listen())


def test_the_last_frame_comes_before_the_end(place: Place, tiny: RunConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worst moment for a run to end is between the two reads that make a page."""

    async def watch() -> None:
        broadcast = place.broadcast()
        run_id, leading = await place.waiting(tiny)

        def read_and_let_end(read: Callable[..., Any], *args: Any) -> Any:
            found = read(*args)
            place.executor.gate.set()  # whichever is read first: the run is over before the other is
            assert place.executor.over.wait(30)
            return found

        service, reader = place.service, place.service.reader
        monkeypatch.setattr(service, "get", partial(read_and_let_end, service.get))
        monkeypatch.setattr(reader, "latest_blob", partial(read_and_let_end, reader.latest_blob))
        sink = await asyncio.wait_for(view(broadcast, run_id, Sink(), "latest"), 30)
        await leading
        assert sink.seqs[-1] == sink.messages[-1]["last_seq"] == LAST

    run_async(watch())


def test_a_failure_is_told_to_all_and_not_kept(place: Place, tiny: RunConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = place.finished(tiny)

    def fail(*args: Any) -> Any:
        raise StoreError("the disk is gone")

    async def watch() -> None:
        broadcast = place.broadcast()
        with pytest.MonkeyPatch.context() as broken:
            broken.setattr(Store, "latest_blob", fail)
            views = [view(broadcast, run_id, Sink(), "all") for _ in range(3)]
            assert [type(found) for found in await asyncio.gather(*views, return_exceptions=True)] == [StoreError] * 3
        assert (await view(broadcast, run_id, Sink(), "all")).seqs == [*range(LAST + 1)]

    run_async(watch())


def test_a_run_that_rests_ends_no_stream(place: Place, tiny: RunConfig) -> None:
    async def watch() -> Sink:
        broadcast = place.broadcast()
        run_id = await asyncio.to_thread(place.finished, tiny)
        store, sink = place.service.store, Sink()
        store.update_run(run_id, status="paused")
        viewing = asyncio.create_task(view(broadcast, run_id, sink, "all"))
        for status in ("queued", "running", "paused"):
            store.update_run(run_id, status=status)
            place.service.announce(run_id)
            while not sink.messages or sink.messages[-1]["run"]["status"] != status:
                await asyncio.sleep(0.01)
            assert not viewing.done()
        store.update_run(run_id, status="cancelled")
        place.service.announce(run_id)
        return await viewing

    sink = run_async(asyncio.wait_for(watch(), 30))
    assert sink.messages[-1] == {"type": "end", "status": "cancelled", "last_seq": LAST}
    assert sink.seqs == [*range(LAST + 1)]


def test_viewers_learn_that_their_run_is_deleted(place: Place, tiny: RunConfig) -> None:
    async def watch() -> None:
        broadcast = place.broadcast()
        run_id = await asyncio.to_thread(place.finished, tiny)
        with broadcast.feed(run_id) as feed:
            page = await feed.page()
            await asyncio.to_thread(place.service.delete, run_id)
            with pytest.raises(NotFound):
                await asyncio.wait_for(feed.page(after=page), 10)

    run_async(watch())

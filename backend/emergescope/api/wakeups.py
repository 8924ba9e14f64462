"""Bells for coroutines that wait for changes of a run: any thread may call. Used by the broadcast and the app."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from emergescope.service.notifications import ANY


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

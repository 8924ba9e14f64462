"""Whoever waits for changes of a run is woken by those, and by changes of any."""

import asyncio

from tests.loops import run_async

from emergescope.api.broadcast import Wakeups
from emergescope.service.notifications import ANY


def test_a_bell_rings_for_its_run_and_for_all() -> None:
    async def listen() -> list[list[bool]]:
        wakeups = Wakeups(asyncio.get_running_loop())
        found = []
        with wakeups.bell("a") as a, wakeups.bell("b") as b:
            for run_id in ("a", "b", "c", ANY):
                a.clear()
                b.clear()
                await asyncio.to_thread(wakeups.wake, run_id)
                await asyncio.sleep(0)
                found.append([a.is_set(), b.is_set()])
        wakeups.wake(ANY)  # no one is there
        return found

    assert run_async(listen()) == [[True, False], [False, True], [False, False], [True, True]]

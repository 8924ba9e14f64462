"""The client of coroutines has the methods of the other one, and answers alike."""

import asyncio
import inspect

from emergescope import AsyncClient, Client
from emergescope.client import Event, Run
from tests.client.conftest import TOKEN
from tests.conftest import TINY
from tests.loops import run_async


def test_both_clients_have_the_same_methods() -> None:
    def methods(kind: type) -> dict[str, list[inspect.Parameter]]:
        found = inspect.getmembers(kind, inspect.isfunction)
        return {name: [*inspect.signature(one).parameters.values()] for name, one in found if name[0] != "_"}

    one, other = methods(Client), methods(AsyncClient)
    assert other.pop("aclose") == one.pop("close")
    assert one == other
    for name in one:
        assert inspect.getdoc(getattr(Client, name)) == inspect.getdoc(getattr(AsyncClient, name))


def test_it_answers_as_the_other_one(client: Client, url: str, finished: Run) -> None:
    async def ask() -> None:
        async with AsyncClient(url, TOKEN) as other:
            assert await other.presets() == client.presets()
            assert await other.get(finished) == finished
            assert [run.id async for run in other.list(tag="kept")] == [finished.id]
            run = await other.submit("quick", TINY)
            told = [update async for update in other.watch(run)]
            over = await other.wait(run)
            assert told[-1] == over
            assert tuple(one for one in told if isinstance(one, Event)) == over.events
            frames = [frame async for frame in other.frames(run, after=2)]
            assert [frame.seq for frame in frames] == list(range(3, over.frames))
            assert (await other.frame(run)).metrics == over.metrics
            assert (await other.metrics(run))["seq"].tolist() == list(range(over.frames))
            await other.delete(run)

    run_async(ask())


def test_streams_of_many_runs_at_once(client: Client, url: str) -> None:
    runs = [client.submit("quick", {**TINY, "seed": seed}) for seed in range(3)]

    async def count(other: AsyncClient, run: Run) -> int:
        return len([frame async for frame in other.frames(run)])

    async def ask() -> list[int]:
        async with AsyncClient(url, TOKEN) as other:
            return await asyncio.gather(*(count(other, run) for run in runs))

    assert run_async(ask()) == [client.get(run).frames for run in runs]

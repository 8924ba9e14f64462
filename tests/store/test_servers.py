"""Runs are no one's once their server is silent; a database that is not shared has one server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from emergescope.store.store import ServerStore, Store
from tests.postgres import PostgresServer
from tests.store.test_store import NOW, new_run


def claim(store: Store, run_id: str, server: str) -> None:
    store.create_run(new_run(run_id))
    run = store.claim_next_queued(f"claim of {run_id}", server, NOW)
    assert run is not None
    assert run.id == run_id


@pytest.fixture
def shared(postgres_url: str) -> Iterator[Store]:
    store = Store(postgres_url)
    yield store
    store.close()


def orphans(store: Store, mine: tuple[str, ...] = (), silent: float = 60) -> list[str]:
    return [run.id for run in ServerStore(store, "me", "here").orphans(mine, silent)]


def test_runs_of_servers_that_are_heard_are_theirs(shared: Store) -> None:
    them = ServerStore(shared, "they", "there")
    claim(shared, "theirs", "they")
    assert orphans(shared) == ["theirs"]  # it has never been heard
    for _ in range(2):
        them.beat()
        assert orphans(shared) == []
    them.leave()
    assert orphans(shared) == ["theirs"]


def test_silence_is_measured_by_the_clock_of_the_database(
    shared: Store, postgres: PostgresServer, postgres_url: str
) -> None:
    ServerStore(shared, "they", "there").beat()
    claim(shared, "theirs", "they")
    postgres.execute("UPDATE servers SET seen_at = now() - interval '50 seconds'", postgres_url)
    assert orphans(shared, silent=60) == []
    assert orphans(shared, silent=40) == ["theirs"]


def test_ones_own_are_those_that_one_runs(store: Store) -> None:
    ServerStore(store, "me", "here").beat()
    claim(store, "running", "me")
    claim(store, "forgotten", "me")
    store.create_run(new_run("queued"))
    assert orphans(store, ("running",)) == ["forgotten"]
    assert orphans(store) == ["running", "forgotten"]


def test_a_run_without_a_server_is_no_ones(store: Store) -> None:
    store.create_run(new_run("old"))
    store.update_run("old", status="running")
    assert orphans(store) == ["old"]


def test_a_database_that_is_not_shared_has_one_server(tmp_path: Path) -> None:
    store = Store(tmp_path)
    ServerStore(store, "they", "there").beat()  # a server before this one, killed a moment ago
    claim(store, "theirs", "they")
    assert orphans(store, silent=1e6) == ["theirs"]
    store.close()

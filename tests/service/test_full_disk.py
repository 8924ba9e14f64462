"""What cannot be written waits: on a full disk, or without its database, a run goes on as if nothing had been."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from emergescope.config.run import RunConfig
from emergescope.errors import StoreError, StoreFull, StoreUnwritable
from emergescope.jobs.worker import execute
from emergescope.service import runner
from emergescope.service.service import Service
from emergescope.store.store import Store
from tests.service.hand import HandExecutor, film, submit, undisturbed


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "RETRY", 0.02)


@contextmanager
def _full(store: Store) -> Iterator[None]:
    """The database itself has no room for one more page, which SQLite says in the words that it has for a full disk."""

    pages = 1  # below what there is: so it is what there is

    def limit(connection: Any, _: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    engine = store.database.engine
    event.listen(engine, "connect", limit)
    engine.dispose()  # connections have it each of their own
    yield
    pages = 2**32 - 2
    engine.dispose()


def _tell_in_a_thread(executor: HandExecutor, run: str) -> threading.Thread:
    thread = threading.Thread(target=executor.tell, args=(run, *execute(executor.jobs[run], 1)), daemon=True)
    thread.start()
    return thread


def _wait_until_held_up(service: Service, run: str) -> str:
    while (why := service.get(run).waits) is None:
        time.sleep(0.01)
    return why


def test_a_run_waits_for_a_full_disk(service: Service, executor: HandExecutor, tiny: RunConfig) -> None:
    run = submit(service, tiny)
    with _full(service.store):
        told = _tell_in_a_thread(executor, run)
        why = _wait_until_held_up(service, run)
        assert why == "the database cannot be written: the disk is full (database or disk is full): free some space"
        with pytest.raises(StoreFull, match="disk is full"):
            service.check()
        with pytest.raises(StoreFull):
            service.edit(run, None, None, "x" * 20_000)
        assert told.is_alive()
        assert (service.get(run).record.status, service.get(run).record.deaths) == ("running", ())
    told.join(60)
    view = service.get(run)
    assert (view.record.status, view.waits, view.record.deaths) == ("succeeded", None, ())
    assert film(service, run) == undisturbed(run, tiny)
    assert [e.kind for e in view.events].count("emerged") <= 1
    service._heartbeat.beat()
    service.check()


def test_a_database_that_is_taken_away_is_missed_and_not_written(
    service: Service, executor: HandExecutor, tiny: RunConfig, tmp_path: Path
) -> None:
    run = submit(service, tiny)
    home, away = tmp_path / "emergescope.db", tmp_path / "away.db"
    home.rename(away)
    with pytest.raises(StoreUnwritable, match="has been removed or replaced"):
        service.check()
    with pytest.raises(StoreUnwritable):
        submit(service, tiny)
    home.write_bytes(away.read_bytes())  # a copy is another file
    told = _tell_in_a_thread(executor, run)
    assert "has been removed or replaced" in _wait_until_held_up(service, run)
    away.rename(home)
    told.join(60)
    assert service.get(run).record.status == "succeeded"
    assert film(service, run) == undisturbed(run, tiny)
    service._heartbeat.beat()
    service.check()


def test_garbage_in_place_of_the_database_is_seen(service: Service, tmp_path: Path, tiny: RunConfig) -> None:
    file = tmp_path / "emergescope.db"
    with service.store.database.engine.connect() as connection:  # else all of it is still in the log beside the file
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = file.read_bytes()
    try:
        file.write_bytes(b"garbage" * 1000)
        with pytest.raises(StoreUnwritable, match="overwritten") as caught:
            service.check()
        assert str(tmp_path) in caught.value.detail
        assert str(tmp_path) not in caught.value.public
        with pytest.raises(StoreUnwritable):
            submit(service, tiny)
        with file.open("r+b") as content:  # its head alone is right
            content.write(whole[:100])
        with pytest.raises(StoreError):
            service.check()
    finally:
        file.write_bytes(whole)


def test_a_server_that_stops_on_a_full_disk_leaves_its_run_to_the_next(tmp_path: Path, tiny: RunConfig) -> None:
    executor = HandExecutor()
    service = Service(Store(tmp_path), executor, timeout=0.1)
    service.start()
    run = submit(service, tiny)
    with _full(service.store):
        told = _tell_in_a_thread(executor, run)
        _wait_until_held_up(service, run)
        service.close()
        told.join(60)
        assert not told.is_alive()
    later = HandExecutor()
    service = Service(Store(tmp_path), later, timeout=0.0)
    service.start()
    later.tell(run, *execute(later.jobs[run], 1))
    assert service.get(run).record.status == "succeeded"
    assert film(service, run) == undisturbed(run, tiny)
    service.close()

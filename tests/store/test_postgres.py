"""PostgreSQL: one that cannot be used is refused with a remedy and without its password; servers hear each other."""

import queue
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import update

from emergescope.errors import StoreError
from emergescope.recording.events import Happened
from emergescope.store.database import Database
from emergescope.store.opening import open_database, open_reader
from emergescope.store.store import Store
from emergescope.store.tables import Run
from tests.postgres import PostgresServer
from tests.store.test_store import frame, new_run

SECRET = "geheim-4711"


def refusal(url: str) -> str:
    with pytest.raises(StoreError) as caught:
        Store(url)
    assert SECRET not in caught.value.detail
    return caught.value.detail


def test_a_wrong_password(postgres: PostgresServer) -> None:
    detail = refusal(postgres.url("postgres", password=SECRET))
    assert f"the PostgreSQL database postgres at 127.0.0.1:{postgres.port} does not let this server in" in detail
    assert "check user and password in EMERGESCOPE_DATABASE_URL" in detail


def test_a_database_that_does_not_exist(postgres: PostgresServer) -> None:
    assert "does not exist" in (detail := refusal(postgres.url("nowhere")))
    assert "create it with createdb" in detail


@pytest.mark.parametrize("port", [1, 28001, 53300])
def test_a_server_that_does_not_answer(port: int) -> None:
    detail = refusal(f"postgresql://me:{SECRET}@127.0.0.1:{port}/runs")
    assert "cannot be reached" in detail
    assert "check that PostgreSQL runs there" in detail


def test_a_server_without_a_free_connection(postgres: PostgresServer, postgres_url: str) -> None:
    name = postgres_url.rpartition("/")[2]
    postgres.execute("CREATE ROLE crowd LOGIN PASSWORD 'geheim-4711' CONNECTION LIMIT 0")
    try:
        assert "raise max_connections" in refusal(postgres.url(name, "crowd", SECRET))
    finally:
        postgres.execute("DROP ROLE crowd")


def test_a_lock_that_is_held_for_too_long(postgres: PostgresServer, postgres_url: str) -> None:
    store = Store(f"{postgres_url}?options=-c%20lock_timeout%3D50ms")
    store.create_run(new_run("a"))
    with store.writing() as session:
        session.execute(update(Run).values(name="half written"))
        with pytest.raises(StoreError, match=r"was too slow .*try again"):
            store.update_run("a", name="B")
    store.close()


def test_a_read_only_database(postgres: PostgresServer, postgres_url: str) -> None:
    name = postgres_url.rpartition("/")[2]
    postgres.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert "is read-only" in refusal(postgres_url)


def test_a_user_who_may_not_make_tables(postgres: PostgresServer, postgres_url: str) -> None:
    name = postgres_url.rpartition("/")[2]
    postgres.execute(f"CREATE ROLE guest LOGIN PASSWORD '{SECRET}'")
    postgres.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC", postgres_url)
    try:
        assert "grant it CREATE on its schema" in refusal(postgres.url(name, "guest", SECRET))
    finally:
        postgres.execute("DROP ROLE guest")


def test_the_database_of_another_application(postgres: PostgresServer, postgres_url: str) -> None:
    postgres.execute("CREATE TABLE runs (weather text)", postgres_url)
    assert "give Emergescope a database of its own" in refusal(postgres_url)
    tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    assert postgres.execute(tables, postgres_url) == [("runs",)]


def test_a_newer_schema(postgres: PostgresServer, postgres_url: str) -> None:
    Store(postgres_url).close()
    postgres.execute("UPDATE alembic_version SET version_num = '9999'", postgres_url)
    assert "newer version of Emergescope (schema 9999): upgrade" in refusal(postgres_url)


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://me:{SECRET}@host/runs",
        f"postgresql://me:{SECRET}@host:port:5432/runs?{SECRET}",
        f"postgresql://me:p@{SECRET}@host/runs",
        f"postgres://me:p%zz{SECRET}@host/runs",
    ],
)
def test_an_url_that_cannot_be_read(url: str) -> None:
    assert "EMERGESCOPE_DATABASE_URL" in refusal(url)


def test_without_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "emergescope.store.postgres", raising=False)
    monkeypatch.delattr("emergescope.store.postgres", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert "pip install 'emergescope[postgres]'" in refusal(f"postgresql://me:{SECRET}@127.0.0.1:1/runs")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+asyncpg"])
def test_urls_as_people_write_them(postgres_url: str, scheme: str) -> None:
    url = f" {scheme}{postgres_url.removeprefix('postgresql')}?application_name=mine&options=-c%20work_mem%3D5MB\n"
    database = open_database(url)
    with database.engine.connect() as connection:
        for setting, value in (("application_name", "mine"), ("work_mem", "5MB"), ("lock_timeout", "30s")):
            assert connection.exec_driver_sql(f"SHOW {setting}").scalar() == value
    database.close()


def test_servers_that_start_at_once_make_the_tables_once(postgres_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(Store, [postgres_url] * 4))
    stores[0].create_run(new_run("a"))
    assert stores[3].get_run("a").number == 1
    for store in stores:
        store.close()


def test_a_reader_reads_beside_a_server(where: Path | str) -> None:
    store = Store(where)
    store.create_run(new_run("a"))
    with open_reader(where) as reader:
        assert reader is not None
        assert reader.get_run("a").name == "A run"
    store.close()


def test_there_is_no_reader_of_a_directory_without_a_database(tmp_path: Path) -> None:
    with open_reader(tmp_path) as reader:
        assert reader is None


def test_a_connection_that_was_cut_is_replaced(postgres: PostgresServer, postgres_url: str) -> None:
    store = Store(postgres_url)
    store.create_run(new_run("a"))
    cut_all(postgres, postgres_url)
    assert store.get_run("a").id == "a"
    with pytest.raises(StoreError, match="cannot be reached"):
        write_and_be_cut(store, postgres, postgres_url)
    assert store.get_run("a").name == "A run"
    store.close()


def write_and_be_cut(store: Store, postgres: PostgresServer, url: str) -> None:
    with store.writing() as session:
        session.execute(update(Run).values(name="half written"))
        cut_all(postgres, url)


class Ears:
    """What a database has heard, one by one."""

    def __init__(self, database: Database) -> None:
        self._news: queue.Queue[str] = queue.Queue()
        database.listen(self._news.put)

    def next(self) -> str:
        return self._news.get(timeout=20)


@pytest.fixture
def two(postgres_url: str) -> Iterator[tuple[Store, Store]]:
    stores = Store(postgres_url), Store(postgres_url)
    yield stores
    for store in stores:
        store.close()


def test_servers_hear_each_other_and_not_themselves(two: tuple[Store, Store]) -> None:
    here, there = two
    ears = [Ears(store.database) for store in two]
    assert [ear.next() for ear in ears] == ["all ", "all "]
    here.create_run(new_run("a"))
    there.append_frame("a", None, frame(0))
    here.add_event("a", Happened(0, "kind", "text"))
    assert [ears[1].next(), ears[1].next()] == ["queue a", "state a"]
    assert ears[0].next() == "frame a"


def test_what_was_not_committed_is_not_told(two: tuple[Store, Store]) -> None:
    here, there = two
    ears = Ears(there.database)
    assert ears.next() == "all "
    here.create_run(new_run("a"))
    with pytest.raises(StoreError):
        here.append_frame("a", None, frame(7))
    with pytest.raises(StoreError):
        here.create_run(new_run("a"))
    with here.writing("state", "a"):
        pass
    assert [ears.next(), ears.next()] == ["queue a", "state a"]


def test_a_claim_is_told(two: tuple[Store, Store]) -> None:
    here, there = two
    here.create_run(new_run("a"))
    ears = Ears(there.database)
    assert ears.next() == "all "
    assert here.claim_next_queued("claim", "server", new_run("a").created_at)
    assert ears.next() == "state a"


def test_a_listener_that_was_cut_off_listens_again(
    two: tuple[Store, Store], postgres: PostgresServer, postgres_url: str
) -> None:
    here, there = two
    ears = Ears(there.database)
    assert ears.next() == "all "
    cut_all(postgres, postgres_url)
    assert ears.next() == "all "  # there may have been news meanwhile
    here.create_run(new_run("a"))
    assert ears.next() == "queue a"


def test_a_listener_outlives_whoever_cannot_hear(two: tuple[Store, Store]) -> None:
    here, there = two
    heard: queue.Queue[str] = queue.Queue()
    deaf = {"all ", "queue a"}  # to each of them once

    def hear(news: str) -> None:
        heard.put(news)
        if news in deaf:
            deaf.remove(news)
            raise ZeroDivisionError

    there.database.listen(hear)
    assert [heard.get(timeout=20) for _ in range(2)] == ["all ", "all "]
    here.create_run(new_run("a"))
    assert [heard.get(timeout=20) for _ in range(2)] == ["queue a", "all "]
    here.update_run("a", notes="news")
    assert heard.get(timeout=20) == "state a"


def test_closing_ends_the_listener(postgres_url: str) -> None:
    store = Store(postgres_url)
    ears = Ears(store.database)
    assert ears.next() == "all "
    (listener,) = (thread for thread in threading.enumerate() if thread.name == "postgres-listener")
    store.close()
    assert not listener.is_alive()


def cut_all(postgres: PostgresServer, url: str) -> None:
    name = url.rpartition("/")[2]
    postgres.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'")

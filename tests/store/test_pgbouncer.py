"""PgBouncer in front of PostgreSQL is named where it cannot carry what servers tell each other, else it is used."""

import os
import queue
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg
import pytest

from emergescope.errors import StoreError
from emergescope.store.opening import open_reader
from emergescope.store.postgres import PostgresDatabase
from emergescope.store.store import Store
from tests.postgres import PostgresServer, free_port
from tests.store.test_store import new_run

OWN = "name PostgreSQL's own host and port in EMERGESCOPE_DATABASE_URL"
Pooler = Callable[..., str]


@pytest.fixture
def pooler(postgres: PostgresServer, postgres_url: str) -> Iterator[Pooler]:
    """Starts PgBouncer in a mode; the URL of the database behind it."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("NO PGBOUNCER TESTS: install it (Debian: apt install pgbouncer)")
    running = []

    def start(mode: str, *settings: str) -> str:
        port, name = free_port(), postgres_url.rpartition("/")[2]
        place = {"host": "127.0.0.1", "port": postgres.port, "user": "emergescope", "password": "'p@ss/word'"}
        lines = ["[databases]", f"{name} = {' '.join(f'{key}={value}' for key, value in place.items())}", "[pgbouncer]"]
        lines += ["listen_addr = 127.0.0.1", f"listen_port = {port}", "unix_socket_dir =", "auth_type = any"]
        file = postgres.directory / f"pgbouncer-{port}.ini"  # where a user that is not root can read it
        file.write_text("\n".join([*lines, f"pool_mode = {mode}", *settings, ""]))
        file.chmod(0o644)
        user = ["-u", "postgres"] if os.getuid() == 0 else []
        running.append(subprocess.Popen([program, "-q", *user, str(file)], stderr=subprocess.DEVNULL))
        url = f"postgresql://me:geheim@127.0.0.1:{port}/{name}"
        deadline = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(url).close()
                return url
            except psycopg.OperationalError:
                assert time.monotonic() < deadline
                time.sleep(0.05)

    yield start
    for process in running:
        process.terminate()
        process.wait()


IGNORE = "ignore_startup_parameters = options"


@pytest.mark.parametrize("settings", [(IGNORE,), (IGNORE, "default_pool_size = 1"), ()])
@pytest.mark.parametrize("mode", ["transaction", "statement"])
def test_a_pooler_of_transactions_is_named(pooler: Pooler, mode: str, settings: tuple[str, ...]) -> None:
    with pytest.raises(StoreError, match=f"is behind .*PgBouncer.*{OWN}"):
        Store(pooler(mode, *settings))


def test_a_pooler_of_sessions_carries_everything(pooler: Pooler) -> None:
    url = pooler("session", IGNORE)
    with closing(Store(url)) as here, closing(Store(url)) as there:
        heard: queue.Queue[str] = queue.Queue()
        there.database.listen(heard.put)
        assert heard.get(timeout=20) == "all "
        here.create_run(new_run("a"))
        assert heard.get(timeout=20) == "queue a"


def test_whoever_reads_needs_no_more_than_transactions(pooler: Pooler, postgres_url: str) -> None:
    with closing(Store(postgres_url)) as store:
        store.create_run(new_run("a"))
    with open_reader(pooler("transaction")) as reader:
        assert reader is not None
        assert {reader.get_run("a").name for _ in range(10)} == {"A run"}


@pytest.mark.parametrize(
    "reason",
    [
        psycopg.OperationalError("connection failed: FATAL:  unsupported startup parameter: options"),
        psycopg.errors.InvalidSqlStatementName('prepared statement "_pg3_0" does not exist'),
        psycopg.errors.DuplicatePreparedStatement('prepared statement "_pg3_0" already exists'),
        psycopg.errors.ProtocolViolation("transaction blocks not allowed in statement pooling mode"),
    ],
    ids=lambda reason: type(reason).__name__,
)
def test_what_a_pooler_says_is_understood(postgres_url: str, reason: Exception) -> None:
    with closing(PostgresDatabase(postgres_url)) as database:
        detail = database.unusable(reason).detail
    assert "is behind PgBouncer" in detail
    assert OWN in detail

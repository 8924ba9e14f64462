"""Who reads beside a server changes nothing, waits rather than fails, and says what is in the way."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from emergescope.errors import StoreBusy, StoreError
from emergescope.store import sqlite
from emergescope.store.integrity import Check
from emergescope.store.opening import look, open_reader
from emergescope.store.records import RunChanges
from emergescope.store.shapes import RunRecord
from emergescope.store.sqlite import FILE
from emergescope.store.store import Store
from tests.postgres import PostgresServer
from tests.store.test_store import new_run
from tests.store.test_upgrade import released  # noqa: F401 - a fixture


def names(where: Path | str) -> list[str]:
    with open_reader(where) as reader:
        assert reader is not None
        return [run.id for run in reader.list_runs().items]


def examine(where: Path | str) -> tuple[list[str], list[str]]:
    """The runs that a reader finds, and what a check finds wrong."""
    with look(where) as source:
        troubles = [trouble.what for trouble in Check(source, quick=False).troubles()]
    return names(where), troubles


def filled(where: Path | str) -> None:
    with closing(Store(where)) as store:
        store.create_run(new_run("a"))


@contextmanager
def held(directory: Path, *statements: str) -> Iterator[sqlite3.Connection]:
    """Another program that has done so much with the file, and is not done."""
    with closing(sqlite3.connect(directory / FILE, isolation_level=None, timeout=0, check_same_thread=False)) as other:
        for statement in statements:
            other.execute(statement).close()
        yield other


def test_a_reader_leaves_an_older_schema_to_the_upgrade(released: Path) -> None:  # noqa: F811
    before = released.read_bytes()
    with pytest.raises(StoreError, match=r"of an earlier version.*server on it, or run `emergescope db upgrade`"):
        names(released.parent)
    assert released.read_bytes() == before
    Store(released.parent).close()
    assert names(released.parent)


def test_a_reader_makes_no_tables(postgres: PostgresServer, postgres_url: str) -> None:
    with open_reader(postgres_url) as reader:
        assert reader is None
    assert postgres.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", postgres_url) == [(0,)]
    filled(postgres_url)
    assert names(postgres_url) == ["a"]
    postgres.execute("UPDATE alembic_version SET version_num = '0002'", postgres_url)
    with pytest.raises(StoreError, match="has the schema 0002 of an earlier version"):
        names(postgres_url)
    assert postgres.execute("SELECT version_num FROM alembic_version", postgres_url) == [("0002",)]


def test_a_reader_writes_nothing_into_the_file(tmp_path: Path) -> None:
    filled(tmp_path)
    with held(tmp_path, "PRAGMA application_id = 0"):
        pass
    before = (tmp_path / FILE).read_bytes()
    assert names(tmp_path) == ["a"]
    assert (tmp_path / FILE).read_bytes() == before


def test_a_change_is_not_refused_because_another_program_wrote_meanwhile(tmp_path: Path) -> None:
    filled(tmp_path)

    def change(run: RunRecord) -> RunChanges:
        with held(tmp_path) as other, pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("UPDATE runs SET notes = 'theirs'")
        return {"name": "B"}

    with closing(Store(tmp_path)) as store:
        assert store.change_run("a", change).name == "B"
        assert store.get_run("a").notes == ""


def test_a_writer_waits_for_another_program(tmp_path: Path) -> None:
    with closing(Store(tmp_path)) as store, held(tmp_path, "BEGIN IMMEDIATE") as other:
        writing = threading.Thread(target=store.create_run, args=(new_run("a"),))
        writing.start()
        writing.join(0.2)
        assert writing.is_alive()
        assert store.list_runs().items == ()
        other.execute("COMMIT")
        writing.join(20)
        assert store.get_run("a").id == "a"


def test_a_database_that_stays_busy_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "TIMEOUT", 0.05)
    words = r"is busy: another program holds it .*try again"
    with (
        closing(Store(tmp_path)) as store,
        held(tmp_path, "BEGIN IMMEDIATE"),
        pytest.raises(StoreBusy, match=words),
    ):
        store.create_run(new_run("a"))


def test_a_check_of_a_busy_database_finds_nothing_wrong_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "READERS_TIMEOUT", 0.05)
    filled(tmp_path)
    with (
        held(tmp_path, "PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE"),
        pytest.raises(StoreBusy, match="is busy"),
    ):
        examine(tmp_path)


@pytest.fixture
def unwritable(tmp_path: Path) -> Path:
    """A directory in which no index can be made beside the database, as in one that is read-only."""
    data = tmp_path / "data"
    filled(data)
    (data / f"{FILE}-shm").symlink_to("nowhere/index")
    return data


def test_a_database_that_lies_where_nothing_can_be_written_is_read(unwritable: Path) -> None:
    assert examine(unwritable) == (["a"], [])


@pytest.mark.parametrize("log", ["-wal", "-journal"])
def test_a_log_that_cannot_be_read_there_is_named(unwritable: Path, log: str) -> None:
    (unwritable / f"{FILE}{log}").write_bytes(b"what was committed last")
    with pytest.raises(StoreError, match=f"a part of it is still in {FILE}{log}; copy .*/data to where you can write"):
        examine(unwritable)


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path)

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(StoreError, match=r"cannot be read \(Permission denied\): ask its owner"):
        names(tmp_path)


@pytest.mark.parametrize("state", ["stopped", "running"])
def test_a_read_only_mount_is_read(tmp_path: Path, state: str) -> None:
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("NO READ-ONLY MOUNT: it takes root on Linux")
    mount = tmp_path / "mount"
    mount.mkdir()
    store = Store(tmp_path / "data")
    store.create_run(new_run("a"))
    if state == "stopped":
        store.close()
    read = (
        "import sys; from pathlib import Path; from tests.store.test_reading import examine;"
        "print(examine(Path(sys.argv[1])))"
    )
    script = (
        f"mount --bind {tmp_path}/data {mount} && mount -o remount,bind,ro {mount} && ! touch {mount}/x 2>/dev/null"
        f' && exec "$0" -c "{read}" {mount}'
    )
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, sys.executable], capture_output=True, text=True, check=False
    )
    store.close()
    assert done.stdout == "(['a'], [])\n", done.stderr

"""A database that cannot be used is refused, with its path and a remedy; migrations and tables agree."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from emergescope.errors import StoreError
from emergescope.recording.events import FrameReady
from emergescope.store.sqlite import APPLICATION_ID, FILE, SqliteDatabase
from emergescope.store.store import Store
from emergescope.store.tables import Base
from tests.store.test_store import new_run


def refusal(directory: Path) -> str:
    with pytest.raises(StoreError) as caught:
        Store(directory)
    assert str(directory) in caught.value.detail
    return caught.value.detail


def filled(directory: Path) -> Path:
    store = Store(directory)
    store.create_run(new_run("a"))
    for seq in range(20):
        store.append_frame("a", None, FrameReady(seq, seq, "features", {}, bytes(10_000)))
    store.close()
    return directory / FILE


def test_tables_are_what_migrations_make(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path)
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
        assert connection.exec_driver_sql("PRAGMA application_id").scalar() == APPLICATION_ID
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    database.close()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"PK\x03\x04 not a database" * 1000)
    assert "is not a database of Emergescope" in refusal(tmp_path)
    assert (tmp_path / FILE).read_bytes().startswith(b"PK"), "it was written to"


@pytest.mark.parametrize("application_id", [0, 0x0F055112])
def test_the_database_of_another_application(tmp_path: Path, application_id: int) -> None:
    with closing(sqlite3.connect(tmp_path / FILE)) as other:
        other.execute(f"PRAGMA application_id = {application_id}")
        other.execute("CREATE TABLE bookmarks (url TEXT)")
        other.commit()
    before = (tmp_path / FILE).read_bytes()
    assert "move it away, or choose another directory with --data" in refusal(tmp_path)
    assert (tmp_path / FILE).read_bytes() == before


def test_a_newer_schema(tmp_path: Path) -> None:
    with closing(sqlite3.connect(filled(tmp_path))) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    assert "newer version of Emergescope (schema 9999): upgrade" in refusal(tmp_path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_truncated_database(tmp_path: Path, share: float) -> None:
    path = filled(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert "restore it from a backup" in refusal(tmp_path)


def test_damage_that_shows_later_is_named_as_well(tmp_path: Path) -> None:
    path = filled(tmp_path)
    content = bytearray(path.read_bytes())
    with closing(sqlite3.connect(path)) as database:
        (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'frames'").fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    content[(page - 1) * size : page * size] = b"\xff" * size
    path.write_bytes(content)
    store = Store(tmp_path)
    with pytest.raises(StoreError, match="restore it from a backup") as caught:
        store.frames_after("a")
    assert str(path) in caught.value.detail
    store.close()


def test_an_empty_file_is_a_new_database(tmp_path: Path) -> None:
    (tmp_path / FILE).touch()
    Store(tmp_path).close()


def test_a_data_directory_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    assert "choose one that can be written" in refusal(tmp_path / "data")


def test_a_directory_in_use(tmp_path: Path) -> None:
    first = Store(tmp_path)
    assert "in use by another server (process" in refusal(tmp_path)
    first.close()
    Store(tmp_path).close()

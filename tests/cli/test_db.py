"""`emergescope db`: copies are whole, an older schema is upgraded, films are thinned, space is given back."""

import json
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from emergescope.store.records import NewRun
from emergescope.store.sqlite import APPLICATION_ID, FILE
from emergescope.store.store import Store
from tests.cli.conftest import ENDED, Db, fill
from tests.store.films import film_frame

_CONFIG = Config()
_CONFIG.set_main_option("script_location", "emergescope.store:migrations")
HEAD = ScriptDirectory.from_config(_CONFIG).get_current_head()


def change(data: Path, statement: str) -> None:
    with closing(sqlite3.connect(data / FILE)) as database, database:
        database.execute(statement)


def older(directory: Path, revision: str = "0002") -> Path:
    """A database as an earlier version left it, with a run of two frames."""
    directory.mkdir()
    engine = create_engine(f"sqlite:///{directory / FILE}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", "emergescope.store:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.exec_driver_sql(
            "INSERT INTO runs (id, name, notes, status, config, total_steps, step, expected, frames_count,"
            " frames_bytes, created_at)"
            " VALUES ('a', 'An old run', '', 'succeeded', '{}', 10, 10, '[]', 2, 0, '2026-01-01 00:00:00')"
        )
        for seq in range(2):
            frame = film_frame("a", seq)
            connection.exec_driver_sql(
                "INSERT INTO frames VALUES ('a', ?, ?, ?, ?, ?, ?)",
                (seq, frame.step, frame.phase, json.dumps(dict(frame.metrics)), len(frame.blob), frame.blob),
            )
        connection.exec_driver_sql("UPDATE runs SET frames_bytes = (SELECT sum(size) FROM frames)")
    engine.dispose()
    return directory


def test_no_database_is_no_traceback(db: Db, tmp_path: Path) -> None:
    for arguments in (["check"], ["upgrade"], ["upgrade", "--dry-run"], ["vacuum"], ["backup", "copy.db"]):
        code, _, err = db(*arguments, "--data", "nowhere")
        assert code == 1
        assert "there is no database nowhere/emergescope.db: name its directory with --data" in err
    assert list(tmp_path.iterdir()) == []


def test_an_older_schema_is_upgraded_after_a_copy_of_it(db: Db, tmp_path: Path) -> None:
    data = older(tmp_path / "data")
    code, out, _ = db("check")
    assert (code, f"its schema is 0002, not {HEAD}; run `emergescope db upgrade`" in out) == (1, True)
    code, _, err = db("vacuum", "--yes")
    assert (code, "run `emergescope db upgrade` first" in err) == (1, True)
    before = (data / FILE).read_bytes()
    code, out, _ = db("upgrade", "--dry-run")
    assert (code, out) == (0, f"The schema would go from 0002 to {HEAD}.\n")
    assert (data / FILE).read_bytes() == before
    code, out, _ = db("upgrade")
    assert (code, f"The schema went from 0002 to {HEAD}." in out) == (0, True)
    (copy,) = data.glob("emergescope-0002-*Z.db")
    assert str(copy.name) in out
    assert db("check")[:2] == (0, "1 runs, 2 frames, 0 checkpoints: all is well\n")
    assert db("upgrade")[:2] == (0, f"The schema is up to date: {HEAD}.\n")
    assert len(list(data.glob("emergescope-*.db"))) == 1
    with closing(sqlite3.connect(copy)) as old:
        assert old.execute("SELECT version_num FROM alembic_version").fetchall() == [("0002",)]
        assert old.execute("SELECT name, frames_count FROM runs").fetchall() == [("An old run", 2)]


@pytest.mark.parametrize("arguments", [["upgrade"], ["vacuum", "--yes"]])
def test_what_changes_the_file_needs_the_server_stopped(db: Db, data: Path, arguments: list[str]) -> None:
    with closing(Store(data)):
        code, _, err = db(*arguments)
    assert code == 1
    assert "in use by another server" in err


@pytest.mark.parametrize("arguments", [["check"], ["upgrade"], ["upgrade", "--dry-run"], ["vacuum"]])
def test_a_newer_schema_and_another_application_are_refused(db: Db, data: Path, arguments: list[str]) -> None:
    change(data, "UPDATE alembic_version SET version_num = '9999'")
    code, _, err = db(*arguments)
    assert (code, "newer version of Emergescope (schema 9999)" in err) == (1, True)
    change(data, "DROP TABLE alembic_version")
    code, _, err = db(*arguments)
    assert (code, "another application" in err) == (1, True)
    assert [file.name for file in data.glob("*.db")] == [FILE]


def test_a_backup_beside_a_writer_is_the_state_at_one_moment(db: Db, data: Path, tmp_path: Path) -> None:
    store = Store(data)
    store.create_run(NewRun("live", "Live", None, (), {}, 10**6, [], ENDED))
    begun, stop = threading.Event(), threading.Event()

    def write() -> None:
        seq = 0
        while not stop.is_set():
            frame = film_frame("live", seq, neurons=60)
            store.append_frame("live", None, frame, step=frame.step)
            seq += 1
            begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(20)
        (tmp_path / "copy").mkdir()
        code, out, _ = db("backup", f"copy/{FILE}")
    finally:
        stop.set()
        writer.join()
    assert (code, "holds all runs" in out) == (0, True)
    assert [file.name for file in (tmp_path / "copy").iterdir()] == [FILE]
    assert db("check", "--data", "copy")[0] == 0
    copy = Store(tmp_path / "copy")
    copied = copy.get_run("live").frames_next
    assert 0 < copied <= store.get_run("live").frames_next
    for run_id, count in (("a", 80), ("b", 31), ("live", copied)):
        assert copy.blobs_after(run_id, -1, count, 10**9) == store.blobs_after(run_id, -1, count, 10**9)
    copy.close()
    store.close()


def test_a_backup_overwrites_nothing(db: Db, data: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    for target, words in (
        ("taken", "overwrites nothing"),
        ("data", "overwrites nothing"),
        ("no/where", "no directory"),
    ):
        code, _, err = db("backup", target)
        assert (code, words in err) == (1, True)
    assert (tmp_path / "taken").read_text() == "mine"
    assert {file.name for file in tmp_path.iterdir()} == {"taken", "data"}


def test_a_damaged_database_is_not_backed_up_as_if_it_were_whole(db: Db, data: Path, tmp_path: Path) -> None:
    content = bytearray((data / FILE).read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = b"\xff" * 4096
    (data / FILE).write_bytes(content)
    code, _, err = db("backup", "copy.db")
    assert (code, "`emergescope db check`" in err) == (1, True)
    assert [file.name for file in tmp_path.iterdir()] == ["data"]


def test_vacuum_asks_thins_and_gives_space_back(db: Db, data: Path) -> None:
    size = (data / FILE).stat().st_size
    code, out, _ = db("vacuum", "--keep", "30", "--dry-run")
    told = "a A run: film thinned from 80 to 60 frames and 1 checkpoint dropped"
    assert (code, told in out, "nothing was done" in out) == (0, True, True)
    code, out, err = db("vacuum", "--keep", "30", answer="n\n")
    assert (code, told in out, "Thin these films for good?" in err) == (1, True, True)
    assert "2 runs, 111 frames, 3 checkpoints" in db("check", "--quick")[1]
    code, out, _ = db("vacuum", "--keep", "30", answer="y\n")
    assert (code, "The database took" in out) == (0, True)
    assert (data / FILE).stat().st_size < size
    assert (data / f"{FILE}-wal").exists() is False
    code, out, _ = db("vacuum", "--keep", "30")  # nothing to ask
    assert (code, "film thinned" in out) == (0, False)


def test_vacuum_takes_its_rules_from_the_settings_and_speaks_json(
    db: Db, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMERGESCOPE_KEEP", "30")
    code, out, _ = db("vacuum", "--yes", "--json")
    done = json.loads(out)
    assert (code, done["done"], done["warning"], done["after"] < done["before"]) == (0, True, None, True)
    assert [(item["run"], item["rule"], item["before"], item["after"]) for item in done["thinned"]] == [
        ("a", "keep", 80, 60)
    ]
    code, _, err = db("vacuum", "--max-bytes", "10")
    assert (code, "EMERGESCOPE_MAX_BYTES" in err) == (2, True)


def test_postgresql_is_upgraded_checked_thinned_and_vacuumed_as_well(
    db: Db, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMERGESCOPE_DATABASE_URL", postgres_url)
    assert db("upgrade", "--dry-run")[:2] == (0, f"The schema would go from none to {HEAD}.\n")
    assert db("check")[:2] == (1, f"database: its schema is missing, not {HEAD}; run `emergescope db upgrade`\n"
                                  "0 runs, 0 frames, 0 checkpoints: 1 thing is wrong\n")  # fmt: skip
    assert db("upgrade")[:2] == (0, f"The schema went from none to {HEAD}.\n")
    fill(postgres_url)
    with closing(Store(postgres_url)):  # a server may be at work
        assert db("check")[:2] == (0, "2 runs, 111 frames, 3 checkpoints: all is well\n")
        code, out, _ = db("vacuum", "--keep", "30", "--yes")
    assert (code, "film thinned from 80 to 60 frames" in out, "The database took" in out) == (0, True, True)
    with closing(Store(postgres_url)) as store, store.writing() as session:
        session.execute(text("UPDATE frames SET blob = '\\x00' WHERE run_id = 'a' AND seq = 79"))
    code, out, _ = db("check")
    assert (code, "run a, frame 79: it has 1 bytes where its row says" in out) == (1, True)


def test_postgresql_is_backed_up_by_its_own_tool(db: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql+psycopg://me:p%40ss@db.example:5433/runs?sslmode=require"
    monkeypatch.setenv("EMERGESCOPE_DATABASE_URL", url)
    code, out, err = db("backup", "copy.dump")
    assert code == 2
    command = "pg_dump --format=custom --file=copy.dump 'postgresql://me@db.example:5433/runs?sslmode=require'"
    assert command in err
    assert "p%40ss" not in out + err


def test_a_postgresql_that_is_not_there_is_no_traceback(db: Db, monkeypatch: pytest.MonkeyPatch) -> None:
    for url, words in (("127.0.0.1:1/runs", "refused"), ("127.0.0.1:x/%zz", "cannot be read")):
        monkeypatch.setenv("EMERGESCOPE_DATABASE_URL", f"postgresql://me:secret@{url}")
        for arguments in (["check"], ["upgrade"], ["upgrade", "--dry-run"], ["vacuum", "--yes"]):
            code, out, err = db(*arguments)
            assert code == 1
            assert "secret" not in out + err
            assert words in out + err

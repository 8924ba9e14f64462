"""Databases of every earlier version are upgraded with all that is in them, and the tables are then those of today."""

import json
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, create_engine, func, select

from emergescope.catalog.parse import parse_config
from emergescope.catalog.registry import study_of
from emergescope.recording.codec import decode, sketch
from emergescope.store.experiments import ExperimentStore
from emergescope.store.listing import RunFilter
from emergescope.store.sqlite import FILE
from emergescope.store.store import Store
from emergescope.store.tables import Base
from tests.store.test_store import frame, new_run

RELEASED = sorted((Path(__file__).parent / "released").glob("*.db"))
Rows = Mapping[str, list[dict[str, Any]]]


def contents(path: Path) -> Rows:
    """All rows of all tables as they lie in the file."""
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            table: [dict(row) for row in database.execute(f"SELECT * FROM {table} ORDER BY 1, 2")]
            for table in tables
            if table not in ("alembic_version", "sqlite_sequence")
        }


@pytest.fixture(params=RELEASED, ids=[path.stem for path in RELEASED])
def released(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of the database of an earlier version, in a directory of its own."""
    directory = tmp_path / "data"
    directory.mkdir()
    return Path(shutil.copy(request.param, directory / FILE))


def migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", "emergescope.store:migrations")
    return config


def test_there_is_a_database_of_every_earlier_schema() -> None:
    scripts = ScriptDirectory.from_config(migrations())
    assert {path.stem for path in RELEASED} == {s.revision for s in scripts.walk_revisions()} - set(scripts.get_heads())


def test_nothing_is_lost(released: Path) -> None:
    before = contents(released)
    assert {"runs", "run_tags", "frames", "events", "patterns"} <= before.keys()
    Store(released.parent).close()
    after = contents(released)
    for table, rows in before.items():
        assert rows
        assert [{name: new[name] for name in old} for old, new in zip(rows, after[table], strict=True)] == rows, table


def test_todays_store_reads_it_and_goes_on(released: Path) -> None:
    check(Store(released.parent), contents(released))


def test_postgresql_is_upgraded_alike(released: Path, postgres_url: str) -> None:
    rows = contents(released)
    _fill_postgres(released, postgres_url)
    store = Store(postgres_url)
    with store.database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    check(store, rows)


def test_frames_of_earlier_versions_are_in_the_index(released: Path) -> None:
    with closing(Store(released.parent)) as store:
        for run in store.list_runs().items:
            rows = store.index_after(run.id)
            assert [row.seq for row in rows] == list(range(run.frames_count))
            config = parse_config(run.config)
            display = study_of(config).display(config, run.facts)
            for row in rows:
                frame = decode(store.frame_blob(run.id, row.seq))[2]
                assert (row.sketch or b"") == sketch(display, frame.tensors)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_runs_of_earlier_versions_are_found(request: pytest.FixtureRequest, tmp_path: Path, kind: str) -> None:
    file = Path(shutil.copy(RELEASED[0].with_name("0003.db"), tmp_path / FILE))
    where: Path | str = tmp_path
    if kind == "postgres":
        where = request.getfixturevalue("postgres_url")
        _fill_postgres(file, str(where))
    with closing(Store(where)) as store:
        first = store.list_runs().items[-1]
        for q in ("äpfel, straße", "A\u0308PFEL", "gröSSe", "FEATURES, 100 %", first.id.upper()):
            assert [run.id for run in store.list_runs(RunFilter(q=q)).items] == [first.id], q
        assert store.list_runs(RunFilter(q="apfel")).items == ()
        assert len(store.list_runs(RunFilter(q="Quick")).items) == 6


def check(store: Store, rows: Rows) -> None:
    """That the store gives what is in the rows, and takes more. Closes it."""
    newest = store.list_runs().items
    assert [run.id for run in newest] == [run["id"] for run in reversed(rows["runs"])]
    for run in newest:
        alike = [one.id for one in newest if (one.preset, one.config) == (run.preset, run.config)]
        assert run.preset is None or store.run_like(run.preset, run.config) == alike[0]
    for old in rows["runs"]:
        run = store.get_run(old["id"])
        assert (run.number, run.name, run.notes, run.status) == (
            old["number"],
            old["name"],
            old["notes"],
            old["status"],
        )
        assert (run.frames_count, run.frames_bytes) == (old["frames_count"], old["frames_bytes"])
        assert run.created_at == datetime.fromisoformat(old["created_at"]).replace(tzinfo=UTC)
        tags = [row["tag"] for row in rows["run_tags"] if row["run_id"] == run.id]
        assert run.tags == tuple(tags)
        origin = json.loads(old["origin"]) if old.get("origin") else None
        assert (run.frames_next, run.resumes, run.deaths, run.origin) == (run.frames_count, 0, (), origin)
        frames = [row for row in rows["frames"] if row["run_id"] == run.id]
        assert [found.seq for found in store.frames_after(run.id)] == [row["seq"] for row in frames]
        assert [store.frame_blob(run.id, row["seq"]) for row in frames] == [row["blob"] for row in frames]
        events = [row for row in rows["events"] if row["run_id"] == run.id]
        assert [(event.number, event.text) for event in store.events(run.id)] == [
            (e["number"], e["text"]) for e in events
        ]
        store.append_frame(run.id, None, frame(run.frames_next))
    for row in rows["patterns"]:
        assert store.patterns_blob(row["run_id"]) == row["blob"]
    for row in rows.get("experiments", ()):
        members = ExperimentStore(store).members(row["id"])
        places = [place for place in rows["experiment_members"] if place["experiment_id"] == row["id"]]
        assert [member.run and member.run.id for member in members] == [place["run_id"] for place in places]
    assert store.create_run(new_run("new")).number == len(rows["runs"]) + 1
    store.close()


def _fill_postgres(file: Path, url: str) -> None:
    """The rows of the file in tables of its schema."""
    origin = create_engine(f"sqlite:///{file}")
    target = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with origin.connect() as source, target.begin() as connection:
        config = migrations()
        config.attributes["connection"] = connection
        command.upgrade(config, file_schema(file))
        old, new = MetaData(), MetaData()
        old.reflect(source)
        new.reflect(connection)
        connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
        for table in new.sorted_tables:
            rows = [dict(row) for row in source.execute(select(old.tables[table.name])).mappings()]
            if rows and table.name != "alembic_version":
                connection.execute(table.insert(), rows)
            if {"id", "number"} <= set(table.columns.keys()):
                last = select(func.max(table.c.number)).scalar_subquery()
                connection.execute(select(func.setval(f"{table.name}_number_seq", last)))
    origin.dispose()
    target.dispose()


def file_schema(file: Path) -> str:
    with closing(sqlite3.connect(file)) as database:
        (version,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(version)

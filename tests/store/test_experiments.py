"""Experiments in the database: all or nothing, places that outlive their runs, the upgrade from the first schema."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from emergescope.errors import NotFound, StoreError
from emergescope.store import ExperimentStore, NewMember, NewRun, Store

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def _run(identifier: str) -> NewRun:
    return NewRun(identifier, "a run", None, ["tag"], {"seed": 1}, 30, [], NOW)


def _member(identifier: str, seed: int = 0) -> NewMember:
    return NewMember(_run(identifier), "network", "with structure", seed, {"method.m": 4})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path)
    yield store
    store.close()


def _create(store: Store, identifier: str = "e1", runs: tuple[str, ...] = ("a", "b")) -> ExperimentStore:
    experiments = ExperimentStore(store)
    members = [_member(run, seed) for seed, run in enumerate(runs)]
    experiments.create(identifier, "Name", "sweep", None, {"seeds": [0, 1]}, members, NOW)
    return experiments


def test_members_come_back_in_their_places_with_their_runs(store: Store) -> None:
    experiments = _create(store)
    store.add_event("b", 12, "emerged", "features emerged")
    store.add_event("b", 20, "emerged", "again")
    first, second = experiments.members("e1")
    assert first.run is not None
    assert (first.position, first.run.id, first.run.status, first.run.tags) == (0, "a", "queued", ("tag",))
    assert (second.seed, second.cell, second.emergence_step) == (1, {"method.m": 4}, 12)
    assert experiments.get("e1").spec == {"seeds": [0, 1]}
    claimed = store.claim_next_queued(NOW)
    assert claimed is not None
    assert claimed.id == "a"  # the queue keeps the order of the places


def test_an_experiment_is_queued_whole_or_not_at_all(store: Store) -> None:
    _create(store)
    with pytest.raises(StoreError):
        _create(store, "e2", ("c", "a"))  # there is a run of that id
    with pytest.raises(NotFound):
        ExperimentStore(store).get("e2")
    with pytest.raises(NotFound):
        store.get_run("c")


def test_an_interrupted_run_is_replaced_in_its_place_a_few_times(store: Store) -> None:
    experiments = _create(store)
    assert experiments.replace_run("b", _run("b2"), most=2)
    assert experiments.replace_run("b2", _run("b3"), most=2)
    assert not experiments.replace_run("b3", _run("b4"), most=2)
    assert not experiments.replace_run("b", _run("b5"), most=2)  # in no place any more
    first, second = experiments.members("e1")
    assert first.run is not None
    assert second.run is not None
    assert (first.run.id, second.run.id, second.replaced) == ("a", "b3", 2)
    assert store.get_run("b").id == "b"  # what the interrupted one recorded is kept
    with pytest.raises(NotFound):
        store.get_run("b4")


def test_a_deleted_run_leaves_its_place_empty(store: Store) -> None:
    experiments = _create(store)
    store.delete_run("a")
    assert [m.run and m.run.id for m in experiments.members("e1")] == [None, "b"]


def test_deleting_an_experiment_takes_its_runs_and_no_others(store: Store) -> None:
    experiments = _create(store)
    store.create_run(_run("other"))
    experiments.delete("e1")
    assert [run.id for run in store.list_runs().items] == ["other"]
    for missing in (experiments.get, experiments.members, experiments.delete):
        with pytest.raises(NotFound):
            missing("e1")


def test_lists_page_newest_first(store: Store) -> None:
    for number in range(5):
        _create(store, f"e{number}", (f"r{number}",))
    experiments = ExperimentStore(store)
    page = experiments.list(limit=2)
    assert [item.id for item in page.items] == ["e4", "e3"]
    assert [item.id for item in experiments.list(page.next, 10).items] == ["e2", "e1", "e0"]


def test_a_database_of_the_first_schema_is_upgraded_with_its_runs(tmp_path: Path) -> None:
    _write_first_schema(tmp_path / "emergescope.db")
    store = Store(tmp_path)
    assert store.get_run("old").name == "An old run"
    (event,) = store.events("old")
    assert (event.text, event.data) == ("it diverged", None)
    _create(store)
    store.close()


def _write_first_schema(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", "emergescope.store:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("PRAGMA application_id = 1162695495"))
        run: dict[str, Any] = {"id": "old", "name": "An old run", "at": "2026-01-01 00:00:00.000000"}
        connection.execute(
            text(
                "INSERT INTO runs (id, name, notes, status, config, total_steps, step, expected, frames_count,"
                " frames_bytes, created_at) VALUES (:id, :name, '', 'succeeded', '{}', 10, 10, '[]', 0, 0, :at)"
            ),
            run,
        )
        connection.execute(
            text(
                "INSERT INTO events (run_id, number, step, kind, text) VALUES ('old', 0, 3, 'diverged', 'it diverged')"
            )
        )
    engine.dispose()

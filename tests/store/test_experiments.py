"""Experiments in the database: all or nothing, places that outlive their runs."""

from datetime import UTC, datetime

import pytest

from emergescope.errors import NotFound, StoreError
from emergescope.recording.events import Happened
from emergescope.store.experiments import ExperimentStore
from emergescope.store.records import NewMember, NewRun
from emergescope.store.store import Store

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def _run(identifier: str) -> NewRun:
    return NewRun(identifier, "a run", None, ["tag"], {"seed": 1}, 30, [], NOW)


def _member(identifier: str, seed: int = 0) -> NewMember:
    return NewMember(_run(identifier), "network", "with structure", seed, {"method.m": 4})


def _create(store: Store, identifier: str = "e1", runs: tuple[str, ...] = ("a", "b")) -> ExperimentStore:
    experiments = ExperimentStore(store)
    members = [_member(run, seed) for seed, run in enumerate(runs)]
    experiments.create(identifier, "Name", "sweep", None, {"seeds": [0, 1]}, members, NOW)
    return experiments


def test_members_come_back_in_their_places_with_their_runs(store: Store) -> None:
    experiments = _create(store)
    store.add_event("b", Happened(12, "emerged", "features emerged"))
    store.add_event("b", Happened(20, "emerged", "again"))
    first, second = ExperimentStore(store, ("emerged",)).members("e1")
    assert first.run is not None
    assert (first.position, first.run.id, first.run.status, first.run.tags) == (0, "a", "queued", ("tag",))
    assert (second.seed, second.cell, second.emergence_step) == (1, {"method.m": 4}, 12)
    assert experiments.get("e1").spec == {"seeds": [0, 1]}
    claimed = store.claim_next_queued("claim", "server", NOW)
    assert claimed is not None
    assert claimed.id == "a"  # the queue keeps the order of the places


def test_a_large_experiment_is_queued_in_the_order_of_its_places(store: Store) -> None:
    runs = tuple(f"r{number}" for number in range(300))
    experiments = _create(store, "large", runs)
    numbers = [member.run.number for member in experiments.members("large") if member.run]
    assert len(numbers) == 300
    assert numbers == sorted(numbers)


def test_an_experiment_is_queued_whole_or_not_at_all(store: Store) -> None:
    _create(store)
    with pytest.raises(StoreError):
        _create(store, "e2", ("c", "a"))  # there is a run of that id
    with pytest.raises(NotFound):
        ExperimentStore(store).get("e2")
    with pytest.raises(NotFound):
        store.get_run("c")


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

"""A queued run goes to one server, and one that has lost a run can no longer write it."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from emergescope.errors import LostClaim, NotFound
from emergescope.recording.events import Checkpointed, Happened
from emergescope.store.forking import CheckpointStore
from emergescope.store.store import Store
from tests.store.test_store import NOW, frame, new_run


def claimed(store: Store, claim: str) -> None:
    run = store.claim_next_queued(claim, "server", NOW)
    assert run is not None
    assert run.id == "a"


def test_who_has_the_claim_writes(store: Store) -> None:
    store.create_run(new_run("a"))
    claimed(store, "mine")
    store.start_run("a", "mine", b"patterns", facts={"x": 1})
    store.append_frame("a", "mine", frame(0))
    store.add_event("a", Happened(0, "kind", "text"), claim="mine")
    run = store.update_run("a", "mine", status="succeeded")
    assert (run.frames_count, run.claim) == (1, None)


@pytest.mark.parametrize(
    "write",
    [
        lambda store: store.start_run("a", "mine", b"other", facts={}),
        lambda store: store.append_frame("a", "mine", frame(1), step=99),
        lambda store: store.add_event("a", Happened(0, "kind", "text"), claim="mine"),
        lambda store: store.update_run("a", "mine", status="failed"),
        lambda store: CheckpointStore(store).add("a", "mine", Checkpointed(5, 1, b"late"), NOW),
    ],
    ids=["start_run", "append_frame", "add_event", "update_run", "add checkpoint"],
)
def test_who_has_lost_it_changes_nothing(store: Store, write: Callable[[Store], object]) -> None:
    store.create_run(new_run("a"))
    claimed(store, "mine")
    store.start_run("a", "mine", b"patterns")
    store.append_frame("a", "mine", frame(0))
    store.update_run("a", status="queued")  # taken for dead
    for taken_over in (False, True):
        if taken_over:
            claimed(store, "theirs")
        before = store.get_run("a")
        with pytest.raises(LostClaim, match="another one has taken it over"):
            write(store)
        assert store.get_run("a") == before
        assert (store.events("a"), len(store.frames_after("a")), store.patterns_blob("a")) == ((), 1, b"patterns")
        assert CheckpointStore(store).steps("a") == []


def test_a_deleted_run_is_missing_rather_than_lost(store: Store) -> None:
    store.create_run(new_run("a"))
    claimed(store, "mine")
    store.delete_run("a")
    with pytest.raises(NotFound, match="no run 'a'"):
        store.append_frame("a", "mine", frame(0))


def test_a_run_that_is_claimed_again_keeps_when_it_first_started(store: Store) -> None:
    store.create_run(new_run("a"))
    claimed(store, "one")
    store.update_run("a", status="queued", wanted="pause")
    again = store.claim_next_queued("two", "other", NOW.replace(hour=23))
    assert again is not None
    assert (again.started_at, again.wanted, again.server, again.claim) == (NOW, None, "other", "two")


def test_servers_that_claim_at_once_share_the_queue_out(postgres_url: str) -> None:
    stores = [Store(postgres_url), Store(postgres_url)]
    wanted = [f"r{number}" for number in range(40)]
    for run_id in wanted:
        stores[0].create_run(new_run(run_id, tags=("tag",)))

    def work(worker: int) -> list[str]:
        mine = []
        store = stores[worker % 2]
        while (run := store.claim_next_queued(f"claim {worker}", "server", NOW)) is not None:
            store.append_frame(run.id, f"claim {worker}", frame(0))
            mine.append(run.id)
        return mine

    with ThreadPoolExecutor(8) as pool:
        shares = list(pool.map(work, range(8)))
    assert Counter(run for share in shares for run in share) == Counter(wanted)
    for store in stores:
        store.close()


def test_threads_that_claim_at_once_share_the_queue_out(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for number in range(20):
        store.create_run(new_run(f"r{number}"))
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda number: store.claim_next_queued(f"claim {number}", "server", NOW), range(20)))
    assert sorted(run.number for run in runs if run) == list(range(1, 21))
    store.close()

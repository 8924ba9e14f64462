"""Forks and deletions go a few frames at a time: others write meanwhile, no one sees a part, a crash leaves nothing."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select

from emergescope.errors import Conflict, NotFound, StoreBusy
from emergescope.recording.events import Happened
from emergescope.store import forking
from emergescope.store import store as storing
from emergescope.store.forking import ForkStore
from emergescope.store.integrity import Check
from emergescope.store.listing import RunFilter
from emergescope.store.opening import look
from emergescope.store.store import ServerStore, Store, remove
from emergescope.store.tables import HIDDEN, FrameRow, Run
from tests.store.test_store import NOW, frame, new_run

FRAMES = 10
Between = Callable[[Callable[[int], None]], None]


@pytest.fixture
def filled(store: Store) -> Store:
    """A store with a run `a` of ten frames, and `other` that waits."""
    store.create_run(new_run("a"))
    for seq in range(FRAMES):
        store.append_frame("a", None, frame(seq), step=seq * 10)
        store.add_event("a", Happened(seq * 10, "kind", f"at {seq * 10}"))
    store.create_run(new_run("other"))
    return store


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Between:
    """Has something done between two transactions, with its number."""
    for module in (forking, storing):
        monkeypatch.setattr(module, "AT_ONCE", 3)

    def arrange(do: Callable[[int], None]) -> None:
        def turns() -> Iterator[None]:
            number = 0
            while True:
                yield
                do(number)
                number += 1

        monkeypatch.setattr(forking, "turns", turns)
        monkeypatch.setattr(storing, "turns", turns)

    return arrange


def rows(store: Store, run_id: str) -> int:
    """Frames of a run, seen or not."""
    with store.session() as session:
        return session.scalar(select(func.count()).select_from(FrameRow).where(FrameRow.run_id == run_id)) or 0


def fork(store: Store) -> None:
    ForkStore(store, "server").create(new_run("b"), "a", 80, NOW)


def hidden(store: Store) -> list[str]:
    with store.session() as session:
        return list(session.scalars(select(Run.id).where(Run.status == HIDDEN)))


def test_others_write_while_a_fork_is_made_and_no_one_sees_it(filled: Store, between: Between) -> None:
    seen: list[int] = []

    def look_and_write(number: int) -> None:
        filled.append_frame("other", None, frame(number))
        filled.append_frame("a", None, frame(FRAMES + number))  # the parent goes on as well
        seen.append(rows(filled, "b"))
        assert [run.id for run in filled.list_runs().items] == ["other", "a"]
        assert filled.list_runs(RunFilter(status="queued")).items[-1].id == "a"
        for missing in (filled.get_run, filled.frames_after, filled.delete_run):
            with pytest.raises(NotFound):
                missing("b")

    between(look_and_write)
    fork(filled)
    assert seen == [3, 6, 9]
    run = filled.get_run("b")
    assert (run.status, run.frames_count, run.frames_next, run.frames_bytes, run.server) == ("queued", 9, 9, 90, None)
    assert filled.blobs_after("b", -1, 99, 10**6) == filled.blobs_after("a", -1, 9, 10**6)
    assert [event.text for event in filled.events("b")] == [f"at {seq * 10}" for seq in range(9)]


def test_large_frames_go_one_by_one(filled: Store, between: Between, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forking, "_BYTES", 5)
    seen: list[int] = []
    between(lambda number: seen.append(rows(filled, "b")))
    fork(filled)
    assert seen == list(range(1, 10))


def test_a_parent_that_is_deleted_meanwhile_has_no_fork(filled: Store, between: Between) -> None:
    parents = ["a"]
    between(lambda number: filled.delete_run(parents.pop()) if number == 1 and parents else None)
    with pytest.raises(NotFound, match="there is no run 'a'"):
        fork(filled)
    assert [run.id for run in filled.list_runs().items] == ["other"]
    assert (hidden(filled), rows(filled, "b")) == ([], 0)


def test_a_fork_that_was_taken_for_given_up_is_not_half_made(filled: Store, between: Between) -> None:
    between(lambda number: remove(filled, "b") if number == 0 else None)
    with pytest.raises(Conflict, match="fork the run again"):
        fork(filled)
    assert (hidden(filled), rows(filled, "b")) == ([], 0)


@pytest.mark.parametrize("what", [fork, lambda store: store.delete_run("a")], ids=["fork", "delete"])
def test_what_a_crash_leaves_is_not_seen_and_goes_with_the_next_round(
    where: Path | str, between: Between, what: Callable[[Store], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*args: object) -> None:
        if args != (0,):
            raise StoreBusy("the server dies")

    monkeypatch.setattr(forking, "remove", die)

    with closing(Store(where)) as store:
        store.create_run(new_run("a"))
        for seq in range(FRAMES):
            store.append_frame("a", None, frame(seq))
        between(die)
        with pytest.raises(StoreBusy):
            what(store)
    with closing(Store(where)) as store:
        (left,) = hidden(store)
        assert rows(store, left) > 0
        with pytest.raises(NotFound):
            store.get_run(left)
        with look(where) as source:
            assert list(Check(source, quick=True).troubles()) == []
        between(lambda number: None)
        servers = ServerStore(store, "next", "here")
        servers.beat()
        assert servers.leftovers(60) == (left,)
        remove(store, left)
        assert (servers.leftovers(60), rows(store, left)) == ((), 0)


def test_a_fork_that_another_server_is_making_is_left_alone(postgres_url: str, between: Between) -> None:
    with closing(Store(postgres_url)) as store:
        store.create_run(new_run("a"))
        store.append_frame("a", None, frame(0))
        makers, others = ServerStore(store, "server", "here"), ServerStore(store, "other", "there")
        makers.beat()
        found: list[tuple[str, ...]] = []
        between(lambda number: found.append(others.leftovers(60)))
        fork(store)
        assert found == [()]


def test_others_write_while_a_run_is_deleted_and_no_one_sees_it(filled: Store, between: Between) -> None:
    seen: list[int] = []

    def look_and_write(number: int) -> None:
        seen.append(rows(filled, "a"))
        filled.append_frame("other", None, frame(number))
        assert [run.id for run in filled.list_runs().items] == ["other"]

    between(look_and_write)
    filled.delete_run("a")
    assert seen == [7, 4, 1]
    assert (hidden(filled), rows(filled, "a")) == ([], 0)

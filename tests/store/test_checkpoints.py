"""Checkpoints are thinned out evenly, and a fork begins with what its parent had."""

import itertools

import pytest

from emergescope.errors import NotFound
from emergescope.recording.events import Checkpointed, Happened
from emergescope.store.forking import CheckpointStore, ForkStore
from emergescope.store.store import Store
from tests.store.test_store import NOW, frame, new_run


def with_checkpoints(store: Store, steps: list[int]) -> CheckpointStore:
    store.create_run(new_run("a"))
    checkpoints = CheckpointStore(store)
    for step in steps:
        checkpoints.add("a", None, Checkpointed(step, step // 10, b"state at %d" % step), NOW)
    return checkpoints


def test_the_last_one_is_found(store: Store) -> None:
    checkpoints = with_checkpoints(store, [10, 30, 20])
    assert checkpoints.latest("a") == Checkpointed(30, 3, b"state at 30")
    assert checkpoints.latest("a", 29) == Checkpointed(20, 2, b"state at 20")
    assert checkpoints.latest("a", 9) is None
    assert checkpoints.steps("a") == [10, 20, 30]


def test_one_at_the_same_step_takes_the_place_of_the_other(store: Store) -> None:
    checkpoints = with_checkpoints(store, [10])
    checkpoints.add("a", None, Checkpointed(10, 7, b"again"), NOW)
    assert checkpoints.latest("a") == Checkpointed(10, 7, b"again")
    assert checkpoints.steps("a") == [10]


@pytest.mark.parametrize("count", [16, 17, 100, 333])
def test_sixteen_stay_spread_over_the_run(store: Store, count: int) -> None:
    checkpoints = with_checkpoints(store, [10 * number for number in range(1, count + 1)])
    steps = checkpoints.steps("a")
    assert len(steps) == 16
    assert (steps[0], steps[-1]) == (10, 10 * count)
    gaps = [after - before for before, after in itertools.pairwise(steps)]
    assert max(gaps) <= 4 * 10 * count / 16
    for step in steps:
        assert checkpoints.latest("a", step) == Checkpointed(step, step // 10, b"state at %d" % step)


def test_a_run_that_is_not_there_has_none(store: Store) -> None:
    with pytest.raises(NotFound):
        CheckpointStore(store).add("x", None, Checkpointed(1, 1, b""), NOW)
    with pytest.raises(NotFound):
        ForkStore(store, "server").create(new_run("b"), "x", 10, NOW)
    with pytest.raises(NotFound):
        store.get_run("b")


def test_a_fork_has_what_its_parent_had_up_to_the_step(store: Store) -> None:
    checkpoints = with_checkpoints(store, [10, 20, 40])
    store.start_run("a", None, b"patterns", facts={"gamma": 0.25})
    for seq in range(5):
        store.append_frame("a", None, frame(seq, size=seq + 1))
        store.add_event("a", Happened(seq * 10, "kind", f"at {seq * 10}", {"seq": seq}))
    ForkStore(store, "server").create(new_run("b", "Fork", ("t",)), "a", 30, NOW)
    fork = store.get_run("b")
    assert (fork.status, fork.name, fork.tags, fork.facts) == ("queued", "Fork", ("t",), {"gamma": 0.25})
    assert (fork.step, fork.phase, fork.frames_count, fork.frames_next, fork.frames_bytes) == (30, "features", 4, 4, 10)
    assert fork.metrics == {"loss": 0.25, "bad": None}
    assert store.frames_after("b") == store.frames_after("a")[:4]
    assert [store.frame_blob("b", seq) for seq in range(4)] == [frame(seq, size=seq + 1).blob for seq in range(4)]
    assert store.index_after("b") == store.index_after("a")[:4]
    assert store.events("b") == store.events("a")[:4]
    assert store.patterns_blob("b") == b"patterns"
    assert checkpoints.steps("b") == [20]
    assert checkpoints.latest("b") == Checkpointed(20, 2, b"state at 20")
    store.append_frame("b", None, frame(4))
    store.delete_run("a")  # they have nothing in common any more
    assert store.frame_blob("b", 0) == frame(0, size=1).blob


def test_a_fork_before_the_first_checkpoint_has_none(store: Store) -> None:
    checkpoints = with_checkpoints(store, [20])
    ForkStore(store, "server").create(new_run("b"), "a", 10, NOW)
    fork = store.get_run("b")
    assert (fork.frames_count, fork.frames_next, fork.step, fork.facts) == (0, 0, 0, None)
    assert checkpoints.latest("b") is None

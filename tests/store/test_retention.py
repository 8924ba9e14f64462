"""Films are thinned by rule and the runs say so; what is not over or has the tag `keep` is left alone."""

from datetime import UTC, datetime, timedelta

import pytest

from emergescope.errors import Removed
from emergescope.recording.events import Checkpointed, Happened
from emergescope.store.forking import CheckpointStore, ForkStore
from emergescope.store.records import NewRun
from emergescope.store.retention import RetentionStore, Rules
from emergescope.store.shapes import Status
from emergescope.store.store import Store, hold_run
from emergescope.store.tables import FrameRow

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SIZE = 1000


def add(
    store: Store,
    run_id: str,
    days: float,
    *,
    frames: int = 200,
    status: Status = "succeeded",
    tags: tuple[str, ...] = (),
    checkpoints: int = 3,
) -> None:
    """A run that ended so many days ago: two phases, an event at step 333, a frame of SIZE bytes every 10 steps."""
    store.create_run(NewRun(run_id, f"Run {run_id}", None, tags, {}, 2000, [], NOW - timedelta(days=days + 1)))
    with store.writing() as session:  # at once: hundreds of commits take their time
        session.add_all(
            FrameRow(
                run_id=run_id,
                seq=seq,
                step=seq * 10,
                phase="features" if seq < 77 else "classifier",
                metrics={"loss": 1 / (seq + 1)},
                size=SIZE,
                blob=bytes(SIZE),
            )
            for seq in range(frames)
        )
        run = hold_run(session, run_id)
        run.frames_count = run.frames_next = frames
        run.frames_bytes, run.step = frames * SIZE, max(frames - 1, 0) * 10
    for number in range(checkpoints):
        CheckpointStore(store).add(run_id, None, Checkpointed(100 * number, 10 * number, bytes(SIZE)), NOW)
    store.add_event(run_id, Happened(333, "emerged", "features emerged"))
    ended = NOW - timedelta(days=days) if status in ("succeeded", "failed", "cancelled") else None
    store.update_run(run_id, status=status, finished_at=ended)


def seqs(store: Store, run_id: str) -> list[int]:
    return [frame.seq for frame in store.frames_after(run_id)]


def test_an_old_film_is_thinned_and_its_run_says_so(store: Store) -> None:
    add(store, "a", days=40)
    before = store.get_run("a")
    outcome = RetentionStore(store).apply(Rules(keep=30), NOW)
    kept = seqs(store, "a")
    assert len(kept) == 60
    assert {0, 76, 34, 199} <= set(kept)  # both ends, the end of a phase, the first to show the event
    run = store.get_run("a")
    assert (run.frames_count, run.frames_bytes, run.frames_next) == (60, 60 * SIZE, 200)
    assert (run.metrics, run.step, run.status) == (before.metrics, before.step, "succeeded")
    assert [row.metrics["loss"] for row in store.index_after("a")] == [1 / (seq + 1) for seq in range(200)]
    assert CheckpointStore(store).steps("a") == [200]
    with pytest.raises(Removed, match="events of the run say by which rule"):
        store.frame_blob("a", 1)
    assert store.frame_blob("a", 76) == bytes(SIZE)
    event = store.events("a")[-1]
    assert (event.kind, event.step) == ("thinned", 1990)
    assert event.text == (
        "film thinned from 200 to 60 frames and 2 checkpoints dropped (142.0 kB freed): older than 30 days (keep)"
    )
    assert event.data == {"rule": "keep", "before": 200, "after": 60, "checkpoints": 2, "bytes": 142 * SIZE}
    (done,) = outcome.thinnings
    assert (done.run_id, done.name, done.text) == ("a", "Run a", event.text)
    assert outcome.warning is None


def test_a_rule_is_applied_once(store: Store) -> None:
    add(store, "a", days=40)
    retention = RetentionStore(store)
    assert len(retention.apply(Rules(keep=30), NOW).thinnings) == 1
    assert retention.apply(Rules(keep=30), NOW).thinnings == ()
    assert len(store.events("a")) == 2


def test_young_kept_and_unfinished_runs_are_left_alone(store: Store) -> None:
    add(store, "young", days=29, frames=70)
    add(store, "tagged", days=400, frames=70, tags=("lecture", "keep"))
    for status in ("queued", "running", "paused"):
        add(store, status, days=400, frames=70, status=status)
    outcome = RetentionStore(store).apply(Rules(keep=30), NOW)
    assert (outcome.thinnings, outcome.warning) == ((), None)
    for run_id in ("young", "tagged", "queued", "running", "paused"):
        assert (len(seqs(store, run_id)), len(store.events(run_id))) == (70, 1)


def test_without_rules_nothing_is_done(store: Store) -> None:
    add(store, "a", days=4000)
    assert RetentionStore(store).apply(Rules(), NOW).thinnings == ()
    assert len(seqs(store, "a")) == 200


def test_the_oldest_films_make_room(store: Store) -> None:
    add(store, "new", days=1)
    add(store, "old", days=20, status="failed")
    add(store, "older", days=30, status="cancelled")
    total = 3 * 203 * SIZE
    outcome = RetentionStore(store).apply(Rules(max_bytes=total - 150 * SIZE), NOW)
    assert [(done.run_id, done.before, done.after) for done in outcome.thinnings] == [
        ("older", 200, 100),
        ("old", 200, 100),
        ("new", 200, 200),  # two checkpoints
    ]
    assert outcome.thinnings[0].reason == "the store is to hold 459.0 kB at most"
    assert sum(store.get_run(run_id).frames_bytes for run_id in ("new", "old", "older")) <= total - 150 * SIZE


def test_both_rules_together_free_no_more_than_the_limit_wants(store: Store) -> None:
    add(store, "old", days=40)
    add(store, "new", days=1)
    outcome = RetentionStore(store).apply(Rules(keep=30, max_bytes=(61 + 203) * SIZE), NOW)
    assert [(done.run_id, done.rule, done.after) for done in outcome.thinnings] == [("old", "keep", 60)]
    outcome = RetentionStore(store).apply(Rules(keep=30, max_bytes=(61 + 101) * SIZE), NOW)
    assert [(done.run_id, done.rule, done.after) for done in outcome.thinnings] == [("new", "max_bytes", 100)]


def test_a_limit_that_cannot_be_met_is_told_and_takes_no_more_than_allowed(store: Store) -> None:
    add(store, "over", days=40)
    add(store, "tagged", days=50, tags=("keep",))
    add(store, "running", days=50, status="running")
    outcome = RetentionStore(store).apply(Rules(max_bytes=200 * SIZE), NOW)
    assert outcome.warning is not None
    assert "exceed max_bytes = 200000 (200.0 kB) by 208.0 kB" in outcome.warning
    assert "raise the limit, delete runs, or take the tag away" in outcome.warning
    assert (seqs(store, "over"), CheckpointStore(store).steps("over")) == ([199], [200])
    assert store.latest_blob("over") == (199, bytes(SIZE))
    assert len(store.index_after("over")) == 200
    assert (len(seqs(store, "tagged")), len(seqs(store, "running"))) == (200, 200)
    again = RetentionStore(store).apply(Rules(max_bytes=200 * SIZE), NOW)
    assert (again.thinnings, again.warning) == ((), outcome.warning)


def test_a_plan_changes_nothing_and_tells_what_is_done_then(store: Store) -> None:
    add(store, "a", days=40)
    retention = RetentionStore(store)
    plan = retention.plan(Rules(keep=30), NOW)
    assert len(seqs(store, "a")) == 200
    assert len(store.events("a")) == 1
    assert retention.carry_out(plan) == plan


def test_what_has_changed_since_the_plan_is_left_alone(store: Store) -> None:
    for run_id in ("deleted", "tagged", "resumed", "same"):
        add(store, run_id, days=40, frames=70)
    retention = RetentionStore(store)
    plan = retention.plan(Rules(keep=30), NOW)
    assert len(plan.thinnings) == 4
    store.delete_run("deleted")
    store.update_run("tagged", tags=("keep",))
    store.update_run("resumed", status="queued")
    assert [done.run_id for done in retention.carry_out(plan).thinnings] == ["same"]
    assert (len(seqs(store, "tagged")), len(seqs(store, "resumed")), len(seqs(store, "same"))) == (70, 70, 60)


def test_a_crash_in_between_leaves_every_run_whole(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for run_id in ("first", "second"):
        add(store, run_id, days=40, frames=70)
    retention = RetentionStore(store)
    plan = retention.plan(Rules(keep=30), NOW)

    def fail(*anything: object) -> None:
        raise KeyboardInterrupt

    retention.carry_out(type(plan)(plan.thinnings[:1]))
    monkeypatch.setattr("emergescope.store.retention.add_event", fail)  # after the frames, in the same transaction
    with pytest.raises(KeyboardInterrupt):
        retention.carry_out(type(plan)(plan.thinnings[1:]))
    for run_id, count, events in (("first", 60, 2), ("second", 70, 1)):
        run = store.get_run(run_id)
        assert (len(seqs(store, run_id)), run.frames_count, run.frames_bytes) == (count, count, count * SIZE)
        assert len(store.events(run_id)) == events


def test_a_fork_keeps_its_film_when_its_parent_is_thinned(store: Store) -> None:
    add(store, "parent", days=40)
    ForkStore(store, "server").create(NewRun("fork", "Fork", None, (), {}, 2000, [], NOW), "parent", 1000, NOW)
    RetentionStore(store).apply(Rules(keep=30), NOW)
    assert len(seqs(store, "parent")) == 60
    assert seqs(store, "fork") == list(range(101))
    assert store.frame_blob("fork", 1) == bytes(SIZE)


def test_runs_without_frames_are_no_trouble(store: Store) -> None:
    add(store, "a", days=40, frames=0, checkpoints=0, status="cancelled")
    outcome = RetentionStore(store).apply(Rules(keep=0, max_bytes=1), NOW)
    assert (outcome.thinnings, outcome.warning) == ((), None)

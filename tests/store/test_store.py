"""The store keeps runs and frames in order, finds them again, and refuses what does not fit."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from emergescope.errors import InvalidConfig, NotFound, StoreError
from emergescope.recording.events import FrameReady, Happened
from emergescope.store.listing import RunFilter
from emergescope.store.records import NewRun
from emergescope.store.store import Store

NOW = datetime(2026, 1, 1, 10, tzinfo=UTC)


def new_run(run_id: str, name: str = "A run", tags: tuple[str, ...] = ()) -> NewRun:
    return NewRun(run_id, name, "quick", tags, {"seed": 0}, 30, [], NOW)


def frame(seq: int, size: int = 10) -> FrameReady:
    return FrameReady(seq, seq * 10, "features", {"loss": 1.0 / (seq + 1), "bad": None}, bytes([seq]) * size)


def test_a_run_comes_back_as_it_was_made(store: Store) -> None:
    store.create_run(new_run("a", tags=("one", "two")))
    run = store.get_run("a")
    assert (run.name, run.preset, run.tags, run.status, run.total_steps) == (
        "A run",
        "quick",
        ("one", "two"),
        "queued",
        30,
    )
    assert run.created_at == NOW
    assert (run.error, run.facts, run.metrics, run.started_at) == (None, None, None, None)


def test_changes_are_kept(store: Store) -> None:
    store.create_run(new_run("a", tags=("one", "two")))
    store.update_run("a", name="B", tags=("two", "one", "three"), status="failed", error={"message": "m"})
    run = store.get_run("a")
    assert (run.name, run.tags, run.status, run.error) == ("B", ("two", "one", "three"), "failed", {"message": "m"})
    assert store.update_run("a", tags=()).tags == ()


def test_the_newest_run_of_a_preset_with_a_configuration_is_found(store: Store) -> None:
    config = {"seed": 0, "problem": {"d": 8, "p": 0.5}}
    for run_id, of in (("a", config), ("b", config), ("c", {**config, "seed": 1}), ("d", config), ("e", config)):
        store.create_run(replace(new_run(run_id), config=of, preset="other" if run_id == "e" else "quick"))
    turned = {"problem": {"p": 0.5, "d": 8}, "seed": 0}
    assert [store.run_like(preset, turned) for preset in ("quick", "other", "none")] == ["d", "e", None]
    store.update_run("d", status="failed")
    assert store.run_like("quick", config) == "b"
    store.update_run("b", status="cancelled")
    assert store.run_like("quick", config) == "a"
    assert store.run_like("quick", {**config, "seed": 2}) is None


def test_frames_count_and_come_in_order(store: Store) -> None:
    store.create_run(new_run("a"))
    for seq in range(5):
        store.append_frame("a", None, frame(seq), step=seq * 10)
    run = store.get_run("a")
    assert (run.frames_count, run.frames_bytes, run.step) == (5, 50, 40)
    assert [(f.seq, f.step, f.size) for f in store.frames_after("a", 1, 2)] == [(2, 20, 10), (3, 30, 10)]
    assert store.frame_blob("a", 3) == frame(3).blob
    assert store.latest_blob("a") == (4, frame(4).blob)
    assert store.latest_blob("a", after=4) is None
    assert [row.metrics for row in store.index_after("a", 3)] == [{"loss": 0.2, "bad": None}]


def test_a_frame_out_of_order_is_refused_and_leaves_nothing(store: Store) -> None:
    store.create_run(new_run("a"))
    with pytest.raises(StoreError, match="frame 1 came where 0 was due"):
        store.append_frame("a", None, frame(1), step=99)
    assert store.frames_after("a") == ()
    assert store.get_run("a").step == 0


def test_blobs_are_read_within_bounds(store: Store) -> None:
    store.create_run(new_run("a"))
    for seq in range(6):
        store.append_frame("a", None, frame(seq, size=100))
    assert [seq for seq, _ in store.blobs_after("a", -1, max_count=4, max_bytes=10_000)] == [0, 1, 2, 3]
    assert [seq for seq, _ in store.blobs_after("a", 0, max_count=4, max_bytes=250)] == [1, 2]
    assert [seq for seq, _ in store.blobs_after("a", 0, max_count=4, max_bytes=1)] == [1]
    assert store.blobs_after("a", 5, max_count=4, max_bytes=1) == []


def test_lists_page_newest_first_and_filter(store: Store) -> None:
    for i in range(5):
        store.create_run(new_run(f"r{i}", name=f"Run 100% {i}", tags=("even",) if i % 2 == 0 else ()))
    first = store.list_runs(limit=2)
    second = store.list_runs(limit=2, cursor=first.next)
    third = store.list_runs(limit=2, cursor=second.next)
    assert [[run.id for run in page.items] for page in (first, second, third)] == [["r4", "r3"], ["r2", "r1"], ["r0"]]
    assert third.next is None
    assert [run.id for run in store.list_runs(RunFilter(tag="even")).items] == ["r4", "r2", "r0"]
    assert [run.id for run in store.list_runs(RunFilter(q="RUN 100% 3")).items] == ["r3"]
    assert store.list_runs(RunFilter(q="Run 100_ 3")).items == ()  # no wildcards
    assert store.list_runs(RunFilter(status="running")).items == ()
    with pytest.raises(InvalidConfig, match="not a cursor"):
        store.list_runs(cursor="zzz")


def test_a_search_looks_into_all_words_of_a_run(store: Store) -> None:
    store.create_run(new_run("abc", name="Ganz 100% a_b c\\d /x", tags=("Vorlesung 4", "Z\N{COMBINING ACUTE ACCENT}")))
    store.create_run(new_run("other", name="b", tags=("4",)))
    for q in ("ABC", "ganz", "vorLESUNG", "ź", "Quick", "100%", "A_B", "C\\D", "/X", "ganz 100% a"):
        assert "abc" in [run.id for run in store.list_runs(RunFilter(q=q)).items], q
    for q in ("10_%", "a%b", "c\\\\d", "a\\_b", "vorlesung  4", "\\%"):
        assert store.list_runs(RunFilter(q=q)).items == (), q
    store.update_run("abc", tags=("Übung",))
    store.update_run("abc", notes="σκύλος", step=3)
    store.change_run("abc", lambda run: {"name": f"ﬁlm of {run.name}"})
    for q, found in (("u\u0308BUNG", ["abc"]), ("ΣΚΎΛΟΣ", ["abc"]), ("FILM OF GANZ", ["abc"]), ("vorlesung", [])):
        assert [run.id for run in store.list_runs(RunFilter(q=q)).items] == found, q


@pytest.mark.parametrize(
    ("name", "q"),
    [
        ("A\u0308pfel", "äPFEL"),
        ("Äpfel", "a\u0308pfel"),
        ("Straße 4", "STRASSE"),
        ("STRASSE 4", "straße"),
        ("İstanbul", "i\u0307STANBUL"),
        ("Ａｂｃ", "abc"),
        ("ΌΣΟΣ", "όσος"),
    ],
)
def test_a_search_knows_no_case_and_no_composition(store: Store, name: str, q: str) -> None:
    store.create_run(new_run("other", name="Apfel"))
    store.create_run(new_run("a", name=name))
    store.create_run(new_run("b", tags=(name,)))
    assert [run.id for run in store.list_runs(RunFilter(q=q)).items] == ["b", "a"]


def test_the_queue_is_claimed_oldest_first_and_once(store: Store) -> None:
    store.create_run(new_run("a"))
    store.create_run(new_run("b"))
    claimed = [store.claim_next_queued(claim, "server", NOW) for claim in ("c1", "c2", "c3")]
    assert [run and (run.id, run.status, run.started_at, run.claim, run.server) for run in claimed] == [
        ("a", "running", NOW, "c1", "server"),
        ("b", "running", NOW, "c2", "server"),
        None,
    ]


def test_delete_takes_everything_along(store: Store) -> None:
    store.create_run(new_run("a", tags=("t",)))
    store.start_run("a", None, b"patterns", facts={"x": 1})
    store.append_frame("a", None, frame(0))
    store.add_event("a", Happened(1, "diverged", "text"))
    assert store.patterns_blob("a") == b"patterns"
    store.delete_run("a")
    with pytest.raises(NotFound, match="no run 'a'"):
        store.get_run("a")
    store.create_run(new_run("a"))  # nothing of the old one shows through
    assert (store.events("a"), store.frames_after("a"), store.get_run("a").tags) == ((), (), ())


def test_what_is_missing_is_named(store: Store) -> None:
    store.create_run(new_run("a"))
    with pytest.raises(NotFound, match="it has no frames yet"):
        store.frame_blob("a", 0)
    store.append_frame("a", None, frame(0))
    with pytest.raises(NotFound, match="it has frames 0 to 0"):
        store.frame_blob("a", 7)
    with pytest.raises(NotFound, match="never began to train"):
        store.patterns_blob("a")
    for read in (store.frames_after, store.index_after, store.latest_blob, store.patterns_blob):
        with pytest.raises(NotFound, match="no run 'x'"):
            read("x")


def test_events_are_numbered(store: Store) -> None:
    store.create_run(new_run("a"))
    for step in (3, 5):
        store.add_event("a", Happened(step, "kind", f"at {step}"))
    assert [(e.number, e.step) for e in store.events("a")] == [(0, 3), (1, 5)]


def test_everything_is_there_after_reopening(where: Path | str) -> None:
    first = Store(where)
    first.create_run(new_run("a"))
    first.append_frame("a", None, frame(0))
    first.close()
    second = Store(where)
    assert second.frame_blob("a", 0) == frame(0).blob
    second.close()

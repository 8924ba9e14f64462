"""What databases are particular about comes back, or becomes something near it that can be kept."""

import math
from dataclasses import replace

import pytest

from emergescope.errors import InvalidConfig, NotFound, Removed
from emergescope.recording.events import Happened
from emergescope.store.experiments import ExperimentStore
from emergescope.store.listing import RunFilter
from emergescope.store.records import NewMember
from emergescope.store.store import Store
from emergescope.store.tables import FrameRow
from tests.store.test_store import NOW, frame, new_run

NUL = "before\0after"


def test_text_with_a_nul_is_kept(store: Store) -> None:
    store.create_run(new_run("a", name=NUL, tags=(NUL,)))
    store.update_run("a", notes=NUL, error={"message": NUL})
    store.add_event("a", Happened(1, "kind", NUL, {"text": NUL}))
    run = store.get_run("a")
    for text in (run.name, run.notes, run.tags[0], store.events("a")[0].text):
        assert text in (NUL, "before�after")
    assert run.error == {"message": NUL}
    assert store.events("a")[0].data == {"text": NUL}
    assert [found.id for found in store.list_runs(RunFilter(q=NUL)).items] == ["a"]
    with pytest.raises(NotFound):
        store.get_run("\0")


def test_what_is_not_finite_becomes_null(store: Store) -> None:
    store.create_run(new_run("a"))
    store.append_frame("a", None, replace(frame(0), metrics={"loss": math.nan}), metrics={"loss": math.inf})
    store.add_event("a", Happened(0, "kind", "text", {"values": [1.5, -math.inf], "pair": (math.nan, 2)}))
    assert store.index_after("a")[0].metrics == {"loss": None}
    assert store.get_run("a").metrics == {"loss": None}
    assert store.events("a")[0].data == {"values": [1.5, None], "pair": [None, 2]}


def test_large_numbers_are_kept(store: Store) -> None:
    huge = 2**62 + 1
    run = replace(new_run("a"), config={"seed": huge})
    ExperimentStore(store).create("e", "n", "sweep", None, {}, [NewMember(run, "l", "g", huge, {})], NOW)
    assert store.get_run("a").config == {"seed": huge}
    assert ExperimentStore(store).members("e")[0].seed == huge


@pytest.mark.parametrize("number", [2**31, 2**63, 10**30])
def test_numbers_beyond_all_frames_find_none(store: Store, number: int) -> None:
    store.create_run(new_run("a"))
    store.append_frame("a", None, frame(0))
    assert store.frames_after("a", number) == ()
    assert store.index_after("a", number) == ()
    assert store.blobs_after("a", number, 1, 1) == []
    assert store.latest_blob("a", number) is None
    with pytest.raises(NotFound, match=f"no frame {number}"):
        store.frame_blob("a", number)
    with pytest.raises(InvalidConfig, match="not a cursor"):
        store.list_runs(cursor=f"n{number:x}")


def test_a_thinned_frame_is_not_listed_but_its_metrics_stay(store: Store) -> None:
    store.create_run(new_run("a"))
    for seq in range(3):
        store.append_frame("a", None, frame(seq))
    with store.writing() as session:
        for seq in (1, 2):
            row = session.get_one(FrameRow, ("a", seq))
            row.size, row.blob = 0, b""
    assert [found.seq for found in store.frames_after("a")] == [0]
    assert [seq for seq, _ in store.blobs_after("a", -1, 10, 1000)] == [0]
    assert store.latest_blob("a") == (0, frame(0).blob)
    assert store.latest_blob("a", 0) is None
    assert [row.seq for row in store.index_after("a")] == [0, 1, 2]
    with pytest.raises(Removed, match="was thinned out") as caught:
        store.frame_blob("a", 1)
    assert caught.value.status == 410


def test_large_frames_come_back_to_the_byte(store: Store) -> None:
    store.create_run(new_run("a"))
    blobs = [bytes(range(256)) * (4000 + seq) for seq in range(3)]
    for seq, blob in enumerate(blobs):
        store.append_frame("a", None, replace(frame(seq), blob=blob))
    assert store.blobs_after("a", -1, 10, 10**9) == list(enumerate(blobs))
    assert store.get_run("a").frames_bytes == sum(map(len, blobs))

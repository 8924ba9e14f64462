"""Recordings as the service has them: on both kinds of database, with their lease, and from directories."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from emergescope.archive.directory import Head, RunDirectory
from emergescope.config.ids import new_id
from emergescope.errors import Conflict, FrameRefused, InvalidConfig, NotFound
from emergescope.recording.display import Metric
from emergescope.recording.events import FrameReady, Happened
from emergescope.service import intake
from emergescope.service.recordings import Beginning, RecordingRules, Recordings
from emergescope.service.service import Service
from emergescope.store.integrity import Check
from emergescope.store.retention import RetentionStore, Rules
from emergescope.store.store import ServerStore, Store
from tests.recordings import CLAIM, DISPLAY, OTHER, blob, sent
from tests.service.hand import HandExecutor

Make = Callable[..., Service]


@pytest.fixture
def make(where: Path | str) -> Iterator[Make]:
    """Makes services on one database; its rounds are those that the test asks for."""
    made: list[Service] = []

    def service(rules: RecordingRules | None = None, inbox: Path | None = None) -> Service:
        made.append(Service(Store(where), HandExecutor(), timeout=0.0, recordings=rules, inbox=inbox))
        return made[-1]

    yield service
    for one in made:
        one.close()


def begin(recordings: Recordings, **fields: Any) -> str:
    recording, _ = recordings.begin(Beginning(**{"name": "A loop", "display": sent(), "claim": CLAIM, **fields}))
    return recording.record.id


def put(recordings: Recordings, run: str, *seqs: int) -> None:
    for seq in seqs:
        recordings.add_frame(run, CLAIM, seq, blob(run, seq))


def test_frames_are_kept_with_their_index(make: Make) -> None:
    service = make()
    run = begin(service.recordings)
    put(service.recordings, run, 0, 1, 1)
    record = service.get(run).record
    assert (record.status, record.step, record.phase, record.frames_next) == ("running", 10, "training", 2)
    assert [row.metrics for row in service.reader.index_after(run)] == [{"loss": 1.0}, {"loss": 0.5}]
    with pytest.raises(Conflict):
        service.recordings.add_frame(run, OTHER, 2, blob(run, 2))
    service.recordings.finish(run, CLAIM, "succeeded", None, None)
    assert service.get(run).record.total_steps == 10
    assert service.recordings.store.find(run) is None  # that is for directories


def test_a_silent_recorder_is_given_up_and_goes_on(make: Make) -> None:
    """By the clock of the database, and only once this server has been there for a lease itself."""
    service = make(RecordingRules(lease=30))
    run = begin(service.recordings)
    put(service.recordings, run, 0)
    service.recordings.look_after(60)
    assert service.get(run).record.status == "running"  # it was heard just now
    hasty = make_hasty(service)
    hasty.look_after(-1)
    assert service.get(run).record.status == "running"  # the server was away itself
    hasty.look_after(0)
    record = service.get(run).record
    assert (record.status, record.claim) == ("failed", None)
    assert record.error is not None
    assert "its recorder was last heard at 20" in record.error["message"]
    assert "after step 0: should it come back, the recording goes on" in record.error["message"]
    service.recordings.beat(run, CLAIM)
    record = service.get(run).record
    assert (record.status, record.error, record.finished_at) == ("running", None, None)
    put(service.recordings, run, 1)
    [event] = service.reader.events(run)
    assert (event.kind, event.step) == ("interrupted", 0)
    assert "goes on" in event.text
    hasty.look_after(0)
    service.recordings.finish(run, CLAIM, "succeeded", None, None)  # all that it has to say when it is back
    hasty.look_after(0)
    assert service.get(run).record.status == "succeeded"


def make_hasty(service: Service) -> Recordings:
    """One that waits for nobody."""
    return Recordings(service.store, service._notifications, lambda size: None, RecordingRules(lease=0))


def test_it_is_no_orphan_and_no_rule_thins_it_while_it_goes_on(make: Make) -> None:
    service = make()
    run = begin(service.recordings)
    put(service.recordings, run, *range(4))
    assert ServerStore(service.store, "another", "there").orphans((), 0.0) == ()
    service._look_after()
    assert service.get(run).record.status == "running"
    RetentionStore(service.store).apply(Rules(max_bytes=1), datetime.now(UTC))
    assert service.get(run).record.frames_count == 4
    for ask in (service.cancel, service.pause, service.resume):
        with pytest.raises(Conflict, match="its loop is elsewhere"):
            ask(run)
    with pytest.raises(Conflict, match="its loop is elsewhere"):
        service.fork(run, 0, {}, None, [])
    service.delete(run)
    with pytest.raises(NotFound):
        put(service.recordings, run, 4)


def test_what_was_thinned_is_there_once(make: Make) -> None:
    service = make()
    run = begin(service.recordings)
    put(service.recordings, run, *range(20))
    service.recordings.finish(run, CLAIM, "failed", "out of memory", None)
    RetentionStore(service.store).apply(Rules(max_bytes=1), datetime.now(UTC))
    assert service.get(run).record.frames_count < 20
    recording, _ = service.recordings.begin(Beginning("A loop", sent(), run, CLAIM))
    assert (recording.record.frames_next, recording.record.status) == (20, "running")
    put(service.recordings, run, *range(18, 22))
    assert service.get(run).record.frames_next == 22


def test_two_servers_take_frames_of_one_recording(make: Make, where: Path | str) -> None:
    if isinstance(where, Path):
        pytest.skip("SQLite belongs to one server")
    one, two = make(), make()
    run = begin(one.recordings)
    for seq in range(6):
        put((one, two)[seq % 2].recordings, run, seq)
    assert one.get(run).record.frames_next == 6
    one._look_after()
    two._look_after()
    assert two.get(run).record.status == "running"
    two.recordings.finish(run, CLAIM, "succeeded", None, None)
    assert one.get(run).record.status == "succeeded"


def test_the_claim_is_not_in_the_database(make: Make) -> None:
    service = make()
    begin(service.recordings)
    with service.store.session() as session:
        tables = {
            name: session.connection().exec_driver_sql(f"SELECT * FROM {name}").all() for name in ("runs", "recordings")
        }
    assert tables["recordings"]
    assert CLAIM not in repr(tables)


def test_more_than_is_taken_is_refused(make: Make) -> None:
    recordings = make(RecordingRules(max_tensors=3, max_metrics=2, max_film=len(blob("a" * 12, 0)) * 2 + 10)).recordings
    for what, display in (
        ("tensors", replace(DISPLAY, tensors={**DISPLAY.tensors, "more": DISPLAY.tensors["bias"]})),
        ("metrics", replace(DISPLAY, metrics={**DISPLAY.metrics, "more": Metric("more")})),
    ):
        with pytest.raises(InvalidConfig) as refused:
            begin(recordings, display=sent(display))
        assert refused.value.fields[0].pointer == f"/display/{what}"
    run = begin(recordings)
    put(recordings, run, 0, 1)
    with pytest.raises(FrameRefused, match="bytes, the most"):
        put(recordings, run, 2)
    with pytest.raises(FrameRefused, match="4 tensors"):
        recordings.add_patterns(run, CLAIM, save({f"t{n}": np.zeros(1) for n in range(4)}))
    with pytest.raises(FrameRefused, match="5,000 events"):
        recordings.add_events(run, CLAIM, 0, [Happened(0, "found", "found")] * 5001)
    with pytest.raises(InvalidConfig) as wrong:
        recordings.add_events(run, CLAIM, 0, [Happened(0, "found", "a\0b")])
    assert wrong.value.fields[0].pointer == "/events/0/text"


def test_the_database_is_sound_with_a_recording(make: Make) -> None:
    service = make()
    run = begin(service.recordings)
    put(service.recordings, run, 0, 1)
    service.recordings.add_patterns(run, CLAIM, save({"dictionary": np.eye(4, dtype=np.float32)}))
    check = Check(service.store.database, quick=False)
    assert list(check.troubles()) == []


# From directories.


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return tmp_path / "recordings"


def directory(inbox: Path, name: str = "a-loop") -> RunDirectory:
    config = {"study": "recording", "display": sent(), "settings": {"lr": 0.1}}
    return RunDirectory.begin(inbox / name, Head(new_id(), "A loop", config, 100, datetime.now(UTC), tags=("mine",)))


def ready(run: str, seq: int) -> FrameReady:
    return FrameReady(seq, 10 * seq, "training", {"loss": 1 / (seq + 1)}, blob(run, seq))


def test_a_directory_is_taken_in_while_it_grows(make: Make, inbox: Path) -> None:
    service = make(inbox=inbox)
    service._intake.look()  # there is none yet
    recorded = directory(inbox)
    run = recorded.head.id
    recorded.known({"facts": {"width": 6.0}}, save({"dictionary": np.eye(4, dtype=np.float32)}, {"format": "x"}))
    recorded.add_frame(ready(run, 0))
    service._intake.look()
    record = service.get(run).record
    assert (record.status, record.name, record.tags, record.total_steps) == ("running", "A loop", ("mine",), 100)
    assert record.facts == {"facts": {"width": 6.0}}
    recorded.add_event(Happened(5, "found", "found", {"n": 1}))
    recorded.add_frame(ready(run, 1))
    recorded.add_frame(ready(run, 2))
    before = {file.name: file.read_bytes() for file in recorded.path.iterdir()}
    service._intake.look()
    assert service.get(run).record.frames_next == 3
    assert service.reader.frame_blob(run, 2) == blob(run, 2)
    assert [event.text for event in service.reader.events(run)] == ["found"]
    assert {file.name: file.read_bytes() for file in recorded.path.iterdir()} == before
    recorded.finish("succeeded", seconds=3.5)
    service._intake.look()
    record = service.get(run).record
    assert (record.status, record.seconds, record.metrics) == ("succeeded", 3.5, {"loss": 1 / 3})
    assert service.reader.patterns_blob(run)
    service.delete(run)
    service._intake.look()
    again = make_intake(service, inbox)
    again.look()  # as after the server was started again
    with pytest.raises(NotFound):
        service.get(run)


def make_intake(service: Service, inbox: Path) -> intake.Intake:
    return intake.Intake(service.recordings, inbox)


def test_a_directory_in_which_nothing_happens_is_given_up_and_goes_on(
    make: Make, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = make(inbox=inbox)
    recorded = directory(inbox)
    run = recorded.head.id
    recorded.add_frame(ready(run, 0))
    service._intake.look()
    service.recordings.look_after(1e9)
    assert service.get(run).record.status == "running"  # a directory has no lease
    with monkeypatch.context() as quiet:
        quiet.setattr(intake, "QUIET", -1.0)
        service._intake.look()
        record = service.get(run).record
        assert record.status == "failed"
        assert record.error is not None
        assert "nothing new in a-loop since 20" in record.error["message"]
    recorded.add_frame(ready(run, 1))
    service._intake.look()
    record = service.get(run).record
    assert (record.status, record.frames_next, record.error) == ("running", 2, None)
    recorded.finish("failed", error={"message": "out of memory", "step": 10})
    service._intake.look()
    assert service.get(run).record.error == {"message": "out of memory", "step": 10, "traceback": None}


def test_what_is_sent_as_well_is_the_recorders(make: Make, inbox: Path) -> None:
    """A directory that was seen before its recorder had reached the server, and one after that."""
    service = make(inbox=inbox)
    recorded = directory(inbox)
    run = recorded.head.id
    recorded.add_frame(ready(run, 0))
    service._intake.look()
    begin(service.recordings, id=run)
    recorded.add_frame(ready(run, 1))
    service._intake.look()
    assert service.get(run).record.frames_next == 1
    put(service.recordings, run, 1)
    assert service.get(run).record.frames_next == 2


@pytest.mark.parametrize("what", ["no json", "no run", "another study", "a frame of another run", "a bad event"])
def test_a_directory_that_cannot_be_used_stands_in_nobodys_way(make: Make, inbox: Path, what: str) -> None:
    service = make(inbox=inbox)
    bad, good = directory(inbox, "a-bad-one"), directory(inbox, "good")
    head = json.loads((bad.path / "run.json").read_text("utf-8"))
    if what == "no json":
        (bad.path / "run.json").write_text("{", "utf-8")
    elif what == "no run":
        (bad.path / "run.json").unlink()
    elif what == "another study":
        head["run"]["config"] = {"study": "patterns"}
        (bad.path / "run.json").write_text(json.dumps(head), "utf-8")
    elif what == "a frame of another run":
        (bad.path / "000000.safetensors").write_bytes(blob(new_id(), 0))
    else:
        (bad.path / "events.jsonl").write_text('{"step": 1}\n', "utf-8")
    good.add_frame(ready(good.head.id, 0))
    service._intake.look()
    assert service.get(good.head.id).record.frames_next == 1
    found = {run.id: run for run in service.reader.list_runs().items}
    if what in ("a frame of another run", "a bad event"):
        record = found[bad.head.id]
        assert record.status == "failed"
        assert record.error is not None
        assert record.error["message"].startswith("a-bad-one: ")
    else:
        assert set(found) == {good.head.id}

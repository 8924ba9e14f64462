"""The index of a run is read without any of its frames, and comes along with a fork."""

from collections.abc import Iterator
from contextlib import contextmanager

from safetensors.numpy import load
from sqlalchemy import event

from emergescope.catalog.registry import get_preset, study_of
from emergescope.recording.codec import encode_index
from emergescope.recording.events import FrameReady
from emergescope.store.forking import ForkStore
from emergescope.store.store import Store
from emergescope.store.tables import FrameRow, SketchRow
from tests.store.test_store import NOW, new_run

MANY = 10_000


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(store.database.engine, "before_cursor_execute", note)
    yield said
    event.remove(store.database.engine, "before_cursor_execute", note)


def test_ten_thousand_frames_are_indexed_without_reading_one(store: Store) -> None:
    config = get_preset("quick").config
    display = study_of(config).display(config, None)
    store.create_run(new_run("a"))
    metrics = dict.fromkeys(display.metrics, 0.123456789)
    with store.writing() as session:
        for seq in range(MANY):
            where = {"run_id": "a", "seq": seq}
            session.add(FrameRow(**where, step=seq, phase="f", metrics=metrics, size=2000, blob=bytes(2000)))
            session.add(SketchRow(**where, blob=bytes(80)))
    with statements(store) as said:
        rows = store.index_after("a")
    assert said
    assert not any("frames.blob" in statement for statement in said)
    blob = encode_index("a", display, rows)
    assert load(blob)["seq"].tolist() == list(range(MANY))
    assert len(blob) < 5_000_000


def test_rows_follow_their_frames(store: Store) -> None:
    store.create_run(new_run("a"))
    for seq in range(5):
        store.append_frame("a", None, FrameReady(seq, seq * 10, "f", {"loss": 1.0}, b"frame", bytes([seq]) * 4))
    rows = store.index_after("a", 2)
    assert [(row.seq, row.step, row.stage, row.there, row.metrics, row.sketch) for row in rows] == [
        (seq, seq * 10, "f", True, {"loss": 1.0}, bytes([seq]) * 4) for seq in (3, 4)
    ]
    store.update_run("a", status="succeeded", step=40)
    ForkStore(store, "server").create(new_run("b"), "a", 20, NOW)
    assert [row.sketch for row in store.index_after("b")] == [bytes([seq]) * 4 for seq in range(3)]
    store.delete_run("a")
    with store.session() as session:
        assert {row.run_id for row in session.query(SketchRow)} == {"b"}

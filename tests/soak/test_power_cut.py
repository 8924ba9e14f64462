"""After a power cut every frame that was announced is there; and the simulation sees it when one is not."""

import os
import signal
import time
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from emergescope.store.records import NewRun
from emergescope.store.sqlite import FILE
from emergescope.store.store import Store
from tests.soak import power_cut
from tests.store.films import film_frame

needs_stop = pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="processes cannot be stopped here")


@needs_stop
def test_what_was_announced_is_there_after_a_power_cut() -> None:
    results = power_cut.simulate(copies=4, seed=1, deadline=time.monotonic() + 120)
    assert results == {way: [""] * 4 for way in power_cut.WAYS}


def test_a_lost_frame_is_noticed(tmp_path: Path) -> None:
    store = Store(tmp_path / "live")
    store.create_run(NewRun("a", "a", None, (), {}, 100, [], datetime.now(UTC)))
    frames = [film_frame("a", seq) for seq in range(3)]
    for frame in frames:
        store.append_frame("a", None, frame, step=frame.step)
    announced = {("a", frame.seq): sha256(frame.blob).hexdigest() for frame in frames}
    log = (tmp_path / "live" / f"{FILE}-wal").read_bytes()
    database = (tmp_path / "live" / FILE).read_bytes()
    store.close()
    for share, found in ((1.0, ""), (0.99, "frame 2 of run a was announced, and is not there")):
        copy = tmp_path / str(share)
        copy.mkdir()
        (copy / FILE).write_bytes(database)
        (copy / f"{FILE}-wal").write_bytes(log)
        os.truncate(copy / f"{FILE}-wal", int(len(log) * share))
        assert power_cut.examine(copy, announced) == found
    another = announced | {("a", 1): "0" * 64}
    assert power_cut.examine(tmp_path / "1.0", another) == "frame 1 of run a is another"

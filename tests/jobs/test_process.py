"""A worker sees that it is to stop, however often it is told."""

import multiprocessing
import threading

import pytest

from emergescope.jobs import pool


def test_asking_twice_is_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_LOOK_EVERY", 0.0)
    server, worker = multiprocessing.Pipe()
    for run in ("other", "run", "run", "other"):
        server.send(run)
    found: list[bool] = []
    look = pool._asked_to_stop(worker, "run")
    looking = threading.Thread(target=lambda: found.extend([look(), look()]), daemon=True)
    looking.start()
    looking.join(timeout=20)
    assert found == [True, True]
    assert not worker.poll()
    server.close()
    worker.close()

"""A worker hears that it is to stop, however often it is told."""

import multiprocessing
import threading

import pytest

from emergescope.jobs import process


def test_asking_twice_is_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_LISTEN_EVERY", 0.0)
    server, worker = multiprocessing.Pipe()
    for run in ("other", "run", "run", "other"):
        server.send(run)
    heard: list[bool] = []
    listen = process._asked_to_stop(worker, "run")
    listening = threading.Thread(target=lambda: heard.extend([listen(), listen()]), daemon=True)
    listening.start()
    listening.join(timeout=20)
    assert heard == [True, True]
    assert not worker.poll()
    server.close()
    worker.close()

"""A machine that has no room for a worker now may have it later."""

import errno
import os
from typing import Any

import pytest
from tests.jobs.recorder import Recorder

from emergescope.config.run import RunConfig
from emergescope.jobs import pool as pools
from emergescope.jobs.executor import Finished, Job


def test_a_worker_that_cannot_be_started_ends_its_job_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tiny: RunConfig
) -> None:
    def full(**arguments: Any) -> None:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    with monkeypatch.context() as narrow:
        narrow.setattr(pools._context, "Process", full)
        pool = pools.LocalPool(1)
        pool.submit(Job("a", tiny), recorder := Recorder())
        reason = f"no worker process could be started: {os.strerror(errno.EAGAIN)}"
        assert recorder.wait_for_end("a") == Finished("died", 0, reason)
    pool.submit(Job("b", tiny), recorder)
    assert recorder.wait_for_end("b") == Finished("succeeded", 30)
    pool.close()

"""A run that takes more memory than it was allowed ends with a sentence, and the next one works."""

from collections.abc import Callable

import pytest
import torch

from emergescope.config.run import RunConfig
from emergescope.jobs import worker
from emergescope.jobs.executor import Finished, Job
from emergescope.jobs.worker import execute
from emergescope.toolkit.hinge import dynamics


def test_a_run_that_outgrows_what_it_was_allowed_is_ended(tiny: RunConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    hoard: list[torch.Tensor] = []

    def leak(descend: Callable[..., object]) -> Callable[..., object]:
        def step(*arguments: object) -> object:
            hoard.append(torch.ones(5_000_000))  # 20 MB that no estimate knows of
            return descend(*arguments)

        return step

    monkeypatch.setattr(worker, "_LOOK_EVERY", 0.0)
    monkeypatch.setattr(worker, "_SLACK", 0)
    with monkeypatch.context() as patch:
        patch.setattr(dynamics, "descend", leak(dynamics.descend))
        *_, end = execute(Job("leaks", tiny, memory=100_000_000), 1)
    assert isinstance(end, Finished)
    assert end.status == "failed"
    assert end.traceback is None
    assert end.message is not None
    assert "of memory, more than was estimated, and this server allows 100 MB to one run" in end.message
    assert end.message.endswith(("lower capture.probe_samples", "lower method.m", "lower capture.max_neurons"))
    hoard.clear()
    *_, end = execute(Job("next", tiny, memory=100_000_000), 1)
    assert end == Finished("succeeded", 30)

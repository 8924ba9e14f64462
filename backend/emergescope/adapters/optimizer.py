"""Records each step of a PyTorch optimizer, wherever in a program it is taken."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.utils.hooks import RemovableHandle

from emergescope.recorder import Recorder


def record_steps(
    recorder: Recorder,
    optimizer: torch.optim.Optimizer,
    weights: Any,
    metrics: Callable[[], Mapping[str, Any]] = dict,
) -> RemovableHandle:
    """Have `recorder` look at `weights` now, as step 0, and after each step of the optimizer, as far as it is due.

    metrics  called when a step is due
    Returns the handle of the hook: `remove()` ends it.
    """
    taken = 0

    def look(*_: Any) -> None:
        nonlocal taken
        taken += 1
        if recorder.is_due(taken):
            recorder.snapshot(taken, weights, metrics())

    recorder.snapshot(0, weights, metrics())
    return optimizer.register_step_post_hook(look)

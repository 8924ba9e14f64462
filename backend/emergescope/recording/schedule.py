"""When to look at the network: the steps at which frames are taken, and which of them are probed."""

import itertools

import numpy as np

from emergescope.config.run import RunConfig


def frame_steps(config: RunConfig) -> list[int]:
    """Sorted steps: 0, the end of each phase, and at least `capture.frames` in all if there are that many steps."""
    capture, total = config.capture, config.total_steps
    wanted = min(capture.frames, total + 1)
    count = wanted
    while True:
        spaced = np.linspace(0, total, count) if capture.spacing == "linear" else np.geomspace(1, total, count)
        # Rounding makes the early steps of a geometric spacing coincide: ask for more until there are enough.
        steps = {int(s) for s in spaced.round()} | set(phase_ends(config)) | {0}
        if len(steps) >= wanted:
            return sorted(steps)
        count += wanted - len(steps)


def probe_steps(config: RunConfig) -> set[int]:
    """The frame steps that are probed: every `probe_every`-th frame, the first, and the end of each phase."""
    steps, every = frame_steps(config), config.capture.probe_every
    regular = set(steps[::every]) if every else set()
    return regular | set(phase_ends(config)) | {0}


def phase_ends(config: RunConfig) -> list[int]:
    """The last step of each phase."""
    return list(itertools.accumulate(stage.steps for stage in config.stages))

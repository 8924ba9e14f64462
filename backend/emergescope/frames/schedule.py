"""When to look at the network: the steps at which frames are taken, and which of them are probed."""

import itertools

import numpy as np

from emergescope.config import Capture, Training


def frame_steps(capture: Capture, training: Training) -> list[int]:
    """Sorted steps: 0, the end of each phase, and at least `capture.frames` in all if there are that many steps."""
    total = training.total_steps
    wanted = min(capture.frames, total + 1)
    count = wanted
    while True:
        spaced = np.linspace(0, total, count) if capture.spacing == "linear" else np.geomspace(1, total, count)
        # Rounding makes the early steps of a geometric spacing coincide: ask for more until there are enough.
        steps = {int(s) for s in spaced.round()} | set(phase_ends(training)) | {0}
        if len(steps) >= wanted:
            return sorted(steps)
        count += wanted - len(steps)


def probe_steps(capture: Capture, training: Training) -> set[int]:
    """The frame steps that are probed: every `probe_every`-th frame, the first, and the end of each phase."""
    steps = frame_steps(capture, training)
    regular = set(steps[:: capture.probe_every]) if capture.probe_every else set()
    return regular | set(phase_ends(training)) | {0}


def phase_ends(training: Training) -> list[int]:
    """The last step of each phase."""
    return list(itertools.accumulate(phase.steps for phase in training.phases))

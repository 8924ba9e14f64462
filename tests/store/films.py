"""Frames that decode, of a size that is asked for, without training a network. Used by tests of the store."""

import numpy as np

from emergescope.recording.codec import encode
from emergescope.recording.events import Array, Frame, FrameReady

LARGE = 640  # neurons of a frame of 140 kB


def film_frame(run: str, seq: int, neurons: int = 4, phase: str = "features", step: int | None = None) -> FrameReady:
    """The frame `seq` of a run; each has bytes of its own."""
    rng = np.random.default_rng([seq, neurons])
    tensors: dict[str, Array] = {
        "alignment": rng.normal(size=(neurons, 100)).astype(np.float16),
        "bias": rng.normal(size=neurons).astype(np.float32),
        "layout": rng.normal(size=(neurons, 2)).astype(np.float32),
    }
    step = seq * 10 if step is None else step
    frame = Frame(step, phase, {"loss": 1 / (seq + 1), "bad": None}, {"method": "mds", "stress": 0.1}, tensors)
    return FrameReady(seq, step, phase, frame.metrics, encode(frame, run, seq))

"""Frames for sentences: an early one that has all, and one after it that lacks something, or whose weights are lost."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from emergescope.recording.events import Array, Frame
from emergescope.toolkit.sentences import Past

EARLY, NOW = 10, 20
Says = Callable[[Frame, Past], Mapping[str, str]]
Measured = Mapping[str, tuple[float, float]]  # each number is of one frame alone: it says which one it was taken from


def _floats(values: Any, kind: str = "f4") -> Array:
    return np.array(values, kind)


TENSORS: dict[str, Array] = {
    "alignment": _floats([[0.6, 0.5, 0.1], [-0.6, -0.5, 0.1], [0.2, 0.1, 0], [0.3, 0.1, 0.2]], "f2"),
    "signal_cosine": _floats([0.95, -0.95, 0.3, 0.4]),
    "relevant_norm": _floats([0.9, 0.9, 0.4, 0.5]),
    "background_norm": _floats([0.2, 0.2, 0.8, 0.7]),
    "weight_norm": _floats([1, 1, 1, 1]),
    "bias": _floats([0, 0, 0, 0]),
    "output_weight": _floats([0.1, -0.1, 0.1, -0.1]),
    "layout": _floats([[0.9, 0], [-0.9, 0], [0.1, 0.5], [0.2, -0.5]]),
    "landmarks": _floats([[1, 0], [-1, 0]]),
    "singular_values": _floats([3, 1, 0.5]),
}
PICTURES: dict[str, Array] = {
    "weights": _floats([[[1, 255]]] * 4, "u1"),
    "weights_scale": _floats([1, 1, 1, 1]),
}
CLUSTERS: dict[str, Array] = {
    "cluster": _floats([0, 1, 0, 1], "u1"),
    "centre_cosine": _floats([0.97, 0.97, 0.3, 0.2]),
}


def frame(
    metrics: Mapping[str, float | None],
    tensors: Mapping[str, Array] = TENSORS,
    step: int = NOW,
    phase: str = "features",
    stress: float | None = 0.31,
) -> Frame:
    return Frame(step, phase, metrics, {"method": "mds", "stress": stress}, tensors)


def seen(says: Says, past: Past, *frames: Frame) -> Mapping[str, str]:
    """What is said of the last one; between any two the past is kept and restored."""
    told: Mapping[str, str] = {}
    for one in frames:
        past.restore(past.state())
        past.see(one.step, one.metrics)
        told = says(one, past)
    return told


def lost(tensors: Mapping[str, Array]) -> dict[str, Array]:
    return {name: t if t.dtype.kind == "u" else np.full_like(t, np.nan) for name, t in tensors.items()}


def pairs(
    measured: Measured, tensors: Mapping[str, Array] = TENSORS, phase: str = "features"
) -> Iterator[tuple[str, Frame, Frame]]:
    """What is amiss, the early frame, and the one at hand: whole, diverged, and without each part in turn."""
    early, now = ({name: values[i] for name, values in measured.items()} for i in (0, 1))
    first = frame(early, tensors, EARLY, phase)
    yield "whole", first, frame(now, tensors, phase=phase)
    yield "diverged", first, frame(dict.fromkeys(now), lost(tensors), phase=phase, stress=None)
    for name in measured:
        yield f"without {name}", first, frame({k: v for k, v in now.items() if k != name}, tensors, phase=phase)
        yield f"{name} not a number", first, frame({**now, name: None}, tensors, phase=phase)
    for name in tensors:
        rest = {k: t for k, t in tensors.items() if k != name}
        yield f"without {name}", first, frame(now, rest, phase=phase, stress=None if name == "layout" else 0.31)

"""A recording as a recorder would send it. Used by the tests of store, service and interface."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from emergescope.recording.codec import encode
from emergescope.recording.display import Axis, Display, Metric, Panel, Tensor
from emergescope.recording.events import Array, Frame

CLAIM, OTHER = "0123456789abcdef" * 2, "f" * 32
DISPLAY = Display(
    "A loop of one's own",
    {"loss": Metric("loss", emphasis=True), "accuracy": Metric("accuracy", unit="share")},
    {"neurons": Axis("neuron", "neurons", 6, 6)},
    {
        "weights": Tensor("F32", ("neurons", 4)),
        "places": Tensor("F32", ("neurons", 2)),
        "bias": Tensor("F32", ("neurons",)),
    },
)
DENSITY = Panel("bias", "density", "Biases", {"tensor": "bias", "range": [-3, 3], "bins": 8})


def sent(display: Display = DISPLAY) -> dict[str, Any]:
    """The display as JSON."""
    data: dict[str, Any] = json.loads(json.dumps(display.as_json()))
    return data


def tensors(seed: int) -> dict[str, Array]:
    random = np.random.default_rng(seed)
    shapes = {"weights": (6, 4), "places": (6, 2), "bias": (6,)}
    return {name: random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def blob(run: str, seq: int, step: int | None = None, metrics: Mapping[str, Any] | None = None, **more: Array) -> bytes:
    """The bytes of a frame; of step 10 * seq where no other is said."""
    said = {"loss": 1 / (seq + 1)} if metrics is None else metrics
    step = 10 * seq if step is None else step
    return encode(Frame(step, "training", said, {}, {**tensors(seq), **more}), run, seq)

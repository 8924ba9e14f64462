"""Prints the SHA-256 of each tensor of the first frames of runs, as JSON lines. Used by compare_bits.py.

    python scripts/frame_digests.py DATA FRAMES [NAME ...]

A line for each preset and for each case below, a small configuration of a kind: its name and its frames' digests. The
package is that of PYTHONPATH; DATA is a directory of data sets, with the folder that `write_tree` makes.
"""

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_preset, load_presets
from emergescope.config.run import RunConfig
from emergescope.engine import run
from emergescope.recording.events import Captured

SMALL: dict[str, Any] = {
    "capture.frames": 10,
    "capture.test_samples": 200,
    "capture.probe_samples": 200,
    "capture.probe_every": 4,
    "training.device": "cpu",
}
PATTERNS = {**SMALL, "method.m": 12, "training.phases.0.steps": 40, "training.phases.0.samples": 200}
NO_STRUCTURE = {"problem.structure": False, "problem.p_o": 0.5}
MIXED = {**SMALL, "problem.samples": 200, "training.epochs": 2}
RESNET = {**MIXED, "problem.samples": 60, "method.width": 2, "capture.test_samples": 50, "capture.probe_samples": 50}
TREE = {"problem.data": "folder", "problem.folder": "tree", "problem.size": 8}
# name: (preset, changes to it); dotted paths are part of what must not change
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "network": ("quick", PATTERNS),
    "network, float64": ("quick", {**PATTERNS, "training.dtype": "float64"}),
    "network, smoothed and decaying": (
        "quick",
        {**PATTERNS, "training.phases.0.sigma_xi": 0.3, "training.phases.0.lambda_w": 0.01},
    ),
    "network, shown in part": ("quick", {**PATTERNS, "capture.max_neurons": 7, "capture.max_patterns": 5}),
    "network, geometric frames": ("quick", {**PATTERNS, "capture.spacing": "geometric"}),
    "network, diverging": (
        "quick",
        {**PATTERNS, "training.phases.0.eta": 1e20, "training.phases.0.lambda_w": 1.0},
    ),
    "without structure": ("quick", {**PATTERNS, **NO_STRUCTURE}),
    "incoherent": ("quick", {**PATTERNS, "problem.dictionary": "incoherent"}),
    "input noise": ("quick", {**PATTERNS, "problem.input_noise": 0.1}),
    "label noise": ("quick", {**PATTERNS, "problem.label_noise": 0.1}),
    "unbalanced, weighed": ("quick", {**PATTERNS, "problem.aligned_positive": 0.8, "training.balance": True}),
    "majority": ("quick", {**PATTERNS, "problem.labels": {"rule": "majority"}}),
    "interval": ("quick", {**PATTERNS, "problem.labels": {"rule": "interval", "low": 2, "high": 3}}),
    "list": ("quick", {**PATTERNS, "problem.labels": {"rule": "list", "counts": [1, 3]}}),
    "random features": ("paper/parity-random-features", {**PATTERNS, "method.ridge_samples": 200}),
    "tangent kernel": (
        "quick",
        {
            **PATTERNS,
            "method": {"kind": "ntk", "m": 12, "ridge_samples": 200},
            "training.phases": [{"steps": 40, "eta": 0.5, "samples": 200}],
        },
    ),
    "pictures": ("image-dictionary", {**SMALL, "method.m": 12, "training.phases.0.steps": 10}),
    "two classes": ("paper/figure-3-mnist", {**SMALL, "training.phases.0.steps": 5}),
    "two classes, lazy": ("paper/figure-3-mnist-lazy", {**SMALL, "training.phases.0.steps": 5}),
    "two classes, random labels": (
        "paper/figure-3-mnist-random-labels",
        {**SMALL, "training.phases.0.steps": 5},
    ),
    "two classes of a folder": ("paper/figure-3-mnist", {**SMALL, **TREE, "training.phases.0.steps": 5}),
    "mixture": ("paper/figure-4-mnist", MIXED),
    "mixture, ratio 0.8": ("paper/figure-4-mnist", {**MIXED, "problem.ratio": 0.8}),
    "mixture, balanced labels": ("paper/figure-4-mnist", {**MIXED, "problem.injected_labels": "balanced"}),
    "mixture, photographs": ("paper/figure-4-mnist-natural", MIXED),
    "mixture of a folder": ("paper/figure-4-mnist", {**MIXED, **TREE, "problem.samples": 40}),
    "mixture, ResNet": ("paper/figure-4-resnet", RESNET),
}


def hash_all(data: Path, frames: int, names: list[str]) -> None:
    """Print (name, digests of its frames) as JSON, for each preset and case."""
    everything: dict[str, tuple[str, dict[str, Any]]] = {
        **{name: (name, {"training.device": "cpu"}) for name in load_presets()},
        **CASES,
    }
    for name in names or everything:
        preset, changes = everything[name]
        try:
            found: list[Any] = list(islice(digests(apply_overrides(get_preset(preset).config, changes), data), frames))
        except Exception as error:  # both checkouts must refuse it alike
            found = [f"{type(error).__name__}: {error}".replace(str(data), "DATA")]
        print(json.dumps([name, found]), flush=True)


def digests(config: RunConfig, data: Path) -> Iterator[Mapping[str, str]]:
    """For each frame of a run the step, and the SHA-256 of each tensor and of each metric."""
    for event in run(config, threads=1, data_dir=data):
        if isinstance(event, Captured):
            frame = event.frame
            yield {
                "step": str(frame.step),
                **{
                    f"metric {name}": float(value).hex() if value is not None else "null"
                    for name, value in frame.metrics.items()
                },
                **{name: digest(tensor) for name, tensor in frame.tensors.items()},
            }


def digest(tensor: Any) -> str:
    return hashlib.sha256(f"{tensor.dtype} {tensor.shape}".encode() + tensor.tobytes()).hexdigest()


if __name__ == "__main__":
    hash_all(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])

"""What a recording holds, as far as tests of adapters ask. Reads the files alone."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from safetensors import safe_open


class Film(NamedTuple):
    """status, steps, and of the last frame its metrics and the cosines [neurons, directions]."""

    status: str
    steps: list[int]
    metrics: dict[str, float]
    cosines: Any


def film_in(path: Path) -> Film:
    """The recording in a directory."""
    steps, metrics, cosines = [], {}, None
    for file in sorted(path.glob("0*.safetensors")):
        with safe_open(file, "np") as frame:
            steps.append(int(frame.metadata()["step"]))
            metrics, cosines = json.loads(frame.metadata()["metrics"]), frame.get_tensor("alignment")
    return Film(json.loads((path / "run.json").read_text())["run"]["status"], steps, metrics, cosines)


def cosines_with_axes(weights: Any) -> Any:
    """Of neurons [n, d] with the axes of their inputs."""
    rows = np.asarray(weights, dtype=np.float64)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)

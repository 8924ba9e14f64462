"""Folders of checkpoints, as trainers leave them, and what a loop would have recorded of the same weights."""

import json
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from emergescope.recorder import record
from tests.recorder.films import frames

STEPS = (0, 2, 10, 100)  # as texts they have another order
WEIGHT, BIAS = "encoder.fc1.weight", "encoder.fc1.bias"
Tensors = Mapping[str, torch.Tensor]


def weights(step: int) -> dict[str, torch.Tensor]:
    chance = torch.Generator().manual_seed(step)
    shapes = {WEIGHT: (12, 8), BIAS: (12,), "encoder.norm.weight": (8,), "encoder.conv.weight": (4, 3, 5, 5)}
    return {name: torch.randn(shape, generator=chance) for name, shape in shapes.items()}


def save_safetensors(tensors: Tensors, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(dict(tensors), path)


def save_npz(tensors: Tensors, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {name: tensor.numpy() for name, tensor in tensors.items()}
    np.savez(path, **arrays)


def save_torch(content: Any, path: Path, **how: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(content, path, **how)


def folder(path: Path, name: str = "step_{}.safetensors", save: Callable[..., None] = save_safetensors) -> Path:
    """A checkpoint for each step."""
    for step in STEPS:
        save(weights(step), path / name.format(step))
    return path


def recorded(path: Path, layer: str = "encoder.fc1", **asked: Any) -> list[Any]:
    """The frames of a loop that had these weights."""
    with record("loop", directory=path, strict=True, **asked) as rec:
        for step in STEPS:
            held = weights(step)
            rec.snapshot(step, held[f"{layer}.weight"], bias=held.get(f"{layer}.bias"))
    return frames(path)


def safetensors(header: Mapping[str, Any] | bytes, data: bytes = b"", length: int | None = None) -> bytes:
    """A file of safetensors that may say anything."""
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(head) if length is None else length) + head + data

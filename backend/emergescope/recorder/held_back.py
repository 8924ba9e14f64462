"""Snapshots on disk that wait for the last one: neurons are compared with directions of it, so that no frame can be
made before.
"""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch

from emergescope.recorder.asked import SNAPSHOTS
from emergescope.recorder.copies import Copy, Held, Shot

_FILE = re.compile(r"(\d+)\.pt")


class HeldBack:
    """Snapshots beside the directory of a recording that is to be, one file each. Those of one that was killed are
    there again.
    """

    def __init__(self, recording: Path) -> None:
        self.path = recording.with_name(recording.name + SNAPSHOTS)

    @property
    def steps(self) -> list[int]:
        """Of those that are there, in order."""
        found = (_FILE.fullmatch(file.name) for file in (self.path.iterdir() if self.path.is_dir() else ()))
        return sorted(int(match[1]) for match in found if match)

    def add(self, shot: Shot) -> None:
        """Keep it, whole or not at all."""
        self.path.mkdir(parents=True, exist_ok=True)
        part = self.path / f"{shot.step}.part"
        with open(part, "wb") as file:
            torch.save(_plain(shot), file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.path / f"{shot.step}.pt")

    def __iter__(self) -> Iterator[Shot]:
        """All of them, in order of step; one at a time is in memory."""
        return map(self.get, self.steps)

    def get(self, step: int) -> Shot:
        said = torch.load(self.path / f"{step}.pt", weights_only=True)
        layers = {
            name: Held(**{key: _copied(one) for key, one in held.items()}) for name, held in said["layers"].items()
        }
        tensors, metrics = ({name: _copied(one) for name, one in said[part].items()} for part in ("tensors", "metrics"))
        return Shot(said["step"], said["stage"], layers, tensors, metrics)

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def _plain(shot: Shot) -> dict[str, Any]:
    """Tensors, numbers and text, in dictionaries: what PyTorch reads without running anything."""
    return {
        "step": shot.step,
        "stage": shot.stage,
        "layers": {
            name: {field.name: _saved(getattr(held, field.name)) for field in fields(held)}
            for name, held in shot.layers.items()
        },
        "tensors": {name: _saved(copy) for name, copy in shot.tensors.items()},
        "metrics": {name: _saved(number) for name, number in shot.metrics.items()},
    }


def _saved(value: Any) -> Any:
    return torch.as_tensor(value.get()) if isinstance(value, Copy) else value


def _copied(value: Any) -> Any:
    return Copy(value) if isinstance(value, torch.Tensor) else value

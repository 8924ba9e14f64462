"""Checkpoint <-> safetensors bytes: what a run needs to go on as if nothing had happened. Used by the experiment."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from emergescope.errors import FrameError
from emergescope.frames.codec import read_metadata

FORMAT = "emergescope.checkpoint"
VERSION = "1"
_MODEL, _CAMERA = "model.", "camera."


@dataclass(frozen=True)
class Checkpoint:
    """The state after `step`, with `frames` frames taken.

    model      parameters, as the model's `state` names them
    generator  uint8, of the generator that draws training samples; all other chance is drawn anew from the seed
    camera     what it remembers: its last map
    told       the milestones that were told
    diverged   whether that has been told
    best       metrics of fixed features that are the same in every frame; None where they are to be computed
    """

    step: int
    frames: int
    model: Mapping[str, Tensor] = field(repr=False)
    generator: Tensor = field(repr=False)
    camera: Mapping[str, Tensor] = field(repr=False)
    told: Mapping[str, Any] = field(repr=False)
    diverged: bool
    best: Mapping[str, float | None] | None

    def encode(self) -> bytes:
        """Its bytes. Tensors keep their precision, whatever device they were on."""
        tensors = {_MODEL + name: t for name, t in self.model.items()}
        tensors |= {_CAMERA + name: t for name, t in self.camera.items()}
        tensors["generator"] = self.generator
        state = {name: getattr(self, name) for name in ("step", "frames", "told", "diverged", "best")}
        metadata = {"format": FORMAT, "version": VERSION, "state": json.dumps(state)}
        return save({name: t.cpu().contiguous() for name, t in tensors.items()}, metadata)

    @classmethod
    def decode(cls, blob: bytes, device: torch.device | str = "cpu") -> "Checkpoint":
        """Read it back. Raises FrameError for anything that is not a checkpoint of this version."""
        try:
            state = json.loads(read_metadata(blob, FORMAT, VERSION)["state"])
            # Copied: what is read lies where it lay among the bytes, and arithmetic on memory that is not aligned may
            # round otherwise.
            tensors = {name: t.clone() for name, t in load(blob).items()}
            return cls(
                model=_part(tensors, _MODEL, device),
                generator=tensors["generator"],
                camera=_part(tensors, _CAMERA, device),
                **state,
            )
        except (SafetensorError, KeyError, TypeError, ValueError) as error:
            raise FrameError(f"the checkpoint cannot be read: {error}") from error


def _part(tensors: Mapping[str, Tensor], prefix: str, device: torch.device | str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): t.to(device) for name, t in tensors.items() if name.startswith(prefix)}

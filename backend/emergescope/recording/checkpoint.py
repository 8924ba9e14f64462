"""Checkpoint <-> safetensors bytes: what a run needs to go on as if nothing had happened. Used by the engine."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from emergescope.errors import FrameError
from emergescope.recording.codec import read_metadata
from emergescope.recording.events import Saved

FORMAT = "emergescope.checkpoint"
VERSION = "1"
_CAMERA = "camera."


@dataclass(frozen=True)
class Checkpoint:
    """The state after `step`, with `frames` frames taken."""

    step: int
    frames: int
    diverged: bool  # whether that has been told
    dynamics: Saved  # as its study names it
    camera: Saved = field(default_factory=Saved)  # what it remembers of the frames

    def encode(self) -> bytes:
        """Its bytes. Tensors keep their precision, whatever device they were on."""
        tensors = {**self.dynamics.tensors, **{_CAMERA + name: t for name, t in self.camera.tensors.items()}}
        state = {"step": self.step, "frames": self.frames, "diverged": self.diverged}
        kept = {"dynamics": self.dynamics.data, "told": self.camera.data}
        metadata = {"format": FORMAT, "version": VERSION, "state": json.dumps(state | kept)}
        return save({name: t.cpu().contiguous() for name, t in tensors.items()}, metadata)

    @classmethod
    def decode(cls, blob: bytes) -> "Checkpoint":
        """Read it back. Raises FrameError for anything that is not a checkpoint of this version."""
        try:
            state = json.loads(read_metadata(blob, FORMAT, VERSION)["state"])
            # Copied: read in place it may not be aligned, and arithmetic on such memory may round otherwise.
            tensors = {name: t.clone() for name, t in load(blob).items()}
            dynamics = {name: t for name, t in tensors.items() if not name.startswith(_CAMERA)}
            # Before there were studies, `best` was all that the dynamics kept beside tensors.
            data = state["dynamics"] if "dynamics" in state else {"best": state["best"]}
            camera = Saved(part(tensors, _CAMERA), state["told"])
            return cls(state["step"], state["frames"], state["diverged"], Saved(dynamics, data), camera)
        except (SafetensorError, KeyError, TypeError, ValueError) as error:
            raise FrameError(f"the checkpoint cannot be read: {error}") from error


def part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Those whose names begin with `prefix`, without it."""
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}

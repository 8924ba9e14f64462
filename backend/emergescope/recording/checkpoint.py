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
    """The state after `step`, with `frames` frames taken.

    diverged  whether that has been told
    dynamics  of the training, as its study names it
    camera    what it remembers of the frames
    """

    step: int
    frames: int
    diverged: bool
    dynamics: Saved
    camera: Saved = field(default_factory=Saved)

    def encode(self) -> bytes:
        """Its bytes. Tensors keep their precision, whatever device they were on."""
        tensors = {**self.dynamics.tensors, **{_CAMERA + name: t for name, t in self.camera.tensors.items()}}
        state = {
            "step": self.step,
            "frames": self.frames,
            "diverged": self.diverged,
            "dynamics": self.dynamics.data,
            "told": self.camera.data,
        }
        metadata = {"format": FORMAT, "version": VERSION, "state": json.dumps(state)}
        return save({name: t.cpu().contiguous() for name, t in tensors.items()}, metadata)

    @classmethod
    def decode(cls, blob: bytes) -> "Checkpoint":
        """Read it back. Raises FrameError for anything that is not a checkpoint of this version."""
        try:
            state = json.loads(read_metadata(blob, FORMAT, VERSION)["state"])
            # Copied: what is read lies where it lay among the bytes, and arithmetic on memory that is not aligned may
            # round otherwise.
            tensors = {name: t.clone() for name, t in load(blob).items()}
            dynamics = {name: t for name, t in tensors.items() if not name.startswith(_CAMERA)}
            # Before there were studies, `best` was all that the dynamics kept beside tensors.
            data = state["dynamics"] if "dynamics" in state else {"best": state["best"]}
            return cls(
                state["step"],
                state["frames"],
                state["diverged"],
                Saved(dynamics, data),
                Saved(part(tensors, _CAMERA), state["told"]),
            )
        except (SafetensorError, KeyError, TypeError, ValueError) as error:
            raise FrameError(f"the checkpoint cannot be read: {error}") from error


def part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Those whose names begin with `prefix`, without it."""
    return {name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)}

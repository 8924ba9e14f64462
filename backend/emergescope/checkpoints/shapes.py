"""What is known of a file of weights before any of them is read. Used by the readers of each format."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

SUFFIXES: Final = (".safetensors", ".npz", ".pt", ".pth", ".bin", ".ckpt")
STEPS: Final = ("global_step", "step", "epoch")  # what checkpoints call their step, the best one first


@dataclass(frozen=True)
class Weights:
    """The tensors of an open file.

    shapes  by the names of the tensors
    said    what it says of its step, by the name of the entry
    read    gives a tensor of a name
    """

    shapes: Mapping[str, tuple[int, ...]]
    said: Mapping[str, int]
    read: Callable[[str], Any]


def steps_said(entries: Mapping[str, Any]) -> dict[str, int]:
    """Of the entries of a checkpoint, those that may be its step: whole numbers, also as text or arrays of one."""
    found: dict[str, int] = {}
    for key in STEPS:
        value: Any = entries.get(key)
        if getattr(value, "shape", None) == ():
            with suppress(RuntimeError):  # a tensor may have no number
                value = value.item()
        if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            found[key] = value
    return found

"""Where a run was made: device, threads and versions. Stored with each run: with the config it fixes the bits."""

import platform
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import torch

from emergescope import __version__
from emergescope.errors import FieldError, InvalidConfig


def choose_device(name: str) -> torch.device:
    """The device of that name; "auto" is CUDA where there is one. Raises InvalidConfig when there is no such device."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        message = "this machine has no CUDA device that torch can use: choose auto or cpu"
        raise InvalidConfig(message, [FieldError("/training/device", message)])
    return torch.device(name)


def provenance(device: torch.device, threads: int) -> dict[str, str | int | None]:
    """Versions, device, threads and, in a git checkout, the revision."""
    return {
        "emergescope": __version__,
        "revision": _revision(),
        "python": platform.python_version(),
        "torch": str(torch.__version__),  # its own class would bring torch into whoever reads it
        "numpy": np.__version__,
        "platform": platform.platform(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "threads": threads,
    }


@cache
def _revision() -> str | None:
    """The git revision of the source tree this package runs from, None outside a checkout."""
    here = Path(__file__).resolve().parent
    try:
        command = ["git", "-C", str(here), "describe", "--always", "--dirty"]
        found = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None if found.returncode == 0 else None

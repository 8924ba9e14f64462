"""A run: trains what its study says, looks at it on the way, and keeps what is needed to go on.

Where it was made is stored with it: with the config, device, threads and versions fix the bits.
"""

import platform
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import torch

from emergescope import __version__
from emergescope.catalog.registry import study_of
from emergescope.config.run import RunConfig, frame_steps
from emergescope.errors import InvalidConfig
from emergescope.recording.capture import CaptureThread, Checkpoint
from emergescope.recording.events import Advanced, Event, Happened, Paused
from emergescope.studies.study import Context

_REPORT_EVERY = 0.25  # seconds between two Advanced events
_CHECKPOINT_EVERY = 3.0  # seconds between two checkpoints, at least ...
_CHECKPOINT_RATE = 4e6  # ... and bytes of them per second, at most


def run(
    config: RunConfig,
    threads: int = 1,
    start: Checkpoint | None = None,
    stop: Callable[[int], bool] = lambda step: False,
    data_dir: Path | None = None,
    *,
    forked: bool = False,
) -> Iterator[Event]:
    """Train what `config` says, and yield what happens, Started first.

    start     go on from there: frames are those that come after, to the bit as if nothing had happened between
    stop      asked after each step: to stop there, after a checkpoint, with Paused as the last event
    data_dir  where the data sets lie that do not come with a package
    forked    `start` is of another configuration, which this one leaves there

    The same config, device and thread count give the same frames to the bit. Sets the thread count of this process.
    """
    torch.set_num_threads(threads)
    device = _choose_device(config.training.device)
    context = Context(device, getattr(torch, config.training.dtype), data_dir, forked)
    done, frames, diverged = (-1, 0, False) if start is None else (start.step, start.frames, start.diverged)
    study = study_of(config)
    dynamics = study.load()(config, context, None if start is None else start.dynamics)
    camera = dynamics.camera(None if start is None else start.camera)
    started = dynamics.started
    display = study.display(config, started.facts)
    yield replace(started, provenance={**_provenance(device, threads), **started.provenance})
    # Training, looked at on the way: one thread trains, another takes the frames of copies of the network.
    last, steps = config.total_steps, set(frame_steps(config))
    clock = _Clock(dynamics.snapshot_bytes)
    with CaptureThread(camera, study.id, display, threads, dynamics.snapshot_bytes) as capture:
        for state in dynamics.train(done):
            done = state.step
            if not diverged and not state.finite:
                diverged = True
                yield Happened(done, "diverged", f"diverged: the network is not finite from step {done} on")
            yield from state.events
            if done in steps:
                frames += 1
                capture.take(state, dynamics.snapshot())
            stopping = done < last and stop(done)
            if stopping or done == last or clock.checkpoint_is_due():
                capture.keep(Checkpoint(done, frames, diverged, dynamics.save()))
            for event in capture.ready():
                yield event
                clock.reported()
            if clock.report_is_due():
                yield Advanced(done, state.stage)
                clock.reported()
            if stopping:
                break
        yield from capture.rest()
    if done < last:
        yield Paused(done)


class _Clock:
    """When to say how far it is, and when to keep a checkpoint. Only what is told depends on it, never a number."""

    def __init__(self, size: int) -> None:
        self._every = max(_CHECKPOINT_EVERY, size / _CHECKPOINT_RATE)
        self._reported = self._kept = time.monotonic()

    def reported(self) -> None:
        self._reported = time.monotonic()

    def report_is_due(self) -> bool:
        return time.monotonic() - self._reported > _REPORT_EVERY

    def checkpoint_is_due(self) -> bool:
        due = time.monotonic() - self._kept > self._every
        if due:
            self._kept = time.monotonic()
        return due


def _choose_device(name: str) -> torch.device:
    """The device of that name; "auto" is CUDA where there is one. Raises InvalidConfig when there is no such device."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        reason = "this machine has no CUDA device that torch can use: choose auto or cpu"
        raise InvalidConfig.at("/training/device", reason)
    return torch.device(name)


def _provenance(device: torch.device, threads: int) -> dict[str, str | int | None]:
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

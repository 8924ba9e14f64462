"""The run itself: train, look at the network on the way, and keep what is needed to go on."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch

from emergescope.config import MixtureProblem, RunConfig
from emergescope.experiment.hinge import HingeSetting
from emergescope.experiment.mixture import MixtureSetting
from emergescope.experiment.setting import Setting
from emergescope.frames.checkpoint import Checkpoint
from emergescope.frames.darkroom import Darkroom
from emergescope.frames.events import Advanced, Event, Happened, Paused
from emergescope.frames.schedule import frame_steps

_TELL_EVERY = 0.25  # seconds between two Advanced events
_CHECKPOINT_EVERY = 3.0  # seconds between two checkpoints, at least ...
_CHECKPOINT_RATE = 4e6  # ... and bytes of them per second, at most


def run(
    config: RunConfig,
    threads: int = 1,
    start: Checkpoint | None = None,
    stop: Callable[[int], bool] = lambda step: False,
    data_dir: Path | None = None,
) -> Iterator[Event]:
    """Train what `config` says, and yield what happens, Started first.

    start     go on from there: frames are those that come after, to the bit as if nothing had happened between
    stop      asked after each step: to stop there, after a checkpoint, with Paused as the last event
    data_dir  where the data sets lie that do not come with a package

    The same config, device and thread count give the same frames to the bit. Sets the thread count of this process.
    """
    torch.set_num_threads(threads)
    setting = _set_up(config, threads, start, data_dir)
    yield setting.started
    # Training, looked at on the way: one thread trains, another takes the frames of copies of the network.
    done, frames = (-1, 0) if start is None else (start.step, start.frames)
    diverged = start is not None and start.diverged
    last, steps = config.total_steps, set(frame_steps(config))
    clock = _Clock(setting.bytes)
    with Darkroom(setting.camera, threads, setting.bytes) as darkroom:
        for state in setting.train(done):
            done = state.step
            if not diverged and not setting.is_finite(state.loss):
                diverged = True
                yield Happened(done, "diverged", f"diverged: the network is not finite from step {done} on")
            yield from setting.watch(state)
            if done in steps:
                frames += 1
                darkroom.take(state, setting.snapshot())
            stopping = done < last and stop(done)
            if stopping or done == last or clock.checkpoint_is_due():
                darkroom.keep(setting.checkpoint(done, frames, diverged))
            for event in darkroom.developed():
                yield event
                clock.told()
            if clock.news_is_due():
                yield Advanced(done, state.phase)
                clock.told()
            if stopping:
                break
        yield from darkroom.rest()
    if done < last:
        yield Paused(done)


def _set_up(config: RunConfig, threads: int, start: Checkpoint | None, data_dir: Path | None) -> Setting:
    kind = MixtureSetting if isinstance(config.problem, MixtureProblem) else HingeSetting
    return kind(config, threads, start, data_dir)


class _Clock:
    """When to say how far it is, and when to keep a checkpoint. Only what is told depends on it, never a number."""

    def __init__(self, size: int) -> None:
        self._every = max(_CHECKPOINT_EVERY, size / _CHECKPOINT_RATE)
        self._told = self._kept = time.monotonic()

    def told(self) -> None:
        self._told = time.monotonic()

    def news_is_due(self) -> bool:
        return time.monotonic() - self._told > _TELL_EVERY

    def checkpoint_is_due(self) -> bool:
        now = time.monotonic()
        if now - self._kept <= self._every:
            return False
        self._kept = now
        return True

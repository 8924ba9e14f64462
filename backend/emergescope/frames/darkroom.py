"""Takes frames beside training: one thread trains, another looks at copies of the network. Used by the experiment."""

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Protocol, Self

import torch
from torch import Tensor

from emergescope.frames.capture import Look
from emergescope.frames.checkpoint import Checkpoint
from emergescope.frames.events import Captured, Checkpointed, Event
from emergescope.training import TrainState

_BEHIND = 32  # copies of the network that wait for the camera, at most ...
_BEHIND_BYTES = 2**28  # ... and the memory that they may take, beyond the first


class Photographer(Protocol):
    """Takes frames of the snapshots of one kind of setting, in order of step."""

    def take(self, state: TrainState, model: Any, /) -> Look: ...

    def state(self) -> tuple[Mapping[str, Tensor], Mapping[str, Any]]:
        """What it remembers of the frames taken so far: tensors, and JSON."""


class Darkroom:
    """Takes and keeps what it is given, in that order; `developed` has what is ready. Left, it drops the rest.

    size  bytes of a copy of the network
    """

    def __init__(self, camera: Photographer, threads: int, size: int) -> None:
        self._camera = camera
        self._behind = max(1, min(_BEHIND, _BEHIND_BYTES // size))
        self._pending: deque[Future[list[Event]]] = deque()
        self._thread = ThreadPoolExecutor(1, initializer=torch.set_num_threads, initargs=(threads,))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._thread.shutdown(cancel_futures=True)

    def take(self, state: TrainState, model: Any) -> None:
        """Have a frame taken of `model`, which must not change any more."""
        self._pending.append(self._thread.submit(self._take, state, model))

    def keep(self, checkpoint: Checkpoint) -> None:
        """Have a checkpoint encoded, with what the camera remembers once all frames before it are taken."""
        self._pending.append(self._thread.submit(self._keep, checkpoint))

    def developed(self) -> Iterator[Event]:
        """What is ready; waits while more copies wait for the camera than memory is meant for."""
        while self._pending and (self._pending[0].done() or len(self._pending) > self._behind):
            yield from self._pending.popleft().result()

    def rest(self) -> Iterator[Event]:
        """All that was asked for."""
        while self._pending:
            yield from self._pending.popleft().result()

    def _take(self, state: TrainState, model: Any) -> list[Event]:
        look = self._camera.take(state, model)
        return [Captured(look.frame), *look.happened]

    def _keep(self, checkpoint: Checkpoint) -> list[Event]:
        tensors, told = self._camera.state()
        blob = replace(checkpoint, camera=tensors, told=told).encode()
        return [Checkpointed(checkpoint.step, checkpoint.frames, blob)]

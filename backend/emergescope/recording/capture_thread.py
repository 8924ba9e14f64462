"""Takes frames beside training: one thread trains, another looks at copies of the network. Used by the engine."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Protocol, Self

import torch

from emergescope.config.cost import WAITING
from emergescope.recording.checkpoint import Checkpoint
from emergescope.recording.events import Captured, Checkpointed, Event, Happened
from emergescope.recording.frame import Frame
from emergescope.recording.state import Saved, State

_BEHIND = 32  # copies of the network that wait for the camera, at most


@dataclass(frozen=True)
class Look:
    """A frame, and what it is the first to show."""

    frame: Frame
    events: tuple[Happened, ...] = ()


class Camera(Protocol):
    """Takes frames of the snapshots of one run, in order of step."""

    def take(self, state: State, snapshot: Any, /) -> Look: ...

    def save(self) -> Saved:
        """What it remembers of the frames taken so far."""


class CaptureThread:
    """Takes and keeps what it is given, in that order; `ready` has what is done. Left, it drops the rest.

    size  bytes of a copy of the network
    """

    def __init__(self, camera: Camera, threads: int, size: int) -> None:
        self._camera = camera
        self._behind = max(1, min(_BEHIND, WAITING // size))
        self._pending: deque[Future[list[Event]]] = deque()
        self._thread = ThreadPoolExecutor(1, initializer=torch.set_num_threads, initargs=(threads,))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._thread.shutdown(cancel_futures=True)

    def take(self, state: State, snapshot: Any) -> None:
        """Have a frame taken of `snapshot`, which must not change any more."""
        self._pending.append(self._thread.submit(self._take, state, snapshot))

    def keep(self, checkpoint: Checkpoint) -> None:
        """Have a checkpoint encoded, with what the camera remembers once all frames before it are taken."""
        self._pending.append(self._thread.submit(self._keep, checkpoint))

    def ready(self) -> Iterator[Event]:
        """What is ready; waits while more copies wait for the camera than memory is meant for."""
        while self._pending and (self._pending[0].done() or len(self._pending) > self._behind):
            yield from self._pending.popleft().result()

    def rest(self) -> Iterator[Event]:
        """All that was asked for."""
        while self._pending:
            yield from self._pending.popleft().result()

    def _take(self, state: State, snapshot: Any) -> list[Event]:
        look = self._camera.take(state, snapshot)
        return [Captured(look.frame), *look.events]

    def _keep(self, checkpoint: Checkpoint) -> list[Event]:
        blob = replace(checkpoint, camera=self._camera.save()).encode()
        return [Checkpointed(checkpoint.step, checkpoint.frames, blob)]

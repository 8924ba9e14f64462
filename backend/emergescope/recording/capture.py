"""What is taken of a network beside its training: frames of copies of it, by another thread, and checkpoints."""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Final, NoReturn, Protocol, Self, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from emergescope import logs
from emergescope.config.cost import WAITING
from emergescope.errors import EmergescopeError, FrameError
from emergescope.recording.codec import read_metadata
from emergescope.recording.declared import undeclared
from emergescope.recording.display import Display
from emergescope.recording.events import Captured, Checkpointed, Event, Frame, Happened, Saved, State

CHECKPOINT_FORMAT = "emergescope.checkpoint"
_VERSION = "1"  # of checkpoints
_CAMERA = "camera."  # begins the names of tensors that the camera remembers
UNMEASURED: Final = "unmeasured"
_BEHIND = 32  # copies of the network that wait for the camera, at most

_log = logs.get(__name__)
Found = TypeVar("Found")


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


class Attempts:
    """Looks at a network part by part: what cannot be measured is left out, told once, and nothing else suffers."""

    def __init__(self) -> None:
        self._step = 0
        self._failed: set[str] = set()
        self._events: list[Happened] = []

    def at(self, step: int) -> Self:
        """Attempts from now on are at this step."""
        self._step = step
        return self

    def __call__(self, part: str, look: Callable[[], Found]) -> Found | None:
        """What `look` returns; None where it raises, since nothing that only looks may end a run."""
        try:
            return look()
        except Exception as error:
            if part not in self._failed:
                self._failed.add(part)
                _log.warning("part of a frame not measured", part=part, step=self._step, exc_info=True)
                reason = (str(error) or type(error).__name__).splitlines()[0]
                text = f"{part}: not measured ({reason}); frames are without it where that is so, and training goes on"
                self._events.append(Happened(self._step, UNMEASURED, text, {"part": part, "reason": reason}))
            return None

    def events(self) -> tuple[Happened, ...]:
        """What has failed for the first time since this was last asked."""
        events, self._events = tuple(self._events), []
        return events

    def state(self) -> dict[str, list[str]]:
        """Which parts have been told, as JSON."""
        return {UNMEASURED: sorted(self._failed)} if self._failed else {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Remember what `state` has said."""
        self._failed = set(state.get(UNMEASURED, ()))


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
        metadata = {"format": CHECKPOINT_FORMAT, "version": _VERSION, "state": json.dumps(state | kept)}
        return save({name: t.cpu().contiguous() for name, t in tensors.items()}, metadata)

    @classmethod
    def decode(cls, blob: bytes) -> "Checkpoint":
        """Read it back. Raises FrameError for anything that is not a checkpoint of this version."""
        try:
            state = json.loads(read_metadata(blob, CHECKPOINT_FORMAT, _VERSION)["state"])
            # Copied: read in place it may not be aligned, and arithmetic on such memory may round otherwise.
            tensors = {name: t.clone() for name, t in load(blob).items()}
            dynamics = _Tensors({name: t for name, t in tensors.items() if not name.startswith(_CAMERA)})
            # Before there were studies, `best` was all that the dynamics kept beside tensors.
            data = state["dynamics"] if "dynamics" in state else {"best": state["best"]}
            camera = Saved(part(tensors, _CAMERA), state["told"])
            return cls(state["step"], state["frames"], state["diverged"], Saved(dynamics, data), camera)
        except (SafetensorError, KeyError, TypeError, ValueError) as error:
            raise FrameError(f"the checkpoint cannot be read: {error}") from error


class CaptureThread(AbstractContextManager["CaptureThread"]):
    """Takes and keeps what it is given, in that order; `ready` has what is done. Left, it drops the rest.

    A frame with anything that `display` does not declare ends the run. A copy of the network has `size` bytes.
    """

    def __init__(self, camera: Camera, study: str, display: Display, threads: int, size: int) -> None:
        self._camera, self._study, self._display = camera, study, display
        self._behind = max(1, min(_BEHIND, WAITING // size))
        self._pending: deque[Future[list[Event]]] = deque()
        self._thread = ThreadPoolExecutor(1, initializer=torch.set_num_threads, initargs=(threads,))

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
        for wrong in undeclared(look.frame, self._display):
            raise EmergescopeError(f"study {self._study}: {wrong}")
        return [Captured(look.frame), *look.events]

    def _keep(self, checkpoint: Checkpoint) -> list[Event]:
        blob = replace(checkpoint, camera=self._camera.save()).encode()
        return [Checkpointed(checkpoint.step, checkpoint.frames, blob)]


def part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Those whose names begin with `prefix`, without it."""
    return _Tensors({name.removeprefix(prefix): t for name, t in tensors.items() if name.startswith(prefix)})


class _Tensors(dict[str, Tensor]):
    """Those of a checkpoint, by name: whoever asks for one that it lacks cannot go on."""

    def __missing__(self, name: str) -> NoReturn:
        raise FrameError(f"the checkpoint cannot be read: it has no {name!r}, so start the run anew")

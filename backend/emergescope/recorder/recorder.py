"""What a loop holds in its hand: snapshots and events are handed over here, and nothing here may hurt the loop."""

import json
import math
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from emergescope.errors import EmergescopeError
from emergescope.recorder import endings
from emergescope.recorder.copies import Shot, shot_of
from emergescope.recorder.endings import End, Status, warn
from emergescope.recorder.schedule import NEVER, Schedule
from emergescope.recorder.waiting import Waiting
from emergescope.recording.events import Happened

if TYPE_CHECKING:
    from emergescope.recorder.keeping import Keeper

_TIMEOUT = 30.0  # seconds that a server that is away is waited for at the end
_EVENT = 1000  # bytes of one that waits
_LONGEST_KIND, _LONGEST_TEXT, _LONGEST_STAGE = 40, 4000, 60  # characters
_SLOW = 1.0  # seconds of waiting that are worth a word


class Told:
    """Says what is wrong, each kind once; or keeps it, to be raised."""

    def __init__(self, name: str, strict: bool) -> None:
        self._name, self._strict = name, strict
        self._kinds: set[str] = set()
        self._lock = threading.Lock()
        self._kept: str | None = None

    def wrong(self, kind: str, text: str) -> None:
        with self._lock:
            if kind in self._kinds:
                return
            self._kinds.add(kind)
        if self._strict:
            self._kept = self._kept or text
        else:
            warn(f"recording {self._name!r}: {text}")

    def note(self, text: str) -> None:
        """Of what is no fault of anybody's."""
        warn(f"recording {self._name!r}: {text}")

    def check(self) -> None:
        """Raises EmergescopeError for what was kept."""
        kept, self._kept = self._kept, None
        if kept is not None:
            raise EmergescopeError(kept)


class Recorder:
    """A recording that is being made; `record` begins one. Use it with `with`, or call `finish` at the end.

    name, id, path  what it is called, by people and machines, and the directory that it is kept in; None of one that
                    does nothing, in all processes but the first of several
    """

    def __init__(
        self,
        name: str,
        identifier: str | None,
        path: Path | None,
        schedule: Schedule,
        after: int,
        raw: frozenset[str],
        told: Told,
        waiting: Waiting[Shot | Happened],
        keeper: "Keeper | None",
        sender: "Waiter | None",
        strict: bool,
    ) -> None:
        self.name, self.id, self.path = name, identifier, path
        self._schedule, self._raw, self._strict = schedule, raw, strict
        self._told, self._waiting, self._keeper, self._sender = told, waiting, keeper, sender
        self._next: float = NEVER if keeper is None else schedule.after(after)
        self._seen: float = -1
        if keeper is not None:
            endings.opened(self)

    def is_due(self, step: int) -> bool:
        """Whether a snapshot of this step would be taken; for those whom it costs something to prepare one."""
        return step >= self._next

    def snapshot(
        self,
        step: int,
        weights: Any = None,
        metrics: Mapping[str, Any] | None = None,
        tensors: Mapping[str, Any] | None = None,
        bias: Any = None,
        output: Any = None,
        stage: str = "training",
    ) -> None:
        """Record weights and numbers as they are after `step` updates, if the step is due; else nothing is touched.

        weights  a layer, tensor or array [neurons, inputs]; a dictionary of them; or none
        metrics  numbers, or tensors of one number
        tensors  further tensors of the frame, as they are
        bias, output  [neurons] of the one layer, where it does not bring them: biases, and weights of what follows
        stage    which part of training the last update belongs to
        """
        try:
            if step < self._next:
                if step < self._seen:
                    self._backwards(step)
                self._seen = step
                return
            self._take(int(step), weights, metrics, tensors, bias, output, stage)
        except Exception as error:  # whatever it is, training goes on
            self._failed("snapshot", error)

    def event(self, step: int, kind: str, text: str, data: Mapping[str, Any] | None = None) -> None:
        """Tell that something happened: `kind` is a short name, `text` a sentence, `data` the numbers behind it."""
        if self._keeper is None:
            return
        try:
            said = None if data is None else json.loads(json.dumps(dict(data), allow_nan=False, default=float))
            self._keeper.start()
            self._waiting.put(Happened(int(step), str(kind)[:_LONGEST_KIND], str(text)[:_LONGEST_TEXT], said), _EVENT)
        except Exception as error:
            self._failed("event", error)

    def finish(self, status: Status = "succeeded", message: str = "", timeout: float = _TIMEOUT) -> None:
        """End the recording: what waits is kept, and what a server lacks is sent, for up to `timeout` seconds."""
        self.end(End(status, message), timeout)
        if self._strict:
            self._told.check()

    def leave(self) -> None:
        """Let go of the recording as one that has not ended: `record` goes on with it where `resume` is said."""
        self.end(End(None))

    def end(self, end: End, timeout: float = _TIMEOUT) -> None:
        """As `finish`, and never raises but for Ctrl-C."""
        if self._keeper is None:
            return
        keeper, self._keeper, self._next = self._keeper, None, NEVER
        endings.closed(self)
        try:
            keeper.finish(end)
            self._sum_up(keeper, end)
            if self._sender is not None:
                self._sender.wait(timeout if keeper.frames and end.status is not None else None)
        except Exception as error:
            self._failed("finish", error, raises=False)

    def disarm(self) -> None:
        """Do nothing from now on: this is a copy of it, in another process."""
        self._keeper, self._next = None, NEVER

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.end(endings.end_of(kind, error, where))
        if self._strict and error is None:
            self._told.check()

    def _repr_html_(self) -> str | None:
        """Its film, as notebooks show it, as far as it goes by now."""
        if self.path is None or self.id is None:
            return None
        from emergescope.recorder.shown import kept_in  # noqa: PLC0415 - notebooks alone need it

        sent = None if self._sender is None else self._sender.shown(self.id)
        return sent or kept_in(self.path, self.name)

    def __reduce__(self) -> tuple[Any, ...]:
        """What is sent to another process, or copied, records nothing."""
        return _silent, (self.name,)

    def __repr__(self) -> str:
        if self._keeper is None:
            return f"<Recorder {self.name!r}, which records nothing (more)>"
        return f"<Recorder {self.name!r} in {self.path}, {self._keeper.frames} frames>"

    def _take(self, step: int, *given: Any) -> None:
        if self._keeper is None:
            return
        self._seen, self._next = step, self._schedule.after(step)
        if self._strict:
            self._told.check()
        weights, metrics, tensors, bias, output, stage = given
        stage = str(stage)[:_LONGEST_STAGE] or "training"
        shot = shot_of(step, stage, weights, metrics, tensors, bias, output, self._raw)
        self._keeper.start()
        self._waiting.put(shot, shot.bytes)

    def _backwards(self, step: float) -> None:
        since = "" if math.isinf(self._next) else f", and the next one due is {self._next:.0f}"
        told = f"step {step} comes after step {self._seen}{since}: steps must rise, so count them over all epochs"
        self._told.wrong("backwards", told)

    def _failed(self, what: str, error: Exception, *, raises: bool = True) -> None:
        if self._strict and raises:
            raise error
        reason = error.detail if isinstance(error, EmergescopeError) else f"{type(error).__name__}: {error}"
        self._told.wrong(f"{what} {type(error).__name__}", f"a {what} is left out: {reason}")

    def _sum_up(self, keeper: "Keeper", end: End) -> None:
        counts = self._waiting.counts
        if counts.seconds > _SLOW:
            advice = 'look less often (every=), at fewer neurons (max_neurons=), or say when_behind="drop"'
            waited = f"{counts.waited} snapshots waited for the camera, {counts.seconds:.1f} s in all"
            self._told.note(f"{waited}: {advice}")
        if counts.dropped:
            self._told.note(f"{counts.dropped} snapshots were dropped, since the camera was behind")
        if keeper.lost:
            self._told.note(f"{keeper.lost} frames could not be made or kept")
        if keeper.frames and end.status is not None:
            print(f"emergescope: {self.name!r}: {keeper.frames} frames in {self.path}", file=sys.stderr)
        elif not keeper.frames:
            self._told.note("nothing was recorded: no snapshot was taken")


class Waiter(Protocol):
    """Sends a recording to a server."""

    def wait(self, timeout: float | None) -> None:
        """For what is left to be sent; None: leave it for another time."""

    def shown(self, run_id: str) -> str | None:
        """What is there of it as HTML; None where there is nothing yet, or the server is away."""


def silent(name: str) -> Recorder:
    """A recorder that does nothing."""
    told, nothing = Told(name, strict=False), Waiting[Shot | Happened](0)
    return Recorder(name, None, None, Schedule(), -1, frozenset(), told, nothing, None, None, strict=False)


_silent = silent

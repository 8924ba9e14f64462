"""What comes over the stream of a run, across connections: what is new of it, and whether to connect again. No input or
output; both clients feed it. docs/architecture.md has the messages.
"""

import json
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

from emergescope.client.asks import of_run
from emergescope.client.errors import Invalid, Missing, NoAnswer, TimedOut, refusal
from emergescope.client.server import Server
from emergescope.client.shapes import Event, Run

if TYPE_CHECKING:
    from emergescope.client.frames import RunFrame

T = TypeVar("T")
_SILENCE = 12.0  # seconds without a message that are a dead connection: the server says every three that it is alive
_SOONEST, _LATEST = 0.1, 2.0  # seconds between two attempts to connect
_NO_FRAMES = 2**31 - 1  # as `after`


class Stream(Generic[T]):
    """The stream of `run`, which is there: so what cuts it is a server or network that will be back.

    patience  seconds from its loss without any message after which it is given up with NoAnswer
    timeout   seconds after which it is given up with TimedOut, whatever comes
    """

    mode = "all"

    def __init__(self, server: Server, run: Run, *, after: int, patience: float, timeout: float | None = None) -> None:
        self.run, self.is_over = run, False
        self._server, self._after, self._patience, self._timeout = server, after, patience, timeout
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._away: float | None = None  # since when; a loop that is slow to ask for more is no silence
        self._pause = _SOONEST

    @property
    def url(self) -> str:
        """Where it goes on."""
        return f"{self._server.socket_url}{of_run(self.run, 'stream')}?after={self._after}&mode={self.mode}"

    @property
    def wait(self) -> float:
        """Seconds in which the next message comes, or the connection is lost. Raises TimedOut."""
        if self._deadline is None:
            return _SILENCE
        left = self._deadline - time.monotonic()
        if left <= 0:
            told = (
                f"run {self.run.id} is {self.run.status} after {self._timeout:g} s of waiting, at step {self.run.step}"
            )
            raise TimedOut(f"{told} of {self.run.total_steps}: wait longer, or cancel it")
        return min(_SILENCE, left)

    def take(self, message: str | bytes) -> Sequence[T]:
        """What a message brings."""
        self._away, self._pause = None, _SOONEST
        if isinstance(message, bytes):
            return self._frame(message)
        data = json.loads(message)
        self.is_over = data["type"] == "end"
        return self._told(data["type"], data)

    def lost(self, error: Exception) -> float:
        """The connection is lost, or there was none: seconds until it is worth another attempt. Raises NoAnswer."""
        now = time.monotonic()
        if self._away is None:
            self._away = now
        elif now - self._away >= self._patience:
            away = f"the server at {self._server.url} has not been heard for {self._patience:g} s"
            raise NoAnswer(f"{away}, and run {self.run.id} is not over: ask again once it is back") from error
        pause, self._pause = self._pause, min(2 * self._pause, _LATEST)
        return min(pause, self.wait)

    def closed(self, code: int | None, reason: str) -> None:
        """Raise what a close code of the server says, unless it is one after which to come again."""
        match code:
            case 4400:
                raise Invalid(reason)
            case 4401:
                self.refused(401, b"")
            case 4404:
                raise Missing(reason)

    def refused(self, status: int, body: bytes) -> NoReturn:
        """Raise what an answer to the attempt to connect is."""
        raise refusal(status, body, self._server.url, has_token=self._server.token is not None)

    def _frame(self, blob: bytes) -> Sequence[T]:
        return ()

    def _told(self, kind: str, data: dict[str, Any]) -> Sequence[T]:
        return ()


class FrameStream(Stream["RunFrame"]):
    """Its frames, each once and in order, however often the connection is lost."""

    def __init__(self, server: Server, run: Run, read: "Callable[[bytes], RunFrame]", *, after: int, patience: float):
        super().__init__(server, run, after=after, patience=patience)
        self._read = read

    def _frame(self, blob: bytes) -> Sequence["RunFrame"]:
        frame = self._read(blob)
        if frame.seq <= self._after:
            return ()
        self._after = frame.seq
        return (frame,)


class UpdateStream(Stream[Run | Event]):
    """The run whenever something of it is new, and each of its events once."""

    mode = "index"

    def __init__(self, server: Server, run: Run, *, patience: float, timeout: float | None = None) -> None:
        super().__init__(server, run, after=_NO_FRAMES, patience=patience, timeout=timeout)
        self._events = 0

    def _told(self, kind: str, data: dict[str, Any]) -> Sequence[Run | Event]:
        if kind == "event":
            self._events += 1
            return (Event.of(data),)
        if kind == "run":
            self.run = Run.of(data["run"], self._server)
            new = self.run.events[self._events :]
            self._events += len(new)
            return (*new, self.run)
        if kind == "progress":
            new_fields = {name: data[name] for name in ("progress", "frames", "metrics")}
            self.run = Run.of({**self.run.json, **new_fields}, self._server)
            return (self.run,)
        return ()

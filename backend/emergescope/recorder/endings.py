"""How loops end, and who records: recordings that are open in this process, whatever ends it."""

import atexit
import os
import sys
import traceback
import warnings
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol

from emergescope.recorder import forks

Status = Literal["succeeded", "failed", "cancelled"]


@dataclass(frozen=True)
class End:
    """How a recording ended; without a status it is left as one that may go on."""

    status: Status | None
    message: str = ""
    traceback: str = ""


class RecordingWarning(UserWarning):
    """Something is wrong with a recording; the loop goes on."""


class Open(Protocol):
    """A recording that is not over."""

    name: str

    def end(self, end: End, timeout: float = ...) -> None: ...
    def disarm(self) -> None: ...


_open: list[Open] = []


def opened(recording: Open) -> None:
    """It ends with this process at the latest, and not in a fork of it."""
    if not _hooked:
        atexit.register(_at_exit)
        forks.hook()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_in_child)
        _hooked.append(True)
    _open.append(recording)


_hooked: list[bool] = []


def closed(recording: Open) -> None:
    if recording in _open:
        _open.remove(recording)


def earlier(name: str) -> list[Open]:
    """Recordings of that name that are open: a cell of a notebook was run again."""
    return [one for one in _open if one.name == name]


def warn(text: str) -> None:
    """Say what is wrong, whatever becomes of warnings: none may end the loop."""
    with forks.at_work():  # the first one loads modules
        try:
            warnings.warn(text, RecordingWarning, stacklevel=2)
        except Warning:
            print(f"emergescope: {text}", file=sys.stderr)


def is_first_rank() -> bool:
    """Whether this is the process of several that records."""
    distributed = getattr(sys.modules.get("torch"), "distributed", None)
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        return bool(distributed.get_rank() == 0)
    return os.environ.get("RANK", "0").strip() in ("", "0")  # as torchrun sets it


def end_of(kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> End:
    """How a loop ended that was left by this exception, or without one."""
    if kind is None or error is None:
        return End("succeeded")
    if issubclass(kind, KeyboardInterrupt | GeneratorExit):
        return End("cancelled", "interrupted")
    if issubclass(kind, SystemExit):
        code = getattr(error, "code", None)
        return End("succeeded") if code in (None, 0) else End("failed", f"the program ended itself: {code}")
    text = "".join(traceback.format_exception(kind, error, where))
    return End("failed", f"{kind.__name__}: {error}".removesuffix(": "), text)


def _at_exit() -> None:
    """Without `with` and `finish`, the exception that ended the program is the one that was printed last."""
    error = None if "IPython" in sys.modules else getattr(sys, "last_value", None)
    end = end_of(type(error), error, error.__traceback__) if error is not None else End("succeeded")
    for recording in [*_open]:
        recording.end(end)


def _in_child() -> None:
    """A fork has no thread that records."""
    for recording in _open:
        recording.disarm()
    _open.clear()

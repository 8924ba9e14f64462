"""Everything that can go wrong on purpose, as one tree. Any room may use this module.

Each class names its HTTP status and title; api/ turns any of them into RFC 9457 problem+json with one handler.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self


class EmergescopeError(Exception):
    """Base of all errors raised on purpose. `detail` is one or two sentences for a person."""

    status: int = 500
    title: str = "Something failed"

    def __init_subclass__(cls, status: int | None = None, title: str | None = None) -> None:
        cls.status, cls.title = status or cls.status, title or cls.title

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.public = detail  # as callers of the API are told it


@dataclass(frozen=True)
class FieldError:
    """One rejected field: an RFC 6901 pointer into the request's config, and what to change."""

    pointer: str
    message: str


class InvalidConfig(EmergescopeError, status=422, title="Invalid configuration"):
    """A configuration, override or request body that cannot be used."""

    def __init__(self, detail: str, fields: Sequence[FieldError] = ()) -> None:
        super().__init__(detail)
        self.fields = tuple(fields)

    @classmethod
    def at(cls, pointer: str, message: str) -> Self:
        """Of one field."""
        return cls(message, [FieldError(pointer, message)])


@contextmanager
def below(prefix: str, besides: str | None = None) -> Iterator[None]:
    """What is wrong with a part of a whole: pointers begin at `prefix`, all but `besides`."""
    try:
        yield
    except InvalidConfig as error:
        fields = [f if f.pointer == besides else FieldError(prefix + f.pointer, f.message) for f in error.fields]
        raise InvalidConfig(error.detail, fields) from None


class NotFound(EmergescopeError, status=404, title="Not found"):
    """There is no run, frame or preset of that name."""


class Removed(NotFound, status=410, title="No longer there"):
    """The frame was thinned out by a rule of this server."""


class Conflict(EmergescopeError, status=409, title="Not possible in this state"):
    """The state of the run does not allow it."""


class LostClaim(Conflict):
    """A server writes a run that another one has taken over meanwhile."""


class QueueFull(EmergescopeError, status=429, title="The queue is full"):
    """No more runs may wait."""


class DataMissing(EmergescopeError, status=422, title="Data set not found"):
    """Files of a data set are not there; the message says how to get them."""


class DataBroken(EmergescopeError, status=422, title="Data set not usable"):
    """A file of a data set cannot be used; the message names it and says what to do."""


class StoreError(EmergescopeError, status=503, title="The database cannot be used"):
    """`place`, if the detail begins with the name or path of the database: callers of the API are not told it."""

    def __init__(self, detail: str, place: str = "") -> None:
        super().__init__(f"{place} {detail}" if place else detail)
        self.public = f"the database {detail}" if place else detail


class StoreUnwritable(StoreError, title="Nothing can be kept at the moment"):
    """Nothing can be written for now: whoever has something to keep waits, and tries again."""


class StoreFull(StoreUnwritable, status=507):
    """There is no room left."""


class StoreBusy(StoreUnwritable, title="The database is busy"):
    """Someone else holds the database."""


class FrameError(EmergescopeError, title="Not a readable frame or checkpoint"):
    """Bytes that are not a frame or checkpoint this version can read."""


class FrameRefused(FrameError, status=422, title="Not a usable frame"):
    """A frame that somebody sent, and that cannot be taken; the message says what to change."""


class ArchiveError(EmergescopeError, status=422, title="Not a readable run file"):
    """A run as a file, or as a directory, that cannot be used; the message names the part of it and what is wrong.

    However long what it repeats of the file is.
    """

    LONGEST = 500  # characters

    def __init__(self, detail: str) -> None:
        super().__init__(detail if len(detail) <= self.LONGEST else detail[: self.LONGEST - 1] + "…")


class WorkerDied(EmergescopeError, title="The worker process died"):
    """A worker process ended without a word (killed, out of memory)."""

"""Everything that can go wrong on purpose, as one tree. Any room may use this module.

    EmergescopeError                500  something failed; the message says what
    ├── InvalidConfig               422  a setting is wrong; `fields` has a JSON pointer and a message for each
    ├── NotFound                    404  there is no run, frame or preset of that name
    │   └── Removed                 410  the frame was thinned out by a rule of this server
    ├── Conflict                    409  the state of the run does not allow it
    │   └── LostClaim               409  another server has taken the run over
    ├── QueueFull                   429  no more runs may wait
    ├── DataMissing                 422  files of a data set are not there; the message says how to get them
    ├── DataBroken                  422  a file of a data set cannot be used; the message names it and says what to do
    ├── StoreError                  503  the database cannot be used; the message names the file and a remedy
    │   └── StoreUnwritable         503  nothing can be written for now; what waits for it goes on by itself
    │       ├── StoreBusy           503  someone else holds the database
    │       └── StoreFull           507  there is no room left
    ├── FrameError                  500  bytes that are not a frame or checkpoint this version can read
    └── WorkerDied                  500  a worker process ended without a word (killed, out of memory)

Each class owns its HTTP status and title; api/ turns any of them into RFC 9457 problem+json with one handler.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self


class EmergescopeError(Exception):
    """Base of all errors raised on purpose. `detail` is one or two sentences for a person."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something failed"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    @property
    def public(self) -> str:
        """`detail` as callers of the API are told it."""
        return self.detail


@dataclass(frozen=True)
class FieldError:
    """One rejected field: an RFC 6901 pointer into the request's config, and what to change."""

    pointer: str
    message: str


class InvalidConfig(EmergescopeError):
    """A configuration, override or request body that cannot be used."""

    status = 422
    title = "Invalid configuration"

    def __init__(self, detail: str, fields: Sequence[FieldError] = ()) -> None:
        super().__init__(detail)
        self.fields = tuple(fields)

    @classmethod
    def at(cls, pointer: str, message: str) -> Self:
        """Of one field."""
        return cls(message, [FieldError(pointer, message)])


class NotFound(EmergescopeError):
    status = 404
    title = "Not found"


class Removed(NotFound):
    status = 410
    title = "No longer there"


class Conflict(EmergescopeError):
    status = 409
    title = "Not possible in this state"


class LostClaim(Conflict):
    """A server writes a run that another one has taken over meanwhile."""


class QueueFull(EmergescopeError):
    status = 429
    title = "The queue is full"


class DataMissing(EmergescopeError):
    status = 422
    title = "Data set not found"


class DataBroken(EmergescopeError):
    status = 422
    title = "Data set not usable"


class StoreError(EmergescopeError):
    """`place`, if the detail begins with the name or path of the database: callers of the API are not told it."""

    status = 503
    title = "The database cannot be used"

    def __init__(self, detail: str, place: str = "") -> None:
        super().__init__(f"{place} {detail}" if place else detail)
        self._public = f"the database {detail}" if place else detail

    @property
    def public(self) -> str:
        return self._public


class StoreUnwritable(StoreError):
    """Nothing can be written for now: whoever has something to keep waits, and tries again."""

    title = "Nothing can be kept at the moment"


class StoreFull(StoreUnwritable):
    status = 507


class StoreBusy(StoreUnwritable):
    title = "The database is busy"


class FrameError(EmergescopeError):
    title = "Not a readable frame or checkpoint"


class WorkerDied(EmergescopeError):
    title = "The worker process died"

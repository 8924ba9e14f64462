"""What a client raises, as one tree. `ClientError` is all of it; each says in a sentence what to do."""

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from emergescope.errors import EmergescopeError, FieldError, InvalidConfig


class ClientError(EmergescopeError, title="The server cannot be used"):
    """Base of all that a client raises for what a server does, or does not do."""


class NoAnswer(ClientError, title="No answer"):
    """Nothing answers at the address, or the connection was cut."""


class TimedOut(ClientError, TimeoutError, title="Not over yet"):
    """What was waited for has not happened in time; the run goes on."""


class NotEmergescope(ClientError, title="Not an Emergescope server"):
    """Something else answers at the address."""


class Refusal(ClientError):
    """The server answered that it does not do what was asked: `status`, `title`, `detail`, and rejected `fields`."""

    def __init__(self, detail: str, status: int = 0, title: str = "", fields: Sequence[FieldError] = ()) -> None:
        super().__init__(detail)
        self.status, self.title = status or type(self).status, title or type(self).title
        self.fields = tuple(fields)


class TokenNeeded(Refusal, status=401, title="The token is needed"):
    """The server asks for its token, or for another one."""


class OtherName(Refusal, status=421, title="Another name"):
    """The server does not go by the name in its address."""


class Missing(Refusal, status=404, title="Not found"):
    """There is no such run, frame or preset, or it is there no longer."""


class NotPossible(Refusal, status=409, title="Not possible in this state"):
    """The state of the run does not allow it."""


class Invalid(Refusal, InvalidConfig, status=422, title="Invalid configuration"):
    """The request cannot be used; `fields` has a JSON pointer and a sentence for each part that is wrong."""


class Unavailable(Refusal, status=503, title="The server cannot do it now"):
    """The queue or the disk is full, or the database is away: ask again later."""


_KINDS: dict[int, type[Refusal]] = {
    **{401: TokenNeeded, 421: OtherName, 404: Missing, 410: Missing, 409: NotPossible, 413: Invalid, 422: Invalid},
    **dict.fromkeys((429, 502, 503, 504, 507), Unavailable),
}


def refusal(status: int, body: bytes, url: str, *, has_token: bool) -> ClientError:
    """The error that an answer other than success is."""
    problem = _problem(body)
    if problem is None and status < 500 and status != 401:
        return NotEmergescope(f"what answers at {url} ({status}) is no Emergescope server: check the address")
    problem = problem or {}
    detail = str(problem.get("detail") or f"the server at {url} answers {status}: ask again later, or look at its log")
    if status == TokenNeeded.status:
        told = "does not take this token" if has_token else "asks for its token"
        detail = f"the server at {url} {told}: set EMERGESCOPE_TOKEN to the one that it printed at its start"
    elif status == OtherName.status:
        add = "add this name to EMERGESCOPE_ALLOWED_HOSTS where it runs"
        detail = f"the server does not go by the name in {url}: call it localhost on its own machine, or {add}"
    fields = [FieldError(str(one["pointer"]), str(one["message"])) for one in problem.get("errors", ())]
    return _KINDS.get(status, Refusal)(detail, status, str(problem.get("title") or _phrase(status)), fields)


def _problem(body: bytes) -> dict[str, Any] | None:
    """RFC 9457; None for what is none."""
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "detail" in found else None


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""

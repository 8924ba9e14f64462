"""What both clients make of httpx and websockets: how they are set up, and their errors as ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import httpx

from emergescope.client.asks import Ask
from emergescope.client.errors import NoAnswer
from emergescope.client.server import Server
from emergescope.client.streams import Stream

T = TypeVar("T")
PATIENCE = 120.0
TIMEOUT = httpx.Timeout(60, connect=10)
CLOSING = 1.0  # seconds for which a stream that is left waits for the server's farewell


@contextmanager
def told(server: Server) -> Iterator[None]:
    """Raises NoAnswer for whatever keeps an answer from coming."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise server.unreachable(error) from error
    except httpx.TimeoutException as error:
        raise NoAnswer(f"the server at {server.url} did not answer in time: ask again") from error
    except httpx.TransportError as error:
        reason = str(error) or type(error).__name__
        raise NoAnswer(f"the connection to {server.url} was cut ({reason}): ask again") from error


def check(server: Server, answer: httpx.Response) -> None:
    """Raise what an answer other than success is; its body must have been read."""
    server.check(answer.status_code, b"" if answer.is_success else answer.content, answer.headers.get("Location"))


def read(server: Server, ask: Ask[T], answer: httpx.Response) -> T:
    """What was asked for."""
    check(server, answer)
    try:
        return ask.read(answer.content, server)
    except (KeyError, TypeError, ValueError) as error:
        raise server.no_emergescope() from error


def pause_after(stream: Stream[T], error: Exception) -> float:
    """Seconds until a stream is worth another attempt, which `error` has cut. Raises what ends it for good."""
    from websockets.exceptions import ConnectionClosed, InvalidStatus  # noqa: PLC0415 - most programs only ask

    if isinstance(error, ConnectionClosed) and error.rcvd is not None:
        stream.closed(error.rcvd.code, error.rcvd.reason)
    if isinstance(error, InvalidStatus) and error.response.status_code < 500:
        stream.refused(error.response.status_code, bytes(error.response.body or b""))
    return stream.lost(error)

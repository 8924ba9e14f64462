"""What every request must pass: the page that sends it is ours, and its body is not too large. Used by the app."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emergescope.api.problems import problem_response

_SAFE = {"GET", "HEAD", "OPTIONS"}
_PORTS = {"http": 80, "https": 443}


class SameOrigin:
    """Refuses WebSockets and state-changing requests that a page of another origin sends.

    Browsers name the page's origin in such requests; programs that send no Origin are let in.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        guarded = scope["type"] == "websocket" or (scope["type"] == "http" and scope["method"] not in _SAFE)
        if not guarded or _same_origin(Headers(scope=scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 4403, "reason": "this page is of another origin"})
        else:
            detail = "this request comes from a page of another origin, which may not change anything here"
            await problem_response(HTTPException(403, detail))(scope, receive, send)


class BodyLimit:
    """Refuses bodies of more than `limit` bytes, before they are read where their length is stated."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "0")
        if length.isdecimal() and int(length) > self._limit:
            await problem_response(self._too_large())(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._limit:
                raise self._too_large()
            return message

        await self._app(scope, counted, send)

    def _too_large(self) -> HTTPException:
        return HTTPException(413, f"the body is larger than {self._limit:,} bytes, the most this server reads")


def _same_origin(headers: Headers) -> bool:
    origin = headers.get("origin")
    if origin is None:
        return True
    page = urlsplit(origin)
    try:
        port = page.port or _PORTS.get(page.scheme)
        # The scheme of the request is unknown behind a proxy that ends TLS, so a bare host means the page's scheme.
        host = urlsplit(f"{page.scheme}://{headers.get('host', '')}")
        return page.hostname is not None and (page.hostname, port) == (
            host.hostname,
            host.port or _PORTS.get(page.scheme),
        )
    except ValueError:  # a port that is no number
        return False

"""What every request must pass: it names this server, comes from a page of ours, knows the token if there is one, and
its body is not too large. Used by the app; docs/security.md says what it is for.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emergescope.api.dependencies import path_of
from emergescope.api.errors import error_response
from emergescope.api.pages import POLICY
from emergescope.api.token import Key, TokenGate
from emergescope.errors import InvalidConfig
from emergescope.settings import Settings

_SAFE = {"GET", "HEAD", "OPTIONS"}
_PORTS = {"http": 80, "https": 443}
_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
_TENSORS = re.compile(r"/api/recordings/[^/]+/(frames/[^/]+|patterns)")  # paths to which tensors are sent
_FILE = re.compile("/api/imports")  # to which a whole run is sent
_FORBIDDEN = 4403  # close code of a WebSocket; before it is accepted, browsers and programs see status 403


def add_guards(app: FastAPI, settings: Settings) -> None:
    """Put the guards around `app`. Raises InvalidConfig for an address that others can reach, without a token."""
    if settings.token is None and not settings.is_local:
        raise InvalidConfig(f"other machines can reach {settings.host}: set EMERGESCOPE_TOKEN to a secret")
    key = None if settings.token is None else Key(settings.token.get_secret_value())
    app.state.key = key
    # The last one added is the first one asked.
    larger = {_TENSORS: settings.max_frame, _FILE: settings.max_film}
    app.add_middleware(BodyLimit, limit=settings.max_body, larger=larger)
    if key is not None:
        app.add_middleware(TokenGate, key=key)
    names = {*_LOCAL_NAMES, settings.host.lower(), *settings.host_names} if key is None else ()
    app.add_middleware(OurPages, names=names)
    app.add_middleware(SafeHeaders, embedding=settings.embedding_origins)


class SafeHeaders:
    """Tells browsers to take every answer for what it says it is, and pages to load and tell nothing elsewhere.

    embedding  origins whose pages may show ours in a frame, beside our own
    """

    def __init__(self, app: ASGIApp, embedding: Sequence[str]) -> None:
        self._app, self._framed_by = app, " ".join(("frame-ancestors 'self'", *embedding))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "same-origin")
                if headers.get("Content-Type", "").startswith("text/html"):
                    policy = headers.get("Content-Security-Policy", POLICY)
                    headers["Content-Security-Policy"] = f"{policy}; {self._framed_by}"
            await send(message)

        await self._app(scope, receive, marked)


class OurPages:
    """Refuses what is addressed to a name that is none of `names`, if there are any, and WebSockets and state-changing
    requests that a page of another origin sends.

    A page elsewhere whose name was made to mean 127.0.0.1 (DNS rebinding) is of the same origin as this server to a
    browser; only the name gives it away. With a token there is no need: such a page has no cookie of ours. In requests
    that change something browsers name the page's origin; programs that send no Origin are let in.
    """

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app, self._names = app, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = None if scope["type"] == "lifespan" else self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _FORBIDDEN, "reason": refusal[2]})
        else:
            await error_response(HTTPException(*refusal[:2]))(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str, str] | None:
        """Status and sentence of an answer, and the reason in a few words for a WebSocket."""
        headers = Headers(scope=scope)
        if self._names and _host_name(headers) not in self._names:
            detail = "this server is not known by the name in Host: call it localhost, or set EMERGESCOPE_ALLOWED_HOSTS"
            return 421, detail, "this server has another name"
        if (scope["type"] == "websocket" or scope["method"] not in _SAFE) and not _same_origin(headers):
            detail = "this request comes from a page of another origin, which may not change anything here"
            return 403, detail, "this page is of another origin"
        return None


class BodyLimit:
    """Refuses bodies of more than `limit` bytes, before they are read where their length is stated; `larger` has other
    limits for paths.
    """

    def __init__(self, app: ASGIApp, limit: int, larger: Mapping[re.Pattern[str], int]) -> None:
        self._app, self._limit, self._larger = app, limit, larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = path_of(scope)
        limit = next((most for pattern, most in self._larger.items() if pattern.fullmatch(path)), self._limit)
        length = Headers(scope=scope).get("content-length", "0")
        if length.isdecimal() and int(length) > limit:
            await error_response(_too_large(limit))(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise _too_large(limit)
            return message

        await self._app(scope, counted, send)


def _too_large(limit: int) -> HTTPException:
    return HTTPException(413, f"the body is larger than {limit:,} bytes, the most this server reads")


def _host_name(headers: Headers) -> str:
    """The host that the request is addressed to, without its port; empty if it names none."""
    try:
        return urlsplit(f"//{headers.get('host', '')}").hostname or ""
    except ValueError:  # brackets that do not match
        return ""


def _same_origin(headers: Headers) -> bool:
    origin = headers.get("origin")
    if origin is None:
        return True
    try:
        page = urlsplit(origin)
        port = page.port or _PORTS.get(page.scheme)
        # The scheme of the request is unknown behind a proxy that ends TLS, so a bare host means the page's scheme.
        host = urlsplit(f"{page.scheme}://{headers.get('host', '')}")
        ours = (host.hostname, host.port or _PORTS.get(page.scheme))
        return page.hostname is not None and (page.hostname, port) == ours
    except ValueError:  # a port that is no number, brackets that do not match
        return False

"""What holds of every answer to GET: HEAD gives its headers, and who has it already is told so. Used by the app.

The innermost layers: `add_answers` comes before the guards.
"""

from hashlib import blake2b

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BYTES = "application/octet-stream"  # frames: numbers, which do not compress
ZIP = "application/zip"  # of the same
IMMUTABLE = "public, max-age=31536000, immutable"


def add_answers(app: FastAPI) -> None:
    """Put these layers around the routes of `app`."""
    app.add_middleware(Tagged)
    untouched = (*DEFAULT_EXCLUDED_CONTENT_TYPES, BYTES, ZIP)
    app.add_middleware(GZipMiddleware, compresslevel=6, exclude_content_types=untouched)
    app.add_middleware(HeadAsGet)


class HeadAsGet:
    """Answers HEAD as GET, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def bodiless(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        asked = {**scope, "method": "GET"}
        try:
            await self._app(asked, receive, bodiless)
        finally:
            scope.update({key: asked[key] for key in asked.keys() - {"method"}})  # the route, for who counts requests


class Tagged:
    """Gives what GET finds an ETag, and answers 304 to whoever names it.

    All but bytes are tagged weakly: the same text may be sent compressed. What does not say how long it may be kept is
    to be asked for each time.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        known = [tag.strip().removeprefix("W/") for tag in Headers(scope=scope).get("if-none-match", "").split(",")]
        start: Message | None = None  # held back until there is enough of the answer to be tagged
        is_known = False

        async def tagged(message: Message) -> None:
            nonlocal start, is_known
            if message["type"] == "http.response.start" and message["status"] == 200:
                start = message
                return
            if start is not None and message["type"] == "http.response.body":
                tag = _tag(start, message)
                is_known = tag is not None and ("*" in known or tag.removeprefix("W/") in known)
                await send(_unchanged(start) if is_known else start)
                if is_known:
                    await send({"type": "http.response.body", "body": b""})
                start = None
            if not is_known:
                await send(message)

        await self._app(scope, receive, tagged)


def _tag(start: Message, body: Message) -> str | None:
    """The ETag, now among the headers; None of what comes in parts and has none of its own."""
    headers = MutableHeaders(scope=start)
    headers.setdefault("Cache-Control", "no-cache")
    tag = headers.get("ETag")
    if tag is None:
        if body.get("more_body", False):
            return None
        tag = f'"{blake2b(body["body"], digest_size=16).hexdigest()}"'
    if headers.get("Content-Type") != BYTES:
        tag = f"W/{tag.removeprefix('W/')}"
    headers["ETag"] = tag
    return tag


def _unchanged(start: Message) -> Message:
    kept = [(name, value) for name, value in start["headers"] if not name.lower().startswith(b"content-")]
    unchanged: Message = {"type": "http.response.start", "status": 304, "headers": kept}
    MutableHeaders(scope=unchanged).add_vary_header("Accept-Encoding")
    return unchanged

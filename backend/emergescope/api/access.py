"""Counts and logs every request, those that are refused too. Used by the app, as its outermost layer.

A line has the path within the server, without its query; bodies and headers are not looked at.
"""

import time
from contextlib import nullcontext
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emergescope import logs
from emergescope.api.dependencies import path_of
from emergescope.api.operations import Metrics

_log = logs.get(__name__)
_READS = ("GET", "HEAD", "OPTIONS")
_METHODS = (*_READS, "POST", "PUT", "PATCH", "DELETE")


class Access:
    """Tells `metrics` of requests and viewers. What may change something is logged at info, the rest at debug."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._request(scope, receive, send)
            return
        with self._metrics.viewers.track_inprogress() if scope["type"] == "websocket" else nullcontext():
            await self._app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = 500  # what the error handler outside of this layer answers to an exception
        begin = time.monotonic()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            seconds = time.monotonic() - begin
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._metrics.count_request(method, _route(scope), status, seconds)
            path = quote(path_of(scope))[:200]  # no character in it can look like another line or field
            tell = _log.debug if method in _READS else _log.info
            tell("request", method=method, path=path, status=status, ms=round(1000 * seconds, 1))


def _route(scope: Scope) -> str:
    """The route's template, never the path itself: anyone can ask for any number of paths."""
    if "route" in scope:
        return str(scope["route"].path)
    if "app_root_path" in scope:  # files below a mounted folder
        return str(scope["root_path"]).removeprefix(scope["app_root_path"])
    return "none"  # nothing of that name

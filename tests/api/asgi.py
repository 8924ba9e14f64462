"""An application called in this process, without server, workers or lifespan. Used by the tests of its guards."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send
from tests.loops import run_async

INSIDE = b"inside"


@dataclass(frozen=True)
class Answer:
    """What came back: of a WebSocket whether it was accepted, and its close code as status."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    accepted: bool = False


def call(
    app: FastAPI,
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    *,
    query: str = "",
    body: bytes = b"",
    scheme: str = "http",
) -> Answer:
    """One request; method "WEBSOCKET" opens a socket. What the application raises after its answer is for a log."""
    websocket = method == "WEBSOCKET"
    scope: Scope = {
        "type": "websocket" if websocket else "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "scheme": scheme,
        "headers": [(n.lower().encode(), v.encode()) for n, v in {"host": "localhost", **(headers or {})}.items()],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8470),
    }
    if not websocket:
        scope["method"] = method
    incoming: list[Message] = (
        [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1006}]
        if websocket
        else [{"type": "http.request", "body": body, "more_body": False}]
    )
    sent: list[Message] = []

    async def receive() -> Message:
        if not incoming:
            await asyncio.Event().wait()  # the caller stays to the end
        return incoming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    try:
        run_async(_to_the_end(app, scope, receive, send))
    except Exception:
        if not sent:
            raise
    return _answer(sent)


def hollow(app: FastAPI) -> FastAPI:
    """`app` with its guards as they are and nothing behind them but INSIDE. To be called before its first request."""
    app.router = _inside  # type: ignore[assignment]
    return app


async def _to_the_end(app: FastAPI, *arguments: Any) -> None:
    await app(*arguments)


async def _inside(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": 1000, "reason": INSIDE.decode()})
        return
    headers = [(b"cache-control", b"public, max-age=60"), (b"content-type", b"text/html"), (b"x-place", INSIDE)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": INSIDE})


def _answer(sent: Sequence[Message]) -> Answer:
    messages = {message["type"]: message for message in sent}
    if "websocket.close" in messages:
        reason = messages["websocket.close"].get("reason", "").encode()
        return Answer(messages["websocket.close"]["code"], body=reason, accepted="websocket.accept" in messages)
    start = messages["http.response.start"]
    headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    body = b"".join(message["body"] for message in sent if message["type"] == "http.response.body")
    return Answer(int(start["status"]), headers, body)

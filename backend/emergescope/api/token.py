"""Who may call: whoever knows the server's token, as a Bearer header, or as the cookie that signing in gives for it.

Nothing is kept of a sign-in: the cookie is an HMAC of the token, so that servers with the same token accept the same
cookie, and another token ends all of them. Used by guards.py and the app.
"""

import hmac
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel, Field
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emergescope.api.dependencies import part, path_of, root_of
from emergescope.api.errors import error_response, responses
from emergescope.api.pages import asks_for_page, sign_in_page
from emergescope.errors import NotFound
from emergescope.settings import LONGEST_TOKEN

TOKEN_NEEDED = 4401  # close code of a WebSocket

_ASKS = {"WWW-Authenticate": "Bearer"}
_SESSION = "/api/session"
_OPEN = {
    # Probes ask without a token.
    *("/api/health", "/api/live", "/api/ready"),
    # What the page for signing in is made of; tests/api/test_security.py reads it.
    *(f"/js/{name}.js" for name in ("app/sign-in", "ui/stored", "ui/theme")),
    *(f"/styles/{name}.css" for name in ("tokens", "base", "controls", "shell", "sign-in")),
    "/pictures/icon.svg",
}


class Key:
    """The token of a server, and the cookie that stands for it."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        # The name depends on the token as well: two servers on one machine do not sign each other's visitors out.
        self.cookie = f"emergescope-{self._derive('name')[:8]}"
        self.session = self._derive("session")

    def fits(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self._token)

    def admits(self, connection: HTTPConnection) -> bool:
        """Whether the headers carry the token or its cookie."""
        scheme, _, given = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self.fits(given.strip()):
            return True
        cookie = connection.cookies.get(self.cookie, "")
        return hmac.compare_digest(cookie.encode(), self.session.encode())

    def sign_in(self, response: Response, connection: HTTPConnection) -> None:
        path, secure = root_of(connection) or "/", connection.scope["scheme"] == "https"
        response.set_cookie(self.cookie, self.session, path=path, httponly=True, samesite="strict", secure=secure)

    def sign_out(self, response: Response, connection: HTTPConnection) -> None:
        response.delete_cookie(self.cookie, path=root_of(connection) or "/", httponly=True, samesite="strict")

    def _derive(self, purpose: str) -> str:
        return hmac.digest(self._token, f"emergescope {purpose}".encode(), "sha256").hex()


class TokenGate:
    """Lets in who knows the token. A page opened with `?token=` signs in and goes on to its address without it."""

    def __init__(self, app: ASGIApp, key: Key) -> None:
        self._app, self._key = app, key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        for_page = asks_for_page(scope)
        if for_page and self._key.fits(connection.query_params.get("token", "")):
            await self._welcome(connection)(scope, receive, send)
        elif _is_open(scope):
            await self._app(scope, receive, send)
        elif self._key.admits(connection):
            await self._app(scope, receive, _private(send))
        elif scope["type"] == "websocket":
            # Accepted first: a browser tells its page the code of a socket that was open, and of no other.
            await receive()
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": TOKEN_NEEDED, "reason": "this server asks for its token"})
        elif for_page:
            # no-referrer: its address may carry a token, if a wrong one.
            headers = {**_ASKS, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
            await HTMLResponse(sign_in_page(root_of(connection)), 401, headers)(scope, receive, send)
        else:
            await error_response(unauthorized())(scope, receive, send)

    def _welcome(self, connection: HTTPConnection) -> Response:
        query = urlencode([item for item in connection.query_params.multi_items() if item[0] != "token"])
        # One slash: two would be an address elsewhere.
        path = quote(path_of(connection.scope).lstrip("/"))
        address = f"{root_of(connection)}/{path}" + (f"?{query}" if query else "")
        answer = RedirectResponse(address, 303, {"Cache-Control": "no-store"})
        self._key.sign_in(answer, connection)
        return answer


def unauthorized() -> HTTPException:
    ways = "send it as 'Authorization: Bearer TOKEN', or open the address that the server printed when it started"
    return HTTPException(401, f"this server asks for its token: {ways}", _ASKS)


def _is_open(scope: Scope) -> bool:
    path = path_of(scope)
    signs = path == _SESSION and scope.get("method") in ("POST", "DELETE")  # which cannot need what it gives
    return scope["type"] == "http" and (signs or path in _OPEN)


def _private(send: Send) -> Send:
    """`send`, but what a cache on the way could keep for everybody is kept by the caller alone."""

    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Cache-Control"] = headers.get("Cache-Control", "no-cache").replace("public", "private")
        await send(message)

    return marked


class SignIn(BaseModel):
    """The body of a sign-in."""

    token: Annotated[str, Field(max_length=LONGEST_TOKEN, description="the server's token")]


KeyOf = Annotated[Key | None, part("key")]
router = APIRouter(prefix=_SESSION, tags=["server"], responses=responses(401, 403))


@router.get("", status_code=204)
def session() -> None:
    """204 for whoever is let in, 401 for others."""


@router.post("", status_code=204, responses=responses(404, 413, 422))
def sign_in(body: SignIn, request: Request, key: KeyOf) -> Response:
    """Exchange the token for a cookie, which browsers send along from then on."""
    if key is None:
        raise NotFound("this server asks for no token")
    if not key.fits(body.token):
        raise unauthorized()
    answer = Response(status_code=204)
    key.sign_in(answer, request)
    return answer


@router.delete("", status_code=204)
def sign_out(request: Request, key: KeyOf) -> Response:
    """Forget the cookie."""
    answer = Response(status_code=204)
    if key is not None:
        key.sign_out(answer, request)
    return answer

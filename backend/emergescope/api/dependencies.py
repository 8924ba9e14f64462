"""What routes and layers need of a request: the parts of the application, and where the server lies on its host."""

from typing import Annotated, Any
from urllib.parse import quote, unquote

from fastapi import Depends
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from emergescope.errors import InvalidConfig
from emergescope.service.experiments import Experiments
from emergescope.service.service import Service

# First parts of the server's own addresses.
_OURS = {
    "api", "assets", "compare", "docs", "experiments", "js", "metrics", "openapi.json", "pictures", "runs", "styles",
    "vendor",
}  # fmt: skip


def check_prefix(prefix: str) -> None:
    """Raises InvalidConfig where an address without the prefix could be taken for one with it."""
    first = unquote(prefix).strip("/").split("/")[0]
    if first in _OURS:
        raise InvalidConfig(
            f"EMERGESCOPE_ROOT_PATH: /{first} is an address of the dashboard itself, choose another one"
        )


class Prefix:
    """Takes requests as proxies pass them on, with the prefix or without it: further in, each path begins with it."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app, self._prefix = app, unquote(prefix)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._prefix and scope["type"] in ("http", "websocket"):
            path = scope["path"]
            if not f"{path}/".startswith(f"{self._prefix}/"):
                path = self._prefix + path
            scope = {**scope, "root_path": self._prefix, "path": path}
        await self._app(scope, receive, send)


def root_of(connection: HTTPConnection) -> str:
    """What addresses of this server begin with, as they stand in links and headers; empty at the root of the host."""
    return quote(_root(connection.scope), safe="/~!$&'()*+,;=:@")


def path_of(scope: Scope) -> str:
    """The path of a request within the server."""
    path: str = scope["path"]
    return path.removeprefix(_root(scope)) or "/"


def _root(scope: Scope) -> str:
    root: str = scope.get("app_root_path", scope.get("root_path", ""))  # of the server, not of a folder mounted in it
    return root


def part(name: str) -> Any:
    """For a route's parameter: what the application has by that name in its state."""

    def find(connection: HTTPConnection) -> Any:
        return getattr(connection.app.state, name)

    return Depends(find)


ExperimentsOf = Annotated[Experiments, part("experiments")]
ServiceOf = Annotated[Service, part("service")]
RootOf = Annotated[str, Depends(root_of)]

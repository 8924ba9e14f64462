"""`emergescope serve`: start the server and print its address once it answers."""

import secrets
import socket
from ipaddress import ip_address
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console
from rich.markup import escape

from emergescope import logs
from emergescope.api.app import executor_of
from emergescope.api.server import listen, make_server
from emergescope.errors import EmergescopeError
from emergescope.settings import load_settings
from emergescope.store import Store


def serve_dashboard(
    *,
    host: str | None,
    port: int | None,
    data: Path | None,
    data_dir: Path | None,
    workers: int | None,
    root_path: str | None,
) -> None:
    """Serve until interrupted. Options that are None come from EMERGESCOPE_* or the defaults."""
    settings = load_settings(host=host, port=port, data=data, data_dir=data_dir, workers=workers, root_path=root_path)
    logs.set_up(settings.log_level, settings.log_format)
    console = Console(highlight=False, soft_wrap=True)
    # Before the address is told: a database that cannot be used is a sentence, not a traceback out of a running server.
    store = Store(settings.database)
    listening = listen(settings)
    query = ""
    if settings.token is None and not settings.is_local:
        token = secrets.token_urlsafe(32)
        settings = settings.model_copy(update={"token": SecretStr(token)})
        query = f"?token={token}"
    try:
        server = make_server(settings, store, executor_of(settings))
    except EmergescopeError:
        store.close()
        raise
    console.print(
        f"Emergescope is at [bold]{_address(listening)}{settings.root_path}/{query}[/bold]  (Ctrl-C stops it)"
    )
    console.print(f"Runs are kept in {escape(store.database.name)}")
    if not settings.is_local:
        console.print("Other machines reach it by the name of this one. Who has the token can start and delete runs.")
    server.run(sockets=[listening])


def _address(listening: socket.socket) -> str:
    """As a browser on this machine may call it: one that listens on all addresses listens on its own as well."""
    name, port = listening.getsockname()[:2]
    address = ip_address(name.partition("%")[0])
    if address.is_unspecified:
        name = "127.0.0.1" if address.version == 4 else "::1"
    return f"http://[{name}]:{port}" if address.version == 6 else f"http://{name}:{port}"

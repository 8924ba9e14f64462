"""`emergescope serve`: start the server and print its address once it answers."""

import secrets
import socket
from contextlib import closing
from functools import partial
from ipaddress import ip_address
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console

from emergescope import logs
from emergescope.api.app import executor_of
from emergescope.api.server import listen, make_server
from emergescope.cli.printing import words
from emergescope.settings import Settings, load_settings
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
    query = ""
    if settings.token is None and not settings.is_local:
        token = secrets.token_urlsafe(32)
        settings = settings.model_copy(update={"token": SecretStr(token)})
        query = f"?token={token}"
    try:
        # Before the address is told: a database or path that cannot be used is a sentence, not a traceback out of a
        # running server. That closes them, too, unless it is interrupted before it runs.
        with (
            closing(Store(settings.database)) as store,
            closing(listen(settings)) as listening,
            closing(executor_of(settings)) as executor,
        ):
            tell = partial(_tell, settings, listening, query, store.database.name)
            make_server(settings, store, executor, tell).run(sockets=[listening])
    except KeyboardInterrupt:
        raise KeyboardInterrupt("the server has stopped; what trained goes on at the next start") from None


def _tell(settings: Settings, listening: socket.socket, query: str, database: str) -> None:
    console = Console(highlight=False, soft_wrap=True)
    address = _address(listening, settings.published_port) + settings.root_path
    console.print(f"Emergescope is at [bold]{address}/{query}[/bold]  (Ctrl-C stops it)")
    if "-" in (settings.published_port or ""):
        console.print("Which of these ports it is, `docker compose ps` tells.")
    console.print(f"Runs are kept in {words(database)}")
    if not settings.is_local:
        console.print("Other machines reach it by the name of this one. Who has the token can start and delete runs.")


def _address(listening: socket.socket, published: str | None) -> str:
    """As a browser on this machine may call it: one that listens on all addresses listens on its own as well.

    published  the port by which a container is reached; of several, as 8470-8479, it cannot know which is its own
    """
    name, port = listening.getsockname()[:2]
    port = published or port
    address = ip_address(name.partition("%")[0])
    if address.is_unspecified:
        name = "127.0.0.1" if address.version == 4 else "::1"
    return f"http://[{name}]:{port}" if address.version == 6 else f"http://{name}:{port}"

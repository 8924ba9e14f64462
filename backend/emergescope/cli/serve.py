"""`emergescope serve`: start the server and print its address once it answers."""

import secrets
import socket
from contextlib import closing
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from emergescope import logs
from emergescope.cli.listing import DataDir
from emergescope.cli.printing import out, words
from emergescope.settings import MOST_WORKERS, Settings


def serve(
    host: Annotated[str | None, typer.Option(help="Address to bind; 127.0.0.1 unless set.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 8470 unless set, 0 for any free one.")] = None,
    data: Annotated[Path | None, typer.Option(help="Directory of the database.")] = None,
    data_dir: DataDir = None,
    workers: Annotated[int | None, typer.Option(min=1, max=MOST_WORKERS, help="Runs trained at a time.")] = None,
    root_path: Annotated[str | None, typer.Option(help="Path below which a proxy has it, as /emergescope.")] = None,
) -> None:
    """Start the dashboard and print its address."""
    # Imported now: help is instant.
    from emergescope.api.app import executor_of, listen, make_server  # noqa: PLC0415
    from emergescope.store.store import Store  # noqa: PLC0415

    settings = Settings.load(host=host, port=port, data=data, data_dir=data_dir, workers=workers, root_path=root_path)
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
    address = _address(listening, settings.published_port) + settings.root_path
    out.print(f"Emergescope is at [bold]{address}/{query}[/bold]  (Ctrl-C stops it)")
    if "-" in (settings.published_port or ""):
        out.print("Which of these ports it is, `docker compose ps` tells.")
    out.print(f"Runs are kept in {words(database)}")
    if not settings.is_local:
        out.print("Other machines reach it by the name of this one. Who has the token can start and delete runs.")


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

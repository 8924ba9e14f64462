"""`emergescope serve`: start the server and print its address once it answers."""

import socket
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from emergescope.api.server import make_server
from emergescope.errors import EmergescopeError
from emergescope.settings import load_settings
from emergescope.store import Store

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def serve_dashboard(*, host: str | None, port: int | None, data: Path | None, workers: int | None) -> None:
    """Serve until interrupted. Options that are None come from EMERGESCOPE_* or the defaults."""
    settings = load_settings(host=host, port=port, data=data, workers=workers)
    console = Console(highlight=False, soft_wrap=True)
    # Before the address is told: a database that cannot be used is a sentence, not a traceback out of a running server.
    store = Store(settings.data)
    listening = _listen(settings.host, settings.port)
    name, number = listening.getsockname()[:2]
    shown = f"[{name}]" if ":" in name else name
    console.print(f"Emergescope is at [bold]http://{shown}:{number}/[/bold]  (Ctrl-C stops it)")
    console.print(f"Runs are kept in {escape(str(settings.data.resolve()))}")
    if settings.host not in _LOOPBACK:
        console.print("[yellow]Anyone who can reach this address can start and delete runs.[/yellow]")
    make_server(settings, store).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    """A bound socket, so that a port in use is a sentence and not a traceback. Raises EmergescopeError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        reason = error.strerror or str(error)
        raise EmergescopeError(f"cannot listen on {host}:{port} ({reason}): choose another --host or --port") from None
    return listening

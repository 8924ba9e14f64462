"""Which server a command speaks to, if any. No command that works on this machine is sent elsewhere unseen: whatever is
done on a server begins with its address, on stderr.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from emergescope.cli.printing import err, words
from emergescope.errors import InvalidConfig

if TYPE_CHECKING:
    from emergescope.client import Client

Url = Annotated[
    str | None,
    typer.Option(
        "--url", metavar="URL", help="The server to speak to; else EMERGESCOPE_URL. Its token: EMERGESCOPE_TOKEN."
    ),
]


def server_of(url: str | None, **here: object) -> str | None:
    """The server that is meant; None where the work is to be done here: EMERGESCOPE_URL is not set, or --url is blank.

    here  what is given, or None, for options that have a meaning on this machine alone: one of them means here as well
    """
    given = [name.replace("_", "-") for name, value in here.items() if value is not None]
    if url and given:
        raise InvalidConfig(f"--{given[0]} is for work on this machine, and --url for a server: leave out one of them")
    if url is not None or given:
        return url or None
    return os.environ.get("EMERGESCOPE_URL", "").strip() or None


@contextmanager
def speak(url: str | None) -> Iterator["Client"]:
    """A client of the server; of the usual one where none is named. Its address is told first."""
    from emergescope.client import Client  # noqa: PLC0415 - help is instant

    with Client(url) as client:
        err.print(f"Server {words(client.url)}")
        yield client

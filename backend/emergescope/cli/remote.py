"""Commands that speak to a server: `watch`, `cancel`, `pause`, `resume` and `fork`; and what `run`, `export` and
`import` do where one is named.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from emergescope.cli.overrides import Change, overrides_of
from emergescope.cli.printing import out, words
from emergescope.cli.where import Url, speak

RunId = Annotated[str, typer.Argument(metavar="RUN", help="Its id; see `emergescope list`.")]


def watch(run: RunId, url: Url = None) -> None:
    """Show how a run of a server goes, until it is over. Ctrl-C leaves it running."""
    from emergescope.cli.watching import watch as show  # noqa: PLC0415 - help is instant

    with speak(url) as client:
        raise typer.Exit(0 if show(client, run).passed else 1)


def cancel(run: RunId, url: Url = None) -> None:
    """End a run of a server."""
    _act(run, url, "cancel", "ends")


def pause(run: RunId, url: Url = None) -> None:
    """Stop a run of a server after a checkpoint; `emergescope resume` lets it go on."""
    _act(run, url, "pause", "pauses")


def resume(run: RunId, url: Url = None) -> None:
    """Let a paused run of a server go on."""
    _act(run, url, "resume", "goes on")


def fork(
    run: RunId,
    step: Annotated[int, typer.Option(min=0, help="The step after which the new run goes its own way.")],
    change: Change = None,
    name: Annotated[str | None, typer.Option(help="Of the new run; what differs unless set.")] = None,
    url: Url = None,
) -> None:
    """Begin a run of a server as another one was after a step, with changes from there on."""
    with speak(url) as client:
        made = client.fork(run, step, overrides_of(change or ()), name=name)
        out.print(f"{words(made.id)} is a fork of {words(run)} at step {step}: {words(made.name)}")
        out.print(words(f"{client.url}/runs/{made.id}"))


def run_there(url: str, preset: str, overrides: Mapping[str, Any], *, detach: bool, as_json: bool) -> int:
    """Submit a run and, unless `detach`, show how it goes until it is over; returns the exit code."""
    from emergescope.cli.watching import watch as show  # noqa: PLC0415 - help is instant

    with speak(url) as client:
        made = client.submit(preset, overrides)
        if detach:
            out.print(json.dumps(made.json) if as_json else words(made.id), markup=not as_json)
            return 0
        return 0 if show(client, made, as_json=as_json).passed else 1


def export_remote(url: str, run: str, path: Path) -> None:
    """Write a run of a server to a file."""
    with speak(url) as client:
        client.export(run, path)
        out.print(f"{words(str(path))} has the run {words(run)}")


def import_remote(url: str, path: Path) -> None:
    """Bring a run from a file into a server."""
    with speak(url) as client:
        made = client.import_(path)
        out.print(f"{words(made.id)} is the run of {words(str(path))}: {words(made.name)}")
        out.print(words(f"{client.url}/runs/{made.id}"))


def _act(run: str, url: str | None, what: str, told: str) -> None:
    with speak(url) as client:
        found = {"cancel": client.cancel, "pause": client.pause, "resume": client.resume}[what](run)
        out.print(f"{words(found.id)} {told}: {words(found.name)}")

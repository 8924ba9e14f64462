"""The commands, their options, and how they end: whatever goes wrong is one sentence on stderr and an exit code, not a
traceback. Torch and the server are imported by the commands that need them: help is instant.
"""

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from typer.core import TyperGroup

from emergescope import __version__
from emergescope.catalog.experiments import MOST_SEEDS
from emergescope.cli import archives, db, listing, remote
from emergescope.cli.listing import DataDir
from emergescope.cli.overrides import Change, overrides_of
from emergescope.cli.printing import words
from emergescope.cli.serve import serve
from emergescope.cli.studies import app as studies
from emergescope.cli.where import Url, server_of
from emergescope.errors import EmergescopeError, InvalidConfig
from emergescope.settings import MOST_THREADS, MOST_WORKERS


class Commands(TyperGroup):
    """All commands. Typer ends without a word where it is interrupted; here that is an error that says something."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise _Interrupted(*error.args) from None


class _Interrupted(Exception):
    """Someone pressed Ctrl-C; perhaps with what has become of the work."""


app = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(db.app, name="db")
app.add_typer(listing.app, name="data")
app.add_typer(studies, name="studies")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Watch features emerge inside a neural network while gradient descent runs."""


app.command()(serve)


@app.command()
def run(
    preset: Annotated[str, typer.Argument(help="A preset; see `emergescope presets`.")],
    change: Change = None,
    seed: Annotated[int | None, typer.Option(help="The seed; short for --set seed=N.")] = None,
    out: Annotated[Path | None, typer.Option(help="Directory for the frames and a summary.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON on stdout.")] = False,
    threads: Annotated[
        int | None,
        typer.Option(min=1, max=MOST_THREADS, help="CPU threads, 1 unless set; other counts round differently."),
    ] = None,
    data_dir: DataDir = None,
    url: Url = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="On a server: print the id of the run, and leave it.")
    ] = False,
) -> None:
    """Run a preset, here or on a server, and compare what it gives with what it should give."""
    if (server := server_of(url, out=out, threads=threads, data_dir=data_dir)) is not None:
        raise typer.Exit(
            remote.run_there(server, preset, overrides_of(change or (), seed), detach=detach, as_json=as_json)
        )
    if detach:
        raise InvalidConfig("--detach leaves a run to a server: name one with --url, or EMERGESCOPE_URL")
    from emergescope.cli.run import run_preset  # noqa: PLC0415

    leave(
        run_preset(
            preset,
            change or [],
            seed=seed,
            directory=out,
            as_json=as_json,
            threads=threads or 1,
            data_dir=data_dir,
        )
    )


@app.command()
def reproduce(
    experiments: Annotated[
        list[str] | None, typer.Argument(metavar="[FIGURE]...", help="Figures of the gallery, as paper/figure-1.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All figures whose data sets are there.")] = False,
    seeds: Annotated[
        int | None, typer.Option(min=1, max=MOST_SEEDS, help="How many seeds; each figure's own number unless set.")
    ] = None,
    at_most: Annotated[
        float | None, typer.Option(min=0, metavar="SECONDS", help="Leave out figures that usually take longer.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=MOST_WORKERS, help="Runs trained at a time.")] = None,
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the tables as JSON on stdout.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the tables as a Markdown document.")] = False,
) -> None:
    """Run figures over several seeds, without a server, and compare them with what they should give."""
    if bool(experiments) == every:
        raise InvalidConfig("name the figures to reproduce, as paper/figure-1, or say --all")
    if as_json and markdown:
        raise InvalidConfig("--json and --markdown are two forms of the same tables: choose one")
    from emergescope.cli.reproduce import reproduce as run_figures  # noqa: PLC0415

    leave(
        run_figures(
            experiments or [],
            seeds=seeds,
            workers=workers,
            form="json" if as_json else "markdown" if markdown else "table",
            at_most=at_most,
            data_dir=data_dir,
        )
    )


for command in (remote.watch, remote.cancel, remote.pause, remote.resume, remote.fork):
    app.command()(command)
app.command("list")(listing.print_runs)
app.command("presets")(listing.print_presets)
app.command("export")(archives.export)
app.command("import")(archives.bring_in)


def main() -> None:
    """Run the command line, say in a sentence what went wrong, if anything did, and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what its encoding lacks, a name say, is no error
    code = _run()
    try:
        _flush()
    except OSError as error:
        code = code or _unwritable(error)
    raise SystemExit(code)


def leave(code: int) -> NoReturn:
    """End at once, with everything printed: tearing torch down takes almost half a second."""
    _flush()
    os._exit(code)


def _run() -> int:
    try:
        app()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    except InvalidConfig as error:
        return _say("error", error.detail, 2)
    except EmergescopeError as error:
        return _say("error", f"{error.title}: {error.detail}", 1)
    except _Interrupted as interrupted:
        return _say("interrupted", str(interrupted), 130)
    except OSError as error:
        return _unwritable(error)
    return 0


def _flush() -> None:
    if sys.stdout is not None:  # it is None where it was closed from the beginning
        sys.stdout.flush()


def _unwritable(error: OSError) -> int:
    """Of a pipe that its reader has closed, as `head` does, nothing is said."""
    with suppress(OSError):  # what is left of the output cannot be written at the end, either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return 1
    return _say("error", f"{error.filename or 'the output'} cannot be used: {error.strerror or error}", 1)


def _say(kind: str, sentence: str, code: int) -> int:
    # Not `err`, which says once more what it was saying when Ctrl-C interrupted it.
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    with suppress(OSError):  # nobody can be told
        console.print(f"[red]{kind}[/red]" + (f": {words(sentence)}" if sentence else ""))
    return code

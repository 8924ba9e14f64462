"""The commands and their options. Torch and the server are imported by the commands that need them: help is instant."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from emergescope import __version__
from emergescope.cli.data import DataDir
from emergescope.cli.data import app as data_sets
from emergescope.cli.db import app as db
from emergescope.config import load_presets
from emergescope.config.experiments import MOST_SEEDS
from emergescope.errors import EmergescopeError, InvalidConfig
from emergescope.settings import MOST_THREADS, MOST_WORKERS

app = typer.Typer(
    help="Watch features emerge inside a neural network while gradient descent runs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(db, name="db")
app.add_typer(data_sets, name="data")
err = Console(stderr=True, soft_wrap=True)


def main() -> None:
    """Entry point: errors meant for people are one line on stderr and an exit code, not a traceback."""
    try:
        app()
    except InvalidConfig as error:
        err.print(f"[red]error:[/red] {escape(error.detail)}", highlight=False)
        raise SystemExit(2) from None
    except EmergescopeError as error:
        err.print(f"[red]error:[/red] {escape(error.title)}: {escape(error.detail)}", highlight=False)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


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


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to bind; 127.0.0.1 unless set.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 8470 unless set, 0 for any free one.")] = None,
    data: Annotated[Path | None, typer.Option(help="Directory of the database.")] = None,
    data_dir: DataDir = None,
    workers: Annotated[int | None, typer.Option(min=1, max=MOST_WORKERS, help="Runs trained at a time.")] = None,
) -> None:
    """Start the dashboard and print its address."""
    from emergescope.cli.serve import serve_dashboard  # noqa: PLC0415 - keeps help instant, see above

    serve_dashboard(host=host, port=port, data=data, data_dir=data_dir, workers=workers)


@app.command()
def run(
    preset: Annotated[str, typer.Argument(help="A preset; see `emergescope presets`.")],
    change: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting, e.g. problem.k=7.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="The seed; short for --set seed=N.")] = None,
    out: Annotated[Path | None, typer.Option(help="Directory for the frames and a summary.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON on stdout.")] = False,
    threads: Annotated[
        int,
        typer.Option(
            min=1, max=MOST_THREADS, help="CPU threads; other counts round differently. Server: EMERGESCOPE_THREADS."
        ),
    ] = 1,
    data_dir: DataDir = None,
) -> None:
    """Run a preset here, without a server, and compare what it gives with what it should give."""
    from emergescope.cli.run import run_preset  # noqa: PLC0415

    code = run_preset(preset, change or [], seed=seed, out=out, as_json=as_json, threads=threads, data_dir=data_dir)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # tearing torch down takes almost half a second, and everything is written


@app.command()
def reproduce(
    experiment: Annotated[str, typer.Argument(help="A figure: paper/figure-1 or paper/figure-2.")],
    seeds: Annotated[
        int | None, typer.Option(min=1, max=MOST_SEEDS, help="How many seeds; the figure's own number unless set.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=MOST_WORKERS, help="Runs trained at a time.")] = None,
    data_dir: DataDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the table as JSON on stdout.")] = False,
) -> None:
    """Run a figure of the paper over several seeds, without a server, and compare it with what it should give."""
    from emergescope.cli.reproduce import reproduce as run_figure  # noqa: PLC0415

    code = run_figure(experiment, seeds=seeds, workers=workers, data_dir=data_dir, as_json=as_json)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


@app.command("list")
def list_runs(
    data: Annotated[Path | None, typer.Option(help="Directory of the database.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many, newest first.")] = 20,
) -> None:
    """List the recorded runs."""
    from emergescope.cli.listing import print_runs  # noqa: PLC0415

    print_runs(data, limit)


@app.command()
def presets() -> None:
    """List the presets."""
    table = Table(box=None, pad_edge=False)
    for column in ("preset", "title", "figure"):
        table.add_column(column, no_wrap=column == "preset")
    table.add_column("about", justify="right")
    for preset in load_presets().values():
        table.add_row(preset.id, escape(preset.title), preset.figure or "", f"{preset.seconds:g} s")
    Console().print(table)

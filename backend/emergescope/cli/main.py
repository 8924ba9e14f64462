"""The commands and their options. Torch and the server are imported by the commands that need them: help is instant."""

from pathlib import Path
from typing import Annotated

import typer

from emergescope import __version__
from emergescope.catalog.experiments import MOST_SEEDS
from emergescope.cli import data, db
from emergescope.cli.data import DataDir
from emergescope.cli.ending import Commands, finish, leave
from emergescope.cli.listing import print_presets, print_runs
from emergescope.cli.serve import serve
from emergescope.cli.studies import app as studies
from emergescope.settings import MOST_THREADS, MOST_WORKERS

app = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(db.app, name="db")
app.add_typer(data.app, name="data")
app.add_typer(studies, name="studies")


def main() -> None:
    """Entry point."""
    raise SystemExit(finish(app))


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
    leave(code)


@app.command()
def reproduce(
    experiment: Annotated[str, typer.Argument(help="A figure of the gallery, as paper/figure-1.")],
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
    leave(code)


app.command("list")(print_runs)
app.command("presets")(print_presets)

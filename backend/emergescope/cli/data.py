"""The commands `emergescope data …` and their options. What they do is imported once they are called."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="List the data sets of images that are there, and fetch others.", invoke_without_command=True)

DataDir = Annotated[
    Path | None, typer.Option(help="Directory of data sets of images; else EMERGESCOPE_DATA_DIR, datasets.")
]


@app.callback()
def data(context: typer.Context, data_dir: DataDir = None) -> None:
    """List the data sets of images that are there, what is missing of the others, and how to get them."""
    if context.invoked_subcommand is None:
        from emergescope.cli.data_sets import print_data_sets  # noqa: PLC0415

        print_data_sets(data_dir)


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="mnist, fashion-mnist, cifar10 or svhn.")], data_dir: DataDir = None
) -> None:
    """Download a data set into the directory of data sets; what is there is left as it is."""
    from emergescope.cli.data_sets import fetch_data_set  # noqa: PLC0415

    fetch_data_set(name, data_dir)

"""`emergescope data`: what there is, and fetching the rest. Readers are imported where they are used."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emergescope.cli.printing import out, print_table, words
from emergescope.settings import DataSets

if TYPE_CHECKING:
    from emergescope.datasets import Listing

app = typer.Typer(help="List the data sets of images that are there, and fetch others.", invoke_without_command=True)

DataDir = Annotated[
    Path | None, typer.Option(help="Directory of data sets of images; else EMERGESCOPE_DATA_DIR, datasets.")
]


@app.callback()
def data(context: typer.Context, data_dir: DataDir = None) -> None:
    """List the data sets of images that are there, what is missing of the others, and how to get them."""
    if context.invoked_subcommand is None:
        print_data_sets(data_dir)


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="mnist, fashion-mnist, cifar10 or svhn.")], data_dir: DataDir = None
) -> None:
    """Download a data set into the directory of data sets; what is there is left as it is."""
    from emergescope.datasets.fetch import fetch as download  # noqa: PLC0415
    from emergescope.datasets.sources import SOURCES  # noqa: PLC0415

    root = DataSets.load(data_dir=data_dir).data_dir
    fetched = download(name, root, SOURCES, lambda text: out.print(words(text)))
    title, place = words(SOURCES[name].title), words(str(root.absolute()))
    if fetched:
        setting = words(f"EMERGESCOPE_DATA_DIR={shlex.quote(str(root.absolute()))}")
        out.print(f"{title} is in {place}; serve and run find it with {setting}")
    else:
        out.print(f"{title} is there already, in {place}: nothing was fetched")


def print_data_sets(data_dir: Path | None) -> None:
    """Print a line for each data set, then what is wrong or missing and how to get it."""
    from emergescope.datasets import survey  # noqa: PLC0415

    root = DataSets.load(data_dir=data_dir).data_dir
    listings = survey(root)
    rows = []
    for one in listings:
        images = "" if one.images is None else f"{one.images:,}"
        place = "built in" if one.builtin else one.where or "—"
        rows.append((words(f"folder {one.folder}" if one.folder else one.name), images, words(place), _state(one)))
    out.print(f"Data sets are looked for in {words(str(root.absolute()))}")
    print_table(out, ("data set", "images", "where", ""), rows, right=("images",), wraps=("where", ""))
    for one in listings:
        if one.trouble:
            out.print(words(one.trouble), style="red")
        elif not one.present:
            lacking = f" lacks {', '.join(one.missing)}." if one.where else ":"
            out.print(f"{words(one.title)}{lacking} {words(one.how)}")
        for note in one.notes:
            out.print(f"{words(one.title)}: {words(note)}")


def _state(one: "Listing") -> str:
    if one.trouble:
        return "[red]cannot be used[/red]"
    if not one.present:
        return "not complete" if one.where else "not there"
    return "[yellow]not the original files[/yellow]" if one.original is False else "[green]there[/green]"

"""`emergescope data`: what there is, and fetching the rest."""

from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from emergescope.datasets import Listing, survey
from emergescope.datasets.fetch import fetch
from emergescope.datasets.sources import SOURCES, Source
from emergescope.settings import DataSets


def print_data_sets(data_dir: Path | None) -> None:
    """Print a line for each data set, then what is wrong or missing and how to get it."""
    root = DataSets.load(data_dir=data_dir).data_dir
    listings, console = survey(root), Console(highlight=False, soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    for column in ("data set", "images", "where", ""):
        table.add_column(column, justify="right" if column == "images" else "left", no_wrap=column == "data set")
    for one in listings:
        images = "" if one.images is None else f"{one.images:,}"
        place = "built in" if one.builtin else one.where or "—"
        table.add_row(escape(f"folder {one.folder}" if one.folder else one.name), images, escape(place), _state(one))
    console.print(f"Data sets are looked for in {escape(str(root.absolute()))}")
    console.print(table)
    for one in listings:
        if one.trouble:
            console.print(escape(one.trouble), style="red")
        elif not one.present:
            lacking = f" lacks {', '.join(one.missing)}." if one.where else ":"
            console.print(f"{escape(one.title)}{lacking} {escape(one.how)}")


def _state(one: Listing) -> str:
    if one.trouble:
        return "[red]cannot be used[/red]"
    if not one.present:
        return "not complete" if one.where else "not there"
    return "[yellow]not the original files[/yellow]" if one.original is False else "[green]there[/green]"


def fetch_data_set(name: str, data_dir: Path | None, sources: Mapping[str, Source] = SOURCES) -> None:
    """Download what is missing of a data set. `sources`: of the known sets, with their addresses."""
    root = DataSets.load(data_dir=data_dir).data_dir
    console = Console(highlight=False, soft_wrap=True)
    fetched = fetch(name, root, sources, lambda text: console.print(escape(text)))
    title, place = escape(sources[name].title), escape(str(root.absolute()))
    if fetched:
        console.print(f"{title} is in {place}; serve and run find it with EMERGESCOPE_DATA_DIR={place}")
    else:
        console.print(f"{title} is there already, in {place}: nothing was fetched")

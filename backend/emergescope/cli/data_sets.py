"""`emergescope data`: what there is, and fetching the rest."""

import shlex
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from emergescope.cli.printing import print_table, words
from emergescope.datasets import Listing, survey
from emergescope.datasets.fetch import fetch
from emergescope.datasets.sources import SOURCES, Source
from emergescope.settings import DataSets


def print_data_sets(data_dir: Path | None) -> None:
    """Print a line for each data set, then what is wrong or missing and how to get it."""
    root = DataSets.load(data_dir=data_dir).data_dir
    listings, console = survey(root), Console(highlight=False, soft_wrap=True)
    rows = []
    for one in listings:
        images = "" if one.images is None else f"{one.images:,}"
        place = "built in" if one.builtin else one.where or "—"
        rows.append((words(f"folder {one.folder}" if one.folder else one.name), images, words(place), _state(one)))
    console.print(f"Data sets are looked for in {words(str(root.absolute()))}")
    print_table(console, ("data set", "images", "where", ""), rows, right=("images",), wraps=("where", ""))
    for one in listings:
        if one.trouble:
            console.print(words(one.trouble), style="red")
        elif not one.present:
            lacking = f" lacks {', '.join(one.missing)}." if one.where else ":"
            console.print(f"{words(one.title)}{lacking} {words(one.how)}")
        for note in one.notes:
            console.print(f"{words(one.title)}: {words(note)}")


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
    fetched = fetch(name, root, sources, lambda text: console.print(words(text)))
    title, place = words(sources[name].title), words(str(root.absolute()))
    if fetched:
        setting = words(f"EMERGESCOPE_DATA_DIR={shlex.quote(str(root.absolute()))}")
        console.print(f"{title} is in {place}; serve and run find it with {setting}")
    else:
        console.print(f"{title} is there already, in {place}: nothing was fetched")

"""`emergescope list`, `presets` and `data`: the recorded runs, newest first, what can be run, and on which data sets of
images, which can be fetched. What needs the store, or reads images, is imported where it is used: help is instant.
"""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emergescope.catalog.changes import unsaid
from emergescope.catalog.registry import Preset, load_presets
from emergescope.cli.printing import err, out, print_table, words
from emergescope.cli.where import Url, server_of, speak
from emergescope.settings import DataSets, find_database

if TYPE_CHECKING:
    from emergescope.client import Preset as PresetThere
    from emergescope.client import Run
    from emergescope.datasets import Listing
    from emergescope.store.shapes import RunRecord

_MOST = 10_000

app = typer.Typer(help="List the data sets of images that are there, and fetch others.", invoke_without_command=True)

DataDir = Annotated[
    Path | None, typer.Option(help="Directory of data sets of images; else EMERGESCOPE_DATA_DIR, datasets.")
]


def print_runs(
    data: Annotated[Path | None, typer.Option(help="Directory of the database.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="How many, newest first.")] = 20,
    url: Url = None,
) -> None:
    """List the recorded runs, of this machine or of a server."""
    if (server := server_of(url, data=data)) is not None:
        _print_runs_there(server, limit)
        return
    from emergescope.service.records import changes_of, outcome  # noqa: PLC0415
    from emergescope.store.opening import open_reader  # noqa: PLC0415

    with open_reader(find_database(data)) as reader:
        page = reader.list_runs(limit=limit) if reader else None
        of = reader.experiments_of([run.id for run in page.items]) if reader and page else {}
    if page is None or not page.items:
        serve = "emergescope serve" if data is None else f"emergescope serve --data {shlex.quote(str(data))}"
        out.print(f"No runs yet: start one on the dashboard, `{words(serve)}`.")
        return
    rows = []
    for run in page.items:
        notes = [unsaid(run.name, changes_of(run) or ()), f"of {of[run.id].name}" if run.id in of else ""]
        name = " · ".join(words(part) for part in (run.name, *notes) if part)
        rows.append(_row(run, name, outcome(run), run.frames_count))
    _print_rows(rows, {run.id: run.damage for run in page.items}, limit if page.next else None)


def _print_runs_there(url: str, limit: int) -> None:
    with speak(url) as client:
        runs = list(islice(client.list(), limit + 1))
    runs, more = runs[:limit], len(runs) > limit
    if not runs:
        out.print("No runs yet: `emergescope run PRESET` starts one there.")
        return
    rows = []
    for run in runs:
        changes = ", ".join(one["text"] for one in run.json["changes"] or () if one["text"] not in run.name)
        experiment = run.json["experiment"]
        notes = [changes, f"of {experiment['name']}" if experiment else ""]
        name = " · ".join(words(part) for part in (run.name, *notes) if part)
        rows.append(_row(run, name, run.outcome, run.frames))
    _print_rows(rows, {run.id: run.json["damage"] for run in runs}, limit if more else None)


def _row(run: "Run | RunRecord", name: str, status: str, frames: int) -> tuple[str, ...]:
    steps, created = f"{run.step}/{run.total_steps}", f"{run.created_at.astimezone():%Y-%m-%d %H:%M %Z}"
    return words(run.id), name, words(run.preset or "—"), words(status), steps, str(frames), created


def _print_rows(rows: Sequence[tuple[str, ...]], damage: Mapping[str, str | None], limit: int | None) -> None:
    """`limit` is given where there are more."""
    columns = ("id", "name", "preset", "status", "step", "frames", "created")
    print_table(columns, rows, right=("step", "frames"), wraps=("name", "preset", "created"))
    for run_id, what in damage.items():
        if what is not None:
            err.print(f"[red]{words(run_id)}[/red] is damaged: {words(what)}")
    if limit is not None and limit < _MOST:
        err.print(f"Older runs are not shown; --limit {min(limit * 2, _MOST)} shows more.")


def print_presets(url: Url = None) -> None:
    """List the presets, of this machine or of a server."""
    presets: Iterable[Preset | PresetThere] = load_presets().values()
    if (server := server_of(url)) is not None:
        with speak(server) as client:
            presets = client.presets()
    rows = [(words(one.id), words(one.title), words(one.figure or ""), f"{one.seconds:g} s") for one in presets]
    print_table(("preset", "title", "figure", "about"), rows, right=("about",), wraps=("title", "figure"))


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
    print_table(("data set", "images", "where", ""), rows, right=("images",), wraps=("where", ""))
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

"""`emergescope list` and `emergescope presets`: the recorded runs, newest first, and what can be run."""

import shlex
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from emergescope.catalog.changes import unsaid
from emergescope.catalog.registry import load_presets
from emergescope.cli.printing import print_table, words
from emergescope.settings import find_database

_MOST = 10_000


def print_runs(
    data: Annotated[Path | None, typer.Option(help="Directory of the database.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="How many, newest first.")] = 20,
) -> None:
    """List the recorded runs."""
    # Imported now: help is instant.
    from emergescope.service.records import changes_of, outcome  # noqa: PLC0415
    from emergescope.store.opening import open_reader  # noqa: PLC0415

    console = Console(highlight=False)
    with open_reader(find_database(data)) as reader:
        page = reader.list_runs(limit=limit) if reader else None
        of = reader.experiments_of([run.id for run in page.items]) if reader and page else {}
    if page is None or not page.items:
        serve = "emergescope serve" if data is None else f"emergescope serve --data {shlex.quote(str(data))}"
        console.print(f"No runs yet: start one on the dashboard, `{words(serve)}`.", soft_wrap=True)
        return
    rows = []
    for run in page.items:
        notes = [unsaid(run.name, changes_of(run) or ()), f"of {of[run.id].name}" if run.id in of else ""]
        rows.append(
            (
                run.id,
                " · ".join(words(part) for part in (run.name, *notes) if part),
                words(run.preset or "—"),
                outcome(run),
                f"{run.step}/{run.total_steps}",
                str(run.frames_count),
                f"{run.created_at.astimezone():%Y-%m-%d %H:%M %Z}",
            )
        )
    columns = ("id", "name", "preset", "status", "step", "frames", "created")
    print_table(console, columns, rows, right=("step", "frames"), wraps=("name", "preset", "created"))
    aside = Console(stderr=True, highlight=False)
    for run in page.items:
        if run.damage is not None:
            aside.print(f"[red]{words(run.id)}[/red] is damaged: {words(run.damage)}", soft_wrap=True)
    if page.next and limit < _MOST:
        aside.print(f"Older runs are not shown; --limit {min(limit * 2, _MOST)} shows more.", soft_wrap=True)


def print_presets() -> None:
    """List the presets."""
    rows = [
        (preset.id, words(preset.title), preset.figure or "", f"{preset.seconds:g} s")
        for preset in load_presets().values()
    ]
    columns = ("preset", "title", "figure", "about")
    print_table(Console(highlight=False), columns, rows, right=("about",), wraps=("title", "figure"))

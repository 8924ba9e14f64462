"""`emergescope list`: the recorded runs, newest first."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from emergescope.settings import load_settings
from emergescope.store import open_reader


def print_runs(data: Path | None, limit: int) -> None:
    """Print the newest `limit` runs of the database in `data`; works while a server is running on it."""
    settings = load_settings(data=data)
    console = Console()
    with open_reader(settings.database) as reader:
        page = reader.list_runs(limit=limit) if reader else None
    if page is None or not page.items:
        console.print("No runs yet. Start one with `emergescope serve`, or run a preset with `emergescope run quick`.")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("id", "name", "preset", "status", "step", "frames", "created"):
        table.add_column(column, justify="right" if column in ("step", "frames") else "left", no_wrap=column == "id")
    for run in page.items:
        created = f"{run.created_at:%Y-%m-%d %H:%M}"
        steps = f"{run.step}/{run.total_steps}"
        table.add_row(run.id, escape(run.name), run.preset or "—", run.outcome, steps, str(run.frames_count), created)
    console.print(table)
    if page.next:
        console.print(f"Older runs are not shown; --limit {limit * 2} shows more.")

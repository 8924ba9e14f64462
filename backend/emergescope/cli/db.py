"""`emergescope db`. The store is imported by what needs it: help is instant."""

import json
import shlex
import sys
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.filesize import decimal

from emergescope.cli.printing import err, out, words
from emergescope.errors import InvalidConfig, StoreError
from emergescope.settings import Retention, find_database

if TYPE_CHECKING:
    from emergescope.store.retention import Outcome

app = typer.Typer(help="Upgrade, check, back up and vacuum the database.", no_args_is_help=True)

Data = Annotated[
    Path | None, typer.Option(help="Directory of the database; else EMERGESCOPE_DATABASE_URL, EMERGESCOPE_DATA.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


@app.command()
def upgrade(data: Data = None, dry_run: DryRun = False) -> None:
    """Bring the schema up to date; a SQLite file is backed up first. The server does it at its start, too."""
    from emergescope.store import opening  # noqa: PLC0415

    where = find_database(data)
    done = opening.plan_upgrade(where) if dry_run else opening.upgrade(where, datetime.now(UTC))
    if done.before == done.after:
        out.print(f"The schema is up to date: {done.after}.")
        return
    if done.backup is not None:
        out.print(f"A copy of the database as it was is {words(str(done.backup))}")
    out.print(f"The schema {'would go' if dry_run else 'went'} from {done.before or 'none'} to {done.after}.")


@app.command()
def check(
    data: Data = None,
    quick: Annotated[bool, typer.Option("--quick", help="Leave the bytes of frames and checkpoints alone.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON on stdout.")] = False,
) -> None:
    """Look for damage, beside a running server if there is one; exit code 1 if there is any. Changes nothing."""
    from emergescope.store.integrity import Check  # noqa: PLC0415
    from emergescope.store.opening import look  # noqa: PLC0415

    found = []
    with look(find_database(data), strict=True) as source:
        checked = Check(source, quick=quick)
        for trouble in checked.troubles():  # each is printed as it is found
            found.append(trouble)
            if not as_json:
                out.print(f"[red]{words(trouble.place)}[/red]: {words(trouble.what)}; {words(trouble.remedy)}")
    counts = {"runs": checked.runs, "frames": checked.frames, "checkpoints": checked.checkpoints}
    if as_json:
        print(json.dumps({"ok": not found, **counts, "troubles": [asdict(trouble) for trouble in found]}))
    else:
        looked = ", ".join(f"{number} {name}" for name, number in counts.items())
        number = f"{len(found)} {'thing is' if len(found) == 1 else 'things are'} wrong"
        verdict = f"[red]{number}[/red]" if found else "[green]all is well[/green]"
        out.print(f"{looked}{' (their bytes were not read)' if quick else ''}: {verdict}")
    raise typer.Exit(1 if found else 0)


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="The file to write; it must not be there yet.")], data: Data = None
) -> None:
    """Copy the database to a file and check the copy; a server may go on writing."""
    from emergescope.store import opening  # noqa: PLC0415

    where = find_database(data)
    path = opening.sqlite_file(where)
    if path is None:
        command = shlex.join(["pg_dump", "--format=custom", f"--file={target}", _without_password(str(where))])
        told = "(give the password in PGPASSWORD)"
        raise InvalidConfig(f"a PostgreSQL database is backed up by its own tool: {command} {told}")
    size = opening.backup(path, target)
    out.print(f"{words(str(target))} holds all runs ({decimal(size)}); to restore it, stop the server and copy it to")
    out.print(f"{words(str(path))}, after removing that file and its -wal and -shm")


@app.command()
def vacuum(
    data: Data = None,
    keep: Annotated[
        float | None,
        typer.Option(metavar="DAYS", help="Thin films of runs that ended longer ago; else EMERGESCOPE_KEEP."),
    ] = None,
    max_bytes: Annotated[
        int | None, typer.Option(metavar="N", help="Thin the oldest films until they fit; else EMERGESCOPE_MAX_BYTES.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    dry_run: DryRun = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON on stdout.")] = False,
) -> None:
    """Thin films by the rules, then give free space back to the disk. For SQLite the server must be stopped."""
    from emergescope.store import opening  # noqa: PLC0415
    from emergescope.store.retention import RetentionStore, Rules  # noqa: PLC0415
    from emergescope.store.store import Store  # noqa: PLC0415

    settings = Retention.load(keep=keep, max_bytes=max_bytes)
    where = find_database(data)
    planned = opening.plan_upgrade(where)
    if planned.before != planned.after:
        option = "" if data is None else f" --data {shlex.quote(str(data))}"
        raise StoreError(f"its schema is that of an earlier version: run `emergescope db upgrade{option}` first")
    with closing(Store(where)) as store:
        retention = RetentionStore(store)
        outcome = retention.plan(Rules(settings.keep, settings.max_bytes), datetime.now(UTC))
        before = after = store.database.size()
        if not as_json or (outcome.thinnings and not yes):
            _tell(outcome, err if as_json else out)
        if not dry_run:
            if outcome.thinnings and not yes:
                err.print("Thin these films for good? \\[y/N]: ", end="")
                if sys.stdin.readline().strip().lower() not in ("y", "yes"):
                    err.print("Nothing was thinned. With --yes it is not asked.")
                    raise typer.Exit(1)
            outcome = retention.carry_out(outcome)
            store.database.give_back()
            after = store.database.size()
    if as_json:
        thinned = [{"run": one.run_id, "name": one.name, "text": one.text, **one.data} for one in outcome.thinnings]
        sizes = {"done": not dry_run, "before": before, "after": after}
        print(json.dumps({**sizes, "thinned": thinned, "warning": outcome.warning}))
    elif dry_run:
        out.print(f"The database takes {decimal(before)}; nothing was done.")
    else:
        out.print(f"The database took {decimal(before)}, and takes {decimal(after)}.")


def _tell(outcome: "Outcome", console: Console) -> None:
    if outcome.thinnings:
        console.print("By the rules:")
    for thinning in outcome.thinnings:
        console.print(f"{thinning.run_id} {words(thinning.name)}: {words(thinning.text)}")
    if outcome.warning:
        err.print(f"[yellow]warning:[/yellow] {words(outcome.warning)}")


def _without_password(url: str) -> str:
    from sqlalchemy import make_url  # noqa: PLC0415
    from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

    try:
        parsed = make_url(url.strip())._replace(drivername="postgresql", password=None)
    except ArgumentError:
        return "postgresql://user@host/database"
    return parsed.difference_update_query(["password", "sslpassword"]).render_as_string(hide_password=False)

"""`emergescope db`: what its commands do and print."""

import json
import shlex
import sys
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.console import Console
from rich.filesize import decimal
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from emergescope.cli.printing import words
from emergescope.errors import FieldError, InvalidConfig, StoreError
from emergescope.settings import Retention, find_database
from emergescope.store import Outcome, RetentionStore, Rules, Store
from emergescope.store.integrity import Check
from emergescope.store.opening import backup, look, plan_upgrade, sqlite_file, upgrade

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def upgrade_database(data: Path | None, *, dry_run: bool) -> None:
    where = find_database(data)
    done = plan_upgrade(where) if dry_run else upgrade(where, datetime.now(UTC))
    if done.before == done.after:
        out.print(f"The schema is up to date: {done.after}.")
        return
    if done.backup is not None:
        out.print(f"A copy of the database as it was is {words(str(done.backup))}")
    out.print(f"The schema {'would go' if dry_run else 'went'} from {done.before or 'none'} to {done.after}.")


def check_database(data: Path | None, *, quick: bool, as_json: bool) -> int:
    """Print what is wrong as it is found; returns the exit code."""
    found = []
    with look(find_database(data), strict=True) as source:
        check = Check(source, quick=quick)
        for trouble in check.troubles():
            found.append(trouble)
            if not as_json:
                out.print(f"[red]{words(trouble.place)}[/red]: {words(trouble.what)}; {words(trouble.remedy)}")
    counts = {"runs": check.runs, "frames": check.frames, "checkpoints": check.checkpoints}
    if as_json:
        print(json.dumps({"ok": not found, **counts, "troubles": [asdict(trouble) for trouble in found]}))
    else:
        looked = ", ".join(f"{number} {name}" for name, number in counts.items())
        number = f"{len(found)} {'thing is' if len(found) == 1 else 'things are'} wrong"
        verdict = f"[red]{number}[/red]" if found else "[green]all is well[/green]"
        out.print(f"{looked}{' (their bytes were not read)' if quick else ''}: {verdict}")
    return 1 if found else 0


def backup_database(data: Path | None, target: Path) -> None:
    where = find_database(data)
    path = sqlite_file(where)
    if path is None:
        command = shlex.join(["pg_dump", "--format=custom", f"--file={target}", _without_password(str(where))])
        message = f"a PostgreSQL database is backed up by its own tool: {command} (give the password in PGPASSWORD)"
        raise InvalidConfig(message, [FieldError("/database_url", message)])
    size = backup(path, target)
    out.print(f"{words(str(target))} holds all runs ({decimal(size)}); to restore it, stop the server and copy it to")
    out.print(f"{words(str(path))}, after removing that file and its -wal and -shm")


def vacuum_database(
    data: Path | None, *, keep: float | None, max_bytes: int | None, yes: bool, dry_run: bool, as_json: bool
) -> None:
    """Say what the rules ask for, do it once that is agreed to, and give free space back."""
    settings = Retention.load(keep=keep, max_bytes=max_bytes)
    where = find_database(data)
    planned_upgrade = plan_upgrade(where)
    if planned_upgrade.before != planned_upgrade.after:
        option = "" if data is None else f" --data {shlex.quote(str(data))}"
        raise StoreError(f"its schema is that of an earlier version: run `emergescope db upgrade{option}` first")
    with closing(Store(where)) as store:
        retention = RetentionStore(store)
        outcome = retention.plan(Rules(settings.keep, settings.max_bytes), datetime.now(UTC))
        before = after = store.database.size()
        if not as_json or (outcome.thinnings and not yes):
            _tell(outcome, err if as_json else out)
        if not dry_run:
            if outcome.thinnings and not yes and not _agreed("Thin these films for good?"):
                err.print("Nothing was thinned. With --yes it is not asked.")
                raise typer.Exit(1)
            outcome = retention.carry_out(outcome)
            store.database.give_back()
            after = store.database.size()
    if as_json:
        thinned = [
            {"run": done.run_id, "name": done.name, "text": done.text, **done.data} for done in outcome.thinnings
        ]
        print(
            json.dumps(
                {"done": not dry_run, "before": before, "after": after, "thinned": thinned, "warning": outcome.warning}
            )
        )
    elif dry_run:
        out.print(f"The database takes {decimal(before)}; nothing was done.")
    else:
        out.print(f"The database took {decimal(before)}, and takes {decimal(after)}.")


def _tell(outcome: Outcome, console: Console) -> None:
    if outcome.thinnings:
        console.print("By the rules:")
    for thinning in outcome.thinnings:
        console.print(f"{thinning.run_id} {words(thinning.name)}: {words(thinning.text)}")
    if outcome.warning:
        err.print(f"[yellow]warning:[/yellow] {words(outcome.warning)}")


def _agreed(question: str) -> bool:
    err.print(f"{question} \\[y/N]: ", end="")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _without_password(url: str) -> str:
    try:
        parsed = make_url(url.strip())._replace(drivername="postgresql", password=None)
    except ArgumentError:
        return "postgresql://user@host/database"
    return parsed.difference_update_query(["password", "sslpassword"]).render_as_string(hide_password=False)

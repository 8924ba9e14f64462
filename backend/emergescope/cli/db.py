"""The commands `emergescope db …` and their options. What they do is imported once they are called: help is instant."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Upgrade, check, back up and vacuum the database.", no_args_is_help=True)

Data = Annotated[
    Path | None, typer.Option(help="Directory of the database; else EMERGESCOPE_DATABASE_URL, EMERGESCOPE_DATA.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


@app.command()
def upgrade(data: Data = None, dry_run: DryRun = False) -> None:
    """Bring the schema up to date; a SQLite file is backed up first. The server does it at its start, too."""
    from emergescope.cli.database import upgrade_database  # noqa: PLC0415

    upgrade_database(data, dry_run=dry_run)


@app.command()
def check(
    data: Data = None,
    quick: Annotated[bool, typer.Option("--quick", help="Leave the bytes of frames and checkpoints alone.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON on stdout.")] = False,
) -> None:
    """Look for damage, beside a running server if there is one; exit code 1 if there is any. Changes nothing."""
    from emergescope.cli.database import check_database  # noqa: PLC0415

    raise typer.Exit(check_database(data, quick=quick, as_json=as_json))


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="The file to write; it must not be there yet.")],
    data: Data = None,
) -> None:
    """Copy the database to a file and check the copy; a server may go on writing."""
    from emergescope.cli.database import backup_database  # noqa: PLC0415

    backup_database(data, target)


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
    from emergescope.cli.database import vacuum_database  # noqa: PLC0415

    vacuum_database(data, keep=keep, max_bytes=max_bytes, yes=yes, dry_run=dry_run, as_json=as_json)

"""`emergescope export` and `import`: runs as files, straight out of a database and into it, or of a server."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.filesize import decimal

from emergescope.cli.printing import out, words
from emergescope.cli.remote import export_remote, import_remote
from emergescope.cli.where import Url, server_of
from emergescope.errors import InvalidConfig, NotFound
from emergescope.settings import find_database

Data = Annotated[
    Path | None, typer.Option(help="Directory of the database; else EMERGESCOPE_DATABASE_URL, EMERGESCOPE_DATA.")
]


def export(
    run: Annotated[str, typer.Argument(help="The id of a run; see `emergescope list`.")],
    file: Annotated[Path, typer.Argument(help="The zip to write; it must not be there yet.")],
    data: Data = None,
    url: Url = None,
) -> None:
    """Write a run, of this machine or of a server, to one file, with its frames, metrics and events."""
    if (server := server_of(url, data=data)) is not None:
        export_remote(server, run, file)
        return
    from emergescope.service.archives import export_run  # noqa: PLC0415 - help is instant
    from emergescope.store.opening import open_reader  # noqa: PLC0415

    if file.exists():
        raise InvalidConfig(f"{file} exists, and an export overwrites nothing: name a new file")
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with open_reader(find_database(data)) as reader:
            if reader is None:
                raise NotFound(f"there is no run {run!r}: there is no database yet")
            parts = export_run(reader, run).parts()
            with open(part, "xb") as written:
                written.writelines(parts)
                written.flush()
                os.fsync(written.fileno())
        part.rename(file)
    finally:  # also at Ctrl-C
        part.unlink(missing_ok=True)
    out.print(f"Run {words(run)} is in {words(str(file))} ({decimal(file.stat().st_size)})")


def bring_in(
    place: Annotated[Path, typer.Argument(metavar="FILE", help="A zip, or what `run --out` has written.")],
    data: Data = None,
    url: Url = None,
) -> None:
    """Bring a run in from a file or a directory, under its own id, once all of it has been checked."""
    if (server := server_of(url, data=data)) is not None:
        import_remote(server, place)
        return
    from emergescope.service.archives import import_here  # noqa: PLC0415 - help is instant

    run = import_here(place, find_database(data))
    frames = f"{run.frames_count} {'frame' if run.frames_count == 1 else 'frames'}"
    out.print(f"Run {words(run.id)} is here: {words(run.name)}, {frames}")

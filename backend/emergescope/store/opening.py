"""Opens the database that a server is told to use, and reads it from beside a running server."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emergescope.errors import StoreError
from emergescope.store.database import Database
from emergescope.store.reader import Reader
from emergescope.store.readonly import check_url, look, revisions, sqlite_file
from emergescope.store.sqlite import SqliteDatabase


def open_database(where: Path | str) -> Database:
    """The database in a directory (SQLite), or behind a URL (PostgreSQL). Raises StoreError with a remedy."""
    if sqlite_file(where) is not None:
        return SqliteDatabase(Path(where))
    check_url(str(where))
    from emergescope.store.postgres import PostgresDatabase  # noqa: PLC0415 - its driver is an extra

    return PostgresDatabase(str(where))


@contextmanager
def open_reader(where: Path | str) -> Iterator[Reader | None]:
    """A Reader on the database `where`, None where there is none yet. Changes nothing, and takes no lock.

    Raises StoreError, also for an older schema: a server changes that, or `emergescope db upgrade`.
    """
    path = sqlite_file(where)
    if path is not None and not path.exists():
        yield None
        return
    with look(where) as source:
        current, head = revisions(source)
        if current is not None and current != head:
            raise StoreError(
                f"{source.name} has the schema {current} of an earlier version, and this one reads {head}: start this "
                "version's server on it, or run `emergescope db upgrade`, which keeps a copy of a file as it was"
            )
        yield None if current is None else Reader(source)

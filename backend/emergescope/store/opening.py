"""Opens the database that a server is told to use, and reads it from beside a running server."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emergescope.errors import StoreError
from emergescope.store.database import Database
from emergescope.store.reader import Reader
from emergescope.store.sqlite import FILE, SqliteDatabase


def open_database(where: Path | str) -> Database:
    """The database in a directory (SQLite), or behind a URL (PostgreSQL). Raises StoreError with a remedy."""
    if isinstance(where, str) and "://" in where:
        return _behind(where)
    return SqliteDatabase(Path(where))


@contextmanager
def open_reader(where: Path | str) -> Iterator[Reader | None]:
    """A Reader on the database `where`, None where there is none yet; takes no lock. Raises StoreError."""
    database: Database
    if isinstance(where, str) and "://" in where:
        database = _behind(where)
    elif (Path(where) / FILE).exists():
        database = SqliteDatabase(Path(where), alone=False)
    else:
        yield None
        return
    reader = Reader(database)
    try:
        yield reader
    finally:
        reader.close()


def _behind(url: str) -> Database:
    # The URL may hold a password: no error shows it.
    if not re.match(r"\s*postgres(ql)?(\+\w+)?://", url):
        raise StoreError("EMERGESCOPE_DATABASE_URL is not a database of a known kind: it begins with postgresql://")
    try:
        from emergescope.store.postgres import PostgresDatabase  # noqa: PLC0415 - its driver is an extra
    except ImportError as error:
        raise StoreError(
            f"PostgreSQL needs a driver that is not installed ({error}): pip install 'emergescope[postgres]'"
        ) from error
    return PostgresDatabase(url)

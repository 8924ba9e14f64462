"""Opens databases: one that a server is told to use, or any to be looked at, upgraded or copied, whatever its schema.

Looking is what `emergescope db` does, and whoever reads beside a server that may be at work: it changes nothing.
"""

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import ModuleType

from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError

from emergescope.errors import StoreError
from emergescope.store.database import Database, Source, schemas
from emergescope.store.file import locked
from emergescope.store.reader import Reader
from emergescope.store.sqlite import FILE, SqliteDatabase, SqliteFile


def sqlite_file(where: Path | str) -> Path | None:
    """The SQLite file of a database, whether it is there or not; None for a database behind a URL."""
    return None if isinstance(where, str) and "://" in where else Path(where) / FILE


def open_database(where: Path | str) -> Database:
    """The database in a directory (SQLite), or behind a URL (PostgreSQL). Raises StoreError with a remedy."""
    if sqlite_file(where) is not None:
        return SqliteDatabase(Path(where))
    database: Database = _postgres(str(where)).PostgresDatabase(str(where))
    return database


@contextmanager
def look(where: Path | str, *, strict: bool = False) -> Iterator[Source]:
    """A database whose transactions each see one state and cannot write. Raises StoreError, as where there is none.

    strict  text that is none is an error, not read as far as it goes
    """
    path = sqlite_file(where)
    source: Source
    source = SqliteFile(path, strict=strict) if path else _postgres(str(where)).PostgresSource(str(where))
    with closing(source), source.refusals():
        yield source


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


def revisions(source: Source) -> tuple[str | None, str]:
    """The schema's revision, None without tables, and this version's. Raises StoreError for one it does not know."""
    with source.engine.begin() as connection:
        current, head = schemas(connection, source.name)
        if current is None and inspect(connection).get_table_names():
            raise StoreError(f"{source.name} is the database of another application: choose another with --data")
    return current, head


@dataclass(frozen=True)
class Upgrade:
    """From which revision of the schema to which, None where there were no tables; and where the copy of before is."""

    before: str | None
    after: str
    backup: Path | None = None


def plan_upgrade(where: Path | str) -> Upgrade:
    """What `upgrade` would do. Raises StoreError where there is no database, or one of a newer version."""
    with look(where) as source:
        return Upgrade(*revisions(source))


def upgrade(where: Path | str, now: datetime) -> Upgrade:
    """Bring the schema up to date; a SQLite file is copied first, beside itself. No server may have it open then."""
    planned, path = plan_upgrade(where), sqlite_file(where)
    if path is None:
        open_database(where).close()
        return planned
    with locked(path.parent):
        planned = plan_upgrade(where)
        if planned.before == planned.after:
            return planned
        copy = path.with_name(f"{path.stem}-{planned.before or 'empty'}-{now:%Y%m%dT%H%M%SZ}.db")
        backup(path, copy)
        SqliteDatabase(path.parent, alone=False).close()
        return replace(planned, backup=copy)


def backup(source: Path, target: Path) -> int:
    """Copy a SQLite database to a new file, whole or not at all, and check the copy; returns its bytes.

    A server may go on writing: the copy is the state at one moment. Raises StoreError.
    """
    if target.exists():
        raise StoreError(f"{target} exists, and a backup overwrites nothing: name a new file")
    if not target.parent.is_dir():
        raise StoreError(f"there is no directory {target.parent}: make it, or name another file")
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    original = SqliteFile(source)
    try:
        with closing(original.engine.raw_connection()) as connection, closing(sqlite3.connect(part)) as copy:
            connection.driver_connection.backup(copy)  # type: ignore[union-attr]
            copy.execute("PRAGMA journal_mode = DELETE")  # a single file, until a server opens it
        with closing(SqliteFile(part)) as copied:
            wrong = next(copied.unsound(), None)
        if wrong is not None:
            raise StoreError(f"the copy of {source} is not whole ({wrong}): see what `emergescope db check` says")
        _sync(part)
        _name(part, target)
        _sync(target.parent)
        return target.stat().st_size
    except (OSError, sqlite3.Error, DBAPIError) as error:
        raise StoreError(
            f"{source} cannot be copied to {target} ({error}): make room, name another file, or see what "
            "`emergescope db check` says"
        ) from error
    finally:
        original.close()
        part.unlink(missing_ok=True)


def _name(part: Path, target: Path) -> None:
    """Give a file its name, unless there is another of that name by now."""
    try:
        target.hardlink_to(part)
    except FileExistsError:
        raise StoreError(f"{target} exists by now, and a backup overwrites nothing: name a new file") from None
    except OSError:  # a file system without links
        part.rename(target)


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _postgres(url: str) -> ModuleType:
    """The module for the database behind a URL. Raises StoreError for another kind, and where its driver is missing."""
    # The URL may hold a password: no error shows it.
    if not re.match(r"\s*postgres(ql)?(\+\w+)?://", url):
        raise StoreError("EMERGESCOPE_DATABASE_URL is not a database of a known kind: it begins with postgresql://")
    try:
        from emergescope.store import postgres  # noqa: PLC0415 - its driver is an extra
    except ImportError as error:
        raise StoreError(
            f"PostgreSQL needs a driver that is not installed ({error}): pip install 'emergescope[postgres]'"
        ) from error
    return postgres

"""What is done to a database as a whole: upgrade it, copy it, give its free space back. Used by `emergescope db`."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from emergescope.errors import StoreError
from emergescope.store.database import Database
from emergescope.store.integrity import unsound
from emergescope.store.lock import DirectoryLock
from emergescope.store.opening import open_database
from emergescope.store.readonly import look, revisions, sqlite_file
from emergescope.store.sqlite import SqliteDatabase, SqliteFile


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
    path = sqlite_file(where)
    if path is None:
        planned = plan_upgrade(where)
        open_database(where).close()
        return planned
    if not path.exists():
        return plan_upgrade(where)  # says so
    lock = DirectoryLock(path.parent)
    try:
        planned = plan_upgrade(where)
        if planned.before == planned.after:
            return planned
        copy = path.with_name(f"{path.stem}-{planned.before or 'empty'}-{now:%Y%m%dT%H%M%SZ}.db")
        backup(path, copy)
        SqliteDatabase(path.parent, alone=False).close()
        return Upgrade(planned.before, planned.after, copy)
    finally:
        lock.release()


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
        copied = SqliteFile(part)
        wrong = next(unsound(copied), None)
        copied.close()
        if wrong is not None:
            raise StoreError(f"the copy of {source} is not whole ({wrong.what}): see what `emergescope db check` says")
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


def bytes_on_disk(database: Database) -> int:
    """What a database takes."""
    if isinstance(database, SqliteDatabase):
        files = (database.path, database.path.with_name(f"{database.path.name}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())
    with database.session() as session:
        return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)


def give_back(database: Database) -> None:
    """Return free space to the operating system. SQLite writes its file anew, and needs as much room meanwhile."""
    if not isinstance(database, SqliteDatabase):
        try:
            with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("SET statement_timeout = 0")
                connection.exec_driver_sql("VACUUM (ANALYZE)")
        except DBAPIError as error:
            raise database.unusable(error.orig) from error
        return
    os.environ.setdefault("SQLITE_TMPDIR", str(database.path.parent))  # /tmp is often small, or memory
    with _raw(database) as connection:
        for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
            connection.execute(statement).close()


@contextmanager
def _raw(database: SqliteDatabase) -> Iterator[sqlite3.Connection]:
    """A connection without a transaction, in which VACUUM cannot run."""
    connection = database.engine.raw_connection()
    try:
        yield connection.driver_connection  # type: ignore[misc]
    except sqlite3.Error as error:
        raise database.unusable(error) from error
    finally:
        connection.close()


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

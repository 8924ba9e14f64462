"""Opening the database: the only module that knows which SQL database it is. Used by store/ only.

SQLite in WAL mode with synchronous=NORMAL: a committed frame survives the death of any process of ours, `kill -9`
included, because the operating system holds what was written. A power cut may lose the last commits, never the file.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from emergescope.errors import StoreError

FILE = "emergescope.db"
APPLICATION_ID = 0x454D5347  # "EMSG": `file` and other readers of SQLite files show it


def open_engine(path: Path) -> Engine:
    """An engine on the database `path`, made or upgraded as needed. Raises StoreError with a remedy."""
    try:
        _inspect(path)
    except sqlite3.DatabaseError as error:
        raise unusable(path, error) from error
    engine = create_engine(f"sqlite:///{path}", pool_size=8, max_overflow=8)
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    try:
        with engine.begin() as connection:
            _upgrade(connection, path)
    except DBAPIError as error:
        engine.dispose()
        raise unusable(path, error.orig) from error
    except StoreError:
        engine.dispose()
        raise
    return engine


def unusable(path: Path, reason: BaseException | None) -> StoreError:
    """The error for a database that SQLite itself refuses."""
    text = str(reason)
    if "malformed" in text:
        what, remedy = "is damaged or cut short", "restore it from a backup, or move it away to start with an empty one"
    elif "not a database" in text:
        what, remedy = "is not a database of Emergescope", "move it away, or choose another directory with --data"
    elif "full" in text:
        what, remedy = "cannot be written: the disk is full", "free some space"
    else:
        what, remedy = "cannot be used", "check that the file and its directory can be written"
    return StoreError(f"{path} {what} ({text}): {remedy}")


def _inspect(path: Path) -> None:
    """Refuse another application's file before anything is written to it."""
    if not path.exists() or path.stat().st_size == 0:
        return
    with closing(sqlite3.connect(path)) as connection:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION_ID and (application or tables):
        raise unusable(path, sqlite3.DatabaseError("file is not a database of this application"))


def _prepare_connection(connection: sqlite3.Connection, record: Any) -> None:
    connection.isolation_level = None  # transactions begin where SQLAlchemy says so (see _begin), for DDL as well
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "busy_timeout = 5000"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _upgrade(connection: Connection, path: Path) -> None:
    config = Config()
    config.set_main_option("script_location", "emergescope.store:migrations")
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    current = set(MigrationContext.configure(connection).get_current_heads())
    if current - known:
        raise StoreError(
            f"{path} was written by a newer version of Emergescope (schema {', '.join(sorted(current - known))}): "
            "upgrade this installation, or choose another directory with --data"
        )
    command.upgrade(config, "head")
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")

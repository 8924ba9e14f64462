"""Looks at a database without changing it, whatever its schema; a server may be at work on it.

Used by `emergescope db`.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from emergescope.errors import StoreError
from emergescope.store.database import from_json
from emergescope.store.sqlite import FILE


def sqlite_file(where: Path | str) -> Path | None:
    """The SQLite file of a database, whether it is there or not; None for a database behind a URL."""
    return None if isinstance(where, str) and "://" in where else Path(where) / FILE


@contextmanager
def look(where: Path | str) -> Iterator[Engine]:
    """An engine whose transactions each see one state and cannot write. Raises StoreError, also where there is none."""
    path = sqlite_file(where)
    engine = _behind(str(where)) if path is None else look_at_file(path)
    try:
        yield engine
    except (DBAPIError, sqlite3.Error) as error:
        reason = str(error.orig if isinstance(error, DBAPIError) else error).strip().splitlines() or ["no reason given"]
        name = "the database behind EMERGESCOPE_DATABASE_URL" if path is None else str(path)
        raise StoreError(f"{name} cannot be read ({reason[0]}): `emergescope db check` says more") from None
    finally:
        engine.dispose()


def look_at_file(path: Path) -> Engine:
    if not path.exists():
        raise StoreError(f"there is no database {path}: name its directory with --data, or start a server first")

    def connect() -> sqlite3.Connection:
        uri = f"{path.resolve().as_uri()}?mode=ro"
        return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=30, check_same_thread=False)

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool, json_deserializer=from_json)
    event.listen(engine, "begin", _begin)
    return engine


def revisions(engine: Engine) -> tuple[str | None, str]:
    """The schema's revision, None without tables, and this version's. Raises StoreError for one it does not know."""
    config = Config()
    config.set_main_option("script_location", "emergescope.store:migrations")
    scripts = ScriptDirectory.from_config(config)
    with engine.begin() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        foreign = current is None and inspect(connection).get_table_names()
    if foreign:
        raise StoreError("this is the database of another application: choose another with --data")
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        raise StoreError(
            f"the database was written by a newer version of Emergescope (schema {current}): upgrade this installation"
        )
    return current, str(scripts.get_current_head())


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _behind(url: str) -> Engine:
    try:
        from emergescope.store.postgres import parse_url  # noqa: PLC0415 - its driver is an extra
    except ImportError as error:
        raise StoreError(
            f"PostgreSQL needs a driver that is not installed ({error}): pip install 'emergescope[postgres]'"
        ) from error
    parameters = parse_url(url)
    parameters["options"] = f"-c default_transaction_read_only=on {parameters.get('options', '')}".strip()
    return create_engine(
        "postgresql+psycopg://",
        connect_args={"connect_timeout": 10, **parameters},
        poolclass=NullPool,
        isolation_level="REPEATABLE READ",
    )

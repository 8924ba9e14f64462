"""Looks at a database without changing it, whatever its schema; a server may be at work on it.

Used by `emergescope db`, and by whoever reads beside a server.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError

from emergescope.errors import StoreError
from emergescope.store.database import Source
from emergescope.store.sqlite import FILE, SqliteFile


def sqlite_file(where: Path | str) -> Path | None:
    """The SQLite file of a database, whether it is there or not; None for a database behind a URL."""
    return None if isinstance(where, str) and "://" in where else Path(where) / FILE


@contextmanager
def look(where: Path | str, *, strict: bool = False) -> Iterator[Source]:
    """A database whose transactions each see one state and cannot write. Raises StoreError, as where there is none.

    strict  text that is none is an error, not read as far as it goes
    """
    path = sqlite_file(where)
    source = _behind(str(where)) if path is None else SqliteFile(path, strict=strict)
    try:
        yield source
    except DBAPIError as error:
        raise source.unusable(error.orig) from None
    finally:
        source.close()


def revisions(source: Source) -> tuple[str | None, str]:
    """The schema's revision, None without tables, and this version's. Raises StoreError for one it does not know."""
    config = Config()
    config.set_main_option("script_location", "emergescope.store:migrations")
    scripts = ScriptDirectory.from_config(config)
    with source.engine.begin() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        foreign = current is None and inspect(connection).get_table_names()
    if foreign:
        raise StoreError(f"{source.name} is the database of another application: choose another with --data")
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        raise StoreError(
            f"{source.name} was written by a newer version of Emergescope (schema {current}): upgrade this installation"
        )
    return current, str(scripts.get_current_head())


def check_url(url: str) -> None:
    """Raises StoreError for a database of a kind that is not known, or whose driver is not installed."""
    # The URL may hold a password: no error shows it.
    if not re.match(r"\s*postgres(ql)?(\+\w+)?://", url):
        raise StoreError("EMERGESCOPE_DATABASE_URL is not a database of a known kind: it begins with postgresql://")
    try:
        import emergescope.store.postgres  # noqa: F401, PLC0415 - its driver is an extra
    except ImportError as error:
        raise StoreError(
            f"PostgreSQL needs a driver that is not installed ({error}): pip install 'emergescope[postgres]'"
        ) from error


def _behind(url: str) -> Source:
    check_url(url)
    from emergescope.store.postgres import PostgresSource  # noqa: PLC0415 - see above

    return PostgresSource(url)

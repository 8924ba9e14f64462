"""What the store needs of a SQL database, whichever it is, and how its tables come to be. Used by store/ only."""

import json
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, TimeoutError
from sqlalchemy.orm import Session

from emergescope.errors import StoreBusy, StoreError


class Source(ABC):
    """A database that can be read. `name` is what errors call it."""

    name: str
    engine: Engine

    @contextmanager
    def refusals(self, also: type[Exception] = sqlite3.Error) -> Iterator[None]:
        """What the database itself refuses becomes a StoreError with a remedy, and so do errors of another type."""
        try:
            yield
        except DBAPIError as error:
            raise self.unusable(error.orig) from error
        except (sqlite3.Error, also) as error:
            raise self.unusable(error) from error
        except TimeoutError as error:
            raise StoreBusy("is busy: all connections of this server are in use; try again", self.name) from error

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self.refusals(), Session(self.engine) as session:
            yield session

    @abstractmethod
    def unusable(self, reason: BaseException | None) -> StoreError:
        """The error for what the database refuses; StoreUnwritable for what may be done later."""

    def unsound(self) -> Iterator[str]:
        """What is wrong with the database, as far as it can say itself; most kinds check themselves all the time."""
        yield from ()

    def close(self) -> None:
        self.engine.dispose()


class Database(Source):
    """A server's database. `shared` says whether other servers may have it open as well."""

    shared = False

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session in a transaction that is committed at the end."""
        with self.session() as session, session.begin():
            yield session

    def clock(self, session: Session) -> datetime:
        """The time, the same for all servers that have the database open."""
        return datetime.now(UTC)

    def check(self) -> None:
        """Raises StoreError where it can be seen that nothing can be written; the rest shows when something is."""

    def tell(self, session: Session, message: str) -> None:
        """Send `message` to other servers, if there may be any, once the session's transaction is committed."""

    def listen(self, on_message: Callable[[str], None]) -> None:
        """Have `on_message` called with what other servers tell from here on, by a thread."""

    @abstractmethod
    def size(self) -> int:
        """Bytes that it takes on disk."""

    @abstractmethod
    def give_back(self) -> None:
        """Return free space to the operating system."""


def schemas(connection: Connection, name: str, otherwise: str = "") -> tuple[str | None, str]:
    """The revision of a database's tables, None without any, and of this version's. Raises StoreError for a newer."""
    scripts = ScriptDirectory.from_config(_migrations())
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise StoreError(
            f"{name} was written by a newer version of Emergescope (schema {current}): upgrade this installation"
            + otherwise
        )
    return current, str(scripts.get_current_head())


def upgrade(connection: Connection, name: str) -> None:
    """Make or upgrade the tables; those of today are left alone. Raises StoreError for those of a newer version."""
    current, head = schemas(connection, name, ", or choose another database")
    if current != head:
        config = _migrations()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", "emergescope.store:migrations")
    return config


def to_json(value: Any) -> str:
    """JSON that every database takes: what is not finite becomes null."""
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(json.loads(json.dumps(value), parse_constant=lambda name: None))


def from_json(text: str) -> Any:
    """What the text says; what is no JSON stays text, which fits no column: one such value must not hide other rows."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text

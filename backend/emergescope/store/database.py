"""What the store needs of a SQL database, whichever it is, and how its tables come to be. Used by store/ only."""

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    def session(self) -> Iterator[Session]:
        """A session; what the database itself refuses becomes a StoreError with a remedy."""
        try:
            with Session(self.engine) as session:
                yield session
        except DBAPIError as error:
            raise self.unusable(error.orig) from error
        except TimeoutError as error:
            raise StoreBusy("is busy: all connections of this server are in use; try again", self.name) from error

    @abstractmethod
    def unusable(self, reason: BaseException | None) -> StoreError:
        """The error for what the database refuses; StoreUnwritable for what may be done later."""

    def close(self) -> None:
        self.engine.dispose()


class Database(Source):
    """A server's database. `shared` says whether other servers may have it open as well."""

    shared: bool

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session in a transaction that is committed at the end."""
        with self.session() as session, session.begin():
            yield session

    def check(self) -> None:
        """Raises StoreError where it can be seen that nothing can be written; the rest shows when something is."""

    @abstractmethod
    def tell(self, session: Session, message: str) -> None:
        """Send `message` to other servers once the session's transaction is committed."""

    @abstractmethod
    def listen(self, on_message: Callable[[str], None]) -> None:
        """Have `on_message` called with what other servers tell from here on, by a thread."""

    @abstractmethod
    def size(self) -> int:
        """Bytes that it takes on disk."""


def upgrade(connection: Connection, name: str) -> None:
    """Make or upgrade the tables; those of today are left alone. Raises StoreError for those of a newer version."""
    config = Config()
    config.set_main_option("script_location", "emergescope.store:migrations")
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    known = {script.revision for script in scripts.walk_revisions()}
    current = set(MigrationContext.configure(connection).get_current_heads())
    if current == set(scripts.get_heads()):
        return
    if current - known:
        raise StoreError(
            f"{name} was written by a newer version of Emergescope (schema {', '.join(sorted(current - known))}): "
            "upgrade this installation, or choose another database"
        )
    command.upgrade(config, "head")


def to_json(value: Any) -> str:
    """JSON that every database takes: what is not finite becomes null."""
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), allow_nan=False)


def from_json(text: str) -> Any:
    """What the text says; what is no JSON stays text, which fits no column: one such value must not hide other rows."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value

"""SQLite, the database of a single server. Used by store/ only.

In WAL mode with synchronous=FULL: a committed frame survives the death of any process, `kill -9` included, and a power
cut, as far as the disk keeps what it says it has written.
"""

import os
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from emergescope.errors import StoreBusy, StoreError, StoreFull, StoreUnwritable
from emergescope.store.database import Database, Source, from_json, to_json, upgrade
from emergescope.store.file import DatabaseFile, is_full, locked

FILE = "emergescope.db"
APPLICATION_ID = 0x454D5347  # "EMSG": `file` and other readers of SQLite files show it
TIMEOUT, READERS_TIMEOUT = 5.0, 30.0  # seconds that a writer, and a reader, waits for another program's lock
LOGS = ("-wal", "-journal")  # files beside the database that may hold what is not in it yet

_FULL = "cannot be written: the disk is full"
_ELSEWHERE = "choose another directory with --data"
_DAMAGED = "restore it from a backup, or move it away to start with an empty one"
# What SQLite says, in its words: of which kind the error is, what it means, and what to do.
_REASONS = (
    ("malformed", StoreError, "is damaged or cut short", _DAMAGED),
    ("not a database", StoreError, "is not a database of Emergescope", f"move it away, or {_ELSEWHERE}"),
    ("full", StoreFull, _FULL, "free some space"),
    ("locked", StoreBusy, "is busy: another program holds it", "try again, or close that program"),
    ("readonly", StoreUnwritable, "cannot be written", "its file system or its permissions do not allow it"),
    ("I/O error|unable to open", StoreUnwritable, "cannot be used", "check that file and directory can be {use}"),
)


class SqliteFile(Source):
    """A file, read only: a server may be at work on it, and nothing of it is changed. Raises StoreError without one."""

    _use = "read"

    def __init__(self, path: Path, *, strict: bool = False) -> None:
        self._strict = strict
        self.path = path
        self.name = str(path)
        if not path.exists():
            raise StoreError(f"there is no database {path}: name its directory with --data, or start a server first")
        self._uri = f"{path.resolve().as_uri()}?mode=ro"
        if not self._has_index():
            self._uri += "&immutable=1"
        self.engine = create_engine("sqlite://", creator=self._connect, poolclass=NullPool, json_deserializer=from_json)
        event.listen(self.engine, "begin", _begin)

    def unusable(self, reason: BaseException | None) -> StoreError:
        text = str(reason)
        for words, kind, what, remedy in _REASONS:
            if re.search(words, text):
                return kind(f"{what} ({text}): {remedy.format(use=self._use)}", self.name)
        return StoreError(
            f"cannot be used ({text}): check that the file and its directory can be {self._use}", self.name
        )

    def unsound(self) -> Iterator[str]:
        with self.engine.begin() as connection:
            lines = connection.exec_driver_sql("PRAGMA integrity_check").scalars()
            yield from (str(line) for line in lines if line != "ok")
            for table, _, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
                yield f"a row of {table} belongs to no row of {parent}"

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._uri, uri=True, isolation_level=None, timeout=READERS_TIMEOUT, check_same_thread=False
        )
        if not self._strict:
            connection.text_factory = _text
        return connection

    def _has_index(self) -> bool:
        """Whether SQLite has, or can make, the index beside the file by which readers and writers know of each other.

        Where it cannot, as in a directory that is read-only, no one writes, and the file is read as it lies.
        """
        try:
            with self.path.open("rb"), closing(self._connect()) as connection:
                connection.execute("PRAGMA schema_version").close()
        except OSError as error:
            raise StoreError(f"{self.name} cannot be read ({error.strerror}): ask its owner to let you") from error
        except sqlite3.Error as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
                return True  # whatever else is the matter, every reader will say it
            for log in (self.path.with_name(self.path.name + ending) for ending in LOGS):
                if log.exists() and log.stat().st_size:
                    raise StoreError(
                        f"{self.name} cannot be read where nothing can be written: a part of it is still in "
                        f"{log.name}; copy {self.path.parent} to where you can write, and name the copy with --data"
                    ) from error
            return False
        return True


class SqliteDatabase(SqliteFile, Database):
    """The file in `directory`, made or upgraded as needed. Raises StoreError with a remedy.

    alone  hold the directory's lock: one process at a time may; without, for a caller that has it
    """

    _use = "written"

    def __init__(self, directory: Path, *, alone: bool = True) -> None:
        self.path = directory / FILE
        self.name = str(self.path)
        options: Any = {"connect_args": {"timeout": TIMEOUT}, "pool_size": 8, "max_overflow": 8}
        json = {"json_serializer": to_json, "json_deserializer": from_json}
        self.engine = create_engine(f"sqlite:///{self.path}", **options, **json)
        event.listen(self.engine, "connect", _prepare_connection)
        event.listen(self.engine, "begin", _begin)
        self._writing = threading.Lock()
        self._file: DatabaseFile | None = None
        self._held = ExitStack()
        try:
            if alone:
                self._held.enter_context(locked(directory))
            with self.refusals():
                _inspect(self.path)
                with self.engine.execution_options(writes=True).begin() as connection:
                    upgrade(connection, self.name)
                    if connection.exec_driver_sql("PRAGMA application_id").scalar() != APPLICATION_ID:
                        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
            if alone:
                self._file = self._held.enter_context(closing(DatabaseFile(self.path)))
        except BaseException:
            self.close()
            raise

    @contextmanager
    def writing(self) -> Iterator[Session]:
        # One writer at a time, in here rather than by SQLite's lock: waiting threads then never time out.
        with self._writing:
            if self._file is not None:
                self._file.check()
            with super().writing() as session:
                session.connection(execution_options={"writes": True})
                yield session

    def unusable(self, reason: BaseException | None) -> StoreError:
        error = super().unusable(reason)
        if isinstance(error, StoreUnwritable) and not isinstance(error, StoreBusy) and is_full(self.path.parent):
            return StoreFull(f"{_FULL} ({reason}): free some space", self.name)
        return error

    def check(self) -> None:
        if self._file is not None:
            with self.refusals(OSError):
                self._file.check_well()

    def size(self) -> int:
        files = (self.path, self.path.with_name(f"{FILE}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def give_back(self) -> None:
        """SQLite writes its file anew, and needs as much room meanwhile."""
        os.environ.setdefault("SQLITE_TMPDIR", str(self.path.parent))  # /tmp is often small, or memory
        # Not in a transaction, as SQLAlchemy has it: VACUUM cannot run in one.
        with self.refusals(), closing(self.engine.raw_connection()) as connection:
            for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                connection.driver_connection.execute(statement).close()  # type: ignore[union-attr]

    def close(self) -> None:
        super().close()
        self._file = None
        self._held.close()


def _inspect(path: Path) -> None:
    """Refuse another application's file before anything is written to it."""
    if not path.exists() or path.stat().st_size == 0:
        return
    with closing(sqlite3.connect(path)) as connection:
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION_ID and (application or tables):
        raise sqlite3.DatabaseError("file is not a database of this application")


def _prepare_connection(connection: sqlite3.Connection, record: Any) -> None:
    connection.text_factory = _text
    connection.isolation_level = None  # transactions begin where SQLAlchemy says so (see _begin), for DDL as well
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _text(stored: bytes) -> str:
    """Bytes that are no text, in a column of text, must not keep other rows from being read."""
    return stored.decode("utf-8", "replace")


def _begin(connection: Connection) -> None:
    # Who writes says so at once, and waits for its turn. One that reads first, and then finds that another program has
    # written meanwhile, is refused without any waiting.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

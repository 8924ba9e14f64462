"""SQLite, the database of a single server. Used by store/ only.

In WAL mode with synchronous=FULL: a committed frame survives the death of any process, `kill -9` included, and a power
cut, as far as the disk keeps what it says it has written.
"""

import re
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from emergescope.errors import StoreBusy, StoreError, StoreFull, StoreUnwritable
from emergescope.store.database import Database, Source, from_json, to_json, upgrade
from emergescope.store.file import ROOM, DatabaseFile
from emergescope.store.lock import DirectoryLock

FILE = "emergescope.db"
APPLICATION_ID = 0x454D5347  # "EMSG": `file` and other readers of SQLite files show it
TIMEOUT, READERS_TIMEOUT = 5.0, 30.0  # seconds that a writer, and a reader, waits for another program's lock
LOGS = ("-wal", "-journal")  # files beside the database that may hold what is not in it yet

_FULL = "cannot be written: the disk is full"
_DAMAGED = "restore it from a backup, or move it away to start with an empty one"
# What SQLite says, in its words: of which kind the error is, what it means, and what to do.
_REASONS = (
    ("malformed", StoreError, "is damaged or cut short", _DAMAGED),
    (
        "not a database",
        StoreError,
        "is not a database of Emergescope",
        "move it away, or choose another directory with --data",
    ),
    ("full", StoreFull, _FULL, "free some space"),
    ("locked", StoreBusy, "is busy: another program holds it", "try again, or close that program"),
    ("readonly", StoreUnwritable, "cannot be written", "its file system or its permissions do not allow it"),
    ("I/O error|unable to open", StoreUnwritable, "cannot be used", "check that file and directory can be {use}"),
)


class SqliteDatabase(Database):
    """The file in `directory`, made or upgraded as needed. Raises StoreError with a remedy.

    alone  hold the directory's lock: one process at a time may; without, for a caller that has it
    """

    shared = False

    def __init__(self, directory: Path, *, alone: bool = True) -> None:
        self.path = directory / FILE
        self.name = str(self.path)
        self._lock = _lock(directory) if alone else None
        self._writing = threading.Lock()
        self._file: DatabaseFile | None = None
        try:
            self._open()
            self._file = DatabaseFile(self.path) if alone else None
        except BaseException:
            self.release()
            raise

    def _open(self) -> None:
        try:
            _inspect(self.path)
        except sqlite3.DatabaseError as error:
            raise self.unusable(error) from error
        self.engine = create_engine(
            f"sqlite:///{self.path}",
            connect_args={"timeout": TIMEOUT},
            pool_size=8,
            max_overflow=8,
            json_serializer=to_json,
            json_deserializer=from_json,
        )
        event.listen(self.engine, "connect", _prepare_connection)
        event.listen(self.engine, "begin", _begin)
        try:
            with self.engine.execution_options(writes=True).begin() as connection:
                upgrade(connection, self.name)
                if connection.exec_driver_sql("PRAGMA application_id").scalar() != APPLICATION_ID:
                    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        except DBAPIError as error:
            self.engine.dispose()
            raise self.unusable(error.orig) from error
        except StoreError:
            self.engine.dispose()
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
        error = _unusable(self.name, reason, "written")
        if isinstance(error, StoreUnwritable) and not isinstance(error, StoreBusy) and _is_full(self.path.parent):
            return StoreFull(f"{_FULL} ({reason}): free some space", self.name)
        return error

    def check(self) -> None:
        if self._file is not None:
            try:
                self._file.check_well()
            except (sqlite3.Error, OSError) as error:
                raise self.unusable(error) from error

    def tell(self, session: Session, message: str) -> None:
        return  # there is no other server

    def listen(self, on_message: Callable[[str], None]) -> None:
        return

    def size(self) -> int:
        return sum(file.stat().st_size for file in self.path.parent.glob(f"{FILE}*"))

    def close(self) -> None:
        super().close()
        if self._file is not None:
            self._file.close()
            self._file = None
        self.release()

    def release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None


class SqliteFile(Source):
    """A file, read only: a server may be at work on it, and nothing of it is changed, whatever its schema.

    Raises StoreError where there is none, or where it cannot be read.

    strict  text that is none is an error, not read as far as it goes
    """

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
        return _unusable(self.name, reason, "read")

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


def _is_full(directory: Path) -> bool:
    """Whether that is why something failed: not every call of the system says so."""
    try:
        return shutil.disk_usage(directory).free < ROOM
    except OSError:  # it is gone
        return False


def _lock(directory: Path) -> DirectoryLock:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return DirectoryLock(directory)
    except OSError as error:
        raise StoreError(
            f"the data directory {directory} cannot be used ({error.strerror}): choose one that can be written "
            "with --data"
        ) from error


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


def _unusable(name: str, reason: BaseException | None, use: str) -> StoreError:
    text = str(reason)
    for words, kind, what, remedy in _REASONS:
        if re.search(words, text):
            return kind(f"{what} ({text}): {remedy.format(use=use)}", name)
    return StoreError(f"cannot be used ({text}): check that the file and its directory can be {use}", name)

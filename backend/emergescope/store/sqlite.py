"""SQLite, the database of a single server. Used by store/ only.

In WAL mode with synchronous=FULL: a committed frame survives the death of any process, `kill -9` included, and a power
cut, as far as the disk keeps what it says it has written.
"""

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

from emergescope.errors import StoreError, StoreFull, StoreUnwritable
from emergescope.store.database import Database, from_json, to_json, upgrade
from emergescope.store.file import ROOM, DatabaseFile
from emergescope.store.lock import DirectoryLock

FILE = "emergescope.db"
_AWAY = (
    "readonly",
    "I/O error",
    "unable to open",
)  # what SQLite says as long as the disk cannot be written, or is away
APPLICATION_ID = 0x454D5347  # "EMSG": `file` and other readers of SQLite files show it


class SqliteDatabase(Database):
    """The file in `directory`, made or upgraded as needed. Raises StoreError with a remedy.

    alone  hold the directory's lock: one process at a time may; without, for reading beside a running server
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
            f"sqlite:///{self.path}", pool_size=8, max_overflow=8, json_serializer=to_json, json_deserializer=from_json
        )
        event.listen(self.engine, "connect", _prepare_connection)
        event.listen(self.engine, "begin", _begin)
        try:
            with self.engine.begin() as connection:
                upgrade(connection, self.name)
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
                yield session

    def unusable(self, reason: BaseException | None) -> StoreError:
        text = str(reason)
        if "malformed" in text:
            what = "is damaged or cut short"
            remedy = "restore it from a backup, or move it away to start with an empty one"
        elif "not a database" in text:
            what, remedy = "is not a database of Emergescope", "move it away, or choose another directory with --data"
        elif "full" in text or _is_full(self.path.parent):
            return StoreFull(f"cannot be written: the disk is full ({text}): free some space", self.name)
        else:
            what, remedy = "cannot be used", "check that the file and its directory can be written"
        kind = StoreUnwritable if any(words in text for words in _AWAY) else StoreError
        return kind(f"{what} ({text}): {remedy}", self.name)

    def check(self) -> None:
        if self._file is not None:
            try:
                self._file.check_well()
            except (sqlite3.Error, OSError) as error:
                raise self.unusable(error) from error

    def tell(self, session: Session, news: str) -> None:
        return  # there is no other server

    def listen(self, hear: Callable[[str], None]) -> None:
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
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 5000"):
        connection.execute(f"PRAGMA {pragma}").close()


def _text(stored: bytes) -> str:
    """Bytes that are no text, in a column of text, must not keep other rows from being read."""
    return stored.decode("utf-8", "replace")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")

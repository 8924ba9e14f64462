"""What the system says of a server's directory and the file in it. Used by store/ only.

One server has the directory: by a lock that the operating system drops with its process. And the file is still where it
was opened, is a database, and has room; SQLite does not say: what was deleted or replaced under a server it goes on
writing to, and all of it is gone with the process.
"""

import os
import shutil
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from emergescope.errors import StoreError, StoreFull, StoreInUse, StoreUnwritable

ROOM = 2**20  # bytes: with less, the next frames will not fit
_MAGIC = b"SQLite format 3\0"

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Holds a directory, made if need be. Raises StoreError when another process (or another store here) has it."""
    with ExitStack() as held:
        try:
            directory.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(directory / "emergescope.lock", os.O_RDWR | os.O_CREAT, 0o644)
            held.callback(os.close, descriptor)
            try:
                _try_lock(descriptor)
            except OSError:
                holder = os.read(descriptor, 20).decode(errors="replace").strip()
                raise StoreInUse(
                    f"the data directory {directory} is in use by another server (process {holder or 'unknown'}): "
                    "stop that one, or choose another directory with --data"
                ) from None
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
        except OSError as error:
            raise StoreError(
                f"the data directory {directory} cannot be used ({error.strerror}): choose one that can be written "
                "with --data"
            ) from error
        yield


def is_full(directory: Path) -> bool:
    """Whether that is why something failed: not every call of the system says so."""
    try:
        return shutil.disk_usage(directory).free < ROOM
    except OSError:  # it is gone
        return False


class DatabaseFile:
    """The file at `path` as it is now; later ones of that name are others.

    It is held open, and must be closed after the database: a process that closes any descriptor of a file loses all the
    locks that it has on it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        self._reading = threading.Lock()

    def check(self) -> None:
        """Raises StoreUnwritable unless it is there and is a database. Cheap enough to be asked at every write."""
        try:
            is_same = os.path.samestat(self._path.stat(), os.fstat(self._descriptor))
        except OSError:
            is_same = False
        if not is_same:
            raise StoreUnwritable(
                "has been removed or replaced under the server, so what is written now would be lost: put it back as "
                "it was, or restart the server to go on with what is there",
                str(self._path),
            )
        with self._reading:
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            head = os.read(self._descriptor, len(_MAGIC))
        if head != _MAGIC:
            raise StoreUnwritable(
                "has been overwritten under the server and is no database now: stop the server and restore a backup",
                str(self._path),
            )

    def check_well(self) -> None:
        """Also that it can be read from the disk, not only from memory, and that there is room for more."""
        self.check()
        free = shutil.disk_usage(self._path.parent).free
        if free < ROOM:
            words = f"cannot grow: the disk is full ({free:,} bytes are free): free some space"
            raise StoreFull(words, str(self._path))
        with closing(sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("SELECT count(*) FROM runs").fetchone()

    def close(self) -> None:
        os.close(self._descriptor)

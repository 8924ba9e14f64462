"""Whether the file of a SQLite database is still where it was opened, is a database, and has room. Used by store/ only.

SQLite does not say: what was deleted or replaced under a server it goes on writing to, and all of it is gone with the
process.
"""

import os
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from emergescope.errors import StoreFull, StoreUnwritable

ROOM = 2**20  # bytes: with less, the next frames will not fit
_MAGIC = b"SQLite format 3\0"


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
            raise StoreFull(
                f"cannot grow: the disk is full ({free:,} bytes are free): free some space", str(self._path)
            )
        with closing(sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("SELECT count(*) FROM runs").fetchone()

    def close(self) -> None:
        os.close(self._descriptor)

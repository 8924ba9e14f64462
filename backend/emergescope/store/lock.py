"""One server for one data directory: a lock that the operating system drops with its process. Used by store/ only."""

import os
import sys
from pathlib import Path

from emergescope.errors import StoreError

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class DirectoryLock:
    """Holds `directory` until `release`. Raises StoreError when another process (or another store here) has it."""

    def __init__(self, directory: Path) -> None:
        path = directory / "emergescope.lock"
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _try_lock(self._descriptor)
        except OSError:
            holder = os.read(self._descriptor, 20).decode(errors="replace").strip()
            os.close(self._descriptor)
            raise StoreError(
                f"the data directory {directory} is in use by another server (process {holder or 'unknown'}): "
                "stop that one, or choose another directory with --data"
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, str(os.getpid()).encode())

    def release(self) -> None:
        os.close(self._descriptor)

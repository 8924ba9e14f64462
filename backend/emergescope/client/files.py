"""Files that come from a server and go to it, whole or not at all. Both clients use it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from emergescope.errors import InvalidConfig

CHUNK = 1 << 20


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """A file to write that is at `path` once all of it is written. Raises InvalidConfig where there is one already."""
    if path.exists():
        raise InvalidConfig(f"{path} is there already: choose another name, nothing is overwritten")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with _opened(part, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def readable(path: Path) -> Iterator[tuple[IO[bytes], dict[str, str]]]:
    """A file to send, with the headers that go with it. Raises InvalidConfig where there is none."""
    with _opened(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        yield file, {"Content-Length": str(size), "Content-Type": "application/zip"}


def _opened(path: Path, mode: str) -> IO[bytes]:
    try:
        file: IO[bytes] = open(path, mode)  # noqa: SIM115 - whoever called closes it
    except OSError as error:
        raise InvalidConfig(f"{path} cannot be used ({error.strerror}): choose another") from None
    return file

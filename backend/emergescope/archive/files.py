"""The files of a run as one file, or as a directory: their names, and how each is written whole. docs/files.md."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from emergescope.errors import EmergescopeError

RUN: Final = "run.json"
EVENTS: Final = "events.jsonl"
PATTERNS: Final = "patterns.safetensors"
INDEX: Final = "index.safetensors"
SUMS: Final = "SHA256SUMS"
NAMES: Final = frozenset({RUN, EVENTS, PATTERNS, INDEX, SUMS})

_FRAME = re.compile(r"(\d{6}|[1-9]\d{6,9})\.safetensors", re.ASCII)
_PART = re.compile(r"\.[^/]*\.part")


def frame_name(seq: int) -> str:
    return f"{seq:06d}.safetensors"


def seq_of(name: str) -> int | None:
    """The seq of the frame in a file of that name; None for other files."""
    found = _FRAME.fullmatch(name)
    return int(found[1]) if found else None


def is_part(name: str) -> bool:
    """Whether a file of that name was being written when the program ended."""
    return _PART.fullmatch(name) is not None


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, whatever happens. Raises EmergescopeError."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        sync_directory(path.parent)
    except BaseException as error:  # also at Ctrl-C
        part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise unwritable(path, error) from None
        raise


def append_line(path: Path, line: bytes) -> None:
    """Add a line to a file, made if need be; a crash may leave a part of it. Raises EmergescopeError."""
    before = path.stat().st_size if path.exists() else 0
    try:
        with open(path, "ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        with suppress(OSError):  # else the next line would be joined to what is there of this one
            os.truncate(path, before)
        raise unwritable(path, error) from None


def sync_directory(path: Path) -> None:
    """Have the names of files survive a power cut as well, where the system can."""
    if os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unwritable(path: Path, error: OSError) -> EmergescopeError:
    return EmergescopeError(f"{path} cannot be written ({error.strerror}): see to that, and try again")


def sums_text(sums: Mapping[str, str]) -> bytes:
    """SHA256SUMS: checksums by the names of the files, as `sha256sum -c` reads them."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items())).encode()

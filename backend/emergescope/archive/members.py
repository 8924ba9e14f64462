"""The files of a run in a zip or in a directory, from anywhere: names and sizes are checked before one is read."""

import stat
import struct
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import BinaryIO, cast

from emergescope.archive.files import EVENTS, INDEX, NAMES, RUN, SUMS, is_part, seq_of
from emergescope.errors import ArchiveError

_MB = 10**6
_LARGEST = {RUN: 20 * _MB, EVENTS: 100 * _MB, SUMS: 100 * _MB, INDEX: 100 * _MB}
_LARGEST_OTHER = 256 * _MB  # a frame, or patterns
_MOST_FILES = 1_000_000
_DIRECTORY = 200 * _MB  # bytes of a zip's list of its files

# What Python's reader of zips raises of files that are none, or are damaged.
_UNREADABLE = (zipfile.BadZipFile, struct.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError)


class Members(ABC):
    """`sizes` of the files by their names, each a name that a run's file may have."""

    sizes: Mapping[str, int]

    def read(self, name: str) -> bytes:
        """The bytes of a file. Raises ArchiveError."""
        try:
            content = self._read(name)
        except _UNREADABLE as error:
            raise ArchiveError(f"{name} cannot be read: {error}") from None
        if len(content) != self.sizes[name]:
            raise ArchiveError(f"{name} has {len(content):,} bytes, and {self.sizes[name]:,} were declared")
        return content

    @abstractmethod
    def _read(self, name: str) -> bytes: ...


@contextmanager
def open_members(place: Path | BinaryIO) -> Iterator[Members]:
    """Those of a directory, or of a zip as a file or an open file. Raises ArchiveError."""
    if isinstance(place, Path) and place.is_dir():
        yield _InDirectory(place)
        return
    with ExitStack() as opened:
        try:
            file = opened.enter_context(open(place, "rb")) if isinstance(place, Path) else place
        except OSError as error:
            raise ArchiveError(f"{place} cannot be read ({error.strerror}): name a zip or a directory") from None
        try:
            reading = _Bounded(file)
            # Whatever its end says of it, the list of files is read into memory at once.
            archive = opened.enter_context(zipfile.ZipFile(cast(BinaryIO, reading)))
        except _UNREADABLE as error:
            raise ArchiveError(f"this is no zip that can be read, or one that is cut short: {error}") from None
        reading.most = None
        yield _InZip(archive, reading.size)


class _InDirectory(Members):
    def __init__(self, path: Path) -> None:
        self._path = path
        sizes: dict[str, int] = {}
        try:
            for file in path.iterdir():
                if is_part(file.name):  # was being written when a program ended
                    continue
                _check_name(file.name)
                found = file.lstat()
                if not stat.S_ISREG(found.st_mode):
                    raise ArchiveError(f"{file.name} is no plain file, but a link, a folder or the like")
                sizes[file.name] = found.st_size
        except OSError as error:
            raise ArchiveError(f"{path} cannot be read ({error.strerror})") from None
        _check_sizes(sizes)
        self.sizes = sizes

    def _read(self, name: str) -> bytes:
        with open(self._path / name, "rb") as file:
            return file.read(self.sizes[name] + 1)


class _InZip(Members):
    """Members are stored as they are, so that none is larger than what was sent."""

    def __init__(self, archive: zipfile.ZipFile, size: int) -> None:
        self._archive = archive
        sizes: dict[str, int] = {}
        for member in archive.infolist():
            name = member.filename
            _check_name(name)
            if name in sizes:
                raise ArchiveError(f"{name} is in it twice")
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind not in (0, stat.S_IFREG):
                raise ArchiveError(f"{name} is no plain file, but a link, a folder or the like")
            if member.flag_bits & 0x1:
                raise ArchiveError(f"{name} is encrypted: a run is not")
            if member.compress_type != zipfile.ZIP_STORED:
                raise ArchiveError(f"{name} is compressed, and the files of a run are stored as they are: use zip -0")
            if member.compress_size != member.file_size:
                raise ArchiveError(f"{name} is stored, and its two sizes differ")
            sizes[name] = member.file_size
        _check_sizes(sizes)
        if (total := sum(sizes.values())) > size:
            raise ArchiveError(f"its files have {total:,} bytes by their sizes, and all of it has {size:,}")
        self.sizes = sizes

    def _read(self, name: str) -> bytes:
        with self._archive.open(name) as file:
            return file.read()


class _Bounded(BufferedIOBase):
    """A file of which nothing larger than `most` bytes is read at once, as long as that is not None."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.most: int | None = _DIRECTORY
        self.size = file.seek(0, 2)
        file.seek(0)

    def read(self, size: int | None = -1, /) -> bytes:
        if self.most is not None and size is not None and size > self.most:
            raise ArchiveError(f"its list of files has {size:,} bytes, and {self.most:,} are the most that is read")
        return self._file.read(-1 if size is None else size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


def _check_name(name: str) -> None:
    if name in NAMES or seq_of(name) is not None:
        return
    shown = repr(name[:100])
    if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or name[1:2] == ":":
        raise ArchiveError(f"{shown} leads out of the file: the files of a run have plain names")
    if "/" in name or "\\" in name:
        raise ArchiveError(f"{shown} is in a folder: the files of a run lie side by side, without one")
    raise ArchiveError(f"{shown} is no file of a run")


def _check_sizes(sizes: Mapping[str, int]) -> None:
    if len(sizes) > _MOST_FILES:
        raise ArchiveError(f"there are {len(sizes):,} files in it, and {_MOST_FILES:,} are the most that is read")
    for name, size in sizes.items():
        most = _LARGEST.get(name, _LARGEST_OTHER)
        if size > most:
            raise ArchiveError(f"{name} has {size:,} bytes, and {most:,} are the most that is read")
    for name in (RUN, SUMS, INDEX):
        if name not in sizes:
            over = " (it is written when a run is over)" if RUN in sizes else ""
            raise ArchiveError(f"{name} is missing{over}")

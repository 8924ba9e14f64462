"""What a data set is once it is read, and a file of one: none is believed before its size agrees with what it says."""

import gzip
import hashlib
import os
import stat
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from emergescope.errors import DataBroken

LARGEST = 2 * 10**9  # bytes of pixels that one set may have: the largest one known here has 0.3 billion
DEFLATE = 1032  # bytes that one compressed byte may become, at most
PIECE = 2**20  # bytes that are read at a time

Pixels = NDArray[np.uint8]
Labels = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Images:
    """pixels: uint8 [n, H, W], or [n, H, W, 3] in colour; labels: int64 [n], numbers of classes from 0."""

    pixels: Pixels
    labels: Labels

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class DataSet:
    """`digest` is the sha256 of all pixels and labels: who has the same digest has the same data, however packed.
    `notes` say what of the files was passed over or changed, and are no part of it.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    train: Images
    test: Images
    notes: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        digest = hashlib.sha256()
        for array in (self.train.pixels, self.train.labels, self.test.pixels, self.test.labels):
            digest.update(f"{array.dtype.str}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()

    def origin(self, role: str) -> dict[str, str]:
        """Where a run's data, or what else it calls them, come from: kept with the run."""
        notes = {f"{role}_notes": "; ".join(self.notes)} if self.notes else {}
        return {role: self.title, f"{role}_digest": self.digest, **notes}


class Reading(Protocol):
    """Whatever hands out bytes, at most n at a time and none at the end."""

    def read(self, n: int, /) -> bytes: ...


@dataclass(frozen=True)
class DataFile:
    """A file to be read. `shown` is its name below the directory of data sets, which others need not know in full."""

    path: Path
    shown: str
    remedy: str

    def broken(self, why: str) -> DataBroken:
        return DataBroken(f"{self.shown} cannot be used: {why}. {self.remedy}")

    @property
    def packed(self) -> bool:
        return self.path.suffix.lower() == ".gz"

    @property
    def size(self) -> int:
        """In bytes, on disk."""
        return self.status().st_size

    def status(self) -> os.stat_result:
        """What the system knows of it. Raises DataBroken."""
        with self._reading():
            return self.path.stat()

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Its bytes, unpacked if its name ends in .gz. What goes wrong inside is DataBroken."""
        if not stat.S_ISREG(self.status().st_mode):  # others could make us wait for ever
            raise self.broken("it is not a regular file")
        with self._reading(), (gzip.open if self.packed else open)(self.path, "rb") as stream:
            yield stream  # type: ignore[misc]

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, zlib.error) as error:
            raise self.broken(f"it ends too early, or was damaged ({error})") from None
        except gzip.BadGzipFile as error:
            raise self.broken(f"it is not an intact gzip file ({error})") from None
        except OSError as error:
            raise self.broken(f"it cannot be read ({error.strerror or error})") from None


def names_in(directory: Path) -> list[str]:
    """What is in a directory, sorted; nothing where it cannot be read."""
    try:
        return sorted(os.listdir(directory))
    except OSError:
        return []


def exactly(stream: Reading, size: int) -> bytes:
    """So many bytes, which must be few. Raises EOFError."""
    return array_of(stream, (size,)).tobytes()


def array_of(stream: Reading, shape: tuple[int, ...]) -> Pixels:
    """The next bytes as an array that can be written to. Raises EOFError. The caller has checked the size."""
    array = np.empty(shape, np.uint8)
    target, done = array.reshape(-1).data, 0
    while done < len(target):
        piece = stream.read(min(PIECE, len(target) - done))
        if not piece:
            raise EOFError(f"{len(target):,} bytes were expected and {done:,} found")
        target[done : done + len(piece)] = piece
        done += len(piece)
    return array


def paired(files: Sequence[DataFile], pixels: Pixels, labels: Labels, classes: int) -> Images:
    """Images and labels that belong together; the last file has the labels. Raises DataBroken for such as do not."""
    images_in, labels_in = files[0], files[-1]
    if not len(pixels):
        raise images_in.broken("it has no images")
    if len(pixels) != len(labels):
        raise labels_in.broken(
            f"it has {len(labels):,} labels, but {images_in.shown} has {len(pixels):,} images; "
            "perhaps files of the training and the test set were swapped"
        )
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= classes:
        raise labels_in.broken(f"it has labels from {low} to {high}, where there are classes 0 to {classes - 1}")
    return Images(pixels, labels)

"""A file of a data set, and what is true of all of them: none is believed before its size agrees with what it says."""

import gzip
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np

from emergescope.datasets.records import Images, Labels, Pixels
from emergescope.errors import DataBroken

LARGEST = 2 * 10**9  # bytes of pixels that one set may have: the largest one known here has 0.3 billion
DEFLATE = 1032  # bytes that one compressed byte may become, at most
_PIECE = 2**20


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
        return self._status().st_size

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Its bytes, unpacked if its name ends in .gz. What goes wrong inside is DataBroken."""
        if not stat.S_ISREG(self._status().st_mode):  # others could make us wait for ever
            raise self.broken("it is not a regular file")
        with self.reading(), open(self.path, "rb") as raw:
            if not self.packed:
                yield raw
                return
            with gzip.GzipFile(fileobj=raw) as unpacked:
                yield unpacked  # type: ignore[misc]

    def _status(self) -> os.stat_result:
        with self.reading():
            return self.path.stat()

    @contextmanager
    def reading(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, zlib.error) as error:
            raise self.broken(f"it ends too early, or was damaged ({error})") from None
        except gzip.BadGzipFile as error:
            raise self.broken(f"it is not an intact gzip file ({error})") from None
        except OSError as error:
            raise self.broken(f"it cannot be read ({error.strerror or error})") from None


def exactly(stream: Reading, size: int) -> bytes:
    """So many bytes, which must be few. Raises EOFError."""
    found = stream.read(size)
    while len(found) < size:
        more = stream.read(size - len(found))
        if not more:
            raise EOFError(f"{size} bytes were expected and {len(found)} found")
        found += more
    return found


def array_of(stream: Reading, shape: tuple[int, ...]) -> Pixels:
    """The next bytes as an array that can be written to. Raises EOFError. The caller has checked the size."""
    array = np.empty(shape, np.uint8)
    target, done = array.reshape(-1).data, 0
    while done < len(target):
        piece = stream.read(min(_PIECE, len(target) - done))
        if not piece:
            raise EOFError(f"{len(target):,} bytes were expected and {done:,} found")
        target[done : done + len(piece)] = piece
        done += len(piece)
    return array


def paired(pixels: Pixels, labels: Labels, images_in: DataFile, labels_in: DataFile, classes: int) -> Images:
    """Images and labels that belong together. Raises DataBroken for such as do not."""
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

"""SVHN, cropped digits: MAT files with images X [32, 32, 3, n] and labels y [n, 1], where 10 stands for the digit 0.

A MAT file of version 5 is a row of elements, each a tag (type, size) and its content; a compressed element holds one
element more. What is read of a variable before its bytes is small, and its bytes must be as many as its shape says and
the file can hold.
"""

import math
import struct
import zlib
from collections.abc import Collection, Sequence
from io import BytesIO
from typing import BinaryIO

import numpy as np

from emergescope.datasets.files import DEFLATE, LARGEST, DataFile, Images, Pixels, Reading, array_of, exactly, paired
from emergescope.errors import DataBroken

_INT8, _UINT8, _INT32, _UINT32, _MATRIX, _COMPRESSED, _UTF8 = 1, 2, 5, 6, 14, 15, 16  # types of elements
_KINDS = {1: "cells", 2: "a struct", 3: "an object", 4: "text", 5: "a sparse matrix", 6: "numbers of type double"}
_DOUBLES, _BYTES, _COMPLEX = 6, 9, 8  # of a matrix: two classes, and a flag
_MOST = 16  # variables; the original has two
_INPUT = 2**16


def read_svhn(files: Sequence[DataFile], shape: tuple[int, ...], classes: int) -> Images:
    """Images [H, W, 3] and digits of one file. Raises DataBroken."""
    (file,) = files
    found = read_mat(file, ("X", "y"))
    columns, labels = found["X"], found["y"].reshape(-1).astype(np.int64)
    if columns.ndim != 4 or columns.shape[1:] != shape[::-1]:
        raise file.broken(f"its images X are not of shape {' x '.join(map(str, shape))} x n")
    if labels.min() < 1 or labels.max() > classes:
        raise file.broken(f"it has labels from {labels.min()} to {labels.max()}, where there are 1 to {classes}")
    pixels = np.ascontiguousarray(columns.transpose(0, 3, 2, 1))
    return paired(files, pixels, labels % classes, classes)


def read_mat(file: DataFile, names: Collection[str]) -> dict[str, Pixels]:
    """The arrays of these names, uint8, their axes reversed: the last one is MATLAB's first. Raises DataBroken."""
    found: dict[str, Pixels] = {}
    with file.opened() as stream:
        head, end = exactly(stream, 128), file.size
        if head.startswith(b"MATLAB 7.3"):
            raise file.broken("it is a MAT file of version 7.3 (HDF5), and those of this set are of version 5")
        if not head.endswith(b"\x00\x01IM"):
            raise file.broken("it is not a MAT file of version 5")
        for _ in range(_MOST):
            if stream.tell() == end:
                break
            kind, size = struct.unpack("<II", exactly(stream, 8))
            following = stream.tell() + size
            if following > end:
                raise file.broken(f"it ends {following - end:,} bytes before its last variable does")
            variable = _Variable(file, stream, kind, size)
            if variable.name in names:
                if variable.name in found:
                    raise file.broken(f"it has two variables {variable.name}")
                found[variable.name] = variable.read()
            stream.seek(following)
        else:
            raise file.broken(f"it has more than {_MOST} variables")
    if lacking := sorted(set(names) - found.keys()):
        raise file.broken(f"it has no variable {lacking[0]}")
    return found


class _Limited:
    """The next `left` bytes of a stream."""

    def __init__(self, stream: Reading, left: int) -> None:
        self._stream, self.left = stream, left

    def read(self, n: int, /) -> bytes:
        found = self._stream.read(min(n, self.left)) if self.left else b""
        self.left -= len(found)
        return found


class _Unfolding:
    """What a compressed stream unfolds to, never more at a time than is asked for."""

    def __init__(self, stream: Reading) -> None:
        self._stream, self.machine = stream, zlib.decompressobj()

    def read(self, n: int, /) -> bytes:
        # Of zlib, nothing would ask for everything. At its end, a tail that is no part of it is never consumed.
        while n > 0 and not self.machine.eof:
            piece = self.machine.unconsumed_tail or self._stream.read(_INPUT)
            found = self.machine.decompress(piece, n)
            if found or not piece:
                return found
        return b""


class _Variable:
    """A variable whose bytes are still to be read."""

    def __init__(self, file: DataFile, stream: BinaryIO, kind: int, size: int) -> None:
        self._file, self._most = file, size
        self._unfolding: _Unfolding | None = None
        element: Reading = _Limited(stream, size)
        if kind == _COMPRESSED:
            self._unfolding = element = _Unfolding(element)
            kind, size = struct.unpack("<II", exactly(element, 8))
            self._most *= DEFLATE
        if kind != _MATRIX:
            raise file.broken(f"it has an element of type {kind} where variables should be")
        self._content = _Limited(element, size)
        flags, sizes = self._part(range(8, 9), _UINT32), self._part(range(4, 33, 4), _INT32)
        self._class, self._complex = flags[0], bool(flags[1] & _COMPLEX)
        self._shape: tuple[int, ...] = struct.unpack(f"<{len(sizes) // 4}i", sizes)
        self.name = self._part(range(65), _INT8, _UTF8).decode("latin-1")

    def read(self) -> Pixels:
        """All of it: nothing may lie behind."""
        other = self._broken(
            f"holds {_KINDS.get(self._class, 'numbers of another type')}, and should hold unsigned bytes"
        )
        if self._class not in (_DOUBLES, _BYTES) or self._complex:
            raise other
        if min(self._shape) < 1:
            raise self._broken("is empty")
        kind, size, source = self._tag()
        # MATLAB stores whole numbers of type double as the smallest integers that hold them: SVHN's labels are such.
        if kind != _UINT8:
            raise other
        if size != (claim := math.prod(self._shape)):
            raise self._broken(f"claims {claim:,} bytes, and does not have them")
        if claim > min(self._most, LARGEST):
            limit = f"there can be {self._most:,} at most" if claim > self._most else f"{LARGEST:,} are the limit"
            raise self._broken(f"claims {claim:,} bytes, and {limit}")
        array = array_of(source, self._shape[::-1])
        self._align()
        if self._content.left or (self._unfolding and (self._unfolding.read(1) or not self._unfolding.machine.eof)):
            raise self._broken("goes on behind its bytes, or ends before")
        return array

    def _part(self, sizes: range, *kinds: int) -> bytes:
        """The content of the next, small element."""
        kind, size, source = self._tag()
        if kind not in kinds or size not in sizes:
            raise self._file.broken("it has a variable that is not described as MAT files describe them")
        found = exactly(source, size)
        self._align()
        return found

    def _tag(self) -> tuple[int, int, Reading]:
        """(type, size, where the content is: of elements of 4 bytes or fewer, inside their tag)."""
        kind, size = struct.unpack("<II", tag := exactly(self._content, 8))
        if kind >> 16:
            return kind & 0xFFFF, kind >> 16, BytesIO(tag[4:])
        return kind, size, self._content

    def _align(self) -> None:
        """Pass over what fills an element up to 8 bytes, as all of them are."""
        exactly(self._content, self._content.left % 8)

    def _broken(self, what: str) -> DataBroken:
        return self._file.broken(f"its variable {self.name} {what}")

"""Arrays of bytes in MAT files of version 5, the layout of SVHN.

A file is a row of elements, each a tag (type, size) and its content; a compressed element holds one element more. What
is read of a variable before its bytes is small, and its bytes must be as many as its shape says and the file can hold.
"""

import math
import struct
import zlib
from collections.abc import Collection
from typing import BinaryIO

import numpy as np

from emergescope.datasets.files import DEFLATE, LARGEST, DataFile, Reading, array_of, exactly
from emergescope.datasets.records import Pixels
from emergescope.errors import DataBroken

_INT8, _UINT8, _INT32, _UINT32, _MATRIX, _COMPRESSED, _UTF8 = 1, 2, 5, 6, 14, 15, 16  # types of elements
_KINDS = {1: "cells", 2: "a struct", 3: "an object", 4: "text", 5: "a sparse matrix", 6: "numbers of type double"}
_DOUBLES, _BYTES, _COMPLEX = 6, 9, 8  # of a matrix: two classes, and a flag
_MOST = 16  # variables; the original has two
_INPUT = 2**16


def read_mat(file: DataFile, names: Collection[str]) -> dict[str, Pixels]:
    """The arrays of these names, uint8, their axes reversed: the last one is MATLAB's first. Raises DataBroken."""
    found: dict[str, Pixels] = {}
    with file.opened() as stream:
        end = file.size
        _check_head(file, exactly(stream, 128))
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


def _check_head(file: DataFile, head: bytes) -> None:
    if head.startswith(b"MATLAB 7.3"):
        raise file.broken("it is a MAT file of version 7.3 (HDF5), and those of this set are of version 5")
    if head[124:128] != b"\x00\x01IM":
        raise file.broken("it is not a MAT file of version 5")


class _Limited:
    """The next `size` bytes of a stream."""

    def __init__(self, stream: Reading, size: int) -> None:
        self._stream, self.left = stream, size

    def read(self, n: int, /) -> bytes:
        found = self._stream.read(min(n, self.left)) if self.left else b""
        self.left -= len(found)
        return found


class _Unfolding:
    """What a compressed stream unfolds to, never more at a time than is asked for."""

    def __init__(self, stream: Reading) -> None:
        self._stream, self._machine = stream, zlib.decompressobj()

    def read(self, n: int, /) -> bytes:
        # Of zlib, nothing would ask for everything. At its end, a tail that is no part of it is never consumed.
        while n > 0 and not self._machine.eof:
            piece = self._machine.unconsumed_tail or self._stream.read(_INPUT)
            found = self._machine.decompress(piece, n)
            if found or not piece:
                return found
        return b""

    @property
    def ended(self) -> bool:
        return not self.read(1) and self._machine.eof


class _Variable:
    """A variable whose bytes are still to be read."""

    def __init__(self, file: DataFile, stream: BinaryIO, kind: int, size: int) -> None:
        self._file, self._unfolding = file, None
        element: Reading = _Limited(stream, size)
        self._most = size
        if kind == _COMPRESSED:
            self._unfolding = element = _Unfolding(element)
            kind, size = struct.unpack("<II", exactly(element, 8))
            self._most *= DEFLATE
        if kind != _MATRIX:
            raise file.broken(f"it has an element of type {kind} where variables should be")
        self._content = _Limited(element, size)
        flags, sizes = self._part(8, _UINT32), self._part(32, _INT32)
        if len(flags) != 8 or len(sizes) % 4:
            raise self._unlike()
        self._class, self._complex = flags[0], bool(flags[1] & _COMPLEX)
        self._shape: tuple[int, ...] = struct.unpack(f"<{len(sizes) // 4}i", sizes)
        self.name = self._part(64, _INT8, _UTF8).decode("latin-1")

    def read(self) -> Pixels:
        if self._class not in (_DOUBLES, _BYTES) or self._complex:
            raise self._no_bytes()
        if min(self._shape, default=0) < 1:
            raise self._file.broken(f"its variable {self.name} is empty")
        claim = math.prod(self._shape)
        kind, size, inline = self._tag()
        # MATLAB stores whole numbers of type double as the smallest integers that hold them: SVHN's labels are such.
        if self._class == _DOUBLES and kind != _UINT8:
            raise self._no_bytes()
        if kind != _UINT8 or size != claim:
            raise self._file.broken(f"its variable {self.name} claims {claim:,} bytes, and does not have them")
        if claim > min(self._most, LARGEST):
            limit = f"there can be {self._most:,} at most" if claim > self._most else f"{LARGEST:,} are the limit"
            raise self._file.broken(f"its variable {self.name} claims {claim:,} bytes, and {limit}")
        shape = self._shape[::-1]
        if inline:
            array = np.frombuffer(bytearray(inline), np.uint8).reshape(shape)
        else:
            array = array_of(self._content, shape)
            exactly(self._content, -size % 8)
        if self._content.left or (self._unfolding is not None and not self._unfolding.ended):
            raise self._file.broken(f"its variable {self.name} goes on behind its bytes, or ends before")
        return array

    def _part(self, most: int, *kinds: int) -> bytes:
        """The content of the next, small element."""
        kind, size, inline = self._tag()
        if kind not in kinds or size > most:
            raise self._unlike()
        return inline or exactly(self._content, size + -size % 8)[:size]

    def _tag(self) -> tuple[int, int, bytes]:
        """(type, size, content of an element of 4 bytes or fewer: those come inside their tag)."""
        kind, size, inline = *struct.unpack("<II", tag := exactly(self._content, 8)), b""
        if kind >> 16:
            kind, size = kind & 0xFFFF, kind >> 16
            inline = tag[4 : 4 + min(size, 4)]
        return kind, size, inline

    def _no_bytes(self) -> DataBroken:
        what = _KINDS.get(self._class, "numbers of another type")
        return self._file.broken(f"its variable {self.name} holds {what}, and should hold unsigned bytes")

    def _unlike(self) -> DataBroken:
        return self._file.broken("it has a variable that is not described as MAT files describe them")

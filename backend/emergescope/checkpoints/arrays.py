"""NumPy's files of arrays, .npz and .npy: headers are held against sizes, and objects are never unpickled."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from emergescope.checkpoints.shapes import STEPS, Weights, steps_said
from emergescope.errors import WeightsError

# What Python's reader of zips raises of files that are none, or are damaged.
UNREADABLE_ZIP = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError)
_ARRAY = ".npy"
_MOST_MEMBERS = 100_000


@contextmanager
def open_npz(path: Path) -> Iterator[Weights]:
    """The arrays of numbers in an .npz. Raises WeightsError."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive)
            heads = {name: head for name, member in members.items() if (head := _head(archive, member)) is not None}

            def read(name: str) -> Any:
                with archive.open(members[name]) as file:
                    return _array(file)

            said = {key: read(key) for key in STEPS if heads.get(key) == ((), "i") or heads.get(key) == ((), "u")}
            yield Weights({name: shape for name, (shape, _) in heads.items()}, steps_said(said), read)
    except UNREADABLE_ZIP as error:
        raise WeightsError(f"it is no .npz, or a damaged one: {str(error)[:200]}") from None


@contextmanager
def open_npy(path: Path) -> Iterator[Weights]:
    """The one array of an .npy. Raises WeightsError."""

    def read(name: str) -> Any:
        with open(path, "rb") as file:
            return _array(file)

    try:
        with open(path, "rb") as file:
            shape, _ = _shape_and_kind(file, path.stat().st_size, path.name)
        yield Weights({"": shape}, {}, read)
    except (ValueError, EOFError) as error:
        raise WeightsError(f"it is no .npy, or a damaged one: {str(error)[:200]}") from None


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    members: dict[str, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        name = member.filename.removesuffix(_ARRAY)
        if name in members:
            raise WeightsError(f"it has two arrays called {name[:100]!r}")
        if member.filename.endswith(_ARRAY):
            members[name] = member
    if len(members) > _MOST_MEMBERS:
        raise WeightsError(f"it has {len(members):,} arrays, and {_MOST_MEMBERS:,} are the most")
    return members


def _head(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[tuple[int, ...], str] | None:
    """The shape and kind of an array; None for one that has no numbers, but text, say."""
    with archive.open(member) as file:
        shape, kind = _shape_and_kind(file, member.file_size, member.filename)
    return (shape, kind) if kind in "fiubc" else None


def _shape_and_kind(file: IO[bytes], size: int, name: str) -> tuple[tuple[int, ...], str]:
    """What a header says, once it fits `size`, the bytes of it all."""
    version = npy.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise WeightsError(f"{name[:100]!r} is no array of numbers")
    shape, _, dtype = (npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0)(file)
    if dtype.hasobject:
        raise WeightsError(f"{name[:100]!r} holds Python objects, and to read those could run code: save numbers alone")
    if prod(shape) * dtype.itemsize != size - file.tell():
        raise WeightsError(f"{name[:100]!r} is not as long as its header says, {[*shape]} of {dtype}")
    return tuple(shape), dtype.kind


def _array(file: IO[bytes]) -> Any:
    array = npy.read_array(file, allow_pickle=False)
    return np.asarray(array, array.dtype.newbyteorder("="))

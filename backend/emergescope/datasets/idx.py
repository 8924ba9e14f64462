"""IDX, the layout of MNIST and of all that looks like it: a header that tells sizes, then bytes; gzipped or not."""

import math
import struct
from collections.abc import Sequence
from typing import BinaryIO

import numpy as np

from emergescope.datasets.files import DEFLATE, LARGEST, DataFile, Images, Pixels, array_of, exactly, paired

_BYTES = 8  # the code of unsigned bytes
_WHAT = {1: "labels", 3: "images"}


def read_idx(files: Sequence[DataFile], shape: tuple[int, ...], classes: int) -> Images:
    """Images of that shape from the first of two files, with their labels from the other. Raises DataBroken."""
    pixels, labels = (_read(file, of) for file, of in zip(files, (shape, ()), strict=True))
    return paired(files, pixels, labels.astype(np.int64), classes)


def count_idx(file: DataFile, shape: tuple[int, ...]) -> int:
    """How many images, by the header. Raises DataBroken."""
    with file.opened() as stream:
        return _header(file, stream, shape)


def _read(file: DataFile, shape: tuple[int, ...]) -> Pixels:
    with file.opened() as stream:
        count = _header(file, stream, shape)
        array = array_of(stream, (count, *shape))
        if stream.read(1):
            raise file.broken("it goes on behind what its header claims")
        return array


def _header(file: DataFile, stream: BinaryIO, shape: tuple[int, ...]) -> int:
    """How many items of `shape` there are, once the file is found to be large enough for them."""
    size, rank = file.size, 1 + len(shape)
    magic = exactly(stream, 4)
    if magic[:3] != bytes((0, 0, _BYTES)):
        raise file.broken("it is not an IDX file of bytes")
    if magic[3] != rank:
        raise file.broken(f"it holds {_WHAT.get(magic[3], 'something else')} where {_WHAT[rank]} should be")
    count, *found = struct.unpack(f">{rank}I", exactly(stream, 4 * rank))
    if tuple(found) != shape:
        raise file.broken(f"its images have {_by(found)} pixels, and those of this set {_by(shape)}")
    claim = count * math.prod(shape)
    whole = 4 + 4 * rank + claim
    if whole < size and not file.packed:
        raise file.broken(f"it goes on for {size - whole:,} bytes behind what its header claims")
    if whole > size * (DEFLATE if file.packed else 1):
        raise file.broken(f"its header claims {claim:,} bytes of {_WHAT[rank]}, and the file has {size:,} in all")
    if claim > LARGEST:
        raise file.broken(f"it would take {claim:,} bytes of memory, and {LARGEST:,} are the limit")
    return int(count)


def _by(shape: tuple[int, ...] | list[int]) -> str:
    return " x ".join(f"{side:,}" for side in shape)

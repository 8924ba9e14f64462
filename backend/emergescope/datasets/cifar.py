"""CIFAR-10, the version for Python: six pickles with 10,000 images each, a row of 3,072 bytes for an image."""

from collections.abc import Sequence

import numpy as np

from emergescope.datasets.files import DataFile, paired
from emergescope.datasets.pickles import read_pickle
from emergescope.datasets.records import Images

_LARGEST_BATCH = 10**8  # bytes; those of the original have a third of that


def read_batches(files: Sequence[DataFile], shape: tuple[int, ...], classes: int) -> Images:
    """Images [H, W, 3] of some batches, in order. Raises DataBroken."""
    batches = [_read(file, shape, classes) for file in files]
    return Images(
        np.concatenate([batch.pixels for batch in batches]), np.concatenate([batch.labels for batch in batches])
    )


def _read(file: DataFile, shape: tuple[int, ...], classes: int) -> Images:
    if (size := file.size) > _LARGEST_BATCH:
        raise file.broken(f"it has {size:,} bytes, and a batch has {_LARGEST_BATCH:,} at most")
    with file.opened() as stream:
        data = stream.read(size)
    try:
        found = read_pickle(data)
    except ValueError as error:
        raise file.broken(str(error)) from None
    rows, labels = found.get("data"), found.get("labels")
    height, width, colours = shape
    if not isinstance(rows, np.ndarray) or rows.ndim != 2 or rows.shape[1] != height * width * colours:
        raise file.broken(f"its data are not rows of {height * width * colours:,} bytes")
    if rows.dtype != np.uint8:
        raise file.broken(f"its data are {rows.dtype} and not bytes: save them as uint8, if it is your own")
    if isinstance(labels, np.ndarray) and labels.ndim == 1:
        labels = labels.tolist()
    if not isinstance(labels, list) or not all(type(label) is int and 0 <= label < classes for label in labels):
        raise file.broken(f"its labels are not a list of numbers from 0 to {classes - 1}")
    planes = rows.reshape(-1, colours, height, width)  # red, green, blue
    pixels = np.ascontiguousarray(planes.transpose(0, 2, 3, 1))
    return paired(pixels, np.array(labels, np.int64), file, file, classes)

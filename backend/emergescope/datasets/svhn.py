"""SVHN, cropped digits: MAT files with images X [32, 32, 3, n] and labels y [n, 1], where 10 stands for the digit 0."""

import numpy as np

from emergescope.datasets.files import DataFile, paired
from emergescope.datasets.mat import read_mat
from emergescope.datasets.records import Images


def read_svhn(file: DataFile, shape: tuple[int, ...], classes: int) -> Images:
    """Images [H, W, 3] and digits. Raises DataBroken."""
    found = read_mat(file, ("X", "y"))
    columns, labels = found["X"], found["y"].reshape(-1).astype(np.int64)
    if columns.ndim != 4 or columns.shape[1:] != shape[::-1]:
        raise file.broken(f"its images X are not of shape {' x '.join(map(str, shape))} x n")
    if labels.min() < 1 or labels.max() > classes:
        raise file.broken(f"it has labels from {labels.min()} to {labels.max()}, where there are 1 to {classes}")
    pixels = np.ascontiguousarray(columns.transpose(0, 3, 2, 1))
    return paired(pixels, labels % classes, file, file, classes)

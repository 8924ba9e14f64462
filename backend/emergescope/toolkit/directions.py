"""Directions in the space of inputs that neurons of images are compared with: there is no dictionary of the truth."""

import torch
from torch import Tensor


def class_means(x: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Unit vectors [d, classes] (float64) from the mean of all inputs x [n, d] to the mean of each class; 0 for a class
    without inputs.
    """
    means = torch.zeros(classes, x.shape[1], dtype=torch.float64)
    centre = x.mean(0, dtype=torch.float64)
    for c in set(labels.tolist()):
        means[c] = x[labels == c].mean(0, dtype=torch.float64) - centre
    return _unit(means.T)


def principal_directions(x: Tensor, most: int) -> Tensor:
    """The directions of largest variance of x [n, d], largest first, [d, r] orthonormal (float64) with r <= most.

    A direction and its opposite are the same: the entry of largest size is made positive.
    """
    x = x.to(torch.float64)
    centred = x - x.mean(0)
    if x.shape[0] < x.shape[1]:
        # The smaller of the two matrices of inner products has the same spectrum.
        _, vectors = torch.linalg.eigh(centred @ centred.T)
        directions = _unit(centred.T @ vectors.flip(1)[:, : min(most, x.shape[0] - 1)])
    else:
        _, vectors = torch.linalg.eigh(centred.T @ centred)
        directions = vectors.flip(1)[:, :most]
    largest = directions.gather(0, directions.abs().argmax(0, keepdim=True))
    turned: Tensor = directions * largest.sign()
    return turned


def _unit(columns: Tensor) -> Tensor:
    unit: Tensor = columns / columns.norm(dim=0).clamp(min=1e-30)
    return unit

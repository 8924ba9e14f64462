"""Whether neurons form two clusters: 2-means on the sphere, and how well separated they are (figure 3 of the paper).

Paired neurons start with equal weights, w_i = w_{m+i}, so even unrelated pairs give each neuron one close neighbour.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from emergescope.toolkit.spectrum import eigenvectors

NEAR = 0.9  # cosine with its centre above which a neuron counts as part of the cluster
_ITERATIONS = 100


@dataclass(frozen=True)
class Clusters:
    """Two groups of n unit vectors.

    label    [n] int64, 0 for the cluster whose centre lies nearer to the direction asked for, else 1
    centres  [2, d] unit vectors
    cosine   [n] cos with the own centre
    """

    label: Tensor
    centres: Tensor
    cosine: Tensor

    @property
    def share(self) -> float:
        """Share of vectors with a cosine above NEAR to their centre."""
        return float((self.cosine > NEAR).double().mean())


def principal_direction(unit: Tensor) -> Tensor | None:
    """The unit vector v [d] with the largest sum of <u_i, v>^2 over the rows of `unit` [n, d], not centred; None where
    a row is not finite, or all are zero. Its sign is arbitrary.
    """
    if not bool(unit.isfinite().all()):
        return None
    wide = unit.shape[0] < unit.shape[1]
    gram = unit @ unit.T if wide else unit.T @ unit
    first = eigenvectors(gram)[1][:, -1]
    v = unit.T @ first if wide else first
    return v / v.norm() if bool(unit.any()) else None


def two_means(unit: Tensor, towards: Tensor) -> Clusters | None:
    """2-means on the sphere (Dhillon and Modha 2001) of the rows of `unit` [n, d], unit vectors or zero: centres that
    maximise the sum of cosines with the own centre. `towards` [d] decides which cluster is the first.

    Starts from the two halves along the first principal direction, cut at the mean, and goes on until no vector changes
    sides; each iteration raises the sum, so it ends. A vector as near to both centres stays where it is, so neither
    cluster runs empty. None where a vector is not finite, or all are the same.
    """
    axis = principal_direction(unit)
    if axis is None or bool((unit == unit[0]).all()):
        return None
    along = unit @ axis
    label = (along > along.mean()).long()
    if not 0 < int(label.sum()) < len(label):  # all as far along, but for rounding
        label = (torch.arange(len(unit), device=unit.device) == int((unit @ unit[0]).argmin())).long()
    for _ in range(_ITERATIONS):
        sums = torch.stack([unit[label == c].sum(0) for c in (0, 1)])
        centres = sums / sums.norm(dim=1, keepdim=True).clamp(min=1e-12)  # of a sum of zero: zero
        cosine = unit @ centres.T
        moved = torch.where(cosine[:, 0] == cosine[:, 1], label, cosine.argmax(1))
        if bool((moved == label).all()):
            break
        label = moved
    first, second = (centres @ towards).tolist()
    if first < second:
        label, centres, cosine = 1 - label, centres.flip(0), cosine.flip(1)
    return Clusters(label, centres, cosine.gather(1, label[:, None])[:, 0])


def silhouette(unit: Tensor, label: Tensor) -> float | None:
    """Mean silhouette (Rousseeuw 1987) of two clusters on the cosine distance 1 - <u_i, u_j>, for the rows of `unit`
    [n, d], unit vectors or zero, and `label` [n] of 0 and 1. In [-1, 1]; None where a vector is not finite, or a
    cluster is empty.

    The mean distance to a cluster is one minus the product with its mean, so no matrix of pairs is needed.
    """
    inside = torch.nn.functional.one_hot(label, 2).bool()
    count = inside.sum(0)
    if not bool(unit.isfinite().all()) or int(count.min()) == 0:
        return None
    u = unit.double()
    distance = count - u @ (inside.double().T @ u).T  # [n, 2] sums of distances to both clusters
    own, other = distance[inside], distance[~inside]  # row by row, as each has one of each
    own = own - (1 - u.square().sum(1))  # a vector has no distance from itself, also if rounding or zero says so
    near = own / (count[label] - 1).clamp(min=1)
    far = other / count[1 - label]
    larger = torch.maximum(near, far)
    alone = count[label] == 1  # 0 by definition, as where all distances are 0
    score = torch.where(alone | (larger <= 0), 0.0, (far - near) / larger.clamp(min=torch.finfo(u.dtype).tiny))
    return float(score.mean())

"""The directions that neurons are compared with: a dictionary M, or, for images, means and principal directions."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Dictionary:
    """D columns in R^d, k of them relevant.

    matrix    [d, D] float64, columns M_j
    relevant  [k] sorted column indices A
    names     [D] of the patterns, where they are pictures
    """

    matrix: Tensor
    relevant: tuple[int, ...]
    names: tuple[str, ...] | None = None

    @property
    def gram(self) -> Tensor:
        """M^T M, [D, D]; the identity for an orthonormal dictionary."""
        return self.matrix.T @ self.matrix

    @property
    def is_orthonormal(self) -> bool:
        return bool(torch.allclose(self.gram, torch.eye(self.matrix.shape[1], dtype=self.matrix.dtype), atol=1e-10))

    @property
    def coherence(self) -> float:
        """The largest |<M_i, M_j>| of two patterns, 0 for an orthonormal dictionary (mu / sqrt(d) in appendix F)."""
        return 0.0 if self.is_orthonormal else float(self.gram.fill_diagonal_(0).abs().max())

    @property
    def signal(self) -> Tensor:
        """s = sum_{j in A} M_j, [d], the effective feature direction (Lemma 4)."""
        return self.matrix[:, list(self.relevant)].sum(1)


class Known:
    """A problem as it was drawn.

    dictionary  columns in R^d that neurons are compared with; the sum of the relevant ones is the signal s
    names       of the columns; None where they are numbered patterns
    signal      what s is called
    picture     the shape of a neuron's weights, (height, width) or (height, width, 3), where they are a picture
    facts       numbers worth knowing
    provenance  where real data come from
    """

    dictionary: Dictionary
    names: tuple[str, ...] | None
    signal: str
    picture: tuple[int, ...] | None
    facts: Mapping[str, float]
    provenance: Mapping[str, str | int | None]


def class_means(x: Tensor, labels: Tensor, classes: int) -> Tensor:
    """Unit vectors [d, classes] (float64) from the mean of all inputs x [n, d] to the mean of each class; 0 for a class
    without inputs.
    """
    means = torch.zeros(classes, x.shape[1], dtype=torch.float64)
    centre = x.mean(0, dtype=torch.float64)
    for c in set(labels.tolist()):
        means[c] = x[labels == c].mean(0, dtype=torch.float64) - centre
    return unit_columns(means.T)


def principal_directions(x: Tensor, most: int) -> Tensor:
    """The directions of largest variance of x [n, d], largest first, [d, r] orthonormal (float64) with r <= most.

    A direction and its opposite are the same: the entry of largest size is made positive.
    """
    x = x.to(torch.float64)
    centred = x - x.mean(0)
    if x.shape[0] < x.shape[1]:
        # The smaller of the two matrices of inner products has the same spectrum.
        _, vectors = torch.linalg.eigh(centred @ centred.T)
        directions = unit_columns(centred.T @ vectors.flip(1)[:, : min(most, x.shape[0] - 1)])
    else:
        _, vectors = torch.linalg.eigh(centred.T @ centred)
        directions = vectors.flip(1)[:, :most]
    largest = directions.gather(0, directions.abs().argmax(0, keepdim=True))
    turned: Tensor = directions * largest.sign()
    return turned


def unit_columns(columns: Tensor) -> Tensor:
    """Each divided by its norm; one of zero stays zero."""
    unit: Tensor = columns / columns.norm(dim=0).clamp(min=1e-30)
    return unit

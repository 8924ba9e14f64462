"""Singular values of the hidden weight matrix, and eigenvectors of Gram matrices whatever they are made of."""

import math

import torch
from torch import Tensor

# Largest entries of weights whose squares neither overflow nor vanish in single precision, with sums of them.
_LEAST, _MOST = 1e-12, 1e12


def singular_values(weights: Tensor, most: int) -> Tensor:
    """The `most` largest singular values of `weights` [n, d], largest first, through the smaller Gram matrix; NaN where
    a weight is not finite.
    """
    count = min(most, *weights.shape)
    largest = float(weights.abs().max())
    if not math.isfinite(largest):
        return torch.full((count,), torch.nan, dtype=weights.dtype, device=weights.device)
    if _LEAST < largest < _MOST:
        gram = weights.T @ weights if weights.shape[0] >= weights.shape[1] else weights @ weights.T
        try:
            squared: Tensor = torch.linalg.eigvalsh(gram)
            return squared.flip(0)[:count].clamp(min=0).sqrt()
        except RuntimeError:  # as of `eigenvectors`
            pass
    scale = largest or 1.0
    values: Tensor = torch.linalg.svdvals(weights.double() / scale)[:count] * scale
    return values.to(weights.dtype)


def eigenvectors(gram: Tensor) -> tuple[Tensor, Tensor]:
    """Eigenvalues in ascending order, and eigenvectors as columns, of a symmetric matrix [n, n].

    Where weights have all but lost some direction, products of what is left of it are too small to be told from zero in
    single precision, and the eigenvalues may not be found. In double precision they are.
    """
    try:
        values, vectors = torch.linalg.eigh(gram)
    except RuntimeError:
        values, vectors = (part.to(gram.dtype) for part in torch.linalg.eigh(gram.double()))
    return values, vectors

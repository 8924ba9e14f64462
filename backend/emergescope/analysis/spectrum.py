"""Singular values of the hidden weight matrix."""

import torch
from torch import Tensor


def singular_values(weights: Tensor, most: int) -> Tensor:
    """The `most` largest singular values of `weights` [n, d], largest first, through the smaller Gram matrix."""
    gram = weights.T @ weights if weights.shape[0] >= weights.shape[1] else weights @ weights.T
    if not gram.isfinite().all():
        return torch.full((min(most, gram.shape[0]),), torch.nan, dtype=weights.dtype, device=weights.device)
    squared: Tensor = torch.linalg.eigvalsh(gram)
    return squared.flip(0)[:most].clamp(min=0).sqrt()

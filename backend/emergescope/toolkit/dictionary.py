"""The directions that neurons are compared with: a dictionary M, D columns in R^d, k of them relevant."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Dictionary:
    """The patterns of a problem.

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

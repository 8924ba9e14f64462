"""A matrix of low rank of which some entries are known, and one round of a linear recursive feature machine on it."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from emergescope.studies.linear_rfm.config import AT_ONCE, LowRankMatrix
from emergescope.toolkit.seeds import Stream, generator


@dataclass(frozen=True)
class Problem:
    """The matrix [d, d], which entries are known, and its singular vectors [d, r] and values [r]."""

    truth: Tensor
    known: Tensor
    left: Tensor
    values: Tensor
    right: Tensor

    def error(self, completed: Tensor) -> float:
        """The mean square over entries that are held out."""
        return float((self.truth - completed)[~self.known].square().mean())

    def share(self, m: Tensor) -> float:
        """How much of tr M lies in the row space of the matrix."""
        return min(1.0, float((self.right * (m @ self.right)).sum() / m.diagonal().sum()))


@dataclass(frozen=True)
class Estimate:
    """After a round: the matrix as far as it is completed, and M. Never changed, so that it is its own copy.

    over  whether rounds after that change nothing
    """

    round: int
    completed: Tensor
    m: Tensor
    over: bool = False

    @cached_property
    def finite(self) -> bool:
        return bool(self.completed.isfinite().all() and self.m.isfinite().all())


def draw_problem(problem: LowRankMatrix, seed: int, dtype: torch.dtype, device: torch.device | str) -> Problem:
    """Y = U V with Gaussian factors, scaled to |Y|_F = d; and known entries, chosen among all alike."""
    d, r = problem.d, problem.true_rank
    chance = generator(seed, Stream.DICTIONARY)
    u, v = (torch.randn(d, r, generator=chance, dtype=torch.float64) for _ in range(2))
    (left, inner), (right, other) = torch.linalg.qr(u), torch.linalg.qr(v)
    turn, values, back = torch.linalg.svd(inner @ other.T)
    scale = d / values.norm()
    known = torch.zeros(d * d, dtype=torch.bool)
    known[torch.randperm(d * d, generator=generator(seed, Stream.TRAINING))[: problem.observed]] = True
    numbers = (u @ v.T * scale, left @ turn, values * scale, right @ back.T)
    truth, left, values, right = (one.to(device, dtype) for one in numbers)
    return Problem(truth, known.reshape(d, d).to(device), left, values, right)


class Rows:
    """The known entries of each row, side by side: rows that have fewer than others are padded."""

    def __init__(self, problem: Problem) -> None:
        counts = problem.known.sum(1)
        self._width = max(1, int(counts.max()))
        order = (~problem.known).to(torch.int8).sort(dim=1, stable=True).indices  # known ones first, from the left
        self._places = order[:, : self._width]
        self._padding = torch.arange(self._width, device=counts.device) >= counts[:, None]
        self._values = problem.truth.gather(1, self._places).masked_fill_(self._padding, 0)

    def fit(self, p: Tensor, ridge: float) -> Tensor:
        """Kernel ridge regression of each row on its known entries O, with the kernel `p`: [d, d], whose row i is
        a' p[O, :] with (p[O, O] + ridge I) a = y_i[O].
        """
        coefficients = torch.zeros_like(p)
        count = max(1, AT_ONCE // self._width**2)
        for rows in (slice(first, first + count) for first in range(0, len(p), count)):
            places, padding = self._places[rows], self._padding[rows]
            kernel = p[places[:, :, None], places[:, None, :]]
            kernel.masked_fill_(padding[:, :, None] | padding[:, None, :], 0)
            kernel.diagonal(dim1=1, dim2=2).add_(padding.to(p.dtype) + ridge)  # so that padding has coefficients of 0
            found, _ = torch.linalg.solve_ex(kernel, self._values[rows, :, None])
            coefficients[rows].scatter_(1, places, found[:, :, 0])
        return coefficients @ p


def kernel_of(m: Tensor, alpha: float) -> Tensor:
    """M^(2 alpha), of a symmetric M without negative eigenvalues."""
    if alpha == 1:
        return m @ m
    if alpha == 0.5:
        return m
    values, vectors = torch.linalg.eigh(m)
    kernel: Tensor = (vectors * values.clamp(min=0) ** (2 * alpha)) @ vectors.T
    return kernel


def outer_product(completed: Tensor) -> Tensor:
    """M: the average gradient outer product of predictors that are the rows of `completed`."""
    return completed.T @ completed / len(completed)

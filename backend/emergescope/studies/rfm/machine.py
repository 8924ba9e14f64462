"""A kernel machine f(x) = sum_i a_i exp(-√((x - x_i)ᵀ M (x - x_i)) / L), its gradients in closed form; and what it
learns: a product of two coordinates.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from emergescope.studies.rfm.config import ROWS, Product
from emergescope.toolkit.seeds import Stream, generator

_ROUNDING = 8  # square distances below so many roundings of the squares that they are differences of are zero


@dataclass(frozen=True)
class Machine:
    """`x` [n, d] are the training points, `weights` [n] the a_i, `metric` [d, d] is M."""

    x: Tensor
    weights: Tensor
    metric: Tensor
    bandwidth: float

    def output(self, z: Tensor) -> Tensor:
        """f(z), [count], for points [count, d]."""
        parts = (_distances(part, self.x, self.metric) for part in torch.split(z, ROWS))
        return torch.cat([distances.div_(-self.bandwidth).exp_() @ self.weights for distances in parts])

    def gradients(self) -> Tensor:
        """Of f at the training points, [n, d]. Terms at distance zero, where the kernel has a kink, are left out."""
        pushes = self.weights[:, None] * self.x
        found = []
        for part in torch.split(self.x, ROWS):
            distances = _distances(part, self.x, self.metric)
            slopes = (distances / -self.bandwidth).exp_().div_(distances).div_(self.bandwidth)
            slopes.masked_fill_(distances == 0, 0)
            found.append((slopes @ pushes - (slopes @ self.weights)[:, None] * part) @ self.metric)
        return torch.cat(found)

    def outer_product(self, *, centred: bool = False) -> Tensor:
        """The average of ∇f ∇fᵀ over the training points, [d, d]."""
        gradients = self.gradients()
        if centred:
            gradients = gradients - gradients.mean(0)
        return gradients.T @ gradients / len(gradients)


def fit(x: Tensor, y: Tensor, metric: Tensor, bandwidth: float, ridge: float) -> Machine:
    """Solve (K + ridge I) a = y. The weights are NaN where rounding leaves that matrix not positive definite."""
    kernel = _distances(x, x, metric).div_(-bandwidth).exp_()
    kernel.diagonal().add_(ridge)
    factor, failed = torch.linalg.cholesky_ex(kernel)
    weights = torch.full_like(y, torch.nan) if failed else torch.cholesky_solve(y[:, None], factor)[:, 0]
    return Machine(x, weights, metric, bandwidth)


def _distances(x: Tensor, z: Tensor, metric: Tensor) -> Tensor:
    """√((x_i - z_j)ᵀ M (x_i - z_j)), zero where it is lost in rounding."""
    moved = x @ metric
    of_x, of_z = (moved * x).sum(1), ((z @ metric) * z).sum(1)
    scale = of_x[:, None] + of_z
    squares = (moved @ z.T).mul_(-2).add_(scale)
    squares.masked_fill_(squares < scale.mul_(_ROUNDING * torch.finfo(x.dtype).eps), 0)
    return squares.sqrt_()


def draw(
    problem: Product, count: int, seed: int, stream: Stream, dtype: torch.dtype, device: torch.device | str
) -> tuple[Tensor, Tensor]:
    """`count` points [count, d], and their targets [count]; the same ones on any device."""
    normal = torch.randn((count, problem.d), generator=generator(seed, stream), dtype=torch.float64)
    x = normal.mul_(problem.deviation).to(device, dtype)
    y = x[:, 0] * x[:, 1]
    return x, y * (x[:, 5] > 0) if problem.target == "gated" else y


def permuted(metric: Tensor, relevant: tuple[int, ...], seed: int) -> Tensor:
    """The diagonal of M, its values moved among coordinates: those of relevant ones go to others, drawn by the seed."""
    chance = generator(seed, Stream.DICTIONARY)
    others = torch.tensor([j for j in range(len(metric)) if j not in relevant])
    others = others[torch.randperm(len(others), generator=chance)]
    order = torch.cat([torch.tensor(relevant), others]).to(metric.device)
    moved = torch.empty_like(metric.diagonal())
    moved[order.roll(-len(relevant))] = metric.diagonal()[order]
    return moved.diag()

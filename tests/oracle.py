"""The network as one would write it by hand: in R^d, with autograd. What the pattern-space engine is held against."""

import math

import torch
from torch import Tensor

from emergescope.toolkit.dictionary import Dictionary
from emergescope.toolkit.hinge.config import NetworkMethod, Phase
from emergescope.toolkit.hinge.samples import Batch


def smooth(u: Tensor, sigma_xi: float) -> Tensor:
    """F(u) = s npdf(u/s) + u ncdf(u/s), by torch's own ncdf and differentiable."""
    t = u / sigma_xi
    density = torch.exp(-t.square() / 2) / math.sqrt(2 * math.pi)
    value: Tensor = sigma_xi * density + u * torch.special.ndtr(t)
    return value


class AmbientNetwork(torch.nn.Module):
    """Equation (2) with w in R^d, float64."""

    def __init__(self, w: Tensor, b: Tensor, a: Tensor) -> None:
        super().__init__()
        self.w, self.b, self.a = (torch.nn.Parameter(t.clone()) for t in (w, b, a))

    def forward(self, x: Tensor, sigma_xi: float) -> Tensor:
        z = x @ self.w.T + self.b
        hidden = z.clamp(0, 1) if sigma_xi == 0 else smooth(z, sigma_xi) - smooth(z - 1, sigma_xi)
        output: Tensor = hidden @ self.a
        return output

    def step(self, x: Tensor, y: Tensor, phase: Phase) -> float:
        """One step of gradient descent on hinge loss + l2, every penalty written out."""
        self.zero_grad()
        loss = torch.clamp(1 - y * self(x, phase.sigma_xi), min=0).mean()
        penalty = phase.lambda_w * self.w.square().sum() + phase.lambda_a * self.a.square().sum()
        torch.autograd.backward(loss + penalty)
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                if name in phase.trains and parameter.grad is not None:
                    parameter.sub_(parameter.grad, alpha=phase.eta)
        return float(loss.detach())


def initial_weights(method: NetworkMethod, k: int, d: int, sigma_a: float, chance: torch.Generator) -> list[Tensor]:
    """Paired w [2m, d], b [2m], a [2m], drawn in the order in which the engine draws them."""
    scales = (method.sigma_w or 1 / k, method.sigma_b or 1 / k**2, method.sigma_a or sigma_a)
    shapes = ((method.m, d), (method.m,), (method.m,))
    w, b, a = (
        torch.randn(*shape, generator=chance, dtype=torch.float64) * scale
        for shape, scale in zip(shapes, scales, strict=True)
    )
    return [torch.cat([w, w]), torch.cat([b, b]), torch.cat([a, -a])]


def ambient_inputs(batch: Batch, dictionary: Dictionary) -> Tensor:
    """x = M phi, [n, d] float64."""
    return batch.x.double() @ dictionary.matrix.T

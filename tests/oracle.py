"""The network as one would write it by hand: in R^d, with autograd. What the pattern-space engine is held against."""

import torch
from torch import Tensor

from emergescope.config import NetworkMethod, Phase
from emergescope.problems import Batch, Dictionary


class AmbientNetwork(torch.nn.Module):
    """Equation (2) with w in R^d, float64."""

    def __init__(self, w: Tensor, b: Tensor, a: Tensor) -> None:
        super().__init__()
        self.w, self.b, self.a = (torch.nn.Parameter(t.clone()) for t in (w, b, a))

    def forward(self, x: Tensor, sigma_xi: float) -> Tensor:
        z = x @ self.w.T + self.b
        if sigma_xi == 0:
            hidden = z.clamp(0, 1)
        else:
            normal = torch.distributions.Normal(torch.zeros((), dtype=z.dtype), torch.ones((), dtype=z.dtype))

            def smooth(u: Tensor) -> Tensor:
                return sigma_xi * normal.log_prob(u / sigma_xi).exp() + u * normal.cdf(u / sigma_xi)

            hidden = smooth(z) - smooth(z - 1)
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
    return batch.phi.double() @ dictionary.matrix.T

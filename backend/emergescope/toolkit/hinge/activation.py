"""The truncated ReLU sigma(z) = min(1, max(z, 0)) and its closed-form Gaussian smoothing (section 3.1)."""

import math

import torch
from torch import Tensor

_TAIL = 9.0


def truncated_relu_slope(z: Tensor) -> Tensor:
    """sigma'(z) as zeros and ones; one at the two kinks, as autograd has it."""
    return ((z >= 0) & (z <= 1)).to(z.dtype)


def smoothed(z: Tensor, sigma_xi: float) -> tuple[Tensor, Tensor]:
    """E_xi sigma(z + xi) for xi ~ N(0, sigma_xi^2), and its derivative, both of the shape of z.

    With F(u) = s npdf(u/s) + u ncdf(u/s): E sigma(z + xi) = F(z) - F(z - 1), derivative ncdf(z/s) - ncdf((z-1)/s).
    Written with P(u) = ncdf(u) - 1/2, which erf gives without cancellation near zero. Overwrites z.
    """
    root = math.sqrt(0.5) / sigma_xi
    # Past nine deviations both terms are constant to the last bit, and exp would crawl through denormal numbers.
    t = (z * root).clamp_(-_TAIL, _TAIL)
    t1 = ((z - 1).mul_(root)).clamp_(-_TAIL, _TAIL)
    density = torch.exp((t * t).neg_()).sub_(torch.exp((t1 * t1).neg_())).mul_(sigma_xi / math.sqrt(2 * math.pi))
    p1 = t1.erf_().mul_(0.5)
    slope = t.erf_().mul_(0.5).sub_(p1)
    value = z.mul_(slope).add_(density).add_(p1).add_(0.5)
    return value, slope

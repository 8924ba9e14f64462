"""Paired ("unbiased") initialisation: the second half of the neurons mirrors the first, so g = 0 (section 3.1)."""

import torch

from emergescope.config import DictionaryProblem, Method
from emergescope.models.geometry import Geometry
from emergescope.models.two_layer import TwoLayerNetwork


def initialise(
    method: Method,
    problem: DictionaryProblem,
    geometry: Geometry,
    generator: torch.Generator,
    dtype: torch.dtype,
    device: torch.device | str,
) -> TwoLayerNetwork:
    """For i <= m: w_i ~ N(0, sigma_w^2 I_d), b_i ~ N(0, sigma_b^2), a_i ~ N(0, sigma_a^2); w, b repeated, a negated.

    Theory (where the method leaves them open): sigma_w = 1/k, sigma_b = 1/k^2, sigma_a = sigma~^2 / (gamma k^2). Drawn
    in R^d in float64, so that both precisions and both spaces start from the same numbers.
    """
    k = problem.k
    sigma_w = 1 / k if method.sigma_w is None else method.sigma_w
    sigma_b = 1 / k**2 if method.sigma_b is None else method.sigma_b
    sigma_a = theory_sigma_a(problem) if method.sigma_a is None else method.sigma_a
    w = torch.randn(method.m, problem.d, generator=generator, dtype=torch.float64) * sigma_w
    b = torch.randn(method.m, generator=generator, dtype=torch.float64) * sigma_b
    a = torch.randn(method.m, generator=generator, dtype=torch.float64) * sigma_a
    q, outside = geometry.split(w)
    return TwoLayerNetwork(
        geometry,
        q=torch.cat([q, q]).to(device=device, dtype=dtype),
        b=torch.cat([b, b]).to(device=device, dtype=dtype),
        a=torch.cat([a, -a]).to(device=device, dtype=dtype),
        outside=torch.cat([outside, outside]).to(device=device, dtype=dtype),
    )


def theory_sigma_a(problem: DictionaryProblem) -> float:
    """sigma_a = sigma~^2 / (gamma k^2), with |gamma| where a control without structure has labels of another sign."""
    gamma = abs(problem.gamma) or 0.5
    return problem.sigma_tilde**2 / (gamma * problem.k**2)

"""Paired ("unbiased") initialisation: the second half of the neurons mirrors the first, so g = 0 (section 3.1)."""

import torch

from emergescope.config import DictionaryProblem, HingeMethod, Problem
from emergescope.models.geometry import Geometry
from emergescope.models.two_layer import TwoLayerNetwork


def initialise(
    method: HingeMethod,
    problem: Problem,
    geometry: Geometry,
    generator: torch.Generator,
    dtype: torch.dtype,
    device: torch.device | str,
) -> TwoLayerNetwork:
    """For i <= m: w_i ~ N(0, sigma_w^2 I_d), b_i ~ N(0, sigma_b^2), a_i ~ N(0, sigma_a^2); w, b repeated, a negated.

    Where the method leaves the deviations open, they are those of `usual_deviations`. Drawn in R^d in float64, so that
    both precisions and both spaces start from the same numbers.
    """
    given = (method.sigma_w, method.sigma_b, method.sigma_a)
    usual = usual_deviations(problem)
    sigma_w, sigma_b, sigma_a = (u if g is None else g for g, u in zip(given, usual, strict=True))
    w = torch.randn(method.m, geometry.d, generator=generator, dtype=torch.float64) * sigma_w
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


def usual_deviations(problem: Problem) -> tuple[float, float, float]:
    """(sigma_w, sigma_b, sigma_a). For patterns those of the theory, 1/k, 1/k^2 and sigma~^2 / (gamma k^2); for images,
    of which it says nothing, small ones, so that what is learned is soon larger.
    """
    if isinstance(problem, DictionaryProblem):
        return 1 / problem.k, 1 / problem.k**2, theory_sigma_a(problem)
    return 0.003, 0.001, 0.05


def theory_sigma_a(problem: DictionaryProblem) -> float:
    """sigma_a = sigma~^2 / (gamma k^2), with |gamma| where a control without structure has labels of another sign."""
    gamma = abs(problem.gamma) or 0.5
    return problem.sigma_tilde**2 / (gamma * problem.k**2)

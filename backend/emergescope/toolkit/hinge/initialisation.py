"""Paired ("unbiased") initialisation: the second half of the neurons mirrors the first, so g = 0 (section 3.1)."""

import torch

from emergescope.toolkit.hinge.config import HingeMethod
from emergescope.toolkit.hinge.geometry import Geometry
from emergescope.toolkit.hinge.two_layer import TwoLayerNetwork


def initialise(
    method: HingeMethod,
    usual: tuple[float, float, float],
    geometry: Geometry,
    generator: torch.Generator,
    dtype: torch.dtype,
    device: torch.device | str,
) -> TwoLayerNetwork:
    """For i <= m: w_i ~ N(0, sigma_w^2 I_d), b_i ~ N(0, sigma_b^2), a_i ~ N(0, sigma_a^2); w, b repeated, a negated.

    Where the method leaves the deviations open, they are the `usual` ones. Drawn in R^d in float64, so that
    both precisions and both spaces start from the same numbers.
    """
    given = (method.sigma_w, method.sigma_b, method.sigma_a)
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

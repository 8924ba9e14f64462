"""Expectations over a standard Gaussian, as sums. Knows no torch."""

from functools import cache

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]


@cache
def gauss_hermite(nodes: int = 120) -> tuple[Doubles, Doubles]:
    """Nodes z and weights: an expectation over a standard Gaussian is a sum."""
    z, weight = np.polynomial.hermite_e.hermegauss(nodes)
    return z, weight / weight.sum()

"""Expectations over a standard Gaussian, as sums. Knows no torch."""

from functools import cache

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
_NODES = 120


@cache
def gauss_hermite() -> tuple[Doubles, Doubles]:
    """Nodes z and weights: an expectation over a standard Gaussian is a sum."""
    z, weight = np.polynomial.hermite_e.hermegauss(_NODES)
    return z, weight / weight.sum()

"""The singular values of random features, the bulk, and where something of rank one stands out of it. Knows no torch.

Features of Gaussian inputs are taken for Gaussian ones with the same covariance, c1² W W' + c*² I: their linear part,
and the rest as noise. For the bulk that is the theory of sample covariances (Silverstein and Bai 1995), for what stands
out of it that of matrices of rank one in noise (Benaych-Georges and Nadakuditi 2012).
"""

from dataclasses import dataclass
from functools import cache, cached_property
from math import pi, sqrt

import numpy as np

from emergescope.toolkit.gaussian import Doubles

_ATOMS = 400  # that a density is a sum of
_HALVINGS = 80


@cache
def rows_spectrum(shape: float) -> tuple[Doubles, Doubles]:
    """Eigenvalues of W W', and the share of each, where W has `shape` rows of unit norm for each column."""
    low, high = (1 - sqrt(shape)) ** 2, (1 + sqrt(shape)) ** 2
    angle = (np.arange(_ATOMS) + 0.5) * pi / _ATOMS
    at = (low + high) / 2 + (high - low) / 2 * np.cos(angle)
    root = (high - low) / 2 * np.sin(angle)
    share = root**2 / (2 * pi * shape * at) * pi / _ATOMS
    return np.append(at, 0.0), np.append(share, max(0.0, 1 - share.sum()))


@dataclass(frozen=True)
class Bulk:
    """Singular values of features [samples, width] of inputs; `linear` is c1, `rest` c*."""

    samples: int
    width: int
    inputs: int
    linear: float
    rest: float

    @property
    def _shape(self) -> float:
        return self.width / self.samples

    @cached_property
    def _population(self) -> tuple[Doubles, Doubles]:
        """Eigenvalues of the covariance, and the share of each."""
        at, share = rows_spectrum(self.width / self.inputs)
        return self.linear**2 * at + self.rest**2, share

    def _square(self, level: float) -> float:
        """What an eigenvalue `level` of the covariance is in a sample: a singular value squared, per sample."""
        at, share = self._population
        return level * (1 + self._shape * float(share @ (at / (level - at))))

    @cached_property
    def _last(self) -> float:
        """The level below which an eigenvalue of the covariance is lost in the bulk."""
        at, share = self._population
        low, high = float(at.max()) * (1 + 1e-9), float(at.max()) * (2 + 2 * sqrt(self._shape))
        for _ in range(_HALVINGS):
            level = (low + high) / 2
            if self._shape * float(share @ (at / (level - at)) ** 2) > 1:
                low = level
            else:
                high = level
        return high

    @property
    def edge(self) -> float:
        """The largest singular value of the bulk."""
        return sqrt(self.samples * self._square(self._last))

    def of_inputs(self, row: float) -> float:
        """The largest singular value where a part of rank one and size `row` was added to the weights W."""
        shape = self.width / self.inputs
        if row**2 <= sqrt(shape):
            return self.edge
        weights = (1 + row**2) * (shape + row**2) / row**2
        level = self.linear**2 * weights + self.rest**2
        return sqrt(self.samples * self._square(level)) if level > self._last else self.edge

    def of_features(self, size: float) -> float:
        """The largest singular value where a part of rank one and this size was added to the features."""
        strength = size**2 / self.samples
        if strength * self._transform(self._last) <= 1:
            return self.edge
        low, high = self._last, 10 * (self._last + strength)
        for _ in range(_HALVINGS):
            level = (low + high) / 2
            if strength * self._transform(level) > 1:
                low = level
            else:
                high = level
        return sqrt(self.samples * self._square(low))

    def _transform(self, level: float) -> float:
        """One over the strength that has its singular value there."""
        square = self._square(level)
        return square / level * (1 / level - (1 - self._shape) / square) / self._shape

"""What theory expects of the step: a spike of rank one in random weights, in numbers. Knows no torch.

The direction of the spike and its size are the paper's. Where on the path it leaves the bulk is the theory of matrices
of low rank in noise (Benaych-Georges and Nadakuditi 2012); by how much the bulk grows is our algebra.
"""

from dataclasses import dataclass
from functools import cache
from math import sqrt

import numpy as np

from emergescope.studies.one_step.config import OneStepConfig
from emergescope.toolkit.gaussian import gauss_hermite

TARGETS = {"tanh": np.tanh, "sin": np.sin}


@dataclass(frozen=True)
class Moments:
    """Over a standard Gaussian z, of the neurons' function tanh and the target's f."""

    slope: float  # h₁ = E tanh'(z)
    wobble: float  # Var tanh'(z)
    target: float  # h₁* = E z f(z)
    square: float  # h₂* = E f(z)²


@cache
def moments(target: str) -> Moments:
    z, weight = gauss_hermite()
    slope, value = 1 - np.tanh(z) ** 2, TARGETS[target](z)
    mean = float(weight @ slope)
    wobble = float(weight @ slope**2) - mean**2
    return Moments(mean, wobble, float(weight @ (z * value)), float(weight @ value**2))


@dataclass(frozen=True)
class Spike:
    """What the whole step adds to weights with random rows of unit norm.

    row      r, the length of the part that all neurons have in common
    overlap  the cosine of that part with the target
    growth   the square of the length of what is each neuron's own, which is like noise: the bulk grows by it
    shape    width / inputs
    """

    row: float
    overlap: float
    growth: float
    width: int
    shape: float

    @property
    def strength(self) -> float:
        """The singular value of the part in common."""
        return self.row * sqrt(self.width)

    def noise(self, t: float) -> float:
        """The deviation of the bulk at t, in units of that at the start."""
        return sqrt(1 + self.growth * t * t)

    def edge(self, t: float) -> float:
        """The largest singular value of the bulk."""
        return self.noise(t) * (1 + sqrt(self.shape))

    @property
    def threshold(self) -> float | None:
        """The place t on the path at which the spike leaves the bulk; None where it does not."""
        square = self.strength**2 - sqrt(self.shape) * self.growth
        return self.shape**0.25 / sqrt(square) if square > sqrt(self.shape) else None

    def top_value(self, t: float) -> float:
        """The largest singular value at t."""
        square = (t * self.strength / self.noise(t)) ** 2
        if square <= sqrt(self.shape):
            return self.edge(t)
        return self.noise(t) * sqrt((1 + square) * (self.shape + square) / square)

    def seen_overlap(self, t: float) -> float:
        """The cosine with the target of the leading direction of the weights at t, without its sign."""
        square = (t * self.strength / self.noise(t)) ** 2
        if square <= sqrt(self.shape):
            return 0.0
        return self.overlap * sqrt(max(0.0, 1 - (self.shape + square) / (square * (square + 1))))

    def cosine(self, t: float) -> float:
        """The mean cosine of neurons with the target at t."""
        return t * self.row * self.overlap / sqrt(self.noise(t) ** 2 + (t * self.row) ** 2)


def spike_of(config: OneStepConfig) -> Spike:
    """Of the step of this configuration. Shuffled labels have nothing to do with their inputs."""
    method, d = config.method, config.problem.d
    known = moments(config.problem.label_function)
    carried = 0.0 if config.problem.labels == "shuffled" else known.target
    length = sqrt(known.square / method.alpha_0 + carried**2)  # of the mean of y x
    return Spike(
        row=method.eta * known.slope * length,
        overlap=carried / length,
        growth=method.eta**2 * known.wobble * known.square / method.alpha_0,
        width=method.width,
        shape=method.width / d,
    )

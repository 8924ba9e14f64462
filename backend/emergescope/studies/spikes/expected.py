"""What theory expects of the features at a step size: how large each spike is, and where it leaves the bulk. No torch.

The step adds to neuron i the vector c₁ η aᵢ β. Given the input κ along β the neuron says m(uᵢ κ) on average, with uᵢ =
c₁ η aᵢ |β| and m(s) = E σ(z + s) = Σ cₖ sᵏ. In samples and neurons that is a matrix of low rank, whose singular values
are found here by Gaussian sums. For small steps that of degree k is the paper's; at finite size all degrees are in it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from math import factorial, sqrt

import numpy as np

from emergescope.studies.spikes.bulk import Bulk
from emergescope.studies.spikes.config import SHOWN, SeveralDegrees, SmallStep, SpikesConfig
from emergescope.toolkit.gaussian import Doubles, gauss_hermite

ACTIVATIONS: dict[str, Callable[[Doubles], Doubles]] = {"sin": np.sin, "tanh": np.tanh}
SLOPES: dict[str, Callable[[Doubles], Doubles]] = {"sin": np.cos, "tanh": lambda z: 1 - np.tanh(z) ** 2}
STANDS_OUT = 1.02  # a singular value over the edge of the bulk
_NODES = 64  # of sums over output weights, inputs and noise


def hermite(degree: int, z: Doubles) -> Doubles:
    """The Hermite polynomial of this degree, of length one under a standard Gaussian."""
    series = np.zeros(degree + 1)
    series[degree] = 1 / sqrt(factorial(degree))
    return np.asarray(np.polynomial.hermite_e.hermeval(z, series))


@dataclass(frozen=True)
class Moments:
    """Of an activation, over a standard Gaussian z."""

    mean: float
    coefficients: tuple[float, ...]  # c₁, c₂, ...: of the Hermite polynomials with leading coefficient 1
    variance: float
    wobble: float  # Var σ'

    @property
    def slope(self) -> float:
        """c₁ = E σ'(z)."""
        return self.coefficients[0]


@cache
def moments(activation: str, shift: float) -> Moments:
    z, weight = gauss_hermite()
    value, slope = ACTIVATIONS[activation](z + shift), SLOPES[activation](z + shift)
    mean = float(weight @ value)
    found = tuple(float(weight @ (value * hermite(k, z))) / sqrt(factorial(k)) for k in range(1, SHOWN + 1))
    wobble = float(weight @ slope**2) - float(weight @ slope) ** 2
    return Moments(mean, found, float(weight @ value**2) - mean**2, wobble)


@dataclass(frozen=True)
class Gradient:
    """Of the step: the length of β and its cosine with the target."""

    length: float
    overlap: float


def gradient_of(problem: SeveralDegrees, method: SmallStep) -> Gradient:
    """β = X'y / n: the target's linear part, and noise. Shuffled labels have nothing to do with their inputs."""
    carried = 0.0 if problem.labels == "shuffled" else abs(problem.degrees[0])
    length = sqrt(carried**2 + problem.d / method.samples * problem.square)
    return Gradient(length, carried / length)


@dataclass(frozen=True)
class Expected:
    """At one step size, in units of √n. `values` are the singular values of spikes in falling order, the edge where
    they are lost in it; `degrees` whose degree each is; `edge` is that of the bulk.
    """

    edge: float
    values: tuple[float, ...]
    degrees: tuple[int, ...]

    def value(self, place: int) -> float:
        """Of the first spike, the second, ..."""
        return self.values[place - 1] if place <= len(self.values) else self.edge

    @property
    def count(self) -> int:
        """How many stand out."""
        return sum(value > STANDS_OUT * self.edge for value in self.values)


def expected_at(config: SpikesConfig, exponent: float) -> Expected:
    """What the features of this configuration should be at an exponent a."""
    return _expected(config.problem, config.method, exponent)


@lru_cache(maxsize=2048)
def _expected(problem: SeveralDegrees, method: SmallStep, exponent: float) -> Expected:
    known, eta = moments(method.activation, method.input_shift), method.eta(exponent)
    step = known.slope * eta * gradient_of(problem, method).length / sqrt(method.width)
    # What each neuron has of the gradient for itself makes the variance of what it receives grow.
    own = eta**2 / method.width * problem.d / method.samples * problem.square * known.wobble
    averages, linear, rest = _averages(method, step, own)
    bulk = Bulk(method.samples, method.width, problem.d, linear, rest)
    found = []
    for degree, size in _modes(averages, method.output_weights == "equal"):
        if degree == 1 and linear:
            value = bulk.of_inputs(size / abs(linear) * sqrt(method.width))
        else:
            value = bulk.of_features(size * sqrt(method.samples * method.width))
        found.append((value, -degree))
    found.sort(reverse=True)
    root = sqrt(method.samples)
    return Expected(bulk.edge / root, tuple(value / root for value, _ in found), tuple(-degree for _, degree in found))


def _averages(method: SmallStep, step: float, own: float) -> tuple[Doubles, float, float]:
    """What neurons say on average, for output weights a and inputs κ at the nodes of Gaussian sums [a, κ]. And over all
    their slope, and the deviation of what is neither average nor linear.
    """
    z, weight = gauss_hermite(_NODES)
    a, of_a = _output_weights(method.output_weights == "equal")
    spread = np.sqrt(1 + own * a**2)[:, None, None]
    said = ACTIVATIONS[method.activation](spread * z + (step * np.outer(a, z))[:, :, None] + method.input_shift)
    average = said @ weight
    linear = float(of_a @ ((said * z) @ weight) @ weight)
    variance = float(of_a @ ((said**2) @ weight - average**2) @ weight)
    return average, linear, sqrt(max(variance - linear**2, 1e-12))


def _output_weights(equal: bool) -> tuple[Doubles, Doubles]:
    """√N a, and the share of each."""
    return (np.ones(1), np.ones(1)) if equal else gauss_hermite(_NODES)


def _modes(averages: Doubles, equal: bool) -> list[tuple[int, float]]:
    """The parts of rank one that averages [a, κ] are a sum of: (degree, size). Those that are odd in κ are of degree 1,
    3, ..., the even ones, without their mean, of 2, 4, ... Of equal neurons there is one, whatever it holds.
    """
    (_, weight), (_, of_a) = gauss_hermite(_NODES), _output_weights(equal)
    averages = averages - (averages @ weight)[:, None]
    mirrored = averages[:, ::-1]
    parts = {1: averages} if equal else {1: (averages - mirrored) / 2, 2: (averages + mirrored) / 2}
    found = []
    for least, part in parts.items():
        sizes = np.linalg.svd(np.sqrt(of_a)[:, None] * part * np.sqrt(weight), compute_uv=False)
        found += [(least + 2 * i, float(size)) for i, size in enumerate(sizes[:SHOWN])]
    return found


def departure(config: SpikesConfig, place: int) -> float | None:
    """The exponent a at which the first spike, the second, ... begins to stand out; None where it does not in the run's
    range.
    """
    return _departure(config.problem, config.method, config.training.from_exponent, config.training.to_exponent, place)


@lru_cache(maxsize=256)
def _departure(problem: SeveralDegrees, method: SmallStep, first: float, last: float, place: int) -> float | None:
    def stands(exponent: float) -> bool:
        expected = _expected(problem, method, exponent)
        return expected.value(place) > STANDS_OUT * expected.edge

    before = first
    for exponent in np.linspace(first, last, 26).tolist():
        if stands(exponent):
            low, high = before, exponent
            for _ in range(8 if low < high else 0):
                middle = (low + high) / 2
                low, high = (low, middle) if stands(middle) else (middle, high)
            return float(high)
        before = exponent
    return None

"""What theory says of sparse parity and its first gradient, in numbers and words. Knows no torch.

The coefficients of majority and their gap are the paper's; the first gradient of weights that are no signs, and what
networks without biases cannot do, are our own algebra.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import comb

import numpy as np
import numpy.typing as npt

from emergescope.studies.hidden_progress.config import HiddenProgressConfig
from emergescope.studies.study import ReferenceLine, Statement, Theory
from emergescope.toolkit import ansatz_display as ansatz

Doubles = npt.NDArray[np.float64]

FEWEST = 30  # inputs from which on the integral of `population_gradient` has ended where it is cut
_STEP, POINTS = 0.1, 300  # of the integral, the step in units of 1 / |w_i|
_MOST, _LEAST = 2**20, 2**14  # samples of the gradient that is measured; what fewer show is lost in their noise
_WORK = 2**31  # samples times weights, at most


def majority_coefficient(n: int, size: int) -> float:
    """|E[maj(x) prod_{j in T} x_j]| for n fair signs x, n odd, and a set T of `size` of them; 0 for even sizes."""
    if size % 2 == 0:
        return 0.0
    half, pairs = (n - 1) // 2, (size - 1) // 2
    return float(Fraction(comb(n - 1, half) * comb(half, pairs), comb(n - 1, size - 1) << (n - 1)))


def population_gradient(weights: Doubles, bias: Doubles, relevant: Sequence[int]) -> Doubles:
    """E[y x_j 1(<w_i, x> + b_i > 0)] for each neuron and input, [m, n]: the expected gradient, -(dL/dw_ij) / a_i, while
    every sample is inside the margin.

    With z = <w, x> + b and T the relevant inputs with j taken out, or put in, it is E[1(z > 0) prod_{l in T} x_l]. The
    characteristic function of z under that sign is a product of one sine or cosine per input, so the expectation is an
    integral over a line. It has ended where it is cut if no few inputs make up z: see FEWEST.
    """
    found = np.empty_like(weights, dtype=np.float64)
    inside = np.zeros(weights.shape[1], dtype=bool)
    inside[list(relevant)] = True
    for row, w, b in zip(found, weights.astype(np.float64), bias.astype(np.float64), strict=True):
        row[:] = _of_neuron(w, float(b), inside)
    return found


def _of_neuron(w: Doubles, b: float, inside: npt.NDArray[np.bool_]) -> Doubles:
    size, k = float(np.linalg.norm(w)), int(inside.sum())
    t: Doubles = (np.arange(POINTS, dtype=np.float64)[:, None] + 0.5) * (_STEP / size)
    sines, cosines = np.sin(t * w), np.cos(t * w)
    all_in, all_out = sines[:, inside].prod(1, keepdims=True), cosines[:, ~inside].prod(1, keepdims=True)
    row = np.empty_like(w)
    row[inside] = _integral(t, b, k - 1, _others(sines[:, inside]) * cosines[:, inside] * all_out)
    row[~inside] = _integral(t, b, k + 1, all_in * sines[:, ~inside] * _others(cosines[:, ~inside]))
    return row


def _integral(t: Doubles, b: float, size: int, product: Doubles) -> Doubles:
    """E[1(z > 0) prod_{l in T} x_l] for sets T of `size` inputs, from `product` [t, sets], by the midpoint rule."""
    wave = np.sin(b * t) if size % 2 == 0 else np.cos(b * t)
    sign = -1 if size // 2 % 2 else 1
    total: Doubles = (sign / np.pi * wave / t * product).sum(0) * float(t[1, 0] - t[0, 0])
    return total if size else total + 0.5


def _others(columns: Doubles) -> Doubles:
    """For each column the product of all others."""
    one = np.ones((len(columns), 1))
    before = np.concatenate([one, columns[:, :-1].cumprod(1)], 1)
    product: Doubles = before * np.concatenate([columns[:, :0:-1].cumprod(1)[:, ::-1], one], 1)
    return product


def sample_count(config: HiddenProgressConfig) -> int:
    """On how many samples the first gradient is measured beside that prediction; 0 where it is not."""
    problem = config.problem
    affordable = min(_MOST, _WORK // (problem.n * config.method.width))
    predicted = problem.labels == "parity" and not config.cannot_be_learned and problem.n >= FEWEST
    return affordable if predicted and affordable >= _LEAST else 0


def gap(config: HiddenProgressConfig) -> float | None:
    """By how much the first gradient is larger on relevant inputs than on others; None where there is nothing to tell.

    To leading order in 1/n, for weights and biases uniform in ±1/√n. Each further sign in an expectation of 1(z > 0)
    costs one factor w, of variance 1/(3n), and one more derivative of the density of z, of variance 1/3. From order
    k - 2 to order k that derivative, near zero, grows by (k - 1) / (1/3) for even k, and by k / (1/3) for odd k.
    With n - k for n it is the paper's ratio of weights that are signs.
    """
    problem = config.problem
    if problem.labels == "random" or config.cannot_be_learned or not 1 < problem.k < problem.n:
        return None
    return (problem.n - problem.k) / (problem.k if problem.k % 2 else problem.k - 1)


def theory_of(config: HiddenProgressConfig) -> Theory:
    """Statements in the order of the argument, and lines across the curves."""
    lines = [ReferenceLine("test_accuracy", 0.5, "a coin")]
    if config.cannot_be_learned:
        lines.append(ReferenceLine("test_loss", 1.0, "no biases, odd k: not below 1"))
    statements = (_majority(config), _first_gradient(config), _without_biases(config))
    return Theory((*statements, *([ansatz.statement()] if config.capture.ansatz else [])), tuple(lines))


def _majority(config: HiddenProgressConfig) -> Statement:
    n, k = config.problem.n, config.problem.k
    stated = n % 2 == 1 and k % 2 == 0 and k < n
    text = "It is stated for an odd number of inputs and an even number of relevant ones."
    if stated:
        on, off = majority_coefficient(n, k - 1), majority_coefficient(n, k + 1)
        text = (
            f"|ξ_{k - 1}| = {on:.3g} and |ξ_{k + 1}| = {off:.3g}: of weights that are signs the first gradient is "
            f"{(n - k) / (k - 1):.3g} times larger on a relevant input than on another."
        )
    return Statement(
        "fourier-gap",
        "The Fourier gap of majority",
        "|ξ_{k−1}| / |ξ_{k+1}| = (n − k)/(k − 1)",
        text,
        (n - k) / (k - 1) if stated else None,
        False,
        (
            "Hidden weights begin as signs, ±1, and a neuron is active where most inputs agree with its signs.",
            "n is odd and k is even.",
            "All samples are inside the margin.",
        ),
        ("Weights begin uniform here, as layers of PyTorch do, and not as signs: the next statement is about them.",),
    )


def _first_gradient(config: HiddenProgressConfig) -> Statement:
    problem, found = config.problem, gap(config)
    text = "Labels are coin flips, or the next statement holds: the expected gradient is zero."
    if found is not None:
        text = (
            f"Entries of the expected gradient are about {found:.3g} times larger on the {problem.k} relevant inputs "
            f"than on the other {problem.n - problem.k}. A step on B samples adds noise of about 1/(2√B) to each, "
            f"{0.5 / config.training.batch**0.5:.2g} here, which only many steps average out."
        )
    elif problem.labels == "parity" and not config.cannot_be_learned:
        text = "With one relevant input, or with all of them relevant, there is nothing to compare."
    limits = [f"To leading order in 1/n, and n = {problem.n}."] if found is not None else []
    return Statement(
        "first-gradient",
        "The first gradient of uniform weights",
        "on / off ≈ (n − k)/(k − 1) for even k,  (n − k)/k for odd k",
        text,
        found,
        found is not None,
        (
            "Hidden weights and biases begin uniform in ±1/√n.",
            "All samples are inside the margin, as at the start, where |f| < 1.",
            "The gradient is over the distribution.",
        ),
        tuple(limits),
    )


def _without_biases(config: HiddenProgressConfig) -> Statement:
    applies = config.cannot_be_learned and config.problem.labels == "parity"
    return Statement(
        "no-biases",
        "Without biases an odd parity has no gradient",
        "E max(1 − y f, 0) ≥ 1 − E[y f] = 1",
        "relu(z) = z/2 + |z|/2: without biases the network is a linear function plus an even one. An odd parity of "
        "three or more inputs is uncorrelated with both, so no such network has a smaller loss than one that says 0, "
        "and inside the margin the expected gradient is zero.",
        1.0 if applies else None,
        applies,
        ("No biases in the hidden layer.", "k is odd, and at least 3.", "The loss is over the distribution."),
        (
            "It bounds the loss and not the error: the sign of minus the sum of three inputs is their parity three "
            "times out of four. Nothing pulls the weights there.",
        )
        if applies
        else (),
    )

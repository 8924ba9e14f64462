"""Lemma 5 beside measurement: what the first two gradients should be, and what they were.

    dL/dw_i = -a_i sum_j M_j T_j,   T_j = E[y sigma'(z_i) phi_j] ~ beta_i gamma / sigma~ for j in A, ~ 0 otherwise,
with beta_i the probability that neuron i is active. It assumes that all samples are inside the margin and that a
neuron's activity hardly depends on the relevant patterns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from emergescope.studies.patterns.config import DictionaryProblem
from emergescope.toolkit.hinge.two_layer import TwoLayerNetwork

_TOLD = 100  # patterns that are told one by one


@dataclass(frozen=True)
class PullForecast:
    """Lemma 5 for one step, made before it: beta [n], and T_j of relevant patterns for each neuron [n]."""

    beta: Tensor
    relevant: Tensor


def activity(network: TwoLayerNetwork, problem: DictionaryProblem, sigma_xi: float) -> Tensor:
    """beta_i, [n]: the probability that 0 < z_i + xi < 1 over background patterns and noise.

    By the central limit theorem z_i ~ N(b_i, sum_{j not in A} q_ij^2 Var(phi_j) + sigma_zeta^2 |w_i|^2).
    """
    products = network.geometry.products(network.q)
    share = problem.p_o * (1 - problem.p_o) / problem.sigma_tilde**2
    variance = products[:, network.geometry.background].square().sum(1) * share + sigma_xi**2
    if problem.input_noise > 0:
        variance = variance + problem.input_noise**2 * network.weights().square().sum(1)
    deviation = variance.sqrt().clamp(min=1e-12)
    ndtr = torch.special.ndtr
    active: Tensor = ndtr((1 - network.b) / deviation) - ndtr(-network.b / deviation)
    return active


def gradient_gain(problem: DictionaryProblem, balance: bool) -> float:
    """gamma / sigma~; with balanced classes, where each sample counts 1 / (2 P(y)), that over 4 P(+) P(-)."""
    positive = problem.positive_share
    weight = 1 / (4 * positive * (1 - positive)) if balance else 1.0
    return weight * problem.correlation / problem.sigma_tilde


def forecast(network: TwoLayerNetwork, problem: DictionaryProblem, sigma_xi: float, balance: bool) -> PullForecast:
    """What the next gradient of `network` should be."""
    beta = activity(network, problem, sigma_xi)
    return PullForecast(beta, beta * gradient_gain(problem, balance))


def compare_pull(
    predicted: PullForecast, pull: Tensor, relevant: Sequence[int], shown: Sequence[int]
) -> dict[str, Any] | None:
    """`pull` [n, D], the T_j of each neuron as measured, beside the prediction; None where one of them is not finite.

    See docs/experiments.md for the fields. `shown` are the patterns that are told one by one, relevant ones first.
    """
    if not bool(pull.isfinite().all()) or not bool(predicted.beta.isfinite().all()):
        return None
    mean, deviation = pull.mean(0), pull.std(0, correction=0)
    expected = float(predicted.relevant.mean())
    inside = torch.zeros(pull.shape[1], dtype=torch.bool, device=pull.device)
    inside[list(relevant)] = True
    measured = float(mean[inside].mean())
    return {
        "relevant": _group(mean[inside], expected),
        "background": _group(mean[~inside], 0.0),
        "beta": _short(float(predicted.beta.mean())),
        "error": _short(abs(measured - expected) / abs(expected)) if expected else None,
        "patterns": [
            {
                "pattern": j,
                "relevant": bool(inside[j]),
                "predicted": _short(expected if inside[j] else 0.0),
                "measured": _short(float(mean[j])),
                "deviation": _short(float(deviation[j])),
            }
            for j in shown[:_TOLD]
        ],
    }


def _group(mean: Tensor, predicted: float) -> dict[str, float | None]:
    """Mean over a group of patterns, and the deviation between them; None for a group without patterns."""
    measured = (mean.mean(), mean.std(correction=0)) if mean.numel() else (None, None)
    told = zip(("predicted", "measured", "deviation"), (predicted, *measured), strict=True)
    return {name: None if value is None else _short(float(value)) for name, value in told}


def _short(value: float) -> float:
    """Four digits: the sampling error is larger than what is cut."""
    return float(f"{value:.4g}")

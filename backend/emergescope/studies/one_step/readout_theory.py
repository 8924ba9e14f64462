"""The test error of ridge regression on the features of the network after the step, for many inputs. Knows no torch.

A neuron sees tanh(z + r κ), with the same κ ~ N(0, 1) along the spike for all neurons. Given κ, features are as good
as Gaussian (Cui and others): a mean c₀(κ), a part c₁(κ) <w, x> that is linear in the input, and noise c(κ). Ridge
regression on those is solved by a few averages over κ and the spectrum of the bulk. The equations are our derivation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from emergescope.studies.one_step.config import OneStepConfig
from emergescope.studies.one_step.spike import TARGETS, Spike, spike_of
from emergescope.toolkit.gaussian import Doubles, gauss_hermite

_ROUNDS, _NEAR = 1000, 1e-9
_GRID = 400  # of the spectrum of the bulk


@dataclass(frozen=True)
class _Given:
    """Averages at each κ: of features, mean, linear part and noise (squared); of the label, mean, slope and square."""

    mean: Doubles
    linear: Doubles
    noise: Doubles
    label: Doubles
    slope: Doubles
    square: Doubles


def readout_errors(config: OneStepConfig) -> tuple[float | None, ...]:
    """Of each readout after the step; None where none was found."""
    shape = config.method.width / config.problem.d
    per_neuron = tuple(alpha / shape for alpha in config.method.alphas)
    return errors_on_spike(spike_of(config), config.problem.label_function, config.method.ridge, per_neuron)


@lru_cache(256)
def errors_on_spike(spike: Spike, target: str, ridge: float, samples: Sequence[float]) -> tuple[float | None, ...]:
    """`samples`: per neuron, one for each error."""
    if not np.isfinite(spike.strength):
        return (None,) * len(samples)
    given = _given(spike, target)
    return tuple(_error(given, spike, ridge, count) for count in samples)


def _given(spike: Spike, target: str) -> _Given:
    z, weight = gauss_hermite()
    variance = spike.noise(1) ** 2
    feature = np.tanh(spike.row * z[:, None] + spike.noise(1) * z)
    mean, linear = feature @ weight, (1 - feature**2) @ weight
    noise = np.maximum(feature**2 @ weight - mean**2 - variance * linear**2, 0)
    label = TARGETS[target](spike.overlap * z[:, None] + np.sqrt(max(0.0, 1 - spike.overlap**2)) * z)
    return _Given(mean, linear, noise, label @ weight, (label * z) @ weight, label**2 @ weight)


def _error(given: _Given, spike: Spike, ridge: float, samples: float) -> float | None:
    """By rounds over averages of the readout: its responses to a sample through the linear part of the features and
    through the noise, its squared lengths there, and what it has of the input along κ and along the target beside κ.
    """
    z, weight = gauss_hermite()
    value, share = _bulk(spike)
    along, error = given.linear * z, np.zeros_like(z)
    now = np.array([1.0, 1.0, 1.0, 1.0, 0.0, 0.0])
    for _ in range(_ROUNDS):
        response_linear, response_noise, length_linear, length_noise, on_spike, on_rest = now
        damped = weight / (1 + given.linear**2 * response_linear + given.noise * response_noise)
        left = given.label - on_spike * along  # for the mean of the features, which the ridge hardly holds back
        scale = float(damped @ given.mean**2) + ridge / (samples * spike.width)
        on_mean = float(damped @ (given.mean * left)) / scale
        left -= on_mean * given.mean
        error = given.square - given.label**2 + left**2 - 2 * on_rest * given.linear * given.slope
        error += length_linear * given.linear**2 + length_noise * given.noise
        pull = samples * damped**2 / weight * error
        to_spike = samples * float(damped @ (along * left))
        to_rest = samples * float(damped @ (given.linear * given.slope))
        stiff = ridge + samples * (float(damped @ given.noise) + float(damped @ given.linear**2) * value)
        square = float(pull @ given.noise) + float(pull @ given.linear**2) * value
        square += spike.shape * (to_spike**2 + to_rest**2 * value)
        new = np.array(
            [
                share @ (value / stiff),
                share @ (1 / stiff),
                share @ (value * square / stiff**2),
                share @ (square / stiff**2),
                spike.shape * to_spike * (share @ (1 / stiff)),
                spike.shape * to_rest * (share @ (value / stiff)),
            ]
        )
        if np.allclose(new, now, rtol=_NEAR, atol=_NEAR):
            return float(weight @ error)
        now = (now + new) / 2
    return None


def _bulk(spike: Spike) -> tuple[Doubles, Doubles]:
    """Squared singular values of random weights, one for each neuron, and the share of each: Marchenko and Pastur."""
    angle = (np.arange(_GRID) + 0.5) * np.pi / _GRID
    value = 1 + spike.shape + 2 * np.sqrt(spike.shape) * np.cos(angle)
    share = np.sin(angle) ** 2 / value
    share *= min(1.0, 1 / spike.shape) / share.sum()
    if spike.shape > 1:
        value, share = np.append(value, 0.0), np.append(share, 1 - 1 / spike.shape)
    return value * spike.noise(1) ** 2, share

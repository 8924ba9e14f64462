"""Gradient descent on the regularised hinge loss, phase by phase, one state per step (section 3.1)."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor

from emergescope.toolkit.hinge.config import Phase, Training
from emergescope.toolkit.hinge.samples import Samples
from emergescope.toolkit.hinge.two_layer import Gradient, TwoLayerNetwork

_TOLD = 2  # steps whose gradient is told: the ones that Lemmas 5 and 6 speak of


@dataclass(frozen=True)
class TrainState:
    """After `step` updates.

    loss, train_accuracy  of the samples of this step's update, before it; None at the start
    pull                  [n, c] T_i = -(dL/dw_i) / a_i of this update, before the Gram matrix (Lemma 5); None after
                          the first two steps, and where w is not trained
    """

    step: int
    phase: str
    loss: float | None
    train_accuracy: float | None
    pull: Tensor | None = field(default=None, repr=False)


def train(
    network: TwoLayerNetwork, training: Training, sampler: Samples, positive_share: float = 0.5, after: int = -1
) -> Iterator[TrainState]:
    """Train `network` in place; yields the state before the first step, then one after each.

    positive_share  P(y = +1), by which classes are balanced where `training` asks for it
    after           the step that network and sampler have been brought to; -1 begins before the first
    """
    if after < 0:
        yield TrainState(0, "start", None, None)
    step = 0
    for phase in training.phases:
        for _ in range(phase.steps):
            step += 1
            if step <= after:
                continue
            total = descend(network, phase, sampler, positive_share if training.balance else None)
            told = step <= _TOLD and "w" in phase.trains
            pull = total.q.div(-total.samples) if told else None
            yield TrainState(step, phase.name, total.loss / total.samples, total.correct / total.samples, pull)


def descend(network: TwoLayerNetwork, phase: Phase, sampler: Samples, balance: float | None = None) -> Gradient:
    """One gradient step on fresh samples; returns the sums of loss, gradient and correct answers, before the step.

    With `balance` = P(y = +1) each sample counts 1 / (2 P(y)) times.
    """
    total = network.zero_gradient()
    for batch in sampler.chunks(phase.samples):
        weight = None
        if balance is not None:
            weight = torch.where(batch.y > 0, 0.5 / balance, 0.5 / (1 - balance)).to(batch.y.dtype)
        network.add_gradient(batch, phase.sigma_xi, total, phase.trains, weight)
    network.step(total, phase)
    return total

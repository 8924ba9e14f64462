"""Gradient descent on the regularised hinge loss, phase by phase, one state per step (section 3.1)."""

from collections.abc import Iterator
from dataclasses import dataclass

from emergescope.config import Phase, Training
from emergescope.models import TwoLayerNetwork
from emergescope.problems import Sampler


@dataclass(frozen=True)
class TrainState:
    """After `step` updates.

    loss, train_accuracy  of the samples of this step's update, before it; None at the start
    """

    step: int
    phase: str
    loss: float | None
    train_accuracy: float | None


def train(network: TwoLayerNetwork, training: Training, sampler: Sampler) -> Iterator[TrainState]:
    """Train `network` in place; yields the state before the first step, then one after each."""
    yield TrainState(0, "start", None, None)
    step = 0
    for phase in training.phases:
        for _ in range(phase.steps):
            step += 1
            loss, accuracy = descend(network, phase, sampler)
            yield TrainState(step, phase.name, loss, accuracy)


def descend(network: TwoLayerNetwork, phase: Phase, sampler: Sampler) -> tuple[float, float]:
    """One gradient step on fresh samples: theta <- theta - eta (grad L + 2 lambda theta).

    Returns the mean hinge loss and the accuracy on these samples, before the step.
    """
    total = network.zero_gradient()
    for batch in sampler.chunks(phase.samples):
        network.add_gradient(batch, phase.sigma_xi, total)
    rate = phase.eta / phase.samples
    # d loss / d w_i and d loss / d b_i are a_i times a sum over samples that does not know a_i.
    if "w" in phase.trains:
        network.descend_w(total.q.mul_(network.a[:, None]).div_(phase.samples), phase.eta, phase.lambda_w)
    if "b" in phase.trains:
        network.b.sub_(total.b.mul_(network.a), alpha=rate)
    if "a" in phase.trains:
        network.a.mul_(1 - 2 * phase.eta * phase.lambda_a).sub_(total.a, alpha=rate)
    return total.loss / phase.samples, total.correct / phase.samples

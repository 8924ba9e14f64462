"""SGD with momentum: PyTorch's own step, orders that follow from the step alone, resumption to the bit."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from emergescope.studies.mixture.classifier import two_layer_classifier
from emergescope.studies.mixture.config import SgdTraining
from emergescope.studies.mixture.sgd import Sgd
from emergescope.toolkit.seeds import Stream, generator

TRAINING = SgdTraining(epochs=3, batch=8, eta=0.1, momentum=0.9, dtype="float64")
ROWS = torch.arange(5, 25)


def _data() -> tuple[Tensor, Tensor]:
    x = torch.randn(30, 6, generator=generator(0, Stream.TRAINING), dtype=torch.float64)
    return x, torch.arange(30) % 3


def _sgd(training: SgdTraining = TRAINING, seed: int = 0) -> Sgd:
    network = two_layer_classifier(4, 6, 3, generator(0, Stream.INITIALISATION), torch.float64)
    return Sgd(network, *_data(), ROWS, training, seed, Stream.STUDENT_ORDER)


def test_it_steps_as_pytorch_does() -> None:
    ours, theirs = _sgd(), _sgd()
    leaves = [t.requires_grad_() for t in theirs.network.parameters.values()]
    optimiser = torch.optim.SGD(leaves, lr=0.1, momentum=0.9)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, ours.steps)
    x, labels = _data()
    for done in range(ours.steps):
        rows = theirs.batch(done)
        optimiser.zero_grad()
        torch.autograd.backward(functional.cross_entropy(theirs.network.logits(x[rows]), labels[rows]))
        optimiser.step()
        schedule.step()
        ours.step(done)
        for name, parameter in ours.network.parameters.items():
            assert torch.allclose(parameter, theirs.network.parameters[name], atol=1e-12), (done, name)


def test_the_learning_rate_falls_along_a_cosine() -> None:
    sgd = _sgd()
    assert sgd.steps == 9
    assert [sgd.eta(done) for done in range(9)] == pytest.approx(
        [0.05 * (1 + math.cos(math.pi * done / 9)) for done in range(9)]
    )


def test_each_epoch_has_every_row_once_in_another_order() -> None:
    sgd = _sgd()
    epochs = [[sgd.batch(3 * epoch + place).tolist() for place in range(3)] for epoch in range(3)]
    for batches in epochs:
        assert [len(batch) for batch in batches] == [8, 8, 4]
        assert sorted(row for batch in batches for row in batch) == ROWS.tolist()
    assert epochs[0] != epochs[1] != epochs[2]
    assert _sgd(seed=1).batch(0).tolist() != epochs[0][0]


def test_the_order_follows_from_the_step_alone() -> None:
    once, again = _sgd(), _sgd()
    forwards = [once.batch(done).tolist() for done in range(9)]
    assert [again.batch(done).tolist() for done in reversed(range(9))] == forwards[::-1]


@pytest.mark.parametrize("pause", [1, 3, 5, 8])
def test_it_goes_on_to_the_bit(pause: int) -> None:
    whole, first, second = _sgd(), _sgd(), _sgd()
    losses = [whole.step(done).loss for done in range(9)]
    for done in range(pause):
        first.step(done)
    second.restore(first.state())
    assert [second.step(done).loss for done in range(pause, 9)] == losses[pause:]
    assert all(torch.equal(t, second.state()[name]) for name, t in whole.state().items())


def test_a_state_is_a_copy() -> None:
    sgd = _sgd()
    state = sgd.state()
    before = {name: t.clone() for name, t in state.items()}
    sgd.step(0)
    assert all(torch.equal(t, before[name]) for name, t in state.items())


def test_it_learns() -> None:
    sgd = _sgd(SgdTraining(epochs=60, batch=8, eta=0.1, momentum=0.9, dtype="float64"))
    losses = [sgd.step(done).loss for done in range(sgd.steps)]
    assert sum(losses[-3:]) < 0.5 * sum(losses[:3])

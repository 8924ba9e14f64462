"""The network of a sparse parity: its gradient is autograd's, it begins as layers of PyTorch do, labels are right."""

import pytest
import torch

from emergescope.studies.hidden_progress.config import OneHiddenLayer
from emergescope.studies.hidden_progress.network import Network, draw_network
from emergescope.toolkit.parity import SparseParity
from emergescope.toolkit.parity_samples import Samples, draw_relevant
from emergescope.toolkit.seeds import Stream

N, WIDTH = 12, 16


def network(scale: float = 1.0, biases: bool = True) -> Network:
    drawn = draw_network(OneHiddenLayer(width=WIDTH, biases=biases), N, 0, torch.float64, "cpu")
    drawn.a.mul_(scale)  # so that some samples are outside the margin
    return drawn


def batch(count: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    like = torch.empty(0, dtype=torch.float64)
    return Samples([0, 3, 7], N, 0, Stream.TRAINING, like).draw(count)


def test_the_gradient_is_that_of_autograd() -> None:
    mine, (x, y) = network(scale=8.0), batch()
    leaves = {name: t.clone().requires_grad_() for name, t in mine.moving.items()}
    output = torch.relu(x @ leaves["w"].T + leaves["b"]) @ leaves["a"] + leaves["c"]
    losses = (1 - y * output).clamp(min=0)
    assert 0 < int((losses == 0).sum()) < len(y)
    losses.mean().backward()  # type: ignore[no-untyped-call]
    found = mine.gradient(x, y)
    assert found.loss == pytest.approx(float(losses.detach().mean()))
    for name, leaf in leaves.items():
        torch.testing.assert_close(getattr(found, name), leaf.grad)


def test_a_step_goes_along_the_gradient_and_biases_stay_where_there_are_none() -> None:
    x, y = batch()
    for biases in (True, False):
        mine = network(biases=biases)
        before, gradient = mine.snapshot(), mine.gradient(x, y)
        mine.descend(x, y, 0.5)
        torch.testing.assert_close(mine.w, before.w - 0.5 * gradient.w)
        torch.testing.assert_close(mine.a, before.a - 0.5 * gradient.a)
        assert bool(gradient.b.any())
        torch.testing.assert_close(mine.b, before.b - 0.5 * gradient.b if biases else torch.zeros(WIDTH).double())
        torch.testing.assert_close(mine.c, before.c - 0.5 * gradient.c if biases else torch.zeros(1).double())


def test_it_begins_uniform_in_one_over_the_root_of_the_inputs() -> None:
    drawn = draw_network(OneHiddenLayer(width=400), 50, 0, torch.float32, "cpu")
    for t, inputs in ((drawn.w, 50), (drawn.b, 50), (drawn.a, 400), (drawn.c, 400)):
        scaled = t.double() * inputs**0.5
        assert float(scaled.abs().max()) <= 1 + 1e-6
        if t.numel() > 1:
            assert float(scaled.abs().max()) > 0.98
            assert float(scaled.square().mean()) == pytest.approx(1 / 3, abs=0.05)
            assert float(scaled.mean()) == pytest.approx(0, abs=0.1)
    bare = draw_network(OneHiddenLayer(width=400, biases=False), 50, 0, torch.float32, "cpu")
    assert torch.equal(bare.w, drawn.w)
    assert not bool(bare.b.any())


@pytest.mark.parametrize("k", [1, 2, 3, 12])
def test_labels_are_the_product_of_the_relevant_inputs(k: int) -> None:
    relevant = draw_relevant(SparseParity(n=N, k=k), 5)
    assert len(set(relevant)) == k
    assert relevant == sorted(relevant)
    x, y = Samples(relevant, N, 5, Stream.TEST, torch.empty(0)).draw(300)
    assert set(x.flatten().tolist()) == {-1.0, 1.0}
    for row, label in zip(x.tolist(), y.tolist(), strict=True):
        minus = sum(row[j] < 0 for j in relevant)
        assert label == (-1 if minus % 2 else 1)
    assert abs(float(x.mean())) < 0.1


def test_the_seed_chooses_the_relevant_inputs() -> None:
    problem = SparseParity(n=50, k=3)
    drawn = {tuple(draw_relevant(problem, seed)) for seed in range(20)}
    assert len(drawn) == 20
    assert draw_relevant(problem, 4) == draw_relevant(problem, 4)


def test_coin_flips_leave_the_inputs_and_say_nothing_of_them() -> None:
    like = torch.empty(0)
    true, coins = (Samples([0, 1], N, 0, Stream.TRAINING, like, coins=flag) for flag in (False, True))
    (x, y), (same, flips) = true.draw(4000), coins.draw(4000)
    assert torch.equal(x, same)
    assert set(flips.tolist()) == {-1.0, 1.0}
    assert abs(float((flips * y).mean())) < 0.06
    assert float((flips[:, None] * x).mean(0).abs().max()) < 0.08


def test_samples_go_on_from_where_they_were() -> None:
    like = torch.empty(0)
    samples = Samples([0, 1], N, 0, Stream.TRAINING, like, coins=True)
    samples.draw(7)
    state, after = samples.state(), samples.draw(9)
    again = Samples([0, 1], N, 0, Stream.TRAINING, like, coins=True)
    again.restore(state)
    for one, other in zip(again.draw(9), after, strict=True):
        assert torch.equal(one, other)

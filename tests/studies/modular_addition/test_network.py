"""The network and its theory by other routes: sums over pairs, autograd, and networks made by hand."""

import itertools

import pytest
import torch
from torch import Tensor

from emergescope.studies.modular_addition.config import FullBatchDescent, OneHiddenLayer
from emergescope.studies.modular_addition.dynamics import ModularAdditionDynamics
from emergescope.studies.modular_addition.fourier import waves_of
from emergescope.studies.modular_addition.network import Network, draw_network, margins
from emergescope.studies.modular_addition.theory import enough, is_prime, largest_margin, theory_of
from emergescope.studies.study import Context
from tests.studies.modular_addition.runs import RELU, configured, of_largest_margin


def drawn(activation: str = "square", p: int = 7, m: int = 5, seed: int = 0) -> Network:
    method = OneHiddenLayer.model_validate({"width": m, "activation": activation, "deviation": 0.7})
    return draw_network(method, p, seed, torch.float64, "cpu")


def answered(network: Network, a: int, b: int) -> list[float]:
    """The outputs for one pair, neuron by neuron."""
    m, p = network.u.shape
    into = [float(network.u[i, a] + network.v[i, b]) for i in range(m)]
    out = [z * z if network.square else max(z, 0.0) for z in into]
    return [sum(out[i] * float(network.w[i, c]) for i in range(m)) for c in range(p)]


def least_margin(network: Network) -> float:
    p, found = network.u.shape[1], []
    for a, b in itertools.product(range(p), repeat=2):
        f = answered(network, a, b)
        right = f.pop((a + b) % p)
        found.append(right - max(f))
    return min(found)


@pytest.mark.parametrize("activation", ["square", "relu"])
def test_outputs_and_margins_are_those_of_pairs_one_by_one(activation: str) -> None:
    network = drawn(activation, p=5)
    output = network.output()
    for a, b in itertools.product(range(5), repeat=2):
        torch.testing.assert_close(output[:, a * 5 + b], torch.tensor(answered(network, a, b), dtype=torch.float64))
    assert float(margins(output).min()) == pytest.approx(least_margin(network), abs=1e-12)


def by_autograd(parts: list[Tensor], square: bool, lam: float, exponent: int) -> Tensor:
    """The objective, in the plainest way: one-hot inputs, PyTorch's own cross-entropy."""
    u, v, w = parts
    p = u.shape[1]
    a, b = (pair.flatten() for pair in torch.meshgrid(torch.arange(p), torch.arange(p), indexing="ij"))
    ones = torch.eye(p, dtype=u.dtype)
    inner = ones[a] @ u.T + ones[b] @ v.T
    logits = (inner**2 if square else torch.relu(inner)) @ w
    loss: Tensor = torch.nn.functional.cross_entropy(logits, (a + b) % p)
    size: Tensor = torch.cat(parts, 1).norm(dim=1)
    return loss + lam * (size**exponent).sum()


@pytest.mark.parametrize("exponent", [3, 2])
@pytest.mark.parametrize("activation", ["square", "relu"])
def test_the_gradient_is_that_of_autograd(activation: str, exponent: int) -> None:
    network = drawn(activation)
    parts = [part.clone().requires_grad_() for part in network.moving.values()]
    total = by_autograd(parts, network.square, 0.03, exponent)
    total.backward()  # type: ignore[no-untyped-call]
    found = network.gradient(network.buffers(), 0.03, exponent)
    for part, gradient in zip(parts, (found.u, found.v, found.w), strict=True):
        torch.testing.assert_close(gradient, part.grad, rtol=1e-12, atol=1e-14)
    assert found.loss + 0.03 * found.penalty == pytest.approx(float(total.detach()), rel=1e-12)


@pytest.mark.parametrize("parts", [{}, RELU])
def test_training_is_descent_by_autograd_at_a_rate_that_doubles(parts: dict[str, dict[str, object]]) -> None:
    steps = {"steps": 40, "doubling_every": 10, "doublings": 2, "eta": 0.5, "lam": 0.01, "dtype": "float64"}
    config = configured(**{**parts, "training": {**parts.get("training", {}), **steps}})
    dynamics = ModularAdditionDynamics(config, Context(torch.device("cpu"), torch.float64), None)
    network = dynamics.snapshot()
    moved = [part.clone().requires_grad_() for part in network.moving.values()]
    for step in range(40):
        rate = (0.5, 1.0, 2.0, 2.0)[step // 10]
        total = by_autograd(moved, network.square, 0.01, config.training.exponent)
        with torch.no_grad():
            for part, slope in zip(moved, torch.autograd.grad(total, moved), strict=True):
                part.sub_(rate * slope)
    assert len(list(dynamics.train(-1))) == 41
    for part, other in zip(dynamics.snapshot().moving.values(), moved, strict=True):
        torch.testing.assert_close(part, other.detach(), rtol=1e-9, atol=1e-11)


def test_the_published_rate_doubles_after_each_of_the_first_ten_thousands() -> None:
    training = FullBatchDescent()
    found = [training.rate(step) for step in (1, 1000, 1001, 2000, 2001, 10_000, 10_001, 40_000)]
    assert found == pytest.approx([0.05, 0.05, 0.1, 0.1, 0.2, 25.6, 51.2, 51.2])


@pytest.mark.parametrize("p", [3, 5, 7, 23, 71])
def test_the_network_of_the_paper_has_the_largest_margin(p: int) -> None:
    network = of_largest_margin(p)
    assert len(network.u) == enough(p)
    above = margins(network.output()) / network.norms.pow(3).sum()
    torch.testing.assert_close(above, torch.full_like(above, largest_margin(p)), rtol=1e-10, atol=0)  # on every pair
    waves = waves_of(network)
    assert bool(waves.cosines.all())
    torch.testing.assert_close(waves.power, torch.ones_like(waves.power))
    error = waves.phase.abs()
    assert float(torch.minimum(error, 360 - error).max()) < 1e-6
    shares = waves.per_frequency(waves.norm.pow(3))
    torch.testing.assert_close(shares / shares.sum(), torch.full_like(shares, 2 / (p - 1)))


def test_the_largest_margins_printed() -> None:
    assert largest_margin(71) == pytest.approx(4.614e-4, abs=1e-7)
    assert largest_margin(23) == pytest.approx(2.580e-3, abs=1e-6)


def test_no_neuron_is_above_all_wrong_answers_by_more_on_average() -> None:
    """The bound of the theorem: a margin is at most an average over pairs and wrong answers, and that, for neurons of
    length 1, at most that of the best one. Climbing from many starts finds the best one.
    """
    p, chance = 7, torch.Generator().manual_seed(0)
    theta = torch.randn(50, 3, p, generator=chance, dtype=torch.float64)
    number = torch.arange(p)
    c = (number[:, None] + number) % p

    def average(of: Tensor) -> Tensor:
        u, v, w = of.unbind(1)
        above = (w[:, c] * p - w.sum(1)[:, None, None]) / (p - 1)
        mean: Tensor = ((u[:, :, None] + v[:, None, :]) ** 2 * above).mean((1, 2))
        return mean

    for _ in range(400):  # a power iteration, shifted so that it climbs
        theta = (theta / theta.flatten(1).norm(dim=1)[:, None, None]).requires_grad_()
        (slope,) = torch.autograd.grad(average(theta).sum(), theta)
        theta = (slope + 0.05 * theta).detach()
    best = average(theta / theta.flatten(1).norm(dim=1)[:, None, None])
    assert float(best.max()) <= largest_margin(p) * (1 + 1e-9)
    assert float(best.max()) == pytest.approx(largest_margin(p), rel=1e-6)


def test_waves_are_told_apart() -> None:
    angle = 2 * torch.pi * torch.arange(11, dtype=torch.float64) / 11
    u = torch.stack([3 + (4 * angle - torch.pi / 2).cos(), (angle.cos() * 3 + (2 * angle).cos()) * 1e-4])
    v = torch.stack([(4 * angle).cos(), angle.cos() * 1e-4])
    w = torch.stack([(4 * angle - torch.pi / 3).cos(), angle.cos() * 1e-4])
    found = waves_of(Network(u, v, w, square=True))
    assert found.frequency.tolist() == [4, 1]
    assert found.power.tolist() == pytest.approx([1.0, 0.9])  # the mean of 3 counts for nothing
    assert found.phase.tolist() == pytest.approx([-30.0, 0.0], abs=1e-9)
    assert found.begins[0].item() == pytest.approx(0.75)
    assert found.in_use.tolist() == [True, False]
    assert found.per_frequency(found.counted).tolist() == [0, 0, 0, 1, 0]


@pytest.mark.parametrize(
    ("parts", "there"),
    [
        ({}, True),
        ({"method": {"width": 15}}, False),
        ({"problem": {"p": 9}, "method": {"width": 40}}, False),
        ({"training": {"penalty": "squares"}}, False),
        ({"training": {"lam": 0}}, False),
        (RELU, False),
    ],
)
def test_statements_apply_where_their_assumptions_hold(parts: dict[str, dict[str, object]], there: bool) -> None:
    theory = theory_of(configured(**parts))
    assert [statement.id for statement in theory.statements] == ["margin", "cosine", "frequencies", "shares"]
    for statement, value in zip(theory.statements, (largest_margin(5), 1, 2, 1 / 2), strict=True):
        assert statement.applies is there
        assert statement.value == (value if there else None)
        assert len(statement.assumptions) == 3
        assert statement.text
    assert {line.metric for line in theory.lines} >= {"accuracy", "frequencies"}


def test_primes() -> None:
    assert [n for n in range(30) if is_prime(n)] == [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]

"""The linearised network is the network's first-order expansion, and its descent is descent with the kernel."""

import pytest
import torch

from emergescope.studies.patterns.config import DictionaryProblem
from emergescope.studies.patterns.drawn import DrawnDictionary, Sampler
from emergescope.toolkit.hinge.config import NetworkMethod, Phase
from emergescope.toolkit.hinge.dynamics import descend
from emergescope.toolkit.hinge.fixed_features import LinearisedNetwork, tangent_kernel
from emergescope.toolkit.hinge.two_layer import TwoLayerNetwork, initialise
from emergescope.toolkit.seeds import Stream, generator

METHOD = NetworkMethod(m=12, sigma_a=0.8, sigma_b=0.3, sigma_w=1.0)
PROBLEMS = {
    "orthonormal": DictionaryProblem(d=24, D=12, k=3),
    "incoherent": DictionaryProblem(d=24, D=12, k=3, dictionary="incoherent"),
    "noisy": DictionaryProblem(d=24, D=12, k=3, input_noise=0.1),
}


def _start(problem: DictionaryProblem) -> tuple[TwoLayerNetwork, Sampler]:
    drawn = DrawnDictionary(problem, 0, "cpu", torch.float64)
    geometry = drawn.geometry
    chance = generator(0, Stream.INITIALISATION)
    network = initialise(METHOD, problem.usual_deviations, geometry, chance, torch.float64, "cpu")
    return network, drawn.sampler(Stream.TRAINING)


@pytest.mark.parametrize("kind", PROBLEMS)
def test_output_is_the_finite_difference_of_the_network(kind: str) -> None:
    network, sampler = _start(PROBLEMS[kind])
    m, x = network.neurons // 2, sampler.batch(400).x
    chance = torch.Generator().manual_seed(1)
    linear = LinearisedNetwork(network)
    for moved in linear.moving.values():
        moved.copy_(torch.randn(moved.shape, generator=chance, dtype=torch.float64))
    # Displacements of a pair are mirror images in w and b, and equal in a; in pattern space dq = M^T dw.
    outputs = []
    for sign in (1e-6, -1e-6):
        nudged = TwoLayerNetwork(
            network.geometry,
            network.q + sign * torch.cat([linear.dq, -linear.dq]),
            network.b + sign * torch.cat([linear.db, -linear.db]),
            network.a + sign * torch.cat([linear.da, linear.da]),
            network.outside,
        )
        outputs.append(nudged.output(x).clone())
    slope = (outputs[0] - outputs[1]) / 2e-6
    z = torch.addmm(network.b, x, network.q.T)[:, :m]
    smooth = ((z.abs() > 1e-4) & ((z - 1).abs() > 1e-4)).all(1)  # no neuron of theirs is at a kink
    assert smooth.sum() > 300
    assert torch.allclose(linear.output(x)[smooth], slope[smooth], atol=1e-6)


@pytest.mark.parametrize("kind", PROBLEMS)
def test_descent_is_kernel_descent_in_function_space(kind: str) -> None:
    """f <- f - eta/n K(., X) dloss/df, step by step, on the same samples."""
    network, sampler = _start(PROBLEMS[kind])
    _, again = _start(PROBLEMS[kind])
    look = _start(PROBLEMS[kind])[1].batch(60).x
    linear, phase = LinearisedNetwork(network), Phase(samples=50, eta=0.05)
    f = torch.zeros(60, dtype=torch.float64)
    memory: list[tuple[torch.Tensor, torch.Tensor]] = []  # samples and residuals of the steps so far
    for _ in range(6):
        descend(linear, phase, sampler)
        batch = again.batch(50)
        before = torch.zeros(50, dtype=torch.float64)
        for x, pull in memory:
            before += tangent_kernel(network, batch.x, x) @ pull
        pull = phase.eta / 50 * torch.where(before * batch.y < 1, batch.y, 0.0)
        memory.append((batch.x, pull))
        f += tangent_kernel(network, look, batch.x) @ pull
        assert torch.allclose(linear.output(look), f, atol=1e-9)
    assert f.abs().max() > 0.01


def test_the_hidden_layer_stays_and_a_snapshot_stays_too() -> None:
    network, sampler = _start(PROBLEMS["orthonormal"])
    q, linear = network.q.clone(), LinearisedNetwork(network)
    x = sampler.batch(20).x
    descend(linear, Phase(samples=50, eta=0.05), sampler)
    copy, before = linear.snapshot(), linear.output(x)
    descend(linear, Phase(samples=50, eta=0.05), sampler)
    assert torch.equal(linear.q, q)
    assert torch.equal(copy.output(x), before)
    assert not torch.equal(linear.output(x), before)
    assert torch.allclose(linear.a, network.a + torch.cat([linear.da, linear.da]))


def test_a_start_that_is_not_paired_is_refused() -> None:
    network, _ = _start(PROBLEMS["orthonormal"])
    network.a[0] += 1
    with pytest.raises(ValueError, match="paired"):
        LinearisedNetwork(network)

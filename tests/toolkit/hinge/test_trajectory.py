"""The pattern-space engine follows the ambient autograd network, for every kind of dictionary."""

import pytest
import torch

from emergescope.studies.patterns.config import DictionaryProblem
from emergescope.studies.patterns.drawn import DrawnDictionary, Sampler, draw_dictionary
from emergescope.toolkit.alignment import align
from emergescope.toolkit.dictionary import Dictionary
from emergescope.toolkit.hinge.config import NetworkMethod, Phase, Training
from emergescope.toolkit.hinge.dynamics import descend, train
from emergescope.toolkit.hinge.geometry import AmbientGeometry, Geometry
from emergescope.toolkit.hinge.samples import Batch
from emergescope.toolkit.hinge.two_layer import initialise
from emergescope.toolkit.seeds import Stream, generator
from tests.oracle import AmbientNetwork, ambient_inputs, initial_weights

PHASES = (
    Phase(name="noisy", steps=4, samples=300, eta=2.0, lambda_w=0.01, lambda_a=0.02, sigma_xi=0.2),
    Phase(name="forget", steps=1, samples=400, eta=5.0, lambda_w=0.1, lambda_a=0.1, sigma_xi=0.2),
    Phase(name="still", steps=3, samples=200, eta=0.5, sigma_xi=0.1, trains=("w",)),
    Phase(name="plain", steps=12, samples=200, eta=0.05, lambda_w=0.001),
)
PROBLEM = DictionaryProblem(d=24, D=12, k=3)


def _dictionary(kind: str) -> Dictionary:
    chance = generator(3, Stream.DICTIONARY)
    if kind == "orthonormal":
        return draw_dictionary(PROBLEM, chance)
    d = {"incoherent": 24, "overcomplete": 8}[kind]
    matrix = torch.randn(d, PROBLEM.D, generator=chance, dtype=torch.float64)
    return Dictionary(matrix / matrix.norm(dim=0), (1, 4, 7))


@pytest.mark.parametrize("kind", ["orthonormal", "incoherent", "overcomplete"])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 2e-3)])
def test_same_trajectory_as_ambient_autograd(kind: str, dtype: torch.dtype, tolerance: float) -> None:
    dictionary = _dictionary(kind)
    d = dictionary.matrix.shape[0]
    problem, method = PROBLEM.model_copy(update={"d": d}), NetworkMethod(m=20, sigma_a=0.5, sigma_b=0.2)
    geometry = Geometry(dictionary, dtype, "cpu")
    network = initialise(method, problem.usual_deviations, geometry, generator(3, Stream.INITIALISATION), dtype, "cpu")
    sigma_a = problem.usual_deviations[2]
    oracle = AmbientNetwork(*initial_weights(method, problem.k, d, sigma_a, generator(3, Stream.INITIALISATION)))
    batches = Sampler(problem, dictionary, generator(3, Stream.TRAINING), dtype)
    phases = iter([phase for phase in PHASES for _ in range(phase.steps)])
    signal = dictionary.signal
    for state in train(
        network, Training(phases=PHASES), Sampler(problem, dictionary, generator(3, Stream.TRAINING), dtype)
    ):
        if state.step:
            phase = next(phases)
            batch = batches.batch(phase.samples)
            loss = oracle.step(ambient_inputs(batch, dictionary), batch.y.double(), phase)
            assert state.loss == pytest.approx(loss, abs=tolerance)
        w = oracle.w.detach()
        scale = float(w.abs().max()) + 1
        assert torch.allclose(network.q.double(), w @ dictionary.matrix, atol=tolerance * scale)
        assert torch.allclose(network.b.double(), oracle.b.detach(), atol=tolerance)
        assert torch.allclose(network.a.double(), oracle.a.detach(), atol=tolerance)
        # What the frames say of w in R^d, said from pattern space alone.
        seen, unit = align(network), w / w.norm(dim=1, keepdim=True)
        assert torch.allclose(seen.norm.double(), w.norm(dim=1), atol=tolerance * scale)
        assert torch.allclose(seen.cosine.double(), unit @ dictionary.matrix, atol=tolerance * 5)
        assert torch.allclose(seen.signal_cosine.double(), unit @ signal / signal.norm(), atol=tolerance * 5)
        assert torch.allclose((seen.unit @ seen.unit.T).double(), unit @ unit.T, atol=tolerance * 5)
        background = dictionary.matrix[:, geometry.background]
        inside = background @ torch.linalg.pinv(background) @ unit.T
        assert torch.allclose(seen.background_norm.double(), inside.norm(dim=0), atol=tolerance * 5)
    assert next(phases, None) is None


def test_parameters_left_out_of_a_phase_do_not_move() -> None:
    dictionary = _dictionary("orthonormal")
    network = initialise(
        NetworkMethod(m=8),
        PROBLEM.usual_deviations,
        Geometry(dictionary, torch.float64, "cpu"),
        generator(0, Stream.INITIALISATION),
        torch.float64,
        "cpu",
    )
    a, b, q = network.a.clone(), network.b.clone(), network.q.clone()
    sampler = Sampler(PROBLEM, dictionary, generator(0, Stream.TRAINING), torch.float64)
    phase = Phase(steps=2, samples=50, eta=0.1, lambda_w=0.1, lambda_a=0.1, trains=("b",))
    assert len(list(train(network, Training(phases=(phase,)), sampler))) == 3
    assert torch.equal(network.a, a)
    assert torch.equal(network.q, q)
    assert not torch.equal(network.b, b)


def test_samples_beyond_one_chunk_all_count() -> None:
    """A step on many chunks is the step on their union."""
    dictionary = _dictionary("orthonormal")
    results = []
    for samples in (1024 + 300,):
        network = initialise(
            NetworkMethod(m=8, sigma_a=1.0),
            PROBLEM.usual_deviations,
            Geometry(dictionary, torch.float64, "cpu"),
            generator(0, Stream.INITIALISATION),
            torch.float64,
            "cpu",
        )
        start = network.q.clone()
        sampler = Sampler(PROBLEM, dictionary, generator(0, Stream.TRAINING), torch.float64)
        phase = Phase(steps=1, samples=samples, eta=1.0, sigma_xi=0.3, trains=("w",))
        list(train(network, Training(phases=(phase,)), sampler))
        results.append(start - network.q)
    again = Sampler(PROBLEM, dictionary, generator(0, Stream.TRAINING), torch.float64)
    x, y = [], []
    for batch in again.chunks(1024 + 300):
        x.append(ambient_inputs(batch, dictionary))
        y.append(batch.y)
    weights = initial_weights(NetworkMethod(m=8, sigma_a=1.0), 3, 24, 1.0, generator(0, Stream.INITIALISATION))
    oracle = AmbientNetwork(*weights)
    oracle.step(torch.cat(x), torch.cat(y), Phase(steps=1, eta=1.0, sigma_xi=0.3, trains=("w",)))
    moved = (weights[0] - oracle.w.detach()) @ dictionary.matrix
    assert torch.allclose(results[0], moved, atol=1e-12)


def test_ambient_space_and_pattern_space_are_the_same_without_noise() -> None:
    """The same inputs, as phi and as x = M phi: the same network in R^d, whatever the dictionary."""
    for kind in ("orthonormal", "incoherent", "overcomplete"):
        dictionary = _dictionary(kind)
        problem, method = PROBLEM.model_copy(update={"d": dictionary.matrix.shape[0]}), NetworkMethod(m=20, sigma_a=0.5)
        networks = [
            initialise(
                method, problem.usual_deviations, geometry, generator(3, Stream.INITIALISATION), torch.float64, "cpu"
            )
            for geometry in (
                Geometry(dictionary, torch.float64, "cpu"),
                AmbientGeometry(dictionary, torch.float64, "cpu"),
            )
        ]
        sampler = Sampler(problem, dictionary, generator(3, Stream.TRAINING), torch.float64)
        for phase in PHASES:
            batch = sampler.batch(phase.samples)
            for network, x in zip(networks, (batch.x, ambient_inputs(batch, dictionary)), strict=True):
                total = network.zero_gradient()
                network.add_gradient(Batch(x, batch.y, batch.count), phase.sigma_xi, total, phase.trains)
                network.step(total, phase)
        one, other = (align(network) for network in networks)
        assert torch.allclose(one.norm, other.norm, atol=1e-9)
        for name in ("cosine", "signal_cosine", "relevant_norm", "background_norm"):
            assert torch.allclose(getattr(one, name), getattr(other, name), atol=1e-8), (kind, name)
        signals = [network.geometry.signal_in(seen.unit) for network, seen in zip(networks, (one, other), strict=True)]
        assert torch.allclose(one.unit @ signals[0], other.unit @ signals[1], atol=1e-8)


def test_noisy_inputs_follow_the_ambient_network() -> None:
    problem, method = PROBLEM.model_copy(update={"input_noise": 0.2}), NetworkMethod(m=20, sigma_a=0.5, sigma_b=0.2)
    drawn = DrawnDictionary(problem, 3, "cpu", torch.float64)
    geometry = drawn.geometry
    network = initialise(
        method, problem.usual_deviations, geometry, generator(3, Stream.INITIALISATION), torch.float64, "cpu"
    )
    oracle = AmbientNetwork(*initial_weights(method, 3, 24, 0.5, generator(3, Stream.INITIALISATION)))
    streams = [drawn.sampler(Stream.TRAINING) for _ in range(2)]
    for phase in PHASES:
        descend(network, phase, streams[0])
        batch = streams[1].batch(phase.samples)
        oracle.step(batch.x, batch.y, phase)
        assert torch.allclose(network.q, oracle.w.detach(), atol=1e-9)


def test_balanced_classes_weigh_samples_by_their_class() -> None:
    """The step with weights 1/(2 P(y)) is the step of the weighted loss, by autograd."""
    problem = PROBLEM.model_copy(update={"aligned_positive": 0.8})
    dictionary = _dictionary("orthonormal")
    method = NetworkMethod(m=8, sigma_a=1.0)
    geometry = Geometry(dictionary, torch.float64, "cpu")
    network = initialise(
        method, problem.usual_deviations, geometry, generator(0, Stream.INITIALISATION), torch.float64, "cpu"
    )
    weights = [t.requires_grad_() for t in initial_weights(method, 3, 24, 1.0, generator(0, Stream.INITIALISATION))]
    batch = Sampler(problem, dictionary, generator(0, Stream.TRAINING), torch.float64).batch(400)
    weight = torch.where(batch.y > 0, 0.5 / problem.positive_share, 0.5 / (1 - problem.positive_share))
    w, b, a = weights
    output = (ambient_inputs(batch, dictionary) @ w.T + b).clamp(0, 1) @ a
    loss = (weight * torch.clamp(1 - batch.y * output, min=0)).mean()
    loss.backward()  # type: ignore[no-untyped-call]
    assert w.grad is not None
    before = network.q.clone()
    sampler = Sampler(problem, dictionary, generator(0, Stream.TRAINING), torch.float64)
    total = descend(network, Phase(samples=400, eta=1.0, trains=("w",)), sampler, problem.positive_share)
    assert total.loss / 400 == pytest.approx(float(loss.detach()))
    assert torch.allclose(before - network.q, w.grad @ dictionary.matrix, atol=1e-12)

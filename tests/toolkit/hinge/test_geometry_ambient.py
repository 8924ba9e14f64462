"""Weights in R^d from pattern space are those of a network in R^d, at the start and wherever training takes them."""

import pytest
import torch

from emergescope.studies.patterns.config import DictionaryProblem
from emergescope.studies.patterns.drawn import DrawnDictionary, Sampler, draw_dictionary
from emergescope.toolkit.dictionary import Dictionary
from emergescope.toolkit.hinge.config import NetworkMethod, Phase, Training
from emergescope.toolkit.hinge.dynamics import train
from emergescope.toolkit.hinge.geometry import Geometry
from emergescope.toolkit.hinge.two_layer import TwoLayerNetwork, initialise
from emergescope.toolkit.seeds import Stream, generator
from tests.oracle import AmbientNetwork, ambient_inputs, initial_weights

PROBLEMS = {
    "orthonormal": DictionaryProblem(d=24, D=12, k=3),
    "incoherent": DictionaryProblem(d=24, D=12, k=3, dictionary="incoherent"),
    "more patterns than dimensions": DictionaryProblem(d=8, D=12, k=3, dictionary="incoherent"),
    "pictures": DictionaryProblem(d=400, D=20, k=5, dictionary="pictures"),
}
METHOD = NetworkMethod(m=10, sigma_a=0.5, sigma_b=0.2)
PHASES = (
    Phase(name="decay", steps=3, samples=200, eta=2.0, lambda_w=0.02, sigma_xi=0.2),
    Phase(name="forget", steps=1, samples=200, eta=5.0, lambda_w=0.1, lambda_a=0.1),
)


def _start(problem: DictionaryProblem, dtype: torch.dtype) -> tuple[Dictionary, TwoLayerNetwork, AmbientNetwork]:
    """The network in pattern space, and the same one in R^d by hand."""
    dictionary = draw_dictionary(problem, generator(3, Stream.DICTIONARY))
    geometry = Geometry(dictionary, dtype, "cpu", pictures=True)
    network = initialise(METHOD, problem.usual_deviations, geometry, generator(3, Stream.INITIALISATION), dtype, "cpu")
    chance = generator(3, Stream.INITIALISATION)
    drawn = initial_weights(METHOD, problem.k, problem.d, problem.usual_deviations[2], chance)
    return dictionary, network, AmbientNetwork(*drawn)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 1e-4)])
@pytest.mark.parametrize("kind", PROBLEMS)
def test_weights_are_those_of_the_network_in_the_ambient_space(kind: str, dtype: torch.dtype, tolerance: float) -> None:
    problem = PROBLEMS[kind]
    dictionary, network, oracle = _start(problem, dtype)
    samples, again = (Sampler(problem, dictionary, generator(3, Stream.TRAINING), dtype) for _ in range(2))
    phases = iter([phase for phase in PHASES for _ in range(phase.steps)])
    for state in train(network, Training(phases=PHASES), samples):
        if state.step:
            phase = next(phases)
            batch = again.batch(phase.samples)
            oracle.step(ambient_inputs(batch, dictionary), batch.y.double(), phase)
        found, w = network.ambient_weights(), oracle.w.detach()
        assert found.dtype == dtype
        assert found.shape == (20, problem.d)
        assert torch.allclose(found.double(), w, atol=tolerance * float(w.abs().max()))
        assert torch.equal(network.snapshot().ambient_weights(), found)
    assert network.scale == 0.0, "the last phase has forgotten the parts outside the span"


def test_a_network_that_goes_on_from_a_checkpoint_has_the_same_weights() -> None:
    problem = PROBLEMS["pictures"]
    dictionary, network, _ = _start(problem, torch.float32)
    samples = Sampler(problem, dictionary, generator(3, Stream.TRAINING), torch.float32)
    for _ in train(network, Training(phases=PHASES[:1]), samples):
        pass
    assert 0 < network.scale < 1
    _, again, _ = _start(problem, torch.float32)
    again.restore(network.state())
    assert torch.equal(again.ambient_weights(), network.ambient_weights())


def test_only_pictures_keep_what_they_need_for_that() -> None:
    for kind, problem in PROBLEMS.items():
        geometry = DrawnDictionary(problem, 3, "cpu", torch.float32).geometry
        network = initialise(
            METHOD, problem.usual_deviations, geometry, generator(3, Stream.INITIALISATION), torch.float32, "cpu"
        )
        if kind == "pictures":
            assert network.ambient_weights().shape == (20, 400)
        else:
            with pytest.raises(AssertionError):
                network.ambient_weights()

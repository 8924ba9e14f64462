"""Lemma 5's gradients, predicted and measured."""

import pytest
import torch

from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_preset
from emergescope.config.run import RunConfig
from emergescope.engine import run
from emergescope.recording.events import Happened
from emergescope.studies.patterns.config import DictionaryProblem
from emergescope.studies.patterns.drawn import Sampler, draw_dictionary
from emergescope.studies.patterns.lemma import activity, compare_pull, forecast
from emergescope.toolkit.hinge.config import NetworkMethod
from emergescope.toolkit.hinge.geometry import Geometry
from emergescope.toolkit.hinge.two_layer import TwoLayerNetwork, initialise
from emergescope.toolkit.seeds import Stream, generator
from tests.conftest import seeds

ONE_STEP = {
    "capture.frames": 2,
    "capture.probe_every": 0,
    "capture.probe_samples": 100,
    "capture.test_samples": 100,
    "training.phases": [{"name": "step 1", "steps": 1, "samples": 50_000, "eta": 0.003, "sigma_xi": 0.0894}],
}


def _told(config: RunConfig) -> list[Happened]:
    return [event for event in run(config) if isinstance(event, Happened) and event.kind == "gradient"]


@pytest.mark.parametrize("seed", seeds(5))
def test_the_first_gradient_is_as_predicted(seed: int) -> None:
    """The mean over relevant patterns is within 10% (it is within 1%), background ones have next to nothing."""
    (event,) = _told(apply_overrides(get_preset("paper/parity").config, {**ONE_STEP, "seed": seed}))
    data = event.data
    assert data is not None
    assert event.step == 1
    assert data["error"] < 0.1
    assert data["relevant"]["measured"] == pytest.approx(data["relevant"]["predicted"], rel=0.1)
    assert abs(data["background"]["measured"]) < 0.02 * data["relevant"]["measured"]
    assert len(data["patterns"]) == 100
    assert [p["relevant"] for p in data["patterns"]] == [True] * 5 + [False] * 95


@pytest.mark.parametrize(
    "change",
    [
        {"problem.dictionary": "incoherent"},
        {"problem.input_noise": 0.01},
        {"problem.label_noise": 0.2},
        {"problem.aligned_positive": 0.8, "training.balance": True},
        {"problem.labels": {"rule": "interval", "low": 2, "high": 3}, "training.balance": True},
    ],
)
def test_the_prediction_holds_in_the_general_setting(change: dict[str, object]) -> None:
    (event,) = _told(apply_overrides(get_preset("paper/parity").config, {**ONE_STEP, **change}))
    assert event.data is not None
    assert event.data["error"] < 0.1


def test_activity_is_the_share_of_inputs_on_which_a_neuron_is_active() -> None:
    problem = DictionaryProblem(d=120, D=100, k=3)
    dictionary = draw_dictionary(problem, generator(0, Stream.DICTIONARY))
    geometry = Geometry(dictionary, torch.float64, "cpu")
    chance = generator(0, Stream.INITIALISATION)
    method = NetworkMethod(m=20, sigma_w=1.0, sigma_b=0.5)
    network: TwoLayerNetwork = initialise(method, problem.usual_deviations, geometry, chance, torch.float64, "cpu")
    x = Sampler(problem, dictionary, generator(0, Stream.TEST), torch.float64).batch(20_000).x
    z = torch.addmm(network.b, x, network.q.T)
    measured = ((z > 0) & (z < 1)).double().mean(0)
    assert torch.allclose(activity(network, problem, 0.0), measured, atol=0.03)


def test_a_network_that_diverged_is_not_compared() -> None:
    problem = DictionaryProblem(d=24, D=12, k=3)
    dictionary = draw_dictionary(problem, generator(0, Stream.DICTIONARY))
    geometry = Geometry(dictionary, torch.float64, "cpu")
    chance = generator(0, Stream.INITIALISATION)
    network = initialise(NetworkMethod(m=4), problem.usual_deviations, geometry, chance, torch.float64, "cpu")
    pull = torch.full((8, 12), torch.nan, dtype=torch.float64)
    assert compare_pull(forecast(network, problem, 0.1, False), pull, dictionary.relevant, range(12)) is None


def test_fixed_features_have_no_such_gradient() -> None:
    change = {**ONE_STEP, "method": {"kind": "random_features"}}
    assert _told(apply_overrides(get_preset("paper/parity").config, change)) == []

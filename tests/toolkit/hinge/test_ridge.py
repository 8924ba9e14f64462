"""The ridge solutions of fixed features, against scikit-learn."""

import numpy as np
import pytest
import torch
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

from emergescope.studies.patterns.config import DictionaryProblem
from emergescope.studies.patterns.drawn import DrawnDictionary, Sampler, draw_dictionary
from emergescope.toolkit.hinge.config import NetworkMethod, Phase, RandomFeaturesMethod
from emergescope.toolkit.hinge.dynamics import descend
from emergescope.toolkit.hinge.fixed_features import (
    RandomFeatures,
    best_case,
    feature_ridge,
    kernel_ridge,
    tangent_kernel,
)
from emergescope.toolkit.hinge.geometry import Geometry
from emergescope.toolkit.hinge.two_layer import TwoLayerNetwork, initialise
from emergescope.toolkit.seeds import Stream, generator

PROBLEM = DictionaryProblem(d=24, D=12, k=3)


def _setting() -> tuple[TwoLayerNetwork, Sampler]:
    dictionary = draw_dictionary(PROBLEM, generator(0, Stream.DICTIONARY))
    geometry = Geometry(dictionary, torch.float64, "cpu")
    chance = generator(0, Stream.INITIALISATION)
    network = initialise(
        NetworkMethod(m=40, sigma_a=1.0), PROBLEM.usual_deviations, geometry, chance, torch.float64, "cpu"
    )
    return network, Sampler(PROBLEM, dictionary, generator(0, Stream.TRAINING), torch.float64)


def test_random_features_agree_with_scikit_learns_ridge() -> None:
    network, sampler = _setting()
    fit, judge = sampler.batch(500), sampler.batch(200)
    features, fresh = (network.features(b.x)[:, :40].clone().numpy() for b in (fit, judge))
    scaler = StandardScaler().fit(features)
    reference = Ridge(alpha=0.01 * 500).fit(scaler.transform(features), fit.y.numpy())
    expected = reference.predict(scaler.transform(fresh))
    assert np.allclose(feature_ridge(network, fit, judge.x, 0.01).numpy(), expected, atol=1e-9)


def test_the_kernel_agrees_with_scikit_learns_kernel_ridge() -> None:
    network, sampler = _setting()
    fit, judge = sampler.batch(300), sampler.batch(100)
    kernel = tangent_kernel(network, fit.x, fit.x).numpy()
    reference = KernelRidge(alpha=0.5 * kernel.trace() / 300, kernel="precomputed").fit(kernel, fit.y.numpy())
    expected = reference.predict(tangent_kernel(network, judge.x, fit.x).numpy())
    assert np.allclose(kernel_ridge(network, fit, judge.x, 0.5).numpy(), expected, atol=1e-9)


def test_accuracies_are_those_of_all_inputs_and_of_the_hard_ones() -> None:
    network, _ = _setting()
    method = RandomFeaturesMethod(m=40, ridge_samples=400)
    found = best_case(method, network, DrawnDictionary(PROBLEM, 0, "cpu", torch.float64), 500)
    assert found["ridge_accuracy"] == pytest.approx(0.75, abs=0.12)  # the aligned half, and a coin for the rest
    assert found["ridge_accuracy_hard"] is not None
    assert found["ridge_accuracy"] is not None
    assert found["ridge_accuracy_hard"] < found["ridge_accuracy"]


def test_random_features_train_as_a_network_that_moves_its_output_layer_alone() -> None:
    """Half of the neurons are computed; the result is that of all of them."""
    network, sampler = _setting()
    _, again = _setting()
    half = RandomFeatures(network.geometry, network.q, network.b, network.a.clone(), network.outside)
    whole = network.snapshot()
    for phase in (
        Phase(samples=200, eta=0.05, lambda_a=0.01, trains=("a",)),
        Phase(samples=100, eta=0.1, sigma_xi=0.2, trains=("a",)),
    ):
        losses = descend(half, phase, sampler).loss, descend(whole, phase, again).loss
        assert losses[0] == pytest.approx(losses[1])
        assert torch.allclose(half.a, whole.a, atol=1e-12)
    x = sampler.batch(100).x
    assert torch.allclose(half.output(x), whole.output(x), atol=1e-12)
    assert torch.equal(half.q, network.q)
    assert not torch.equal(half.a, network.a)

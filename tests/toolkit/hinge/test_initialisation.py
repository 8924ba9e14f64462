"""Paired initialisation (section 3.1)."""

import pytest
import torch

from emergescope.studies.patterns.config import DictionaryProblem
from emergescope.studies.patterns.drawn import Sampler, draw_dictionary
from emergescope.toolkit.hinge.config import NetworkMethod
from emergescope.toolkit.hinge.geometry import Geometry
from emergescope.toolkit.hinge.two_layer import initialise
from emergescope.toolkit.seeds import Stream, generator

PROBLEM = DictionaryProblem(d=200, D=100, k=5)


def test_output_is_zero_and_scales_are_the_theorys() -> None:
    dictionary = draw_dictionary(PROBLEM, generator(0, Stream.DICTIONARY))
    geometry = Geometry(dictionary, torch.float64, "cpu")
    chance = generator(0, Stream.INITIALISATION)
    network = initialise(NetworkMethod(m=4000), PROBLEM.usual_deviations, geometry, chance, torch.float64, "cpu")
    phi = Sampler(PROBLEM, dictionary, generator(0, Stream.TEST), torch.float64).batch(50).x
    assert float(network.output(phi).abs().max()) < 1e-10
    assert float(network.q.std()) == pytest.approx(1 / 5, rel=0.02)
    assert float(network.b.std()) == pytest.approx(1 / 25, rel=0.05)
    assert float(network.a.std()) == pytest.approx(25 / (0.25 * 25), rel=0.05)
    # |w| counts the part outside the span as well: E|w|^2 = d sigma_w^2
    assert float(network.weights().square().sum(1).mean()) == pytest.approx(200 / 25, rel=0.02)

"""The two-layer classifier: its start, its gradients, its copies."""

import pytest
import torch

from emergescope.studies.mixture.classifier import TwoLayerClassifier, two_layer_classifier
from emergescope.toolkit.seeds import Stream, generator


def _network(m: int = 4, d: int = 6, dtype: torch.dtype = torch.float64, seed: int = 0) -> TwoLayerClassifier:
    return two_layer_classifier(m, d, 3, generator(seed, Stream.INITIALISATION), dtype)


def test_the_output_is_that_of_its_formula() -> None:
    network = _network()
    x = torch.randn(5, 1, 2, 3, generator=generator(1, Stream.TRAINING), dtype=torch.float64)
    p = network.parameters
    hidden = torch.minimum(torch.ones(()), torch.relu(x.reshape(5, 6) @ p["W"].T + p["b"]))
    assert torch.allclose(network.logits(x), hidden @ p["A"].T + p["c"], atol=1e-14)


def test_it_starts_as_it_says() -> None:
    p = _network(m=2000, d=40).parameters
    assert float(p["W"].std()) == pytest.approx(40**-0.5, rel=0.02)
    assert float(p["A"].std()) == pytest.approx(2000**-0.5, rel=0.02)
    assert 0 <= float(p["b"].min()) < 0.01
    assert 0.49 < float(p["b"].max()) <= 0.5
    assert p["c"].abs().sum() == 0


def test_both_precisions_start_alike() -> None:
    double, single = _network(), _network(dtype=torch.float32)
    for name, parameter in double.parameters.items():
        assert torch.equal(parameter.float(), single.parameters[name])


def test_its_gradient_is_that_of_finite_differences() -> None:
    network = _network()
    x = torch.randn(7, 6, generator=generator(1, Stream.TRAINING), dtype=torch.float64)
    labels = torch.tensor([0, 1, 2, 0, 1, 2, 0])
    descent = network.descent(x, labels)
    for name, parameter in network.parameters.items():
        place = (0,) * parameter.ndim
        before = float(parameter[place])
        losses = []
        for shift in (1e-6, -1e-6):
            parameter[place] = before + shift
            losses.append(network.descent(x, labels).loss)
        parameter[place] = before
        expected = (losses[0] - losses[1]) / 2e-6
        assert float(descent.gradient[name][place]) == pytest.approx(expected, abs=1e-8), name


def test_accuracy_counts_right_answers() -> None:
    network = _network()
    x = torch.randn(8, 6, generator=generator(1, Stream.TRAINING), dtype=torch.float64)
    right = network.logits(x).argmax(1)
    assert network.descent(x, right).accuracy == 1.0
    assert network.descent(x, (right + torch.tensor([0, 0, 0, 0, 0, 0, 1, 2])) % 3).accuracy == 0.75


def test_many_inputs_are_judged_as_few() -> None:
    network = _network()
    x = torch.randn(2500, 6, generator=generator(1, Stream.TEST), dtype=torch.float64)
    assert torch.equal(network.judge(x), torch.cat([network.logits(x[at : at + 250]) for at in range(0, 2500, 250)]))


def test_what_is_not_a_number_is_noticed() -> None:
    network = _network()
    assert network.is_finite()
    network.parameters["A"][0, 0] = float("nan")
    assert not network.is_finite()


def test_a_snapshot_stays_and_a_state_restores() -> None:
    network, x = _network(), torch.ones(1, 6, dtype=torch.float64)
    copy, state, before = network.snapshot(), network.state(), network.logits(x).clone()
    network.parameters["W"].zero_()
    assert torch.equal(copy.logits(x), before)
    network.restore(state)
    assert torch.equal(network.logits(x), before)
    with pytest.raises(ValueError, match="W"):
        network.restore(_network(m=5).state())

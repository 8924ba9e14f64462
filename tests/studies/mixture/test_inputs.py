"""Data and injected inputs: how many, how standardised, and that tests see nothing of training."""

from typing import Any

import numpy as np
import pytest
import torch

from emergescope.config.run import Capture
from emergescope.errors import InvalidConfig
from emergescope.studies.mixture.config import ClassifierMethod, MixtureConfig, MixtureProblem, ResNetMethod
from emergescope.studies.mixture.inputs import Mixture, as_pictures, draw_patches, grey
from emergescope.studies.study import Context
from emergescope.toolkit.dictionary import class_means, principal_directions
from emergescope.toolkit.seeds import Stream, generator

TWO_LAYER, RESNET = ClassifierMethod(m=3), ResNetMethod(width=4)


def _config(method: ClassifierMethod | ResNetMethod = TWO_LAYER, seed: int = 0, **problem: Any) -> MixtureConfig:
    found = MixtureProblem(**{"samples": 300, **problem})
    return MixtureConfig(seed=seed, problem=found, method=method, capture=Capture(test_samples=200))


def _draw(method: ClassifierMethod | ResNetMethod = TWO_LAYER, seed: int = 0, **problem: Any) -> Mixture:
    return Mixture(_config(method, seed, **problem), Context(torch.device("cpu"), torch.float32))


@pytest.mark.parametrize(
    ("ratio", "data", "injected"), [(0.0, 300, 0), (0.25, 300, 100), (0.5, 300, 300), (0.75, 100, 300), (1.0, 0, 300)]
)
def test_the_ratio_is_the_share_of_injected_inputs(ratio: float, data: int, injected: int) -> None:
    mixture = _draw(ratio=ratio)
    rows = mixture.student_rows
    assert int((rows < 300).sum()) == data
    assert int((rows >= 300).sum()) == injected == len(mixture.injected)
    assert len(set(rows.tolist())) == len(rows)
    assert mixture.data_rows.tolist() == list(range(300))


@pytest.mark.parametrize("injected", ["gauss", "natural"])
def test_both_kinds_of_inputs_have_mean_0_and_deviation_1(injected: str) -> None:
    mixture = _draw(injected=injected)
    assert mixture.inputs.shape == (600, 1, 28, 28)
    for part in (mixture.inputs[:300], mixture.injected):
        assert float(part.mean()) == pytest.approx(0, abs=0.01)
        assert float(part.std()) == pytest.approx(1, abs=0.01)
    assert mixture.test_inputs.shape == mixture.test_injected.shape == (200, 1, 28, 28)


def test_the_same_seed_draws_the_same_and_another_seed_another() -> None:
    once, again, other = _draw(injected="natural"), _draw(injected="natural"), _draw(injected="natural", seed=1)
    assert torch.equal(once.inputs, again.inputs)
    assert torch.equal(once.test_injected, again.test_injected)
    assert not torch.equal(once.inputs[:300], other.inputs[:300])
    assert not torch.equal(once.injected, other.injected)


def test_the_data_do_not_depend_on_what_is_injected() -> None:
    gauss, natural = _draw(injected="gauss", ratio=0.25), _draw(injected="natural", ratio=0.75)
    assert torch.equal(gauss.inputs[:300], natural.inputs[:300])
    assert torch.equal(gauss.test_inputs, natural.test_inputs)


def test_tests_are_made_of_other_gaussians_than_training() -> None:
    mixture = _draw()
    distances = torch.cdist(mixture.test_injected.flatten(1), mixture.injected.flatten(1))
    assert float(distances.min()) > 30  # two independent ones are about sqrt(2 * 784) = 40 apart


def test_patches_of_tests_lie_where_those_of_training_do_not() -> None:
    photograph = np.tile(np.arange(200, dtype=np.uint8), (40, 1))  # each pixel says its column
    chance = generator(0, Stream.INJECTED)
    training = draw_patches([photograph], 3000, 8, chance, test=False)
    test = draw_patches([photograph], 3000, 8, chance, test=True)
    assert (training.min(), training.max()) == (0, 149)
    assert (test.min(), test.max()) == (150, 199)


def test_grey_is_luminance() -> None:
    white, red = np.full((2, 2, 3), 255, np.uint8), np.array([[[255, 0, 0]]], np.uint8)
    assert grey(white).tolist() == [[255, 255], [255, 255]]
    assert grey(red).tolist() == [[54]]


def test_more_samples_than_there_are_images_are_refused() -> None:
    problem = MixtureProblem(samples=400).model_copy(update={"samples": 4001})
    config = _config().model_copy(update={"problem": problem})
    with pytest.raises(InvalidConfig, match="4,000 training images") as refused:
        Mixture(config, Context(torch.device("cpu"), torch.float32))
    assert [field.pointer for field in refused.value.fields] == ["/problem/samples"]


def test_neurons_of_two_layers_are_compared_with_whole_images() -> None:
    mixture = _draw()
    matrix = mixture.dictionary.matrix
    assert (_config().neuron_shape, matrix.shape, mixture.dictionary.relevant) == ((28, 28), (784, 18), (0,))
    assert mixture.names[:3] == ("principal direction 1", "mean of 0", "mean of 1")
    assert mixture.names[-1] == "principal direction 8"
    assert torch.allclose(matrix.norm(dim=0), torch.ones(18, dtype=matrix.dtype))
    ones = mixture.inputs[:300][mixture.labels == 1].mean(0).flatten() - mixture.inputs[:300].mean(0).flatten()
    assert float(torch.cosine_similarity(ones.double(), matrix[:, 2], dim=0)) == pytest.approx(1, abs=1e-6)


def test_filters_are_compared_with_directions_of_patches() -> None:
    mixture = _draw(RESNET)
    assert (_config(RESNET).neuron_shape, mixture.dictionary.matrix.shape) == ((3, 3), (9, 8))
    # Neighbouring pixels are alike: patches differ most in how bright they are.
    assert float(mixture.dictionary.matrix[:, 0].sum()) > 2.9


def test_principal_directions_are_those_of_the_covariance() -> None:
    x = torch.randn(50, 6, generator=generator(0, Stream.TRAINING), dtype=torch.float64) * torch.arange(1, 7)
    _, vectors = torch.linalg.eigh(torch.cov(x.T))
    found = principal_directions(x, 3)
    for j in range(3):
        assert abs(float(found[:, j] @ vectors[:, -1 - j])) == pytest.approx(1)
    # With fewer inputs than dimensions the other matrix of inner products says the same.
    few = torch.cat([x, torch.zeros(50, 60, dtype=torch.float64)], 1)
    assert torch.allclose(principal_directions(few, 3)[:6], found, atol=1e-9)


def test_a_class_without_inputs_has_no_direction() -> None:
    x = torch.tensor([[1.0, 0.0], [-1.0, 0.0]])
    assert class_means(x, torch.tensor([0, 2]), 3).T.tolist() == [[1, 0], [0, 0], [-1, 0]]


def test_weights_ordered_by_channel_become_pictures_with_colours_last() -> None:
    rows = torch.arange(12.0)[None]  # 3 channels of 2 x 2
    assert as_pictures(rows, (2, 2, 3)).reshape(2, 2, 3)[0, 1].tolist() == [1, 5, 9]
    assert as_pictures(rows, (3, 4)) is rows

"""Two classes of images: how they are centred and scaled, what they are compared with, and what is drawn of them."""

import numpy as np
import pytest
import torch

from emergescope.datasets import DataSet, Images
from emergescope.errors import InvalidConfig
from emergescope.studies.two_classes.config import TwoClassesProblem
from emergescope.studies.two_classes.images import DrawnImages
from emergescope.toolkit.seeds import Stream


def _images(seed: int, n: int, shape: tuple[int, ...] = (4, 5)) -> Images:
    """Noise of three classes in turn; each is brighter in its own rows."""
    chance = np.random.default_rng(seed)
    pixels = chance.integers(0, 100, (n, *shape))
    labels = np.arange(n) % 3
    for c in range(3):
        pixels[labels == c, c] += 100 + 20 * c
    return Images(pixels.astype(np.uint8), labels.astype(np.int64))


def _data(shape: tuple[int, ...] = (4, 5), n: int = 240, tests: int = 60) -> DataSet:
    return DataSet("toy", "Toy", ("ant", "bee", "cat"), _images(0, n, shape), _images(1, tests, shape))


def _drawn(problem: TwoClassesProblem | None = None, data: DataSet | None = None, seed: int = 0) -> DrawnImages:
    return DrawnImages(problem or TwoClassesProblem(classes=(2, 0)), data or _data(), seed, "cpu", torch.float32)


def test_inputs_are_centred_and_scaled_as_the_training_images_are() -> None:
    data = _data()
    kept = np.isin(data.train.labels, (2, 0))
    pixels = data.train.pixels[kept].reshape(160, 20) / 255
    mean = pixels.mean(0)
    scale = np.sqrt(((pixels - mean) ** 2).sum(1).mean())
    drawn = _drawn(data=data)
    test = drawn.sampler(Stream.TEST).batch(1000)
    kept = np.isin(data.test.labels, (2, 0))
    expected = (data.test.pixels[kept].reshape(40, 20) / 255 - mean) / scale
    np.testing.assert_allclose(test.x, expected, atol=1e-6)
    assert test.y.tolist() == np.where(data.test.labels[kept] == 2, 1, -1).tolist()
    # Training images have mean 0 and mean square norm 1.
    train = drawn.sampler(Stream.TRAINING).batch(160)
    assert float(train.x.square().sum(1).mean()) == pytest.approx(1, abs=1e-5)
    assert float(train.x.mean(0).norm()) < 1e-6
    assert drawn.facts == {"training_images": 160, "test_images": 40, "positive_share": 0.5}


def test_training_draws_images_with_their_labels_and_replacement() -> None:
    drawn = _drawn()
    batch = drawn.sampler(Stream.TRAINING).batch(159)
    assert len(np.unique(batch.x, axis=0)) < 130  # about 1 - 1/e of them
    # Class 2 is bright in row 2, class 0 in row 0.
    brighter = batch.x.view(-1, 4, 5)[:, 2].mean(1) > batch.x.view(-1, 4, 5)[:, 0].mean(1)
    assert torch.equal(brighter, batch.y > 0)


@pytest.mark.parametrize("n", [160, 1_000_000])
def test_where_as_many_are_asked_for_all_images_come_once_and_in_order(n: int) -> None:
    data = _data()
    labels = data.train.labels[data.train.labels != 1]
    for seed in range(2):
        sampler = _drawn(seed=seed).sampler(Stream.TRAINING)
        state = sampler.state()
        batch = sampler.batch(n)
        assert batch.y.tolist() == np.where(labels == 2, 1, -1).tolist()
        assert len(np.unique(batch.x, axis=0)) == 160
        assert batch.count.tolist() == [0] * 160
        assert torch.equal(sampler.state(), state)
    many = _drawn(data=_data(n=4500))
    parts = list(many.sampler(Stream.TRAINING).chunks(n + 3000))
    assert [part.y.numel() for part in parts] == [1024, 1024, 952]
    assert torch.equal(torch.cat([part.x for part in parts]), many.sampler(Stream.TRAINING).batch(3000).x)


def test_a_sampler_goes_on_where_another_stopped() -> None:
    data = _data(n=4500)
    one = _drawn(data=data).sampler(Stream.TRAINING, noisy_labels=True)
    one.batch(7)
    state = one.state()
    expected = list(one.chunks(2500))
    assert [b.y.numel() for b in expected] == [1024, 1024, 452]
    other = _drawn(data=data).sampler(Stream.TRAINING, noisy_labels=True)
    other.restore(state)
    for a, b in zip(expected, other.chunks(2500), strict=True):
        assert torch.equal(a.x, b.x)
        assert torch.equal(a.y, b.y)
    assert not torch.equal(
        _drawn(seed=1).sampler(Stream.TRAINING).batch(50).x, _drawn().sampler(Stream.TRAINING).batch(50).x
    )


def test_fewer_tests_are_a_fair_part_of_them() -> None:
    data = _data()
    order = np.argsort(data.test.labels, kind="stable")  # as folders are, class by class
    sorted_test = Images(data.test.pixels[order], data.test.labels[order])
    drawn = _drawn(data=DataSet("toy", "Toy", data.classes, data.train, sorted_test))
    everything, some = drawn.sampler(Stream.TEST), drawn.sampler(Stream.TEST)
    assert everything.batch(40).y.tolist() == [-1] * 20 + [1] * 20
    assert some.batch(10).y.tolist() == [-1] * 5 + [1] * 5
    assert torch.equal(torch.cat([b.x for b in some.chunks(10_000)]), everything.batch(40).x)
    some.restore(some.state())


def test_random_labels_are_coins_that_stay_and_spare_the_tests() -> None:
    problem = TwoClassesProblem(classes=(2, 0), random_labels=True)
    drawn, true = _drawn(problem), _drawn()
    noisy = drawn.sampler(Stream.TRAINING, noisy_labels=True).batch(159)
    honest = true.sampler(Stream.TRAINING, noisy_labels=True).batch(159)
    assert torch.equal(noisy.x, honest.x)  # labels have their own stream
    assert float((noisy.y == honest.y).float().mean()) == pytest.approx(0.5, abs=0.12)  # 160 coins
    _, which = np.unique(noisy.x, axis=0, return_inverse=True)
    for image in range(which.max() + 1):
        assert len(set(noisy.y[which == image].tolist())) == 1
    assert torch.equal(drawn.sampler(Stream.TRAINING).batch(159).y, honest.y)
    assert torch.equal(drawn.sampler(Stream.TEST).batch(40).y, true.sampler(Stream.TEST).batch(40).y)
    assert drawn.positive_share != true.positive_share
    other = _drawn(problem, seed=1)
    assert other.positive_share != drawn.positive_share


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 3)])
def test_references_are_unit_vectors_with_names(shape: tuple[int, ...]) -> None:
    data = _data(shape)
    drawn = _drawn(data=data)
    assert drawn.picture == shape
    M = drawn.dictionary.matrix
    torch.testing.assert_close(M.norm(dim=0), torch.ones(11, dtype=torch.float64))
    assert drawn.names[:4] == ("difference of class means", "mean of cat", "mean of ant", "principal direction 1")
    assert len(drawn.names) == M.shape[1]
    assert drawn.dictionary.relevant == (0,)
    means = [data.train.pixels[data.train.labels == c].reshape(80, -1).mean(0) / 255 for c in (2, 0)]
    for column, vector in zip((0, 1, 2), (means[0] - means[1], *means), strict=True):
        np.testing.assert_allclose(M[:, column], vector / np.linalg.norm(vector), atol=1e-6)
    pixels = data.train.pixels[data.train.labels != 1].reshape(160, -1) / 255
    _, _, vt = np.linalg.svd(pixels - pixels.mean(0), full_matrices=False)
    np.testing.assert_allclose(np.abs((vt[:8] * M[:, 3:].numpy().T).sum(1)), 1, atol=1e-5)
    assert bool((M[:, :1].T @ M[:, 3:] >= 0).all())


def test_few_images_have_few_principal_directions() -> None:
    drawn = _drawn(data=_data(n=9))
    assert drawn.names[-1] == "principal direction 5"  # six images
    assert drawn.dictionary.matrix.shape == (20, 8)


def test_classes_that_cannot_be_learned_are_refused() -> None:
    data = _data()
    empty = DataSet("toy", "Toy", (*data.classes, "dog"), data.train, data.test)
    black = Images(np.zeros((6, 4, 5), np.uint8), np.arange(6) % 3)
    same = DataSet("toy", "Toy", data.classes, black, black)
    for classes, where, words in (
        ((0, 3), data, "has the classes 0 to 2, and not 3"),
        ((0, 3), empty, r"no images of class 3 \(dog\)"),
        ((0, 1), same, "the same mean image"),
    ):
        with pytest.raises(InvalidConfig, match=words) as caught:
            _drawn(TwoClassesProblem(classes=classes), where)
        assert caught.value.fields[0].pointer == "/problem/classes"

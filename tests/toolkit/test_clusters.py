"""Clusters of directions, against scikit-learn and by definition."""

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from torch import Tensor

from emergescope.toolkit.clusters import Clusters, principal_direction, silhouette, two_means


def _unit(x: Tensor) -> Tensor:
    unit: Tensor = x / x.norm(dim=1, keepdim=True)
    return unit


def _clouds(seed: int, spread: float, sizes: tuple[int, int] = (60, 40), d: int = 50, angle: float = -1.0) -> Tensor:
    """Unit vectors around two directions whose cosine is `angle`."""
    chance = torch.Generator().manual_seed(seed)
    first, second = torch.zeros(d), torch.zeros(d)
    first[0], second[0], second[1] = 1.0, angle, (1 - angle**2) ** 0.5
    centres = torch.cat([first.repeat(sizes[0], 1), second.repeat(sizes[1], 1)])
    return _unit(centres + spread * torch.randn(sum(sizes), d, generator=chance))


def _found(unit: Tensor) -> Clusters:
    found = two_means(unit, unit[0])
    assert found is not None
    return found


@pytest.mark.parametrize("angle", [-1.0, 0.0, 0.5])
@pytest.mark.parametrize("spread", [0.01, 0.08])
@pytest.mark.parametrize("sizes", [(60, 40), (95, 5)])
def test_clusters_that_are_there_are_found(angle: float, spread: float, sizes: tuple[int, int]) -> None:
    unit = _clouds(0, spread, sizes, angle=angle)
    found = _found(unit)
    assert found.label.tolist() == [0] * sizes[0] + [1] * sizes[1]
    torch.testing.assert_close(found.centres.norm(dim=1), torch.ones(2))
    torch.testing.assert_close(found.cosine, (unit * found.centres[found.label]).sum(1))
    reference = KMeans(2, n_init=10, random_state=0).fit_predict(unit.numpy())
    assert set(zip(found.label.tolist(), reference.tolist(), strict=True)) in ({(0, 0), (1, 1)}, {(0, 1), (1, 0)})


CASES = {
    **{f"clouds {seed}": _clouds(seed, 0.1) for seed in range(3)},
    **{f"noise {seed}": _clouds(seed, 1e3) for seed in range(3)},
    "pairs": _clouds(3, 1e3)[:30].repeat(2, 1),
    "with zeros": torch.cat([_clouds(4, 0.1), torch.zeros(3, 50)]),
    "more vectors than coordinates": _clouds(5, 0.3, (400, 200), d=4),
    "one alone": _clouds(6, 0.01, (20, 1)),
}


@pytest.mark.parametrize("unit", list(CASES.values()), ids=list(CASES))
def test_the_silhouette_is_that_of_scikit_learn(unit: Tensor) -> None:
    label = _found(unit).label
    expected = silhouette_score(unit.double().numpy(), label.numpy(), metric="cosine")
    assert silhouette(unit, label) == pytest.approx(expected, abs=1e-6)
    # Any other labels have one too.
    label = torch.arange(len(unit)) % 2
    expected = silhouette_score(unit.double().numpy(), label.numpy(), metric="cosine")
    assert silhouette(unit, label) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("unit", list(CASES.values()), ids=list(CASES))
def test_no_vector_would_rather_change_sides(unit: Tensor) -> None:
    found = _found(unit)
    cosine = unit @ found.centres.T
    assert bool((cosine.gather(1, found.label[:, None]) >= cosine.amax(1, keepdim=True) - 1e-6).all())
    assert 0 < int(found.label.sum()) < len(unit)


def test_noise_has_no_clusters_and_pairs_hardly_any() -> None:
    for unit in (_clouds(0, 1e3, d=784), _clouds(1, 1e3, d=784)[:50].repeat(2, 1)):
        found = _found(unit)
        score = silhouette(unit, found.label)
        assert score is not None
        assert score < 0.05
        assert found.share == 0


def test_the_share_counts_who_is_near() -> None:
    tight, loose = _clouds(0, 1e-3), _clouds(0, 0.25)
    assert _found(tight).share == 1.0
    assert _found(loose).share == pytest.approx(float((_found(loose).cosine > 0.9).float().mean()))
    assert 0 <= _found(loose).share < 0.5


def test_the_first_cluster_is_the_one_asked_for() -> None:
    unit = _clouds(0, 0.05)
    one, other = two_means(unit, unit[0]), two_means(unit, -unit[0])
    assert one is not None
    assert other is not None
    assert one.label.tolist() == (1 - other.label).tolist()
    torch.testing.assert_close(one.centres, other.centres.flip(0))


def test_vectors_of_one_direction_and_what_is_no_number_have_no_clusters() -> None:
    same = torch.eye(4)[:1].repeat(5, 1)
    broken = _clouds(0, 0.1)
    broken[3, 2] = torch.nan
    for unit in (same, torch.zeros(5, 4), broken):
        assert two_means(unit, torch.ones(unit.shape[1])) is None
    assert silhouette(broken, torch.arange(100) % 2) is None
    assert silhouette(same, torch.zeros(5, dtype=torch.int64)) is None
    assert silhouette(same, torch.tensor([0, 0, 1, 1, 1])) == 0.0


def test_vectors_as_far_along_are_still_split() -> None:
    """The corners of a cone about its axis: the first principal direction does not tell them apart."""
    angles = torch.tensor([0.0, 2.0, 4.0]) * torch.pi / 3
    unit = _unit(torch.stack([angles.cos(), angles.sin(), torch.full((3,), 3.0)], 1))
    assert 0 < int(_found(unit).label.sum()) < 3


def test_the_principal_direction_is_that_of_the_singular_values() -> None:
    for unit in (_clouds(0, 0.3), _clouds(1, 0.3, (400, 200), d=4)):
        v = principal_direction(unit)
        assert v is not None
        expected = np.linalg.svd(unit.numpy(), full_matrices=False)[2][0]
        assert abs(float(v @ torch.from_numpy(expected))) == pytest.approx(1, abs=1e-5)
    assert principal_direction(torch.zeros(3, 5)) is None
    assert principal_direction(torch.full((3, 5), torch.inf)) is None

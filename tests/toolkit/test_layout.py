"""The map: as good as a reference implementation, steady, and honest about its stress."""

import warnings

import numpy as np
import pytest
import torch
from sklearn.manifold import MDS

from emergescope.toolkit.map_maker import dissimilarity, first_positions, mds, procrustes


def _unit(n: int, d: int, seed: int, pull: float = 0.0) -> torch.Tensor:
    points = torch.randn(n, d, generator=torch.Generator().manual_seed(seed))
    points[:, 0] += pull * points[:, 0].sign() * d**0.5
    unit: torch.Tensor = points / points.norm(dim=1, keepdim=True)
    return unit


def _stress(delta: torch.Tensor, x: torch.Tensor) -> float:
    distance = torch.cdist(x.double(), x.double())
    return float(((delta - distance).square().sum() / delta.square().sum()).sqrt())


@pytest.mark.parametrize("pull", [0.0, 0.5, 2.0])
def test_stress_is_as_low_as_the_reference(pull: float) -> None:
    unit = _unit(80, 30, 0, pull)
    delta = dissimilarity(unit)
    axis = torch.eye(30)[0]
    ours = mds(delta, first_positions(unit, axis), 500, 1e-6)
    assert ours.stress == pytest.approx(_stress(delta, ours.positions), abs=2e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        reference = MDS(2, dissimilarity="precomputed", n_init=4, init="random", random_state=0, max_iter=500, eps=1e-7)
        best = reference.fit_transform(((delta + delta.T) / 2).double().numpy())
    assert ours.stress <= _stress(delta, torch.from_numpy(best)) * 1.03


def test_a_start_in_many_dimensions_is_that_of_the_same_points_in_few() -> None:
    """As for pictures of 96 x 96 in colour; a matrix of d x d would take gigabytes, and its eigenvectors hours."""
    unit = _unit(30, 20, 5)
    for d in (31, 27_648):
        wide = torch.cat([unit, torch.zeros(30, d - 20)], 1)
        few, many = (
            first_positions(unit, torch.eye(20)[0]),
            first_positions(wide, torch.zeros(d).index_fill(0, torch.tensor(0), 1)),
        )
        assert torch.allclose(few, many, atol=1e-3)


def test_points_in_the_plane_are_found_exactly() -> None:
    x = torch.randn(40, 2, generator=torch.Generator().manual_seed(1))
    delta = torch.cdist(x, x)
    start = x + 0.3 * torch.randn(40, 2, generator=torch.Generator().manual_seed(2))
    found = mds(delta, start, 500, 1e-9)
    assert found.stress < 0.01
    assert torch.allclose(torch.cdist(found.positions, found.positions), delta, atol=0.05)


def test_a_map_that_fits_stays_where_it_is() -> None:
    unit = _unit(60, 20, 3, 0.5)
    delta = dissimilarity(unit)
    first = mds(delta, first_positions(unit, torch.eye(20)[0]), 2000, 1e-9).positions
    again = procrustes(mds(delta, first, 40).positions, first, torch.ones(60))
    assert float((again - first).norm(dim=1).max()) < 0.02


def test_twins_at_the_same_place_can_part() -> None:
    unit = _unit(20, 10, 4)
    twins = torch.cat([unit, unit])
    together = mds(dissimilarity(twins), first_positions(twins, torch.eye(10)[0]), 200).positions
    assert float((together[:20] - together[20:]).norm(dim=1).max()) < 0.05
    parted = torch.cat([unit, -unit])
    apart = mds(dissimilarity(parted), together, 200).positions
    assert float((apart[:20] - apart[20:]).norm(dim=1).median()) > 1


def test_procrustes_undoes_rotation_reflection_and_shift_but_not_scale() -> None:
    x = torch.randn(30, 2, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    turn = torch.tensor([[np.cos(1), np.sin(1)], [np.sin(1), -np.cos(1)]])
    moved = x @ turn + torch.tensor([3.0, -2.0])
    weight = torch.ones(30, dtype=torch.float64)
    assert torch.allclose(procrustes(moved, x, weight), x, atol=1e-9)
    scaled = procrustes(2 * moved, x, weight)
    assert torch.allclose(torch.pdist(scaled), 2 * torch.pdist(x), atol=1e-9)


def test_dissimilarity_is_one_minus_cosine() -> None:
    unit = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    assert torch.allclose(dissimilarity(unit), torch.tensor([[0.0, 1.0, 2.0], [1.0, 0.0, 1.0], [2.0, 1.0, 0.0]]))

"""Singular values of any weights: aligned, dead, faint, huge, and such as weight decay leaves."""

import numpy as np
import pytest
import torch

from emergescope.toolkit.clusters import principal_direction
from emergescope.toolkit.map_maker import first_positions
from emergescope.toolkit.spectrum import eigenvectors, singular_values


def _decayed() -> torch.Tensor:
    """Three equal columns, some noise, and what decay leaves of the rest: its products are denormal, which keeps LAPACK
    from converging in single precision.
    """
    weights = torch.randn(100, 60, generator=torch.Generator().manual_seed(47))
    weights[:, :3] = weights[:, :1]
    weights[:, 3:20] *= 1e-2
    weights[:, 20:] *= 10**-22.6
    weights[50:, 20:] = weights[:50, 20:]
    return weights


def _rank_one(scale: float, shape: tuple[int, int] = (100, 60)) -> torch.Tensor:
    rows, columns = (torch.randn(n, generator=torch.Generator().manual_seed(n)).sign() for n in shape)
    return torch.outer(rows, columns) * scale


@pytest.mark.parametrize(
    "weights",
    [
        pytest.param(torch.randn(40, 20, generator=torch.Generator().manual_seed(0)), id="a cloud"),
        pytest.param(torch.randn(20, 40, generator=torch.Generator().manual_seed(0)), id="wide"),
        pytest.param(_rank_one(1.0), id="rank one"),
        pytest.param(_rank_one(1.0, (30, 784)), id="rank one, wide"),
        pytest.param(_rank_one(1e-25), id="faint"),
        pytest.param(_rank_one(1e-42), id="denormal"),
        pytest.param(_rank_one(1e25), id="huge"),
        pytest.param(_rank_one(1e36, (4, 4)), id="as large as can be"),
        pytest.param(torch.eye(30).repeat(2, 1), id="repeated values"),
        pytest.param(torch.zeros(30, 10), id="zeros"),
        pytest.param(torch.ones(1, 5), id="one neuron"),
        pytest.param(_decayed(), id="decayed"),
    ],
)
def test_they_are_those_of_a_reference(weights: torch.Tensor) -> None:
    found = singular_values(weights, 64).double().numpy()
    reference = np.linalg.svd(weights.double().numpy(), compute_uv=False)
    # Through the Gram matrix in single precision, values are known to the root of its rounding error.
    np.testing.assert_allclose(found, reference, rtol=1e-3, atol=2e-3 * max(reference[0], 1e-43))


def test_the_largest_are_kept_and_those_of_a_diverged_network_are_not_numbers() -> None:
    weights = torch.diag(torch.arange(1.0, 9.0))
    assert singular_values(weights, 3).tolist() == pytest.approx([8, 7, 6])
    weights[2, 2] = torch.inf
    assert singular_values(weights, 3).isnan().tolist() == [True] * 3


def test_directions_are_found_where_decay_has_all_but_removed_some() -> None:
    weights = _decayed()
    values, vectors = eigenvectors(weights.T @ weights)
    assert values.dtype == torch.float32
    assert torch.allclose(vectors @ torch.diag(values) @ vectors.T, weights.T @ weights, atol=1e-3)
    axis = principal_direction(weights)
    assert axis is not None
    assert float(axis[:3].abs().min()) == pytest.approx(3**-0.5, abs=1e-3)
    unit = weights / weights.norm(dim=1, keepdim=True)
    assert bool(first_positions(unit, torch.eye(60)[0]).isfinite().all())

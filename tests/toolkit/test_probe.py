"""The probe is ridge regression on standardised features; accuracy counts ties as half."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

from emergescope.toolkit.probe import RIDGE, accuracy, fit_probe
from emergescope.toolkit.spectrum import singular_values


def test_agrees_with_a_reference_ridge() -> None:
    chance = torch.Generator().manual_seed(0)
    features = torch.rand(500, 20, generator=chance, dtype=torch.float64) * torch.linspace(0.1, 3, 20)
    y = (features[:, 0] * 30 + features[:, 5] > 3).double() * 2 - 1
    fresh = torch.rand(100, 20, generator=chance, dtype=torch.float64)
    scaler = StandardScaler().fit(features.numpy())
    ridge = Ridge(alpha=RIDGE * 500, fit_intercept=True).fit(scaler.transform(features.numpy()), y.numpy())
    direction, offset = fit_probe(features.clone(), y)
    expected = ridge.predict(scaler.transform(fresh.numpy()))
    assert np.allclose((fresh @ direction - offset).numpy(), expected, atol=1e-9)


def test_dead_features_are_left_out() -> None:
    features = torch.rand(100, 5, generator=torch.Generator().manual_seed(0))
    features[:, 2] = 0.3
    direction, offset = fit_probe(features.clone(), (features[:, 0] > 0.5).float() * 2 - 1)
    assert direction[2] == 0
    assert torch.isfinite(direction).all()
    assert np.isfinite(offset)


def test_accuracy_counts_ties_as_half_and_is_unknown_where_there_is_no_number() -> None:
    y = torch.tensor([1.0, 1.0, -1.0, -1.0])
    assert accuracy(torch.tensor([2.0, 0.0, 0.5, -1.0]), y) == pytest.approx(0.625)
    assert accuracy(torch.tensor([1.0, 1.0, torch.nan, 1.0]), y) is None
    assert accuracy(torch.ones(0), torch.ones(0)) is None


@pytest.mark.parametrize("shape", [(7, 20), (20, 7)])
def test_singular_values_agree_with_svd(shape: tuple[int, int]) -> None:
    weights = torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert torch.allclose(singular_values(weights, 5), torch.linalg.svdvals(weights)[:5], atol=1e-9)

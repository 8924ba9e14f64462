"""Closed forms of the smoothed truncated ReLU, against sampling and differentiation."""

import pytest
import torch

from emergescope.toolkit.hinge.fixed_features import truncated_relu_slope
from emergescope.toolkit.hinge.two_layer import smoothed
from tests.oracle import smooth

Z = torch.linspace(-2, 3, 201, dtype=torch.float64)


@pytest.mark.parametrize("sigma_xi", [0.05, 0.2, 1.0])
def test_value_is_the_mean_over_the_noise(sigma_xi: float) -> None:
    noise = torch.randn(200_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * sigma_xi
    for z in (-0.5, 0.0, 0.3, 1.0, 1.4):
        value, _ = smoothed(torch.tensor([z], dtype=torch.float64), sigma_xi)
        assert float(value) == pytest.approx(float((z + noise).clamp(0, 1).mean()), abs=5e-3)


@pytest.mark.parametrize("sigma_xi", [0.05, 0.2, 1.0])
def test_slope_is_the_derivative_of_the_value(sigma_xi: float) -> None:
    z = Z.clone().requires_grad_()
    reference = smooth(z, sigma_xi) - smooth(z - 1, sigma_xi)
    (derivative,) = torch.autograd.grad(reference.sum(), z)
    value, slope = smoothed(Z.clone(), sigma_xi)
    assert torch.allclose(value, reference.detach(), atol=1e-12)
    assert torch.allclose(slope, derivative, atol=1e-12)


def test_little_noise_is_no_noise() -> None:
    value, slope = smoothed(Z.clone(), 1e-6)
    away = ((Z - 0).abs() > 1e-3) & ((Z - 1).abs() > 1e-3)
    assert torch.allclose(value, Z.clamp(0, 1), atol=1e-6)
    assert torch.allclose(slope[away], truncated_relu_slope(Z)[away])


def test_float32_stays_accurate_far_from_the_kinks() -> None:
    z = torch.tensor([-50.0, -5.0, 0.5, 6.0, 50.0])
    value, slope = smoothed(z.clone(), 0.1)
    assert torch.allclose(value, torch.tensor([0.0, 0.0, 0.5, 1.0, 1.0]), atol=1e-5)
    assert torch.allclose(slope, torch.tensor([0.0, 0.0, 1.0, 0.0, 0.0]), atol=1e-5)

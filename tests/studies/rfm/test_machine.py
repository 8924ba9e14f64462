"""The kernel machine and its gradients, against the definition and against autograd; and what theory says of them."""

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import Tensor

from emergescope.catalog.parse import parse_config
from emergescope.errors import InvalidConfig
from emergescope.studies.rfm import STUDY
from emergescope.studies.rfm.config import Product, RfmConfig
from emergescope.studies.rfm.machine import Machine, draw, fit, permuted
from emergescope.studies.rfm.theory import limit, limit_deviation, target_variance
from emergescope.toolkit.seeds import Stream

BANDWIDTH, RIDGE = 10.0, 1e-3


def configured(**parts: Mapping[str, object]) -> RfmConfig:
    data: dict[str, Mapping[str, object]] = {
        "problem": {"d": 8, "n": 150},
        "training": {"device": "cpu"},
        "capture": {"test_samples": 100},
    }
    data = {name: {**data.get(name, {}), **parts.get(name, {})} for name in {*data, *parts}}
    config = parse_config({"study": "rfm", "seed": 3, **data})
    assert isinstance(config, RfmConfig)
    return config


def fitted(n: int = 30, d: int = 6) -> tuple[Machine, Tensor]:
    """A machine with any metric, two of whose training points coincide, and its targets."""
    x, y = draw(Product(d=d, n=n), n, 0, Stream.TRAINING, torch.float64, "cpu")
    x[1], y[1] = x[0], y[0]
    root = torch.randn(d, d, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return fit(x, y, root @ root.T / d, BANDWIDTH, RIDGE), y


def kernel(machine: Machine, x: Tensor, z: Tensor) -> Tensor:
    """Of one point and one other, as it is written down."""
    apart = x - z
    return (-((apart @ machine.metric @ apart).sqrt()) / machine.bandwidth).exp()


def test_it_solves_the_regularised_equations() -> None:
    machine, y = fitted()
    matrix = torch.stack([torch.stack([kernel(machine, a, b) for b in machine.x]) for a in machine.x])
    expected = np.linalg.solve(matrix.numpy() + RIDGE * np.eye(len(y)), y.numpy())
    np.testing.assert_allclose(machine.weights.numpy(), expected, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(machine.output(machine.x), matrix @ machine.weights, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(y - machine.output(machine.x), RIDGE * machine.weights, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("centred", [False, True])
def test_the_outer_product_of_gradients_is_that_of_autograd(centred: bool) -> None:
    machine, _ = fitted()
    gradients = []
    for point in machine.x:
        at = point.clone().requires_grad_()
        apart = [i for i, other in enumerate(machine.x) if not torch.equal(point, other)]
        output = torch.stack([machine.weights[i] * kernel(machine, at, machine.x[i]) for i in apart]).sum()
        gradients.append(torch.autograd.grad(output, at)[0])
    stacked = torch.stack(gradients)
    np.testing.assert_allclose(machine.gradients(), stacked, rtol=1e-10, atol=1e-13)
    if centred:
        stacked = stacked - stacked.mean(0)
    expected = sum(torch.outer(row, row) for row in stacked) / len(stacked)
    assert isinstance(expected, Tensor)
    np.testing.assert_allclose(machine.outer_product(centred=centred), expected, rtol=1e-10, atol=1e-14)


def test_single_precision_gives_the_same_to_its_own() -> None:
    machine, y = fitted()
    single = fit(machine.x.float(), y.float(), machine.metric.float(), BANDWIDTH, RIDGE)
    expected = machine.outer_product()
    assert float((single.outer_product() - expected).abs().max() / expected.abs().max()) < 2e-3


def test_weights_are_not_numbers_where_rounding_spoils_the_kernel() -> None:
    x, y = draw(Product(d=6), 300, 0, Stream.TRAINING, torch.float32, "cpu")
    assert fit(x, y, torch.eye(6), 1e6, 1e-12).weights.isnan().all()
    assert fit(x, y, torch.full((6, 6), torch.nan), BANDWIDTH, RIDGE).weights.isnan().all()


def test_values_are_moved_off_the_relevant_coordinates() -> None:
    metric = torch.arange(1.0, 10.0).diag() + 0.1
    moved = permuted(metric, (0, 1, 5), seed=4)
    assert torch.equal(moved, moved.diagonal().diag())
    assert sorted(moved.diagonal().tolist()) == sorted(metric.diagonal().tolist())
    values = moved.diagonal().tolist()
    assert not {values[j] for j in (0, 1, 5)} & {float(metric[j, j]) for j in (0, 1, 5)}
    assert torch.equal(permuted(torch.eye(9), (0, 1, 5), seed=4), torch.eye(9))


@pytest.mark.parametrize("target", ["gated", "product"])
def test_theory_is_what_many_samples_give(target: str) -> None:
    problem = Product.model_validate({"target": target, "d": 6, "deviation": 0.7, "n": 100})
    x, y = draw(problem, 400_000, 0, Stream.PROBE_FIT, torch.float64, "cpu")
    assert float(y.mean()) == pytest.approx(0, abs=0.002)
    assert float(y.var()) == pytest.approx(target_variance(problem), rel=0.02)
    squares = x[:, 1] ** 2 * ((x[:, 5] > 0) if target == "gated" else 1)
    assert float(squares.mean()) == pytest.approx(limit(problem), rel=0.01)
    assert float(squares.std()) / 10 == pytest.approx(limit_deviation(problem), rel=0.01)


def test_the_numbers_of_the_published_setting() -> None:
    theory = STUDY.theory(STUDY.usual)
    assert {one.id: one.value for one in theory.statements} == {"limit": 0.125, "range": None, "constant": 0.03125}
    assert all(one.applies for one in theory.statements)
    control = STUDY.theory(configured(method={"metric": "permuted"}))
    assert [one.id for one in control.statements if one.applies] == ["constant"]


@pytest.mark.parametrize(
    ("part", "settings", "pointer", "words"),
    [
        ("problem", {"d": 5}, "/problem/d", "greater than or equal to 6"),
        ("problem", {"target": "sum"}, "/problem/target", "'gated' or 'product'"),
        ("problem", {"n": 10**6}, "/problem/n", "less than or equal to 20000"),
        ("method", {"ridge": 0}, "/method/ridge", "greater than 0"),
        ("method", {"metric": "rotated"}, "/method/metric", "'learned', 'identity' or 'permuted'"),
        ("training", {"rounds": 0}, "/training/rounds", "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_is_refused_in_words(part: str, settings: dict[str, object], pointer: str, words: str) -> None:
    with pytest.raises(InvalidConfig) as caught:
        configured(**{part: settings})
    assert pointer in [field.pointer for field in caught.value.fields]
    assert words in caught.value.detail

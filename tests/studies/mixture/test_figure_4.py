"""Figure 4 on real images: what its presets promise, and what holds in every run of Gaussian injections."""

from functools import cache
from pathlib import Path

import pytest

from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_preset
from emergescope.engine import run
from emergescope.recording.events import Captured, Happened
from tests.conftest import seeds


@cache
def _run(
    preset: str, seed: int, data_dir: Path | None = None, frames: int = 120
) -> tuple[dict[str, float], dict[str, float]]:
    """Metrics at the end, each within its band; epochs in which each part came to 90% of where it ended."""
    found = get_preset(f"paper/{preset}")
    config = apply_overrides(found.config, {"seed": seed, "capture.frames": frames})
    events = list(run(config, data_dir=data_dir))
    last = [event.frame.metrics for event in events if isinstance(event, Captured)][-1]
    metrics = {name: value for name, value in last.items() if value is not None}
    assert found.expected
    for item in found.expected:
        assert item.step == "end"
        assert item.low <= metrics[item.metric] <= item.high, (preset, seed, item.metric)
    (compared,) = [event for event in events if isinstance(event, Happened) and event.kind == "compared"]
    assert compared.data is not None
    return metrics, compared.data["epochs"]


def _check_gauss(metrics: dict[str, float], epochs: dict[str, float]) -> None:
    """What holds in every run of two layers with Gaussian injections."""
    assert abs(metrics["direct_accuracy"] - metrics["data_true_accuracy"]) <= 0.035, (
        "the data part: as well as directly"
    )
    assert metrics["data_accuracy"] - metrics["injected_accuracy"] >= 0.30, "the injected part: worse"
    assert metrics["direct_accuracy"] - metrics["mixture_accuracy"] >= 0.07, "the mixture: below direct training"
    assert epochs["injected"] >= 2 * epochs["data"], "the injected part: slower"


def _check_natural(metrics: dict[str, float]) -> None:
    """Of patches less is promised: neither slower, nor that the mixture stays below direct training."""
    assert abs(metrics["direct_accuracy"] - metrics["data_true_accuracy"]) <= 0.035
    assert metrics["data_accuracy"] > metrics["injected_accuracy"]


@pytest.mark.parametrize("seed", seeds(2))
def test_the_built_in_sample_with_gaussian_inputs(seed: int) -> None:
    _check_gauss(*_run("figure-4-mnist", seed))


@pytest.mark.slow
def test_the_built_in_sample_with_patches() -> None:
    metrics, _ = _run("figure-4-mnist-natural", 0)
    _check_natural(metrics)
    gauss, _ = _run("figure-4-mnist", 0)
    assert metrics["injected_accuracy"] > gauss["injected_accuracy"] + 0.15, "structure can be learned"


@pytest.mark.soak
def test_the_built_in_sample_with_a_resnet() -> None:
    metrics, _ = _run("figure-4-resnet", 0, frames=10)
    assert abs(metrics["direct_accuracy"] - metrics["data_true_accuracy"]) <= 0.035
    assert metrics["data_accuracy"] > metrics["injected_accuracy"] + 0.1
    assert metrics["mixture_accuracy"] < metrics["direct_accuracy"] - 0.07
    assert metrics["injected_kappa"] < metrics["injected_accuracy"], "a part of the agreement is the majority's"


@pytest.mark.soak
def test_all_of_mnist_with_gaussian_inputs(mnist_dir: Path) -> None:
    _check_gauss(*_run("figure-4-mnist-full", 0, mnist_dir))


@pytest.mark.soak
def test_all_of_mnist_with_patches(mnist_dir: Path) -> None:
    _check_natural(_run("figure-4-mnist-natural-full", 0, mnist_dir)[0])


@pytest.mark.soak
def test_fashion_with_gaussian_inputs(fashion_dir: Path) -> None:
    _check_gauss(*_run("figure-4-fashion", 0, fashion_dir))

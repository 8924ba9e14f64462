"""What a run of teacher and student will take is known beforehand: near what is measured, and more for more."""

from typing import Any

import pytest
import torch

from emergescope.catalog.limits import Limits, estimate
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.parse import parse_config
from emergescope.engine import run
from emergescope.errors import InvalidConfig
from emergescope.recording.codec import encode
from emergescope.recording.events import Captured, Started
from emergescope.studies.mixture.classifier import two_layer_classifier
from emergescope.studies.mixture.config import MixtureConfig
from emergescope.studies.mixture.cost import network_of
from emergescope.studies.mixture.resnet import resnet18
from emergescope.toolkit.seeds import Stream, generator
from tests.catalog.test_cost import check_memory

TWO_LAYER = {"kind": "two_layer_classifier", "m": 4}
RESNET = {"kind": "resnet18", "width": 4, "stem_stride": 2}


def small(method: dict[str, Any], **overrides: Any) -> MixtureConfig:
    config = parse_config(
        {
            "problem": {"kind": "mixture", "samples": 200},
            "method": method,
            "training": {"kind": "sgd", "epochs": 1, "batch": 64},
            "capture": {"frames": 5, "test_samples": 100},
        }
    )
    config = apply_overrides(config, {name.replace("__", "."): value for name, value in overrides.items()})
    assert isinstance(config, MixtureConfig)
    return config


@pytest.mark.parametrize(
    "config",
    [
        small(TWO_LAYER, problem__samples=4000, method__m=2000, training__batch=1000),
        small(RESNET, problem__samples=64, method__width=24, method__stem_stride=1, capture__frames=2),
    ],
    ids=["many units", "a wide ResNet"],
)
def test_memory_is_at_least_what_is_measured(config: MixtureConfig) -> None:
    check_memory(config)


def test_parameters_are_counted() -> None:
    chance = generator(0, Stream.INITIALISATION)
    for config in (small(RESNET, method__width=6), small(TWO_LAYER)):
        counted, _, _ = network_of(config.method, (28, 28), 10)
        if config.method.kind == "resnet18":
            parameters = resnet18(6, 1, 10, chance, torch.float32).parameters
        else:
            parameters = two_layer_classifier(4, 784, 10, chance, torch.float32).parameters
        exact = sum(t.numel() for t in parameters.values())
        # Shifts and gains of batch norm are not worth counting.
        assert counted == pytest.approx(exact, rel=0.02)


@pytest.mark.parametrize("method", [TWO_LAYER, RESNET], ids=["two layers", "ResNet"])
def test_frames_are_as_many_and_as_large_as_foretold(method: dict[str, Any]) -> None:
    config = small(method)
    events = list(run(config))
    frames = [len(encode(event.frame, "k3v9x2m8q1ab", 0)) for event in events if isinstance(event, Captured)]
    patterns = sum(event.tensors["dictionary"].nbytes for event in events if isinstance(event, Started))
    expected = estimate(config)
    assert expected.steps == 4 + 7
    assert len(frames) <= expected.frames <= len(frames) + 2
    assert max(frames) <= expected.frame_bytes < max(frames) + 8000
    assert patterns <= expected.pattern_bytes < patterns + 1000


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("problem.samples", 4000),
        ("problem.data", "cifar10"),
        ("training.dtype", "float64"),
        ("capture.test_samples", 50_000),
    ],
)
@pytest.mark.parametrize("method", [TWO_LAYER, RESNET], ids=["two layers", "ResNet"])
def test_more_of_anything_takes_more_memory(method: dict[str, Any], path: str, value: Any) -> None:
    config = small(method)
    assert estimate(apply_overrides(config, {path: value})).memory > estimate(config).memory


def test_a_batch_takes_memory_as_far_as_there_are_samples() -> None:
    narrow, wide, whole = (estimate(small(RESNET, training__batch=batch)).memory for batch in (10, 400, 4000))
    assert narrow < wide == whole


@pytest.mark.parametrize(
    ("limits", "method", "pointer"),
    [
        (Limits(max_steps=10), TWO_LAYER, "/training/epochs"),
        (Limits(max_memory=10**7), TWO_LAYER, "/problem/data"),
        (Limits(max_memory=10**9), {"kind": "resnet18", "width": 256}, "/method/width"),
        (Limits(max_work=10**6), TWO_LAYER, "/problem/samples"),
    ],
)
def test_too_much_is_refused_with_what_to_lower(limits: Limits, method: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidConfig) as refused:
        limits.check(small(method))
    assert [field.pointer for field in refused.value.fields] == [pointer]

"""Every kind of run of the studies here keeps to its declaration, not the tiny one of the contract alone."""

from typing import Any

import pytest

from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_study
from emergescope.testing import Subject, record

_RIVAL = {"m": 10, "ridge_samples": 50}
_FACE = {"problem.dictionary": "pictures", "problem.d": 400, "problem.k": 5}
_FEW = {"capture.max_neurons": 4, "capture.max_patterns": 1, "capture.max_pictures": 0}


@pytest.mark.parametrize(
    ("study", "overrides"),
    [
        ("patterns", {"method": {"kind": "random_features", **_RIVAL}}),
        ("patterns", {"method": {"kind": "ntk", **_RIVAL}}),
        ("patterns", _FACE),
        ("patterns", {**_FACE, **_FEW}),
        ("patterns", {"problem.input_noise": 0.1, "training.dtype": "float64"}),
        ("patterns", {"problem.structure": False}),
        ("patterns", {"training.phases.0.eta": 1e20}),
        ("patterns", _FEW),
        ("two_classes", {"problem.random_labels": True}),
        ("two_classes", {"training.phases.0.eta": 1e30}),
        ("two_classes", _FEW),
        ("mixture", {"method": {"kind": "resnet18", "width": 2, "stem_stride": 2}, "training.epochs": 1}),
        ("mixture", {"problem.ratio": 1.0}),
        ("mixture", {"problem.ratio": 0.0}),
        ("mixture", {"problem.injected": "natural"}),
        ("mixture", {"training.eta": 1e30}),
        ("mixture", _FEW),
    ],
)
def test_frames_are_as_declared_and_no_larger_than_estimated(study: str, overrides: dict[str, Any]) -> None:
    config = apply_overrides(Subject(get_study(study)).tiny, overrides)
    run = record(config)  # stops where a frame is not as declared
    display = get_study(study).display(config, run.facts)
    assert {event.kind for event in run.events.values()} <= display.events.keys()
    assert max(map(len, run.encoded)) <= get_study(study).cost(config).frame_bytes
    always = {name for name, tensor in display.tensors.items() if tensor.always}
    assert all(always <= frame.tensors.keys() for frame in run.frames)
    assert all(frame.says.keys() == {panel.id for panel in display.panels} for frame in run.frames)

"""Nothing that only looks may end a run: what cannot be measured is left out of the frame, and told once."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest

from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.parse import parse_config
from emergescope.catalog.registry import get_preset
from emergescope.config.run import RunConfig
from emergescope.engine import run
from emergescope.recording.capture import Checkpoint
from emergescope.recording.events import Captured, Checkpointed, Event, Frame, Happened
from emergescope.toolkit import camera
from emergescope.toolkit.spectrum import singular_values

SMALL: dict[str, Any] = {
    "method.m": 10,
    "capture.frames": 12,
    "capture.test_samples": 200,
    "capture.probe_samples": 200,
}
ONLY_A = {f"training.phases.{i}.trains": ["a"] for i in range(3)}
PATTERNS = apply_overrides(get_preset("quick").config, SMALL)
FIXED = apply_overrides(get_preset("quick").config, {**SMALL, **ONLY_A, "method.kind": "random_features"})
CLASSES = apply_overrides(get_preset("paper/figure-3-mnist").config, {"capture.frames": 6})
MIXTURE = parse_config(
    {
        "problem": {"kind": "mixture", "samples": 200},
        "method": {"kind": "two_layer_classifier", "m": 4},
        "training": {"kind": "sgd", "epochs": 1, "batch": 64, "eta": 0.05},
        "capture": {"frames": 6, "test_samples": 100},
    }
)

COSINES = {"signal_cosine", "alignment", "relevant_norm", "background_norm", "weight_norm", "layout", "landmarks"}
MEANS = {"signal_cosine_mean", "signal_cosine_min", "signal_to_background", "initial_cosine_mean"}
PARTS = {"teacher_accuracy", "test_accuracy", "direct_accuracy", "mixture_accuracy", "injected_majority"}
PARTS |= {"data_accuracy", "data_true_accuracy", "injected_accuracy", "injected_kappa"}
ALL = "carried emerged aligned probe accuracy"
CLUSTERS = {"cluster", "centre_cosine", "centres", "cluster_share", "silhouette", "axis_cosine_mean"}
CLUSTERS |= {"principal_cosine_mean"}


def _break(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """Whatever of a camera's is called so fails from now on."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("it did not converge\nsecond line")

    monkeypatch.setattr(f"emergescope.{what}", fail)


@pytest.mark.parametrize(
    ("what", "config", "part", "lost", "untold"),
    [
        ("toolkit.camera.singular_values", PATTERNS, "singular values", {"singular_values"}, ""),
        ("toolkit.camera.align", PATTERNS, "directions", COSINES | MEANS, ALL),
        ("toolkit.map_maker.mds", PATTERNS, "map", {"layout", "landmarks"}, ""),
        ("studies.patterns.camera.signal_to_background", PATTERNS, "mean cosines", MEANS, ""),
        (
            "toolkit.hinge.camera.HingeCamera._tested",
            PATTERNS,
            "test accuracy",
            {"test_accuracy", "test_accuracy_hard"},
            "accuracy",
        ),
        ("studies.patterns.camera.fit_probe", PATTERNS, "probe", {"probe_accuracy", "probe_accuracy_hard"}, "probe"),
        ("studies.patterns.camera.Milestones.watch", PATTERNS, "emerged", set(), ALL),
        ("studies.patterns.dynamics.compare_pull", PATTERNS, "Lemma 5", set(), "gradient"),
        ("studies.patterns.dynamics.forecast", PATTERNS, "Lemma 5", set(), "gradient"),
        ("toolkit.hinge.dynamics.best_case", FIXED, "ridge solution", {"ridge_accuracy", "ridge_accuracy_hard"}, ""),
        ("studies.two_classes.dynamics.two_means", CLASSES, "clusters", CLUSTERS, ALL),
        ("toolkit.camera.as_bytes", CLASSES, "pictures", {"weights", "weights_scale"}, ""),
        ("studies.two_classes.dynamics.ImageMilestones.watch", CLASSES, "emerged", set(), ALL),
        ("toolkit.camera.align", MIXTURE, "directions", COSINES, ""),
        ("toolkit.camera.singular_values", MIXTURE, "singular values", {"singular_values"}, ""),
        ("studies.mixture.camera.kappa", MIXTURE, "accuracies", PARTS, "data injected compared"),
        ("studies.mixture.camera.MixtureMilestones.watch", MIXTURE, "emerged", set(), "teacher injected compared"),
    ],
)
def test_a_part_that_fails_is_left_out_and_all_else_is_as_it_was(
    monkeypatch: pytest.MonkeyPatch, what: str, config: RunConfig, part: str, lost: set[str], untold: str
) -> None:
    whole = _whole(config.model_dump_json())
    _break(monkeypatch, what)
    events = list(run(config))
    (told,) = [event for event in _happened(events) if event.kind == "unmeasured"]
    assert part in told.text
    assert "(it did not converge)" in told.text
    assert not [event for event in _happened(whole) if event.kind == "unmeasured"]
    missing = set[str]()
    for before, after in zip(_frames(whole), _frames(events), strict=True):
        missing |= (_names(before) - _names(after)) & lost
        assert _names(before) - lost <= _names(after) <= _names(before)
        assert (before.step, before.phase) == (after.step, after.phase)
        assert all(before.metrics[name] == value for name, value in after.metrics.items())
        assert all(np.array_equal(before.tensors[name], t, equal_nan=True) for name, t in after.tensors.items())
    assert missing == lost & {name for frame in _frames(whole) for name in _names(frame)}
    kept = [event for event in _happened(events) if event.kind != "unmeasured"]
    assert kept == [event for event in _happened(whole) if event.kind not in untold.split()]


def test_what_fails_once_is_there_again_in_the_next_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = list[int]()

    def sometimes(weights: Any, most: int) -> Any:
        calls.append(len(calls))
        if len(calls) in (3, 5):
            raise RuntimeError("it did not converge")
        return singular_values(weights, most)

    monkeypatch.setattr(camera, "singular_values", sometimes)
    events = list(run(PATTERNS))
    without = [i for i, frame in enumerate(_frames(events)) if "singular_values" not in frame.tensors]
    assert without == [2, 4]
    (told,) = [event for event in _happened(events) if event.kind == "unmeasured"]
    assert told.step == _frames(events)[2].step
    assert told.data == {"part": "singular values", "reason": "it did not converge"}


@pytest.mark.parametrize("config", [PATTERNS, MIXTURE], ids=["patterns", "mixture"])
def test_a_run_that_goes_on_does_not_tell_it_again(monkeypatch: pytest.MonkeyPatch, config: RunConfig) -> None:
    _break(monkeypatch, "toolkit.camera.singular_values")
    before = list(run(config, stop=lambda step: step == 4))
    (kept,) = [event for event in before if isinstance(event, Checkpointed)]
    after = list(run(config, start=Checkpoint.decode(kept.blob)))
    assert [[e.kind for e in _happened(events)].count("unmeasured") for events in (before, after)] == [1, 0]


@pytest.mark.soak
def test_a_long_run_of_the_smallest_preset_is_seen_to_its_end() -> None:
    """Its weights come so near to rank one that LAPACK did not converge around step 4,300."""
    changes = {"training.phases.0.steps": 6000, "capture.frames": 5000, "capture.spacing": "linear"}
    changes |= {"capture.probe_every": 0, "capture.test_samples": 100}
    events = list(run(apply_overrides(get_preset("quick").config, changes)))
    assert _frames(events)[-1].step == 6140
    assert all("singular_values" in frame.tensors for frame in _frames(events))
    assert "unmeasured" not in {event.kind for event in _happened(events)}


@cache
def _whole(config: str) -> tuple[Event, ...]:
    return tuple(run(parse_config(json.loads(config))))


def _frames(events: Sequence[Event]) -> list[Frame]:
    return [event.frame for event in events if isinstance(event, Captured)]


def _happened(events: Sequence[Event]) -> list[Happened]:
    return [event for event in events if isinstance(event, Happened)]


def _names(frame: Frame) -> set[str]:
    return {*frame.tensors, *frame.metrics}

"""The contract holds of the study that others begin with, and fails of one that breaks a single promise."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from emergescope import testing
from emergescope.catalog import registry
from emergescope.catalog.registry import Found, Preset, read_presets
from emergescope.config.cost import Cost
from emergescope.errors import EmergescopeError, FieldError
from emergescope.recording.display import Display, Metric, Panel
from emergescope.recording.events import Saved
from emergescope.studies._skeleton import STUDY
from emergescope.studies._skeleton.config import SkeletonConfig
from emergescope.studies._skeleton.dynamics import SkeletonDynamics
from emergescope.studies.study import Measure, Study
from emergescope.testing import StudyContract

PROMISES = sorted(name for name in dir(StudyContract) if name.startswith("test_"))
PRESETS = read_presets("skeleton", SkeletonConfig, resources.files("emergescope.studies._skeleton") / "presets")
FOUND = replace(STUDY, tiny={**STUDY.tiny, "problem.noise": 0, "training.eta": 0.1, "training.steps": 80})


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Holds a study to one promise, as if it were installed."""

    def hold(
        promise: str,
        study: Study,
        package: str = "emergescope.studies._skeleton",
        presets: tuple[Preset, ...] = PRESETS,
    ) -> None:
        for module in (registry, testing):
            monkeypatch.setattr(module, "find_studies", lambda: (Found("skeleton", package, study, presets),))
        contract = StudyContract()
        contract.study = replace(study)  # another object: nothing is known of it from before
        getattr(contract, promise)()

    return hold


@pytest.mark.parametrize("promise", PROMISES)
@pytest.mark.parametrize("study", [STUDY, FOUND], ids=["usual", "found"])
def test_the_skeleton_keeps_every_promise(held: Callable[..., None], promise: str, study: Study) -> None:
    held(promise, study)


def shown(**changes: Any) -> Study:
    """The study with another display."""

    def display_of(config: SkeletonConfig, facts: Mapping[str, Any] | None = None) -> Display:
        return replace(STUDY.display(config, facts), **changes)

    return replace(FOUND, display=display_of)


def costing(**changes: Any) -> Study:
    def cost_of(config: SkeletonConfig) -> Cost:
        return replace(STUDY.cost(config), **changes)

    return replace(FOUND, cost=cost_of)


def trained(dynamics: type[SkeletonDynamics]) -> Study:
    return replace(FOUND, dynamics=f"{__name__}:{dynamics.__name__}")


class Unseeded(SkeletonDynamics):
    def _draw(self, *shape: int) -> Tensor:
        return torch.randn(*shape)


class Forgetful(SkeletonDynamics):
    """Begins its samples anew after a pause."""

    def save(self) -> Saved:
        first = torch.Generator().manual_seed(0).get_state()
        return Saved({**super().save().tensors, "samples": first})


METRICS = {"loss": Metric("loss", low=0), "distance": Metric("distance", low=0)}
BROKEN = {
    "a metric that is not declared": ("test_frames_are_what_was_declared", shown(metrics={"loss": Metric("loss")})),
    "a tensor that is not declared": ("test_frames_are_what_was_declared", shown(tensors={})),
    "words of no panel": ("test_frames_are_what_was_declared", shown(panels=())),
    "a value beyond its range": (
        "test_values_lie_in_their_declared_ranges",
        shown(metrics=METRICS | {"distance": Metric("distance", low=0, high=0.5)}),
    ),
    "a value below its range": (
        "test_values_lie_in_their_declared_ranges",
        shown(metrics=METRICS | {"loss": Metric("loss", low=0.1)}),
    ),
    "an event that is not declared": ("test_events_are_declared", shown(events={})),
    "a panel of no metric": (
        "test_its_display_is_json_and_knows_what_it_shows",
        shown(panels=(Panel("weights", "curves", "", {"panes": [["accuracy"]]}),)),
    ),
    "a panel of no tensor": (
        "test_its_display_is_json_and_knows_what_it_shows",
        shown(panels=(Panel("weights", "bars", "", {"tensor": "w"}),)),
    ),
    "a tensor along no axis": ("test_its_display_is_json_and_knows_what_it_shows", shown(axes={}, tensors={})),
    "what is not JSON": (
        "test_its_display_is_json_and_knows_what_it_shows",
        shown(metrics=METRICS | {"loss": Metric("loss", high=float("nan"))}),
    ),
    "frames larger than estimated": ("test_frames_are_no_larger_than_estimated", costing(frame_bytes=100)),
    "fewer frames than there are": ("test_frames_are_no_larger_than_estimated", costing(frames=2)),
    "other steps than it takes": ("test_frames_are_no_larger_than_estimated", costing(steps=1)),
    "a run without work": ("test_its_cost_is_arithmetic", costing(work_shares=())),
    "chance of its own": ("test_it_gives_the_same_bits_twice", trained(Unseeded)),
    "samples forgotten at a pause": ("test_it_gives_the_same_bits_after_a_pause", trained(Forgetful)),
    "a measure of nothing": (
        "test_its_measures_are_declared",
        replace(FOUND, measures=(Measure("accuracy", "accuracy", 0, 1),)),
    ),
    "rounds that are called steps of gradients": (
        "test_its_steps_are_called_what_its_settings_call_them",
        replace(costing(steps_path="training.batch"), tiny={**FOUND.tiny, "training.batch": 80}),
    ),
    "a card without captions": ("test_its_pictures_have_captions", replace(FOUND, captions=lambda config: ())),
    "captions of a picture with more parts": (
        "test_its_pictures_have_captions",
        replace(FOUND, captions=lambda config: ("at the start", "half-way", "at the end")),
    ),
    "a fork refused for nothing": (
        "test_it_forks",
        replace(FOUND, check_fork=lambda parent, child: [FieldError("/seed", "no")]),
    ),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_promise_is_found(held: Callable[..., None], broken: str) -> None:
    promise, study = BROKEN[broken]
    with pytest.raises((AssertionError, EmergescopeError, ValueError)):
        held(promise, study)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"metric": "accuracy"}, "skeleton/quick expects accuracy, which is not declared"),
        ({"step": 8}, "no frame of skeleton/quick is taken at step 8"),
        ({"low": 1.0}, "skeleton/quick expects distance in an empty range"),
    ],
)
def test_a_preset_that_expects_what_there_is_not_is_found(
    held: Callable[..., None], changes: dict[str, Any], reason: str
) -> None:
    preset = next(one for one in PRESETS if one.id == "skeleton/quick")
    expected = tuple(item.model_copy(update=changes) for item in preset.expected)
    with pytest.raises(AssertionError, match=reason):
        held(
            "test_its_presets_expect_what_there_is", STUDY, presets=(preset.model_copy(update={"expected": expected}),)
        )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"control": "skeleton/none"}, "skeleton/quick names no preset of its study: 'skeleton/none'"),
        ({"config": SkeletonConfig(seed=1, problem={"noise": 100})}, "skeleton/quick-noise is the same run as"),
    ],
)
def test_a_control_that_cannot_fail_is_found(held: Callable[..., None], changes: dict[str, Any], reason: str) -> None:
    presets = tuple(one.model_copy(update=changes) if one.control else one for one in PRESETS)
    with pytest.raises(AssertionError, match=reason):
        held("test_its_controls_are_other_runs", STUDY, presets=presets)


def test_a_package_that_imports_torch_is_found(
    held: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "heavy.py").write_text("import torch\nfrom emergescope.studies._skeleton import STUDY\n", "utf-8")
    (tmp_path / "torch.py").write_text("", "utf-8")  # a light one
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(AssertionError, match="imports torch before it is trained"):
        held("test_it_is_known_without_torch", STUDY, package="heavy")


def test_a_study_that_is_not_installed_is_told_how(monkeypatch: pytest.MonkeyPatch) -> None:
    contract = StudyContract()
    contract.study = replace(STUDY)
    with pytest.raises(AssertionError, match="there is no study 'skeleton' here: install its package"):
        contract.test_it_is_found()

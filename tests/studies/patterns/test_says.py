"""What is said of frames of runs on patterns: the probe for what it is, what was learned and lost, fixed features."""

import math
from dataclasses import replace

import numpy as np
import pytest

from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_study
from emergescope.recording.capture import Checkpoint
from emergescope.studies.patterns.says import (
    MARKS,
    Gradients,
    Subject,
    of_alignment,
    of_curves,
    of_density,
    of_theory,
    says,
)
from emergescope.testing import Subject as Study
from emergescope.testing import record
from emergescope.toolkit.sentences import Past
from tests.studies.frames import TENSORS, frame, lost

NETWORK = Subject("network", "parity part", 2, 4)
EARLY = {"loss": 0.91, "test_accuracy": 0.51, "test_accuracy_hard": 0.52, "probe_accuracy_hard": 0.54}
NOW = {"loss": 0.41, "test_accuracy": 0.81, "test_accuracy_hard": 0.82, "probe_accuracy_hard": 0.84}


def told(*frames: tuple[int, dict[str, float | None]], subject: Subject = NETWORK) -> str:
    """Of the last frame; what was seen before it is kept and restored."""
    past, text = Past(MARKS), ""
    for step, metrics in frames:
        kept, past = past.state(), Past(MARKS)
        past.restore(kept)
        past.see(step, metrics)
        text = of_curves(metrics, past, subject)
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"probe_accuracy_hard": 0.5}, "the features are no better than a coin so far (probe 50 %)."),
        (
            {"probe_accuracy_hard": 0.06},
            "the features tell the opposite: a probe gets 6 % right, so its reverse gets 94 %.",
        ),
        ({}, "The features begin to tell: a probe gets 84 % of the parity part right."),
        (
            {"probe_accuracy_hard": 0.95, "test_accuracy_hard": 0.5},
            "From step 20 a probe reads the parity part off the features; of the network itself, 50 % of it right.",
        ),
        (
            {"probe_accuracy_hard": 0.95, "test_accuracy_hard": 0.97},
            "The features carry the parity part from step 20, the network uses them from step 20: 81 % of new inputs "
            "right.",
        ),
        ({"test_accuracy_hard": 0.97}, "The network tells the parity part from step 20: 81 % of new inputs right."),
        ({"probe_accuracy_hard": None}, "A probe of the parity part has no value: 81 % of new inputs right."),
        ({"loss": None}, "The loss is not a number any more: the run has diverged."),
    ],
)
def test_a_probe_is_told_for_what_it_is(changes: dict[str, float | None], words: str) -> None:
    assert told((10, {**EARLY}), (20, {**NOW, **changes})).endswith(words)


def test_what_was_not_measured_now_is_told_with_its_step() -> None:
    now: dict[str, float | None] = {"loss": 0.41, "test_accuracy": 0.81}
    assert told((10, {**EARLY}), (20, now)) == (
        "On the parity part the features were no better than a coin at step 10 (probe 54 %)."
    )
    assert told((20, now)) == "81 % of new inputs right; no probe of the features was taken so far."
    assert told((20, {"loss": 0.4})) == (
        "Accuracy on new inputs not measured at this step; no probe of the features was taken so far."
    )


def test_what_was_learned_and_lost_is_not_told_as_learned() -> None:
    known: dict[str, float | None] = {**EARLY, "test_accuracy_hard": 0.99, "probe_accuracy_hard": 0.98}
    gone: dict[str, float | None] = {**NOW, "test_accuracy_hard": 0.01, "probe_accuracy_hard": 0.03}
    assert told((10, known), (20, gone)) == (
        "The network told the parity part at step 10 and has lost it again: 1 % of it right here."
    )
    never: dict[str, float | None] = {"test_accuracy_hard": 0.5}
    assert told((10, {**known, **never}), (20, {**gone, **never})) == (
        "A probe read the parity part off the features at step 10, but gets only 3 % of it right here."
    )


def test_fixed_features_are_told_by_their_best_case() -> None:
    metrics = {**NOW, "ridge_accuracy": 0.77, "ridge_accuracy_hard": 0.57, "initial_cosine_mean": 1.0}
    fixed = Subject("random_features", "parity part", 2, 4)
    assert told((20, {**metrics}), subject=fixed) == (
        "Fixed features: ridge regression gets 77 % (parity part 57 %) right, training so far 81 % (82 %)."
    )
    found = says(frame(metrics), Past(), fixed, {})
    assert found["map"] == (
        "The neurons do not move (random features): 2 of 4 neurons are at +s or −s. MDS stress 0.31."
    )
    assert found["theory"] == (
        "The hidden layer of random features stays as it was drawn: no neuron moves, their mean cosine with the start "
        "is 1.000 at step 20."
    )
    kernel = of_theory(frame({}), "ntk", {})
    assert kernel == "The tangent kernel is that of the network at its start: no neuron moves."


@pytest.mark.parametrize(
    ("relevant", "background", "words"),
    [
        (0.2, 0.2, "The 2 relevant columns look like any other (mean |cos| 0.20, background 0.20)."),
        (0.4, 0.2, "The 2 relevant columns begin to stand out (mean |cos| 0.40, background 0.20)."),
        (0.6, 0.1, "The 2 relevant columns stand out 6 to 1 (mean |cos| 0.60, background 0.10)."),
        (0.6, 0.0, "Only the relevant patterns are carried; mean |cos| 0.60."),
        (math.nan, 0.1, "The weights are no longer numbers."),
    ],
)
def test_columns_stand_out_by_what_lies_beside_them(relevant: float, background: float, words: str) -> None:
    cosines = np.array([[relevant, -relevant, background]] * 4, np.float16)
    assert of_alignment(frame({}, {"alignment": cosines}), 2) == words


def test_one_column_alone_and_no_background() -> None:
    cosines = np.array([[0.6, 0.1]], np.float16)
    assert of_alignment(frame({}, {"alignment": cosines}), 1) == (
        "The relevant column stands out 6 to 1 (mean |cos| 0.60, background 0.10)."
    )
    assert of_alignment(frame({}, {"alignment": cosines[:, :1]}), 1) == (
        "Only relevant patterns are shown; mean |cos| 0.60."
    )


def test_the_cloud_parts() -> None:
    lengths = "of the weights’ length lies along relevant patterns"
    assert of_density(frame({})) == f"The cloud parts: 0.67 {lengths}, 0.48 along background."
    swapped = {**TENSORS, "relevant_norm": TENSORS["background_norm"], "background_norm": TENSORS["relevant_norm"]}
    assert of_density(frame({}, swapped)) == f"One cloud around 0: 0.48 {lengths}, 0.67 along background."
    bands = {**TENSORS, "signal_cosine": np.array([0.95, -0.95, 0.99, 0.99], np.float32)}
    assert of_density(frame({}, bands)) == (
        f"Two bands, at +s and −s, hold 4 of 4 neurons; 0.67 {lengths}, 0.48 along background."
    )
    assert of_density(frame({}, lost(TENSORS))) == "The weights are no longer numbers: nothing to place."


GRADIENTS: Gradients = {
    1: {"relevant": {"predicted": 0.0254, "measured": 0.02524}, "background": {"measured": 1e-5}, "error": 0.00631},
    2: {"relevant": {"predicted": 0.5, "measured": 0.4}, "background": {"measured": -2e-5}, "error": None},
}


def test_gradients_are_told_from_their_step_on() -> None:
    first = "Step 1: relevant patterns 0.0252 against 0.0254 predicted, 0.6\u00a0% off"
    assert of_theory(frame({}, step=0), "network", GRADIENTS) == (
        "The first two gradients will be compared with Lemma 5 here."
    )
    assert of_theory(frame({}, step=1), "network", GRADIENTS) == f"{first}."
    assert of_theory(frame({}, step=20), "network", GRADIENTS) == (
        f"{first}; step 2: relevant patterns 0.4 against 0.5 predicted, background −2.0e−05."
    )
    assert of_theory(frame({}), "network", {}) == "The first gradients of this run were not compared with Lemma 5."


def test_a_run_says_the_same_whenever_it_was_interrupted() -> None:
    changes = {"training.phases.0.steps": 12, "capture.frames": 13, "capture.probe_every": 3}
    tiny = apply_overrides(Study(get_study("patterns")).tiny, changes)
    whole = record(tiny)
    said = [one.says["theory"] for one in whole.frames]
    assert said[0].startswith("The first two")
    assert said[1].count("predicted") == 1
    assert said[-1].count("predicted") == 2
    for stop in (0, 1, 2, 4):
        first = record(tiny, stop=stop.__eq__)
        rest = record(tiny, Checkpoint.decode(first.checkpoint))
        assert [one.says for one in (*first.frames, *rest.frames)] == [one.says for one in whole.frames]


def test_a_run_goes_on_from_what_earlier_versions_kept() -> None:
    """They remembered neither what was measured before nor the first gradients: sentences begin anew."""
    tiny = Study(get_study("patterns")).tiny
    kept = Checkpoint.decode(record(tiny, stop=(8).__eq__).checkpoint)
    camera, dynamics = (
        replace(part, data={name: value for name, value in part.data.items() if name not in ("past", "gradients")})
        for part in (kept.camera, kept.dynamics)
    )
    rest, whole = record(tiny, replace(kept, camera=camera, dynamics=dynamics)), record(tiny)
    last = rest.frames[-1]
    assert last.metrics == whole.frames[-1].metrics
    assert last.says["theory"] == "The first gradients of this run were not compared with Lemma 5."

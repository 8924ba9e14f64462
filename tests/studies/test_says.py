"""Every sentence about a frame is true of that frame: over frames that lack a part, old probes, inverted ones, NaN."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from emergescope.recording.events import Frame
from emergescope.studies.mixture import says as mixture
from emergescope.studies.patterns import says as patterns
from emergescope.studies.two_classes import says as classes
from emergescope.toolkit.sentences import Past
from tests.studies.frames import CLUSTERS, EARLY, PICTURES, TENSORS, Says, pairs, seen

NAMES = ["difference of class means", "mean of 0", "mean of 1"]
_ACCURACY = {"loss": (0.91, 0.41), "test_accuracy": (0.51, 0.81)}
_HARD = {**_ACCURACY, "test_accuracy_hard": (0.52, 0.82), "initial_cosine_mean": (0.96, 0.26)}


def of_patterns(method: str) -> Says:
    subject = patterns.Subject(method, "parity part", 2, 4)
    return lambda frame, past: patterns.says(frame, past, subject, {})


def of_classes(frame: Frame, past: Past) -> dict[str, str]:
    return classes.says(frame, NAMES, 4, coins=False)


def of_mixture(frame: Frame, past: Past) -> dict[str, str]:
    return mixture.says(frame, past, NAMES, 4, natural=False)


KINDS: dict[str, tuple[Says, dict[str, Any], Callable[[], Past]]] = {
    "patterns": (
        of_patterns("network"),
        {
            "measured": {
                **_HARD,
                "probe_accuracy": (0.53, 0.83),
                "probe_accuracy_hard": (0.54, 0.84),
                "signal_cosine_mean": (0.07, 0.67),
            }
        },
        lambda: Past(patterns.MARKS),
    ),
    "fixed": (
        of_patterns("random_features"),
        {"measured": {**_HARD, "ridge_accuracy": (0.77, 0.77), "ridge_accuracy_hard": (0.57, 0.57)}},
        lambda: Past(patterns.MARKS),
    ),
    "classes": (
        of_classes,
        {
            "measured": {
                **_ACCURACY,
                "train_accuracy": (0.55, 0.85),
                "cluster_share": (0.13, 0.63),
                "silhouette": (0.04, 0.74),
            },
            "tensors": {**TENSORS, **PICTURES, **CLUSTERS},
        },
        Past,
    ),
    "mixture": (
        of_mixture,
        {
            "measured": {
                **_ACCURACY,
                "teacher_accuracy": (0.89, 0.89),
                "direct_accuracy": (0.52, 0.82),
                "data_accuracy": (0.53, 0.83),
                "injected_accuracy": (0.34, 0.64),
                "mixture_accuracy": (0.44, 0.74),
                "injected_majority": (0.36, 0.36),
                "injected_kappa": (0.22, 0.62),
            },
            "tensors": {**TENSORS, **PICTURES},
            "phase": "student",
        },
        Past,
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_no_sentence_speaks_of_another_frame_without_naming_it(kind: str) -> None:
    says, parts, past = KINDS[kind]
    for amiss, early, now in pairs(**parts):
        known = {round(100 * value) for value in now.metrics.values() if value is not None}
        measured = early.metrics.items()
        old = {round(100 * value) for name, value in measured if value is not None and name != "loss"} - known
        for panel, text in seen(says, past(), early, now).items():
            where = f"{amiss}, {panel}: {text}"
            assert not re.search(r"None|nan|inf\b|\{|\(\)|  | ,|\.\.", text), where
            assert text.endswith("."), where
            spoken = {int(share) for share in re.findall(r"(\d+)\u00a0%", text)}
            if panel == "curves" and spoken & old:
                assert f"at step {EARLY}" in text or f"from step {EARLY}" in text, where


@pytest.mark.parametrize(
    ("without", "panels"),
    [
        ("alignment", {"alignment"}),
        ("signal_cosine", {"map", "density"}),
        ("singular_values", {"spectrum"}),
        ("weights", {"pictures"}),
    ],
)
def test_nothing_is_said_of_what_a_frame_lacks(without: str, panels: set[str]) -> None:
    says, parts, past = KINDS["classes"]
    cases = {amiss: (early, now) for amiss, early, now in pairs(**parts)}
    whole, lacking = (seen(says, past(), *cases[amiss]).keys() for amiss in ("whole", f"without {without}"))
    assert whole == {"map", "curves", "alignment", "density", "spectrum", "pictures"}
    assert whole - lacking == panels

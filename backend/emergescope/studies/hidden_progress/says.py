"""Sentences about a frame of a run on a sparse parity, by panel: pure functions of it and of what was before it."""

from collections.abc import Mapping

import numpy as np

from emergescope.recording.events import Frame
from emergescope.toolkit.ansatz_display import says as of_ansatz
from emergescope.toolkit.sentences import LOST, Metrics, sentence_case

CHANCE = 0.55  # accuracy below which the error is that of a coin
# Largest movement on relevant inputs over that on others. On seeds 0 to 4 the controls stay below 1.7.
STANDS_OUT = 2.0
EMERGED = 0.9  # accuracy


def says(frame: Frame, relevant: int, told: Mapping[str, int | None], gradient: str | None) -> dict[str, str]:
    """`relevant` inputs come first among those shown. `told`: at which step what has happened; `gradient`: what the
    event of the first one said.
    """
    metrics, found = frame.metrics, dict[str, str | None]()
    found["curves"] = _of_the_error(metrics, told)
    found["weights"] = _of_the_weights(frame, relevant)
    found["moved"] = _of_the_movement(metrics)
    found["sizes"] = _of_the_sizes(metrics)
    found["neurons"] = _of_the_neurons(frame)
    unmeasured = "The first gradient of this run was not compared with theory."
    found["theory"] = unmeasured if gradient is None else f"{sentence_case(gradient)}."
    return {panel: text for panel, text in {**found, **of_ansatz(frame, relevant, "inputs")}.items() if text}


def _of_the_error(metrics: Metrics, told: Mapping[str, int | None]) -> str | None:
    accuracy = metrics.get("test_accuracy")
    if accuracy is None:
        return LOST if "test_accuracy" in metrics else None
    error = f"The error is {1 - accuracy:.1%}"
    progress, emerged = told.get("progress"), told.get("emerged")
    if accuracy < CHANCE:
        seen = "." if progress is None else f", and since step {progress:,} the weights show what it hides."
        return f"{error}, that of a coin{seen}"
    if emerged is None:
        return f"{error}, less than that of a coin."
    before = "" if progress is None else f"; the weights had shown it from step {progress:,} on"
    return f"{error}. It fell below {1 - EMERGED:.0%} by step {emerged:,}{before}."


def moved(metrics: Metrics) -> tuple[float, float] | None:
    """The largest movement of a weight on relevant inputs, and on others."""
    relevant, other = metrics.get("rho_relevant"), metrics.get("rho_background")
    return None if relevant is None or other is None else (relevant, other)


def _of_the_movement(metrics: Metrics) -> str | None:
    both, on = moved(metrics), metrics.get("rho_relevant")
    if both is None:
        if on is None:
            return LOST if "rho_relevant" in metrics else None
        return f"The largest movement of a weight is {on:.2g}; all inputs are relevant."
    relevant, other = both
    if relevant == other == 0:
        return "No weight has moved yet."
    text = f"The largest movement of a weight is {relevant:.2g} on the relevant inputs, and {other:.2g} on the others"
    return f"{text}." if relevant > STANDS_OUT * other else f"{text}: they do not stand out."


def _of_the_sizes(metrics: Metrics) -> str | None:
    relevant, other = metrics.get("relevant_weight"), metrics.get("background_weight")
    if relevant is None:
        return LOST if "relevant_weight" in metrics else None
    mean = f"The relevant inputs have a weight of {relevant:.3g} on average"
    return f"{mean}, {relevant / other:.2g} times that of the heaviest other input." if other else f"{mean}."


def _of_the_weights(frame: Frame, relevant: int) -> str | None:
    """On which inputs the heaviest weights lie."""
    weights = frame.tensors.get("weights")
    if weights is None:
        return None
    if not np.isfinite(weights).all():
        return LOST
    if weights.shape[1] <= relevant:
        return None
    heaviest = int((np.abs(weights).argmax(1) < relevant).sum())
    chance = len(weights) * relevant / weights.shape[1]
    return (
        f"{heaviest:,} of {len(weights):,} neurons have their heaviest weight on a relevant input; "
        f"of weights drawn at random about {chance:.0f} would."
    )


def _of_the_neurons(frame: Frame) -> str | None:
    on, off = (frame.tensors.get(name) for name in ("relevant_norm", "background_norm"))
    if on is None or off is None:
        return None
    if not (np.isfinite(on).all() and np.isfinite(off).all()):
        return LOST
    return (
        f"In {int((on > off).sum()):,} of {len(on):,} neurons the relevant inputs weigh more than all others together."
    )

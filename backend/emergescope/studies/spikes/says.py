"""Sentences about a frame of one step at some size, by panel: pure functions of it and of what was before it."""

from collections.abc import Mapping

import numpy as np

from emergescope.recording.events import Frame
from emergescope.studies.spikes.config import SHOWN, SpikesConfig
from emergescope.studies.spikes.expected import STANDS_OUT
from emergescope.toolkit.sentences import LOST, Metrics, brief, percent, sentence_case

_SHAPES = {1: "a line", 2: "a parabola", 3: "a cubic", 4: "a quartic"}
_COUNTS = ("no", "one", "two", "three", "four")
_HOLDS = 0.5  # a cosine with a polynomial


def says(frame: Frame, config: SpikesConfig, left: Mapping[int, float]) -> dict[str, str]:
    """`left`: at which exponent each spike left the bulk."""
    found = {
        "shapes": _of_the_shapes(frame),
        "curves": _of_the_places(frame.metrics, left),
        "learning": _of_the_error(frame.metrics, config),
        "carried": _of_the_cosines(frame),
        "spectrum": _of_the_spectrum(frame.metrics),
        "learnt": _of_the_readout(frame.metrics, config),
    }
    return {panel: text for panel, text in found.items() if text}


def _place(metrics: Metrics) -> str:
    return f"at a = {metrics.get('step_exponent') or 0:.2f}".replace("-", "−")


def _standing(metrics: Metrics) -> int | None:
    """How many of the spikes that are looked at stand out; None where that is not known."""
    edge = metrics.get("bulk_edge")
    values = [metrics.get(f"singular_{k}") for k in range(1, SHOWN + 1)]
    if edge is None or any(value is None for value in values):
        return None
    return sum((value or 0) > STANDS_OUT * edge for value in values)


def _of_the_shapes(frame: Frame) -> str | None:
    metrics, cosines = frame.metrics, frame.tensors.get("cosines")
    count = _standing(metrics)
    if cosines is None or count is None:
        return LOST if "singular_1" in metrics else None
    if not count:
        return f"{sentence_case(_place(metrics))} no spike stands out: {_COUNTS[SHOWN]} clouds, and no shape in them."
    shapes = [_SHAPES[int(cosines[k].argmax()) + 1] for k in range(count) if cosines[k].max() >= _HOLDS]
    mixed = count - len(shapes)
    if mixed:
        shapes.append(f"{_COUNTS[mixed]} of several degrees" if shapes else "none of one degree")
    seen = f": {', '.join(shapes)}"
    spikes = "one spike stands" if count == 1 else f"{_COUNTS[count]} spikes stand"
    return f"{sentence_case(_place(metrics))} {spikes} out of the bulk{seen}."


def _of_the_places(metrics: Metrics, left: Mapping[int, float]) -> str | None:
    eta = metrics.get("step_size")
    if eta is None:
        return None
    text = f"The step size is {brief(eta)}, {_place(metrics)}."
    if not left:
        return f"{text} All singular values lie in the bulk."
    places = ", ".join(f"{k} at a = {left[k]:.2f}" for k in sorted(left))
    return f"{text} Spikes that have left the bulk: {places}.".replace("-", "−")


def _of_the_cosines(frame: Frame) -> str | None:
    cosines = frame.tensors.get("cosines")
    if cosines is None:
        return LOST if "singular_1" in frame.metrics else None
    said = [
        f"{k + 1}: degree {int(row.argmax()) + 1} ({row.max():.2f})"
        for k, row in enumerate(cosines)
        if row.max() >= _HOLDS
    ]
    if not said:
        return f"No singular vector has a cosine of {_HOLDS:g} with any of these polynomials."
    return f"Spikes and what they hold most of, with the cosine: {', '.join(said)}."


def _of_the_spectrum(metrics: Metrics) -> str | None:
    count, first, edge = (metrics.get(name) for name in ("spike_count", "singular_1", "bulk_edge"))
    if count is None or first is None or edge is None:
        return LOST if "singular_1" in metrics else None
    many = (
        "no singular value stands"
        if not count
        else f"{count:.0f} singular values stand"
        if count > 1
        else "one singular value stands"
    )
    return f"{sentence_case(many)} out of the bulk, which ends at {edge:.2f} √n; the largest is {first:.2f} √n."


def _of_the_readout(metrics: Metrics, config: SpikesConfig) -> str | None:
    if metrics.get("test_mse") is None:
        return LOST if "test_mse" in metrics else None
    parts = [(k, metrics.get(f"learnt_{k}")) for k in range(1, len(config.problem.degrees) + 1)]
    said = ", ".join(f"{percent(max(0.0, part))} of degree {k}" for k, part in parts if part is not None)
    return f"The readout has {said}."


def _of_the_error(metrics: Metrics, config: SpikesConfig) -> str | None:
    error, linear = metrics.get("test_mse"), beyond(config, 1)
    if error is None:
        return LOST if "test_mse" in metrics else None
    text = f"The test MSE is {error:.3f} {_place(metrics)}"
    if not linear:
        return f"{text}."
    return f"{text}, {'below' if error < linear else 'not below'} the {linear:.3f} of the best linear readout."


def beyond(config: SpikesConfig, degree: int) -> float:
    """The mean square of what the target has of higher degrees: the error of the best polynomial of this one."""
    return float(np.square(config.problem.degrees[degree:]).sum())

"""Sentences about a frame of a teacher or its student, by panel: pure functions of it and of what was before it."""

from collections.abc import Sequence

import numpy as np

from emergescope.recording.events import Frame
from emergescope.studies.mixture.words import SIGNAL
from emergescope.toolkit import neuron_says as neurons
from emergescope.toolkit.neuron_panels import ALIGNED
from emergescope.toolkit.sentences import LOST, Metrics, Past, percent

MUCH = 0.3  # of the injected inputs with one label: agreement by chance is worth a word


def says(frame: Frame, past: Past, names: Sequence[str], total: int, *, natural: bool) -> dict[str, str]:
    """`names` of the directions shown, of `total` neurons; `natural`: patches of photographs are injected."""
    whose = "The student’s first layer" if frame.phase == "student" else "The teacher’s first layer"
    return neurons.said(
        map=neurons.of_map(frame, f"{whose}; colour: cosine with {SIGNAL.short}"),
        curves=of_curves(frame, past, natural=natural),
        alignment=neurons.closest(frame, names),
        density=_turned(frame),
        spectrum=neurons.of_spectrum(frame),
        pictures=neurons.of_pictures(frame, f"{whose}{_like(frame)}.", total),
    )


def _turned(frame: Frame) -> str | None:
    cosine = neurons.tensor(frame, "signal_cosine")
    if cosine is None:
        return None
    if neurons.lost(cosine):
        return f"{LOST[:-1]}: nothing to place."
    return f"{neurons.aligned(cosine)[1]} have |cos| > {ALIGNED} with the {SIGNAL.name}."


def _like(frame: Frame) -> str:
    """How much like one of the directions a neuron is."""
    alignment = neurons.tensor(frame, "alignment")
    best = np.empty(0) if alignment is None or alignment.size == 0 else np.abs(alignment).max(1)
    best = best[np.isfinite(best)]
    return f": |cos| {best.mean():.2f} with the closest class mean or direction, on average" if len(best) else ""


def of_curves(frame: Frame, past: Past, *, natural: bool) -> str:
    """How well each part is learned."""
    metrics = frame.metrics
    if metrics.get("loss", 0.0) is None:
        return "The loss is not a number any more: the run has diverged."
    if frame.phase != "student":
        return _of_teacher(metrics)
    if "data_accuracy" not in metrics or "injected_accuracy" not in metrics:
        teacher = past.last("teacher_accuracy")
        if teacher is not None and teacher.value is None:
            return "The teacher has diverged: there are no labels to agree with."
        return "The parts were not measured at this step."
    data, injected = metrics["data_accuracy"], metrics["injected_accuracy"]
    direct, mixture = metrics.get("direct_accuracy"), metrics.get("mixture_accuracy")
    if data is None or injected is None:
        return "The student is not a number any more."
    beside = "direct training is not a number any more" if direct is None else f"directly {percent(direct)}"
    parts = f"The data part is learned to {percent(data)}, the injected part to {percent(injected)}; {beside}."
    if natural and mixture is not None and direct is not None and mixture > direct:
        parts = f"{parts} The mixture, at {percent(mixture)}, is above that, as natural patches allow."
    return f"{parts}{_by_chance(metrics)}"


def _by_chance(metrics: Metrics) -> str:
    majority, kappa = metrics.get("injected_majority"), metrics.get("injected_kappa")
    if majority is None or majority <= MUCH:
        return ""
    beyond = "" if kappa is None else f" (κ {round(kappa, 2) + 0:.2f})".replace("-", "−")
    return f" One label takes {percent(majority)} of injected inputs: much agrees by chance{beyond}."


def _of_teacher(metrics: Metrics) -> str:
    if "teacher_accuracy" not in metrics:
        return "The teacher’s accuracy was not measured at this step."
    accuracy = metrics["teacher_accuracy"]
    if accuracy is None:
        return "The teacher is not a number any more."
    return f"The teacher learns the data: {percent(accuracy)} of new images right so far."

"""Sentences about a frame of a run on two classes of images, by panel: pure functions of the frame."""

from collections.abc import Sequence

import numpy as np

from emergescope.recording.events import Frame
from emergescope.studies.two_classes.words import SIGNAL
from emergescope.toolkit import neuron_says as neurons
from emergescope.toolkit.clusters import NEAR
from emergescope.toolkit.sentences import Metrics, percent, right_of, sentence_case

HIGH, FEW = 0.95, 0.1  # of an accuracy; of the neurons


def says(frame: Frame, names: Sequence[str], total: int, *, coins: bool) -> dict[str, str]:
    """`names` of the directions shown, of `total` neurons; `coins`: training labels are coin flips."""
    return neurons.said(
        map=neurons.of_map(frame, _where(frame)),
        curves=of_curves(frame.metrics, coins=coins),
        alignment=neurons.closest(frame, names),
        density=neurons.of_bands(frame, SIGNAL),
        spectrum=neurons.of_spectrum(frame),
        pictures=neurons.of_pictures(frame, _near(frame), total),
    )


def _where(frame: Frame) -> str | None:
    share = frame.metrics.get("cluster_share")
    if share is None:
        return neurons.pointing(frame, SIGNAL)
    return (
        f"{percent(share)} of the neurons lie within cos {NEAR} of a centre{_apart(frame.metrics, ', silhouette {}')}"
    )


def _apart(metrics: Metrics, text: str) -> str:
    """How well the clusters are apart, in `text`; nothing where that is not known."""
    value = metrics.get("silhouette")
    return "" if value is None else text.format(f"{value:.2f}".replace("-", "−"))


def _near(frame: Frame) -> str | None:
    closeness = neurons.tensor(frame, "centre_cosine")
    if closeness is None:
        return None
    if np.isnan(closeness).all():
        return "The neurons have no two clusters."
    near = f"{int((closeness > NEAR).sum()):,} of {len(closeness):,} neurons"
    return f"{near} lie within cos {NEAR} of one of two centres{_apart(frame.metrics, '; silhouette {}')}."


def of_curves(metrics: Metrics, *, coins: bool) -> str:
    """Accuracy, and whether it comes from features: neurons that gather at two centres."""
    if metrics.get("loss", 0.0) is None:
        return "The loss is not a number any more: the run has diverged."
    right = sentence_case(right_of(metrics, "test_accuracy", "new images"))
    if "cluster_share" not in metrics:
        return f"{right}; clusters not measured at this step."
    share, accuracy, told = (metrics.get(name) for name in ("cluster_share", "test_accuracy", "train_accuracy"))
    if share is None:
        return f"{right}; the neurons have no two clusters."
    apart = _apart(metrics, " (silhouette {})")
    near = f"{percent(share)} of the neurons lie within cos {NEAR} of one of two centres{apart}"
    if coins:
        flips = "" if told is None else f", and {percent(told)} of the flips are told"
        return f"Labels are coin flips: {near}{flips}."
    if accuracy is not None and accuracy >= HIGH and share < FEW:
        return f"Accuracy without clusters: {percent(accuracy)} of new images right, but only {near}."
    return f"{right}; {near}."

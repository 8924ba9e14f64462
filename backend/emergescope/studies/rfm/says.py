"""Sentences about a frame of a recursive feature machine, by panel: pure functions of it and of what was before it."""

from collections.abc import Mapping

import numpy as np

from emergescope.recording.events import Frame
from emergescope.studies.rfm.config import RfmConfig
from emergescope.toolkit.sentences import LOST, brief, percent

EMERGED = 0.8  # share of tr M on relevant coordinates
ACCURATE = 0.8  # R²
_EDGE = 0.1  # a coordinate or direction counts as used from this share of the largest on


def says(frame: Frame, config: RfmConfig, told: Mapping[str, int | None]) -> dict[str, str]:
    """`told`: at which round what has happened."""
    found = {
        "metric": _of_the_metric(frame, config, told),
        "curves": _of_the_error(frame),
        "shares": _of_the_shares(frame, config),
        "spectrum": _of_the_spectrum(frame),
        "predictions": _of_the_predictions(frame),
    }
    return {panel: text for panel, text in found.items() if text}


def _of_the_metric(frame: Frame, config: RfmConfig, told: Mapping[str, int | None]) -> str | None:
    share = frame.metrics.get("relevant_share")
    if share is None:
        return LOST if "relevant_share" in frame.metrics else None
    names = named(config.problem.relevant)
    even = len(config.problem.relevant) / config.problem.d
    if frame.step == 0 or config.method.metric == "identity":
        return f"M is the identity: {names} have {_precise(share)} of its trace, as any {_count(config)} coordinates."
    emerged = told.get("emerged")
    since = "" if emerged is None or share < EMERGED else f"; more than {percent(EMERGED)} since round {emerged}"
    whose = "of the trace of M" if config.method.metric == "learned" else "of the trace of the permuted M"
    return f"{names} have {_precise(share)} {whose}, {_precise(even)} would be their even share{since}."


def _precise(share: float) -> str:
    """Three digits: what is left to other coordinates is little, and not nothing."""
    return f"{brief(100 * share)}\u00a0%"


def _count(config: RfmConfig) -> str:
    return {2: "two", 3: "three"}[len(config.problem.relevant)]


def named(coordinates: tuple[int, ...]) -> str:
    *first, last = (f"x{j}" for j in coordinates)
    return f"{', '.join(first)} and {last}"


def _of_the_error(frame: Frame) -> str | None:
    r2, error = frame.metrics.get("r2"), frame.metrics.get("test_mse")
    if r2 is None or error is None:
        return LOST if "r2" in frame.metrics else None
    if r2 < 0:
        return f"On new points the mean squared error is {brief(error)}, more than that of a constant."
    return f"On new points the mean squared error is {brief(error)}: {percent(r2)} of the variance is explained."


def _of_the_shares(frame: Frame, config: RfmConfig) -> str | None:
    shares = frame.tensors.get("shares")
    if shares is None:
        return None
    if not np.isfinite(shares).all():
        return LOST
    relevant = len(config.problem.relevant)
    least, other = float(shares[:relevant].min()), float(shares[relevant:].max(initial=0))
    if other == 0 or relevant == len(shares):
        return None
    return (
        f"The least of the relevant coordinates has {_precise(least)} of the trace, the largest of the "
        f"others shown {_precise(other)}."
    )


def _of_the_spectrum(frame: Frame) -> str | None:
    values = frame.tensors.get("eigenvalues")
    if values is None:
        return None
    if not np.isfinite(values).all():
        return LOST
    used = int((values >= _EDGE * values.max()).sum())
    return f"{used} of the {len(values)} largest eigenvalues are at least a tenth of the largest."


def _of_the_predictions(frame: Frame) -> str | None:
    target, predicted = frame.tensors.get("target"), frame.tensors.get("predicted")
    if target is None or predicted is None:
        return None
    if not np.isfinite(predicted).all():
        return LOST
    slope = float((target * predicted).sum() / max(float((target * target).sum()), 1e-30))
    return f"Along the target predictions rise with slope {brief(slope)}; those of a perfect fit with slope 1."

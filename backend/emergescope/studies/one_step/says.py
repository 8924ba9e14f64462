"""Sentences about a frame on the path of one giant step, by panel: pure functions of it and of what was before it."""

from collections.abc import Mapping

import numpy as np

from emergescope.recording.events import Frame
from emergescope.studies.one_step.config import OneStepConfig, mse_name
from emergescope.studies.one_step.spike import Spike, spike_of
from emergescope.toolkit.sentences import LOST, Metrics, percent

STANDS_OUT = 1.2  # the largest singular value over the second
BY_CHANCE = 5.0  # times the cosine of a random direction with the target, 1/√d


def says(frame: Frame, config: OneStepConfig, told: Mapping[str, int | None], start: Metrics) -> dict[str, str]:
    """`told`: at which step what has happened; `start`: the metrics of the first frame."""
    found = {
        "plane": _of_the_plane(frame, config),
        "turning": _of_the_cosines(frame, config),
        "spectrum": _of_the_spectrum(frame.metrics),
        "curves": _of_the_direction(frame.metrics, config, spike_of(config), told),
        "readouts": _of_the_readouts(frame.metrics, config, start),
    }
    return {panel: text for panel, text in found.items() if text}


def place(metrics: Metrics) -> str:
    """Where on the path this is."""
    t = metrics.get("path_t")
    if not t:
        return "Before the step"
    return "After the step" if t == 1 else f"After {percent(t)} of the step"


def _of_the_plane(frame: Frame, config: OneStepConfig) -> str | None:
    target, noise = (frame.tensors.get(name) for name in ("along_target", "along_noise"))
    if target is None or noise is None:
        return None
    if not (np.isfinite(target).all() and np.isfinite(noise).all()):
        return LOST
    if config.method.eta == 0:
        return "The step has size zero: the weights stay as they were drawn, spread around nothing."
    where = (float(target.mean(dtype=np.float64)), float(noise.mean(dtype=np.float64)))
    length = float(np.hypot(*where))
    if not frame.metrics.get("path_t") or length == 0:
        return "Before the step neurons are spread around nothing: their weights are random."
    return (
        f"{place(frame.metrics)} the middle of all neurons lies {length:.2g} from zero, in a direction with a "
        f"cosine of {where[0] / length:.2f} with the target."
    ).replace("-", "−")


def _of_the_cosines(frame: Frame, config: OneStepConfig) -> str | None:
    cosine = frame.tensors.get("target_cosine")
    if cosine is None:
        return None
    if not np.isfinite(cosine).all():
        return LOST
    mean, spread = float(cosine.mean(dtype=np.float64)), float(cosine.std(dtype=np.float64))
    return (
        f"Neurons have a cosine of {_signed(mean)} ± {spread:.2f} with the target; random ones have "
        f"0 ± {config.problem.d**-0.5:.2f}."
    )


def _of_the_spectrum(metrics: Metrics) -> str | None:
    first, second = metrics.get("top_value"), metrics.get("second_value")
    if first is None or second is None:
        return LOST if {"top_value", "second_value"} & metrics.keys() else None
    if not second:
        return None
    if first > STANDS_OUT * second:
        return f"The largest singular value is {first:.3g}, {first / second:.1f} times the second: a spike of its own."
    return f"The largest singular value is {first:.3g} and the second {second:.3g}: none stands out."


def _of_the_direction(
    metrics: Metrics, config: OneStepConfig, spike: Spike, told: Mapping[str, int | None]
) -> str | None:
    overlap, t = metrics.get("target_overlap"), metrics.get("path_t")
    if overlap is None:
        return LOST if "target_overlap" in metrics else None
    chance = config.problem.d**-0.5
    text = f"The leading direction of the weights has a cosine of {overlap:.3f} with the target"
    if config.is_control or t is None or spike.seen_overlap(t) == 0:
        return f"{text}; that of a random direction is about {chance:.2f}."
    since = told.get("emerged")
    seen = "" if since is None else f" It has been more than chance since t = {since / config.total_steps:.2f}."
    return f"{text}; theory says {spike.seen_overlap(t):.3f}.{seen}"


def _of_the_readouts(metrics: Metrics, config: OneStepConfig, start: Metrics) -> str | None:
    alpha = config.method.alphas[0]
    name = mse_name(alpha)
    now, before = metrics.get(name), start.get(name)
    if now is None:
        return LOST if name in metrics else None
    text = f"With {alpha:g} samples per input the test error is {now:.3f}"
    if before is None or not metrics.get("path_t"):
        return f"{text} on random features, before the step."
    return f"{text}; on random features, before the step, it was {before:.3f}."


def _signed(value: float) -> str:
    return f"{round(value, 2) + 0:.2f}".replace("-", "−")  # no minus before zero

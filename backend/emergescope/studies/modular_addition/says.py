"""Sentences about a frame of a run on modular addition, by panel: pure functions of it and of what was before it."""

from collections.abc import Mapping

import numpy as np

from emergescope.recording.events import Frame
from emergescope.toolkit.sentences import LOST, Metrics


def says(frame: Frame, frequencies: int, told: Mapping[str, int | None]) -> dict[str, str]:
    """`frequencies`: how many there are. `told`: at which step what has happened."""
    metrics, found = frame.metrics, dict[str, str | None]()
    found["curves"] = _of_the_margin(metrics, told)
    found["spectrum"] = _of_the_spectrum(metrics, frequencies)
    found["waves"] = _of_a_wave(frame)
    found["density"] = _of_the_cosines(metrics, told)
    found["phases"] = _of_the_phases(metrics)
    found["bars"] = _of_the_bars(frame)
    found["shares"] = _of_the_shares(frame)
    return {panel: text for panel, text in found.items() if text}


def _measured(metrics: Metrics, *names: str) -> tuple[float, ...] | str | None:
    """These numbers; or a sentence that they are none any more; or nothing, where they were not measured."""
    values = [metrics[name] for name in names if name in metrics]
    known = tuple(value for value in values if value is not None)
    if len(known) == len(names):
        return known
    return LOST if len(known) < len(values) else None


def _of_the_margin(metrics: Metrics, told: Mapping[str, int | None]) -> str | None:
    found = _measured(metrics, "accuracy")
    if not isinstance(found, tuple):
        return found
    right, ratio = f"{found[0]:.1%} of all sums are right", metrics.get("margin_ratio")
    if found[0] >= 1:
        step = told.get("accuracy")
        right = "Every sum is right" + ("" if step is None else f", first at step {step:,}")
    if ratio is None:
        return f"{right}."
    if ratio <= 0:
        return f"{right}; there is no margin before all are."
    return f"{right}, and the margin is {ratio:.3f} of the largest that there is."


def _of_the_spectrum(metrics: Metrics, frequencies: int) -> str | None:
    found = _measured(metrics, "power_median", "frequencies")
    if not isinstance(found, tuple):
        return found
    power, used = found
    text = f"Half of the neurons have at least {power:.1%} of their power at one frequency"
    if used == 0:
        return f"{text}; none is one cosine alone."
    return f"{text}; {used:.0f} of {frequencies} frequencies have a neuron that is that cosine alone."


def _of_a_wave(frame: Frame) -> str | None:
    """Of the neuron that is most nearly one."""
    power, frequency, wave = (frame.tensors.get(name) for name in ("power", "main_frequency", "wave"))
    if power is None or frequency is None or wave is None:
        return None
    if not (np.isfinite(power).all() and np.isfinite(wave).all()):
        return LOST
    best = int(power.argmax())
    return (
        f"The clearest wave goes up and down {frequency[best]:.0f} times from 0 to {wave.shape[1] - 1}, "
        f"with {power[best]:.1%} of its power."
    )


def _of_the_cosines(metrics: Metrics, told: Mapping[str, int | None]) -> str | None:
    found = _measured(metrics, "cosines", "neurons")
    if not isinstance(found, tuple):
        return found
    cosines, neurons = found
    text = f"{cosines * neurons:.0f} of the {neurons:.0f} neurons in use are one cosine"
    step = told.get("emerged")
    return f"{text}." if step is None else f"{text}; most first were by step {step:,}."


def _of_the_phases(metrics: Metrics) -> str | None:
    found = _measured(metrics, "phase_error")
    if not isinstance(found, tuple):
        return found
    chance = ", as of phases drawn at random" if found[0] > 80 else ""
    return f"The phase of w misses that of u plus that of v by {found[0]:.1f}° on average{chance}."


def _of_the_bars(frame: Frame) -> str | None:
    count = frame.tensors.get("neurons_at_frequency")
    if count is None:
        return None
    if not np.isfinite(count).all():
        return LOST
    empty = int((count == 0).sum())
    of_them = f"{empty} have none" if empty else "each has some"
    return f"{count.sum():.0f} neurons are in use, {count.min():.0f} to {count.max():.0f} at a frequency: {of_them}."


def _of_the_shares(frame: Frame) -> str | None:
    share = frame.tensors.get("share_of_frequency")
    if share is None:
        return None
    if not np.isfinite(share).all():
        return LOST
    return (
        f"Between {share.min():.3f} and {share.max():.3f} of the penalty is at a frequency; equal shares would be "
        f"{1 / len(share):.3f}."
    )

"""Sentences about neurons that are compared with directions: what several studies say in the same way.

Pure functions of a frame. None where it lacks what they would speak of: the page says so.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from emergescope.recording.events import Array, Frame
from emergescope.toolkit.neuron_panels import ALIGNED, Signal
from emergescope.toolkit.sentences import LOST

Doubles = npt.NDArray[np.float64]


def said(**sentences: str | None) -> dict[str, str]:
    """By panel, those that there are."""
    return {panel: text for panel, text in sentences.items() if text}


def tensor(frame: Frame, name: str) -> Doubles | None:
    """In double precision; None where the frame lacks it."""
    found: Array | None = frame.tensors.get(name)
    return None if found is None else found.astype(np.float64)


def aligned(cosine: Doubles) -> tuple[int, str]:
    """How many neurons are at the signal or its opposite: as a number, and as "3 of 600 neurons"."""
    near = int((np.abs(cosine) > ALIGNED).sum())
    return near, f"{near:,} of {len(cosine):,} neurons"


def lost(cosine: Doubles) -> int:
    return int((~np.isfinite(cosine)).sum())


def of_map(frame: Frame, where: str | None) -> str | None:
    """`where` the neurons point, and how good a map it is."""
    cosine = tensor(frame, "signal_cosine")
    if cosine is None or where is None:
        return None
    gone = lost(cosine)
    if gone:
        return f"{gone:,} of {len(cosine):,} neurons are not a number any more and cannot be drawn."
    stress = frame.layout.get("stress")
    return f"{where}." if stress is None else f"{where}. MDS stress {stress:.2f}."


def pointing(frame: Frame, signal: Signal) -> str | None:
    """Where moving neurons point, without a stop."""
    cosine = tensor(frame, "signal_cosine")
    if cosine is None:
        return None
    return f"{aligned(cosine)[1]} now point at {signal.plus} or {signal.minus} (|cos| > {ALIGNED})"


def closest(frame: Frame, names: Sequence[str]) -> str | None:
    """Which of some directions neurons have most of."""
    alignment = frame.tensors.get("alignment")
    if alignment is None or alignment.size == 0:
        return None
    means = np.abs(alignment).astype(np.float64).mean(0)
    if not np.isfinite(means).all():
        return LOST
    first, *rest = np.argsort(-means, kind="stable")[:2].tolist()
    then = "".join(f", then {_with_article(names[j])} ({means[j]:.2f})" for j in rest)
    said = f"{_with_article(names[first])} ({means[first]:.2f})"
    return f"Over all neurons, the largest mean |cos| is that with {said}{then}."


def _with_article(name: str) -> str:
    return name if name.startswith(("principal direction ", "direction ")) else f"the {name}"


def of_bands(frame: Frame, signal: Signal) -> str | None:
    """Whether the neurons' cosines have come apart, where no two parts of the weights can be told apart."""
    cosine = tensor(frame, "signal_cosine")
    if cosine is None:
        return None
    if lost(cosine):
        return f"{LOST[:-1]}: nothing to place."
    near, share = aligned(cosine)
    if near > 0.8 * len(cosine):
        return f"Two bands, at {signal.both}, hold {share}."
    return f"{share} lie within |cos| > {ALIGNED} of {signal.both}."


def of_spectrum(frame: Frame) -> str | None:
    """How many directions the weights use."""
    values = tensor(frame, "singular_values")
    if values is None:
        return None
    there = values[np.isfinite(values) & (values > 0)]
    if len(there) == 0:
        return "All weights are zero." if (values == 0).all() else LOST
    if len(there) == 1:
        return "There is one direction alone: all other singular values are zero."
    share = int(100 * there[0] ** 2 / (there**2).sum() + 0.5)
    ratio = there[0] / there[1]
    times = f"{ratio:.1f}" if ratio < 10 else f"{ratio:,.0f}"
    held = f"{times} times the second singular value, {share}\u00a0% of the sum of squares."
    if ratio < 1.5:
        return f"No direction leads: the first is {held}"
    return f"One direction {'begins to lead' if share < 50 else 'rules'}: {held}"


def of_pictures(frame: Frame, finding: str | None, total: int) -> str | None:
    """`finding`, and how many of all neurons have a picture."""
    cosine, shown = tensor(frame, "signal_cosine"), frame.tensors.get("weights")
    if shown is None or len(shown) == 0:
        return None
    if cosine is not None and lost(cosine) == len(cosine):
        finding = LOST
    part = f"Pictures of {len(shown):,} of {total:,} neurons." if len(shown) < total else None
    return " ".join(filter(None, (finding, part))) or None

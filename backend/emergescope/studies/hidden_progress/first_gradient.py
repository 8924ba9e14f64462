"""The gradient before the first step, measured on many samples, beside what theory.py predicts of it."""

import math
from typing import Any

import numpy as np
import torch

from emergescope.recording.events import Happened
from emergescope.studies.hidden_progress.network import Network
from emergescope.studies.hidden_progress.samples import Samples
from emergescope.studies.hidden_progress.theory import Doubles, population_gradient


def compare(network: Network, samples: Samples, count: int, relevant: list[int]) -> Happened | None:
    """An event with both; None where one of them is not finite.

    Entries are per unit of output weight, -(dL/dw_ij) / a_i. Of each group the size that is predicted is the root of
    its mean square. Measured entries carry noise that is larger than most of them, so theirs is the component along
    the prediction, and `deviation` its standard error.
    """
    total = torch.zeros_like(network.w, dtype=torch.float64)
    for x, y in samples.chunks(count):
        total += network.gradient(x, y).w.double() * len(y)
    measured: Doubles = (total / (-count * network.a.double()[:, None])).cpu().numpy()
    predicted = population_gradient(network.w.cpu().double().numpy(), network.b.cpu().double().numpy(), relevant)
    if not np.isfinite(measured).all() or not np.isfinite(predicted).all():
        return None
    columns = np.isin(np.arange(network.w.shape[1]), relevant)
    found: dict[str, Any] = {
        name: _group(predicted[:, part], measured[:, part], count)
        for name, part in (("relevant", columns), ("background", ~columns))
    }
    on, off = found["relevant"], found["background"]
    text = (
        f"the first gradient, on {count:,} samples and per unit of output weight: {on['measured']:.2g} on relevant "
        f"inputs, predicted {on['predicted']:.2g}"
    )
    if off["measured"] is not None:
        text += f"; {off['measured']:.2g} ± {off['deviation']:.1g} on the others, predicted {off['predicted']:.2g}"
    return Happened(0, "gradient", text, {**found, "samples": count})


def _group(predicted: Doubles, measured: Doubles, count: int) -> dict[str, float | None]:
    """Sizes over some entries; None where there are none, or nothing is predicted of them."""
    length = float(np.linalg.norm(predicted))
    if predicted.size == 0 or length == 0:
        return {"predicted": 0.0 if predicted.size else None, "measured": None, "deviation": None}
    root = math.sqrt(predicted.size)
    along = float((measured * predicted).sum()) / length
    sizes = {"predicted": length / root, "measured": along / root, "deviation": 0.5 / root / count**0.5}
    return {name: float(f"{size:.4g}") for name, size in sizes.items()}

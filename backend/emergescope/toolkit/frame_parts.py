"""Parts of which frames of all kinds are made: numbers of the step, tensors as they are kept, weights as pictures."""

import math
from typing import Any

import torch
from torch import Tensor

from emergescope.recording.events import Array

# What parts are called where they could not be measured.
DIRECTIONS, MAP, SPECTRUM = "directions of the neurons", "map", "singular values"
PICTURES, EVENTS, SENTENCES = "pictures of the neurons", "what has emerged", "sentences"

_ZERO, _LARGEST = 128, 127  # of a byte of a picture


def descent(loss: float | None, train_accuracy: float | None) -> dict[str, float | None]:
    """The metrics that the gradient step itself gives; none before the first."""
    if loss is None:
        return {}
    return {"loss": loss, "train_accuracy": train_accuracy if math.isfinite(loss) else None}


def finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def as_array(tensor: Tensor) -> Array:
    """As a frame keeps it: bytes and half precision as they are, all else in single precision."""
    kept = tensor.dtype in (torch.uint8, torch.float16)
    return tensor.to("cpu", tensor.dtype if kept else torch.float32).contiguous().numpy()


class Pictures:
    """Which neurons are shown as pictures, and of what shape.

    shape  (height, width) or (height, width, 3), of which d is the product
    rows   of the neurons shown, those that have a picture: the first `most` of them
    """

    def __init__(self, shape: tuple[int, ...], shown: int, most: int) -> None:
        self.shape, self.rows = shape, min(shown, most)

    def facts(self) -> dict[str, Any]:
        """As JSON, for those who draw them."""
        return {"shape": list(self.shape), "rows": list(range(self.rows))}

    def take(self, weights: Tensor) -> dict[str, Tensor]:
        """The tensors `weights` and `weights_scale` of a frame, from the weights [n, d] of the neurons shown."""
        scale, pixels = as_bytes(weights[: self.rows], self.shape)
        return {"weights": pixels, "weights_scale": scale}


def as_bytes(weights: Tensor, shape: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """(scale [n], pixels uint8 [n, *shape]) of weights [n, d]: w = (pixel - 128) / 127 * scale, to half a step.

    The scale is a neuron's largest |w|, so that faint ones are legible too. A weight that is not finite is drawn as 0,
    and the scale is then not finite.
    """
    scale = weights.abs().amax(1)
    part = torch.nan_to_num(weights / scale.clamp(min=1e-30)[:, None], 0.0, 0.0, 0.0)
    pixels = (part * _LARGEST).round_().add_(_ZERO).to(torch.uint8)
    return scale.to(torch.float32), pixels.reshape(-1, *shape)

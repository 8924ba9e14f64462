"""Parts of which frames of all kinds are made: numbers of the step, tensors of directions and of the map; and what is
known before the first.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import torch
from torch import Tensor

from emergescope.recording.events import Array
from emergescope.toolkit.alignment import Alignment
from emergescope.toolkit.dictionary import Dictionary
from emergescope.toolkit.map_maker import Layout
from emergescope.toolkit.pictures import Pictures
from emergescope.toolkit.seeds import Stream, generator

LARGEST: Final = 64  # singular values that are kept

# What parts are called where they could not be measured.
DIRECTIONS, MAP, SPECTRUM = "directions of the neurons", "map", "singular values"
PICTURES, EVENTS = "pictures of the neurons", "what has emerged"


def descent(loss: float | None, train_accuracy: float | None) -> dict[str, float | None]:
    """The metrics that the gradient step itself gives; none before the first."""
    if loss is None:
        return {}
    return {"loss": loss, "train_accuracy": train_accuracy if math.isfinite(loss) else None}


def directions(seen: Alignment, neurons: Tensor, patterns: Tensor) -> dict[str, Tensor]:
    """How the `neurons` that are shown lie to the `patterns` that are."""
    return {
        "alignment": seen.cosine[neurons][:, patterns].to(torch.float16),
        "signal_cosine": seen.signal_cosine[neurons],
        "relevant_norm": seen.relevant_norm[neurons],
        "background_norm": seen.background_norm[neurons],
        "weight_norm": seen.norm[neurons],
    }


def on_map(layout: Layout | None) -> dict[str, Tensor]:
    """Positions of the neurons and, the last two points of `layout`, of the stars; none where there is no map."""
    return {} if layout is None else {"layout": layout.positions[:-2], "landmarks": layout.positions[-2:]}


def told_of(layout: Layout | None) -> dict[str, str | float | None]:
    """How the map was made, for the frame."""
    return {"method": "mds", "stress": None if layout is None else finite(layout.stress)}


def as_array(tensor: Tensor) -> Array:
    """As a frame keeps it: bytes and half precision as they are, all else in single precision."""
    kept = tensor.dtype in (torch.uint8, torch.float16)
    return tensor.to("cpu", tensor.dtype if kept else torch.float32).contiguous().numpy()


def choose(total: int, most: int, chance: torch.Generator) -> Tensor:
    """All of range(total), or a random `most` of them in order."""
    if total <= most:
        return torch.arange(total)
    return torch.randperm(total, generator=chance)[:most].sort().values


def relevant_first(relevant: Sequence[int], others: Sequence[int], most: int, seed: int) -> Tensor:
    """The relevant ones, then as many of the others, chosen at random, as make `most` of them together."""
    picked = choose(len(others), max(0, most - len(relevant)), generator(seed, Stream.SHOWN_PATTERNS))
    return torch.tensor([*relevant, *(others[j] for j in picked.tolist())], dtype=torch.int64)


def finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


class Known(Protocol):
    """Of a problem as it was drawn; see toolkit/hinge/samples.py."""

    @property
    def dictionary(self) -> Dictionary: ...
    @property
    def names(self) -> tuple[str, ...] | None: ...
    @property
    def signal(self) -> str: ...
    @property
    def facts(self) -> Mapping[str, float]: ...


def facts(known: Known, shown: Sequence[int], neurons: tuple[int, int], pictures: Pictures | None) -> dict[str, Any]:
    """What is known of a run before its first step, as JSON: `shown` are columns of the dictionary, in the order of a
    frame; `neurons` are how many there are, and shown.
    """
    names = known.names
    return {
        "patterns": {
            "total": known.dictionary.matrix.shape[1],
            "relevant": list(known.dictionary.relevant),
            "shown": list(shown),
            "names": names and [names[j] for j in shown],
            "signal": known.signal,
        },
        "neurons": dict(zip(("total", "shown"), neurons, strict=True)),
        "pictures": pictures and pictures.facts(),
        "facts": dict(known.facts),
    }

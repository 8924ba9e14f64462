"""Weights of layers as rows, and the directions that each is compared with: those that were given, else the means of
classes, else the principal directions of the layer as it was at first, or at last.
"""

from dataclasses import dataclass
from math import prod

import numpy as np
import torch
from torch import Tensor

from emergescope.errors import InvalidConfig
from emergescope.recorder.asked import Asked
from emergescope.recorder.copies import Copy, Held
from emergescope.toolkit.dictionary import Dictionary, class_means, principal_directions
from emergescope.toolkit.layer_camera import Directions, Layer
from emergescope.toolkit.neuron_panels import Signal

_PRINCIPAL = 8  # directions
_LOOKED_AT = 2000  # rows that principal directions are computed from
_EVIDENT = {784: (28, 28)}  # lengths of weights that are pictures without anybody saying so
_KERNEL = 5  # from this side on filters are pictures
_COLOURS = 3
_SHORT = 12  # characters of a name beside a dot


@dataclass(frozen=True)
class View:
    """How the weights of a layer are read: as they were at first, ever after.

    channels  each of so many channels of a filter is a row of its own
    order     of the weights of a row, so that a picture has its colours last
    """

    neurons: int
    length: int
    channels: int = 1
    order: Tensor | None = None
    picture: tuple[int, ...] | None = None

    def layer(self, held: Held) -> Layer:
        """Raises InvalidConfig for weights of another shape."""
        rows = _rows(held, self.channels)
        if rows.shape != (self.neurons, self.length):
            now = f"[{rows.shape[0]}, {rows.shape[1]}]"
            raise InvalidConfig(f"weights are {now} now, and were [{self.neurons}, {self.length}] in the first frame")
        if self.order is not None:
            rows = rows[:, self.order]
        bias, output = (_vector(one, self.neurons, self.channels) for one in (held.bias, held.output))
        return Layer(rows, bias, output, _names(held, self.neurons, self.channels))


def view_of(held: Held, asked: Asked, given: Tensor | None) -> View:
    """How a layer is read that is compared with `given` directions [d, D], if any are given."""
    channels = 1
    if given is not None and held.filters is not None and len(given) == prod(held.filters[1:]):
        channels = held.filters[0]  # patches of one channel
    rows = _rows(held, channels)
    picture = asked.picture or _evident(held, channels, rows.shape[1])
    if picture is not None and prod(picture) != rows.shape[1]:  # it is that of another layer
        picture = None
    order = None
    if picture is not None and len(picture) == _COLOURS and picture[0] in (1, _COLOURS) and picture[2] != _COLOURS:
        order = torch.arange(rows.shape[1]).reshape(picture).permute(1, 2, 0).flatten()
        picture = (*picture[1:], picture[0])
    if picture is not None and len(picture) == _COLOURS and picture[2] == 1:
        picture = picture[:2]
    return View(rows.shape[0], rows.shape[1], channels=channels, order=order, picture=picture)


def _evident(held: Held, channels: int, length: int) -> tuple[int, ...] | None:
    if held.filters is None:
        return _EVIDENT.get(length)
    shape = held.filters[1:] if channels > 1 else held.filters
    if len(held.filters) != _COLOURS or min(held.filters[1:]) < _KERNEL:
        return None
    return shape if len(shape) == 2 or shape[0] in (1, _COLOURS) else None


def given_for(name: str, held: Held, asked: Asked) -> Tensor | None:
    """The directions that were given for a layer, [d, D] float64; None where there are none. Raises InvalidConfig for
    some that cannot be.
    """
    found = asked.directions.get(name, asked.directions.get(""))
    if found is None:
        return None
    length = _rows(held, 1).shape[1]
    lengths = [length] if held.filters is None else [length, prod(held.filters[1:])]
    if isinstance(found, Held):
        matrix = _rows(found, 1).T
    else:
        matrix = _tensor(found)
        if matrix.ndim > 2:  # pictures, or patches
            matrix = matrix.flatten(1).T
        elif matrix.ndim == 1:
            matrix = matrix[:, None]
        elif matrix.shape[0] not in lengths and matrix.shape[1] in lengths:
            matrix = matrix.T  # a row each, as layers have them
    matrix = matrix.to(torch.float64)
    if matrix.shape[0] not in lengths:
        wanted = " or ".join(map(str, dict.fromkeys(lengths)))
        raise InvalidConfig(f"directions have {matrix.shape[0]} entries each, and a neuron has {wanted} weights")
    if not bool(matrix.isfinite().all()) or bool((matrix.norm(dim=0) == 0).any()):
        raise InvalidConfig("directions have one that is zero, or not finite: leave it out")
    most = max(asked.relevant, default=0)
    if most >= matrix.shape[1]:
        raise InvalidConfig(f"relevant has {most}, and there are {matrix.shape[1]} directions, counted from 0")
    return matrix


def directions_of(
    view: View, weights: Tensor, given: Tensor | None, asked: Asked, kept: Tensor | None
) -> tuple[Directions, str]:
    """What a layer is compared with, and a sentence that says so; `kept` is what it was compared with before."""
    if given is not None:
        return _given(view, given, asked)
    if asked.data is not None and (means := _means(view, asked.data)) is not None:
        return means
    matrix = _principal(weights) if kept is None else kept.to(torch.float64)
    signal = Signal("first principal direction", "direction 1", "principal direction")
    names = tuple(f"principal direction {j + 1}" for j in range(matrix.shape[1]))
    found = Directions(Dictionary(matrix, (0,)), signal, names=names, picture=view.picture)
    if asked.by_last:
        return found, "Neurons are compared with the principal directions of the weights of the last frame."
    compared = "neurons are compared with the principal directions of the weights of the first frame"
    return found, f"No directions were given: {compared}."


def _principal(weights: Tensor) -> Tensor:
    """Of rows that are all the same, or no numbers, there is none: any direction will do."""
    found = torch.nan_to_num(weights, 0.0, 0.0, 0.0)[:: -(-len(weights) // _LOOKED_AT)]
    matrix = principal_directions(found, _PRINCIPAL)
    matrix = matrix[:, matrix.norm(dim=0) > 0.5]
    return matrix if matrix.shape[1] else torch.eye(weights.shape[1], 1, dtype=torch.float64)


def _given(view: View, matrix: Tensor, asked: Asked) -> tuple[Directions, str]:
    if view.order is not None:
        matrix = matrix[view.order]
    total = matrix.shape[1]
    names = asked.names if asked.names is not None and len(asked.names) == total else None
    relevant = asked.relevant or (0,)
    if len(relevant) > 1:
        signal = Signal("s", "s", "s, the signal")
        said = f"Neurons are compared with {total:,} directions; s is the sum of the {len(relevant)} relevant ones."
    else:
        name = names[relevant[0]] if names else f"direction {relevant[0]}"
        signal = Signal(name, name if len(name) <= _SHORT else "signal", "the signal")
        which = "the relevant one" if asked.relevant else "the first of them"
        said = f"Neurons are compared with {total:,} directions; signed cosines are those with {which}, {name}."
    told, dictionary = bool(asked.relevant), Dictionary(matrix, relevant)
    return Directions(dictionary, signal, names=names, picture=view.picture, told=told), said


def _means(view: View, data: tuple[Copy, Copy]) -> tuple[Directions, str] | None:
    """None for data whose inputs have another length."""
    inputs, labels = _tensor(data[0]).flatten(1), np.asarray(_tensor(data[1]).flatten())
    if inputs.shape[1] != view.length or len(inputs) != len(labels):
        return None
    if view.order is not None:
        inputs = inputs[:, view.order]
    found, places = np.unique(labels, return_inverse=True)
    matrix = class_means(inputs.to(torch.float64), torch.from_numpy(places), len(found))
    there = (matrix.norm(dim=0) > 0.5).tolist()
    names = tuple(f"mean of {label}" for label, is_there in zip(found.tolist(), there, strict=True) if is_there)
    if not names:
        return None
    matrix = matrix[:, torch.tensor(there)]
    signal = Signal(names[0], names[0] if len(names[0]) <= _SHORT else "first mean", names[0])
    said = "Neurons are compared with the means of the classes of the data, seen from the mean of all inputs."
    return Directions(Dictionary(matrix, (0,)), signal, names=names, picture=view.picture), said


def _tensor(copy: Copy) -> Tensor:
    found: Tensor = torch.as_tensor(copy.get())
    return found


def _rows(held: Held, channels: int) -> Tensor:
    """[n, d]: in double precision where they are, else in single; each of the `channels` of a filter a row."""
    rows = _tensor(held.weights)
    rows = rows.T if held.turned else rows
    rows = rows.to(rows.dtype if rows.dtype == torch.float64 else torch.float32)
    return rows.flatten(0, 1).flatten(1) if channels > 1 else rows.flatten(1).contiguous()


def _vector(copy: Copy | None, neurons: int, channels: int) -> Tensor | None:
    """A number for each row: of the weights of several outputs, their norms."""
    if copy is None:
        return None
    vector = _tensor(copy).to(torch.float32)
    if vector.ndim == 2:
        vector = vector[0] if vector.shape[0] == 1 else vector[:, 0] if vector.shape[1] == 1 else vector.norm(dim=0)
    vector = vector.flatten().repeat_interleave(channels)
    if len(vector) != neurons:
        raise InvalidConfig(f"bias or output has {len(vector)} numbers, and there are {neurons} neurons")
    return vector


def _names(held: Held, neurons: int, channels: int) -> tuple[str, ...] | None:
    if held.heads:
        size = neurons // held.heads
        return tuple(f"head {i // size}, {i % size}" for i in range(neurons))
    if channels > 1:
        return tuple(f"filter {i // channels}, channel {i % channels}" for i in range(neurons))
    return None

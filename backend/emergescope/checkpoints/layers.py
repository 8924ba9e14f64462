"""The layer that a user names, among the tensors of a checkpoint."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from emergescope.checkpoints.shapes import Weights
from emergescope.errors import InvalidConfig, WeightsError

_LISTED: Final = 12
_COMPARED: Final = 20_000  # names
_LONGEST: Final = 120  # characters of a name
_MATRIX: Final = 2  # dimensions


@dataclass(frozen=True)
class Place:
    """Where a layer lies in each checkpoint: its weights, and its biases if it has some.

    turned  weights are [inputs, neurons], as there are as many biases as columns
    """

    weights: str
    shape: tuple[int, ...]
    bias: str | None
    turned: bool

    def check(self, weights: Weights, first: str) -> None:
        """Raises WeightsError unless it is there as in the `first` checkpoint."""
        if self.weights not in weights.shapes:
            raise WeightsError(f"it has no tensor {self.weights!r}, and {first} has one")
        if (shape := weights.shapes[self.weights]) != self.shape:
            raise WeightsError(f"{self.weights!r} is {[*shape]}, and was {[*self.shape]} in {first}")
        if self.bias is not None and weights.shapes.get(self.bias) != (self._neurons,):
            raise WeightsError(f"{self.bias!r} is not [{self._neurons}], as it was in {first}")

    def read(self, weights: Weights) -> tuple[Any, Any]:
        """Its weights, [neurons, ...], and biases."""
        found = weights.read(self.weights)
        return found.T if self.turned else found, None if self.bias is None else weights.read(self.bias)

    @property
    def _neurons(self) -> int:
        return self.shape[1] if self.turned else self.shape[0]


def find_layer(name: str | None, shapes: Mapping[str, tuple[int, ...]], called: str) -> Place:
    """The layer by the name of its tensor, or of what has a `weight`. Raises InvalidConfig that lists what there is."""
    found = next((one for one in (name, f"{name}.weight") if one is not None and one in shapes), None)
    if found is None or len(shapes[found]) < _MATRIX or 0 in shapes[found]:
        there = _listed(name or "", shapes)
        if name is None:
            raise InvalidConfig.at("/layer", f"--layer says which weights are looked at: {called} has {there}")
        what = f"no layer {name[:_LONGEST]!r}" if found is None else f"{found!r} as {[*shapes[found]]}, no matrix"
        raise InvalidConfig.at("/layer", f"{called} has {what}; there are {there}")
    shape, (head, dot, last) = shapes[found], found.rpartition(".")
    bias = f"{head}{dot}{'bias'.join(last.rsplit('weight', 1))}"
    length = shapes.get(bias, ()) if bias != found else ()
    if length not in ((), shape[:1], shape[1:]) or (length == shape[1:] and len(shape) > _MATRIX):
        told = f"{called}: {bias!r} is {[*length]}, and does not go with {found!r}, {[*shape]}"
        raise InvalidConfig.at("/layer", told)
    return Place(found, shape, bias if length else None, turned=bool(length) and length != shape[:1])


def _listed(name: str, shapes: Mapping[str, tuple[int, ...]]) -> str:
    """Those that could be meant, the nearest first."""
    layers = [one for one, shape in shapes.items() if len(shape) >= _MATRIX] or [*shapes]
    if not layers:
        return "no tensors"
    matcher = SequenceMatcher(b=name[:_LONGEST], autojunk=False)

    def nearness(layer: str) -> float:
        matcher.set_seq1(layer[:_LONGEST])
        return matcher.ratio()

    if name:
        layers = sorted(layers[:_COMPARED], key=nearness, reverse=True)
    told = ", ".join(f"{one[:_LONGEST]} {[*shapes[one]]}" for one in layers[:_LISTED])
    return told + (f", and {len(layers) - _LISTED:,} more" if len(layers) > _LISTED else "")

"""How far a first layer has moved, beside how the output changes with the inputs: the two sides of the neural feature
ansatz (Radhakrishnan et al. 2024), and the cosine between them. What panels and settings say of it is in
ansatz_display.py.
"""

import math
from collections.abc import Iterable

import torch
from torch import Tensor

from emergescope.toolkit.ansatz_display import COSINE, GRADIENT, MOVED
from emergescope.toolkit.sentences import Metrics

Found = tuple[Metrics, dict[str, Tensor]]


def feature_ansatz(
    moved: Tensor, gradients: Iterable[Tensor], shown: Tensor, directions: Tensor | None = None
) -> Found:
    """The metric and the tensors of the ansatz.

    moved       [neurons, c] W - W_0 of the first layer, in coordinates in which inner products are those of the inputs
    gradients   [samples, c] of the output with respect to the input, in the same coordinates, in parts
    shown       [p] of the inputs, or of `directions`, those that the tensors have
    directions  [c, n] between which entries are taken; the coordinates themselves where there are none

    The metric is left out while nothing has moved, or where nothing changes: there is no angle. It is None, and the
    tensors are NaN, where weights are not finite.
    """
    weights, outer = moved.double(), average_outer_product(gradients)
    if not math.isfinite(float(weights.sum() + outer.sum())):
        lost = weights.new_full((len(shown), len(shown)), math.nan, dtype=torch.float16)
        return {COSINE: None}, {MOVED: lost, GRADIENT: lost}
    root = square_root(outer)
    if directions is not None:
        weights, root = weights @ directions.to(weights), directions.T.to(root) @ root @ directions.to(root)
    sides = weights.T @ weights, root
    cosine = centred_cosine(*sides)
    tensors = {name: _scaled(side[shown][:, shown]) for name, side in zip((MOVED, GRADIENT), sides, strict=True)}
    return ({} if cosine is None else {COSINE: cosine}), tensors


def average_outer_product(gradients: Iterable[Tensor]) -> Tensor:
    """The mean of g g' over all rows g, [c, c], in double precision."""
    total, count = torch.zeros(()), 0
    for part in gradients:
        rows = part.double()
        total, count = total.to(rows) + rows.T @ rows, count + len(rows)
    return total / max(count, 1)


def square_root(matrix: Tensor) -> Tensor:
    """Of a symmetric positive matrix; eigenvalues that rounding has made negative are 0."""
    values, vectors = torch.linalg.eigh(matrix)
    root: Tensor = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    return root


def centred_cosine(one: Tensor, other: Tensor) -> float | None:
    """Between the entries of both, less their means; None where one has the same entry everywhere."""
    a, b = one - one.mean(), other - other.mean()
    length = float(a.norm() * b.norm())
    return None if length == 0 else min(1.0, max(-1.0, float((a * b).sum()) / length))


def _scaled(matrix: Tensor) -> Tensor:
    """In units of its largest entry: the ansatz says nothing of sizes."""
    largest = matrix.abs().max()
    return (matrix / largest if largest > 0 else matrix).half()

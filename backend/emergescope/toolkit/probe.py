"""The probe: how well a linear classifier does on the hidden features (the paper's "classifier on the features")."""

import torch
from torch import Tensor

RIDGE = 1e-3
_BLOCKS = 6


def fit_probe(features: Tensor, y: Tensor, ridge: float = RIDGE) -> tuple[Tensor, float]:
    """Ridge regression, with intercept, of y [n] on standardised features [n, f], penalty `ridge` n. Overwrites those.

    Returns (direction [f], offset): the prediction for raw features h is h @ direction - offset.
    """
    n = features.shape[0]
    mean = features.mean(0)
    features.sub_(mean)
    gram = _gram(features)
    deviation = (gram.diagonal() / n).sqrt()
    # A feature that never changes (a dead or saturated neuron) says nothing: leave it out instead of dividing by zero.
    scale = torch.where(deviation > 1e-6, deviation.reciprocal(), 0.0)
    # Standardising the Gram matrix is standardising the features, without two more passes over them.
    gram.mul_(scale[:, None]).mul_(scale)
    gram.diagonal().add_(ridge * n)
    target = (scale * (features.T @ y))[:, None]
    direction = torch.cholesky_solve(target, torch.linalg.cholesky(gram))[:, 0] * scale
    return direction, float(mean @ direction - y.mean())


def _gram(x: Tensor) -> Tensor:
    """x^T x for x [n, f], [f, f]: a little more than half the products, the rest by symmetry."""
    f = x.shape[1]
    gram = x.new_empty(f, f)
    width = max(64, -(-f // _BLOCKS))
    for start in range(0, f, width):
        block = slice(start, start + width)
        strip = x[:, start:].T @ x[:, block]
        gram[start:, block] = strip
        gram[block, start:] = strip.T
    return gram


def accuracy(output: Tensor, y: Tensor) -> float | None:
    """Share of correct signs, both [n]; an output of exactly zero is half right. None if an output is not a number, or
    if there are none.
    """
    margin = output * y
    if margin.numel() == 0 or not bool(margin.isfinite().all()):
        return None
    return (float((margin > 0).sum()) + 0.5 * float((margin == 0).sum())) / margin.numel()


def judge(name: str, output: Tensor, y: Tensor, hard: Tensor | None) -> dict[str, float | None]:
    """The metric `name`, and `name`_hard of the `hard` samples alone, where it is known which are."""
    found = {name: accuracy(output, y)}
    return found if hard is None else {**found, f"{name}_hard": accuracy(output[hard], y[hard])}

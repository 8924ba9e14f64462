"""The probe: how well a linear classifier does on the hidden features (the paper's "classifier on the features")."""

import torch
from torch import Tensor

RIDGE = 1e-3


def fit_probe(features: Tensor, y: Tensor) -> tuple[Tensor, float]:
    """Ridge regression of y [n] on standardised features [n, f], penalty 1e-3 n, no intercept. Overwrites `features`.

    Returns (direction [f], offset): the prediction for raw features h is h @ direction - offset.
    """
    n = features.shape[0]
    mean = features.mean(0)
    features.sub_(mean)
    deviation = features.square().mean(0).sqrt_()
    # A feature that never changes (a dead or saturated neuron) says nothing: leave it out instead of dividing by zero.
    scale = torch.where(deviation > 1e-6, deviation.reciprocal(), 0.0)
    features.mul_(scale)
    gram = features.T @ features
    gram.diagonal().add_(RIDGE * n)
    target = (features.T @ y)[:, None]
    solution = torch.cholesky_solve(target, torch.linalg.cholesky(gram))[:, 0]
    direction = solution * scale
    return direction, float(mean @ direction)


def accuracy(output: Tensor, y: Tensor) -> float | None:
    """Share of correct signs, both [n]; an output of exactly zero is half right. None if an output is not a number, or
    if there are none.
    """
    margin = output * y
    if margin.numel() == 0 or not bool(margin.isfinite().all()):
        return None
    return (float((margin > 0).sum()) + 0.5 * float((margin == 0).sum())) / margin.numel()

"""The ridge solution of fixed features: the best case of least squares, without any descent."""

import torch
from torch import Tensor

from emergescope.toolkit.hinge.config import NtkMethod, RandomFeaturesMethod
from emergescope.toolkit.hinge.ntk import LinearisedNetwork, tangent_kernel
from emergescope.toolkit.hinge.samples import Batch, Drawn
from emergescope.toolkit.hinge.two_layer import TwoLayerNetwork
from emergescope.toolkit.probe import accuracy, fit_probe
from emergescope.toolkit.seeds import Stream


def best_case(
    method: RandomFeaturesMethod | NtkMethod, network: TwoLayerNetwork, problem: Drawn, judges: int
) -> dict[str, float | None]:
    """`ridge_accuracy` and, where the problem has hard inputs, `ridge_accuracy_hard`, on `judges` test samples.

    network  at its initialisation
    """
    batch = problem.sampler(Stream.RIDGE_FIT, noisy_labels=True).batch(method.ridge_samples)
    judge = problem.sampler(Stream.TEST).batch(judges)
    solve = kernel_ridge if method.kind == "ntk" else feature_ridge
    output = solve(network, batch, judge.x, method.ridge)
    hard = problem.hard(judge)
    found = {"ridge_accuracy": accuracy(output, judge.y)}
    return found if hard is None else {**found, "ridge_accuracy_hard": accuracy(output[hard], judge.y[hard])}


def feature_ridge(network: TwoLayerNetwork, fit: Batch, x: Tensor, ridge: float) -> Tensor:
    """Ridge regression on the standardised features of the first m neurons (their pairs are the same), at x, [n]."""
    m = network.neurons // 2
    direction, offset = fit_probe(network.features(fit.x)[:, :m].clone(), fit.y, ridge)
    return network.features(x)[:, :m] @ direction - offset


def kernel_ridge(network: TwoLayerNetwork, fit: Batch, x: Tensor, ridge: float) -> Tensor:
    """Kernel ridge regression with the tangent kernel, penalty `ridge` tr(K)/n, at x, [n]."""
    kernel = tangent_kernel(network, fit.x, fit.x)
    kernel.diagonal().add_(ridge * float(kernel.diagonal().mean()))
    weights = torch.cholesky_solve(fit.y[:, None], torch.linalg.cholesky(kernel))[:, 0]
    # sum_s weights_s K(x, x_s) is the output of the linear model displaced along those gradients: no second kernel.
    model = LinearisedNetwork(network)
    model.displace(fit.x, weights)
    return model.output(x).clone()

"""Rivals with fixed features: random features, the network linearised at its start, and the ridge solution of both."""

from collections.abc import Mapping

import torch
from torch import Tensor

from emergescope.toolkit.hinge.config import HingeMethod, NtkMethod, Phase, RandomFeaturesMethod
from emergescope.toolkit.hinge.samples import Batch, Drawn
from emergescope.toolkit.hinge.two_layer import Gradient, TwoLayerNetwork
from emergescope.toolkit.probe import fit_probe, judge
from emergescope.toolkit.seeds import Stream


def start_model(method: HingeMethod, network: TwoLayerNetwork) -> TwoLayerNetwork:
    """`network` as drawn, with its hidden layer held still, or linearised."""
    if method.kind == "ntk":
        return LinearisedNetwork(network)
    if method.kind == "random_features":
        return RandomFeatures(network.geometry, network.q, network.b, network.a, network.outside)
    return network


class RandomFeatures(TwoLayerNetwork):
    """A paired network whose w and b never move, whatever a phase says it trains. Of a pair, both neurons have the same
    feature, so the first m are computed and serve both: g(x) = sum_{i<=m} (a_i + a_{m+i}) sigma(z_i).
    """

    @property
    def moving(self) -> dict[str, Tensor]:
        return {"a": self.a}

    def zero_gradient(self) -> Gradient:
        return Gradient(self.q.new_zeros(0), self.b.new_zeros(0), self.a.new_zeros(self.neurons // 2))

    @property
    def _output_weights(self) -> Tensor:
        m = self.neurons // 2
        return self.a[:m] + self.a[m:]

    def step(self, gradient: Gradient, phase: Phase) -> None:
        both = torch.cat([gradient.a, gradient.a])
        self.a.mul_(1 - 2 * phase.eta * phase.lambda_a).sub_(both, alpha=phase.eta / gradient.samples)


class LinearisedNetwork(TwoLayerNetwork):
    """A network whose hidden layer stays where it was drawn, with displacements that enter the output linearly (Jacot,
    Gabriel and Hongler 2018): f(x) = g(x; theta_0) + <grad g(x; theta_0), theta - theta_0>, with the tangent features
        dg/da_i = sigma(z_i),   dg/db_i = a_i sigma'(z_i),   dg/dw_i = a_i sigma'(z_i) x,   where z_i = <w_i, x> + b_i.
    Gradient descent on theta is descent in function space, f <- f - eta/n K(., X) dloss/df, with K of `tangent_kernel`.

    The paired start makes tangent features of a pair equal up to sign, g(.; theta_0) = 0, and displacements mirror
    images; so the first m neurons stand for all:
        f(x) = 2 sum_{i<=m} [sigma(z_i) da_i + a_i sigma'(z_i) (<dq_i, x> + db_i)].

    q, b        [n, c], [n]  as drawn: what the map shows
    a           [n]          output weights now, a_0 + da
    dq, db, da  [m, c], [m], [m]  displacements of w (in the coordinates of `geometry`), b and a
    """

    def __init__(self, start: TwoLayerNetwork) -> None:
        super().__init__(start.geometry, start.q, start.b, start.a.clone(), start.outside)
        m = start.neurons // 2
        if not torch.equal(start.a[:m], -start.a[m:]) or not torch.equal(start.q[:m], start.q[m:]):
            raise ValueError("the linearisation is written for a paired start, where g = 0")
        self._q0, self._b0, self._a0 = start.q[:m], start.b[:m], start.a[:m].clone()
        self.dq, self.db, self.da = torch.zeros_like(self._q0), torch.zeros_like(self._b0), torch.zeros_like(self._a0)

    @property
    def moving(self) -> dict[str, Tensor]:
        return {"dq": self.dq, "db": self.db, "da": self.da}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        super().restore(state)
        self._move_a()

    def _move_a(self) -> None:
        self.a = torch.cat([self._a0 + self.da, -self._a0 + self.da])

    def _forward(self, x: Tensor, sigma_xi: float) -> tuple[Tensor, Tensor, Tensor | None, Tensor]:
        """Of the first m neurons."""
        rows, m = x.shape[0], self.da.shape[0]
        z = torch.addmm(self._b0, x, self._q0.T, out=self._buffer("preactivation", rows, m))
        hidden = torch.clamp(z, 0, 1, out=self._buffer("hidden", rows, m))
        slope = torch.eq(hidden, z, out=self._buffer("slope", rows, m))
        moved = torch.addmm(self.db, x, self.dq.T, out=self._buffer("moved", rows, m)).mul_(slope)
        return hidden, z, slope, (torch.mv(hidden, self.da) + torch.mv(moved, self._a0)).mul_(2)

    def displace(self, x: Tensor, weights: Tensor) -> None:
        """Move by sum_s weights_s grad g(x_s; theta_0), so that the output is that of the kernel expansion."""
        hidden, _, slope, _ = self._forward(x, 0.0)
        assert slope is not None
        self.da = self.da + hidden.T @ weights
        pull = slope.mul_(weights[:, None])
        self.dq = self.dq + self._push((pull.T @ x).mul_(self._a0[:, None]))
        self.db = self.db + pull.sum(0) * self._a0

    def step(self, gradient: Gradient, phase: Phase) -> None:
        """A step of the linear model. Weight decay draws the displacements to zero, that is, to the initialisation."""
        rate = phase.eta / gradient.samples
        if "w" in phase.trains:
            push = self._push(gradient.q.mul(self._a0[:, None]).div_(gradient.samples))
            self.dq.mul_(1 - 2 * phase.eta * phase.lambda_w).sub_(push, alpha=phase.eta)
        if "b" in phase.trains:
            self.db.sub_(gradient.b * self._a0, alpha=rate)
        if "a" in phase.trains:
            self.da.mul_(1 - 2 * phase.eta * phase.lambda_a).sub_(gradient.a, alpha=rate)
            self._move_a()


def tangent_kernel(network: TwoLayerNetwork, x: Tensor, other: Tensor) -> Tensor:
    """K(x, x') = sum_i sigma(z_i) sigma(z'_i) + a_i^2 sigma'(z_i) sigma'(z'_i) (<x, x'> + 1) at the start, [n, n'].

    <x, x'> is that of R^d. Of a pair, both neurons give the same, so half of them are summed, twice.
    """
    m = network.neurons // 2
    z, z_other = (torch.addmm(network.b[:m], points, network.q[:m].T) for points in (x, other))
    slope, slope_other = truncated_relu_slope(z) * network.a[:m], truncated_relu_slope(z_other) * network.a[:m]
    gram = network.geometry.gram
    inner = (x if gram is None else x @ gram) @ other.T
    kernel = (slope @ slope_other.T).mul_(inner.add_(1))
    return kernel.addmm_(z.clamp_(0, 1), z_other.clamp_(0, 1).T).mul_(2)


def truncated_relu_slope(z: Tensor) -> Tensor:
    """sigma'(z) as zeros and ones; one at the two kinks, as autograd has it."""
    return ((z >= 0) & (z <= 1)).to(z.dtype)


def best_case(
    method: RandomFeaturesMethod | NtkMethod, network: TwoLayerNetwork, problem: Drawn, judges: int
) -> dict[str, float | None]:
    """The best case of least squares, without any descent: `ridge_accuracy` and, where the problem has hard inputs,
    `ridge_accuracy_hard`, on `judges` test samples; of `network` at its initialisation.
    """
    batch = problem.sampler(Stream.RIDGE_FIT, noisy_labels=True).batch(method.ridge_samples)
    test = problem.sampler(Stream.TEST).batch(judges)
    solve = kernel_ridge if method.kind == "ntk" else feature_ridge
    return judge("ridge_accuracy", solve(network, batch, test.x, method.ridge), test.y, problem.hard(test))


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
    return model.output(x)

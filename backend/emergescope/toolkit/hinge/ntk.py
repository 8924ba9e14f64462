"""The network linearised at its initialisation, and its kernel (Jacot, Gabriel and Hongler 2018).

f(x) = g(x; theta_0) + <grad g(x; theta_0), theta - theta_0>, with the tangent features at neuron i
    dg/da_i = sigma(z_i),   dg/db_i = a_i sigma'(z_i),   dg/dw_i = a_i sigma'(z_i) x,   where z_i = <w_i, x> + b_i.
Gradient descent on theta is descent in function space, f <- f - eta/n K(., X) dloss/df, with K of `tangent_kernel`.
"""

from collections.abc import Mapping
from typing import Self

import torch
from torch import Tensor

from emergescope.toolkit.hinge.activation import truncated_relu_slope
from emergescope.toolkit.hinge.config import Phase
from emergescope.toolkit.hinge.two_layer import Gradient, TwoLayerNetwork, put


class LinearisedNetwork(TwoLayerNetwork):
    """A network whose hidden layer stays where it was drawn, with displacements that enter the output linearly.

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
    def moving(self) -> tuple[Tensor, Tensor, Tensor]:
        return self.dq, self.db, self.da

    def snapshot(self) -> Self:
        copy = type(self)(
            TwoLayerNetwork(self.geometry, self.q, self.b, torch.cat([self._a0, -self._a0]), self.outside)
        )
        copy.dq, copy.db, copy.da = self.dq.clone(), self.db.clone(), self.da.clone()
        copy.a = self.a.clone()
        return copy

    def state(self) -> dict[str, Tensor]:
        return {"dq": self.dq.clone(), "db": self.db.clone(), "da": self.da.clone()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        put(self.dq, state, "dq")
        put(self.db, state, "db")
        put(self.da, state, "da")
        self.a = torch.cat([self._a0 + self.da, -self._a0 + self.da])

    def output(self, x: Tensor) -> Tensor:
        return self._forward(x, 0.0)[3]

    def _forward(self, x: Tensor, sigma_xi: float) -> tuple[Tensor, Tensor, Tensor | None, Tensor]:
        """Of the first m neurons."""
        rows, m = x.shape[0], self.da.shape[0]
        z = torch.addmm(self._b0, x, self._q0.T, out=self._buffer("start", rows, m))
        hidden = torch.clamp(z, 0, 1, out=self._buffer("active", rows, m))
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
        forget = 2 * phase.eta * phase.lambda_w
        if "w" in phase.trains:
            push = self._push(gradient.q.mul(self._a0[:, None]).div_(gradient.samples))
            self.dq.mul_(1 - forget).sub_(push, alpha=phase.eta)
        if "b" in phase.trains:
            self.db.sub_(gradient.b * self._a0, alpha=rate)
        if "a" in phase.trains:
            self.da.mul_(1 - 2 * phase.eta * phase.lambda_a).sub_(gradient.a, alpha=rate)
            self.a = torch.cat([self._a0 + self.da, -self._a0 + self.da])


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

"""Random features: the network with its hidden layer held still; the output layer alone is trained."""

from collections.abc import Mapping
from typing import Self

import torch
from torch import Tensor

from emergescope.toolkit.hinge.config import Phase
from emergescope.toolkit.hinge.two_layer import Gradient, TwoLayerNetwork, put


class RandomFeatures(TwoLayerNetwork):
    """A paired network whose w and b never move. Of a pair, both neurons have the same feature, so the first m are
    computed and serve both: g(x) = sum_{i<=m} (a_i + a_{m+i}) sigma(z_i).
    """

    @property
    def bytes(self) -> int:
        return self.a.nbytes

    def snapshot(self) -> Self:
        return type(self)(self.geometry, self.q, self.b, self.a.clone(), self.outside)

    def state(self) -> dict[str, Tensor]:
        return {"a": self.a.clone()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        put(self.a, state, "a")

    def output(self, x: Tensor) -> Tensor:
        return self._forward(x, 0.0)[3]

    def zero_gradient(self) -> Gradient:
        m = self.neurons // 2
        return Gradient(self.q.new_zeros(0), self.b.new_zeros(0), self.a.new_zeros(m))

    def _forward(self, x: Tensor, sigma_xi: float) -> tuple[Tensor, Tensor, Tensor | None, Tensor]:
        """Of the first m neurons."""
        m = self.neurons // 2
        z = torch.addmm(self.b[:m], x, self.q[:m].T, out=self._buffer("half", x.shape[0], m))
        hidden, slope = self._activate(z, sigma_xi)
        return hidden, z, slope, torch.mv(hidden, self.a[:m] + self.a[m:])

    def step(self, gradient: Gradient, phase: Phase) -> None:
        both = torch.cat([gradient.a, gradient.a])
        self.a.mul_(1 - 2 * phase.eta * phase.lambda_a).sub_(both, alpha=phase.eta / gradient.samples)

"""The network of equation (2), g(x) = sum_i a_i sigma(<w_i, x> + b_i), in pattern space, with closed-form gradients."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from emergescope.models.activation import smoothed, truncated_relu, truncated_relu_slope
from emergescope.models.geometry import Geometry
from emergescope.problems import Batch


@dataclass
class Gradient:
    """Sums over samples, to be divided by their number: of the hinge loss, its gradient, and of correct answers.

    q  [n, D] gradient with respect to q/coefficients of w in the dictionary (before the Gram matrix)
    b, a  [n]
    """

    q: Tensor
    b: Tensor
    a: Tensor
    loss: float = 0.0
    correct: float = 0.0


class TwoLayerNetwork:
    """2m neurons.

    q        [n, D]   M^T w_i
    b, a     [n]      biases, output weights
    outside  [n, r]   orthonormal coordinates of the parts of the initial w_i outside the span of M (see Geometry)
    scale    float    the factor c by which weight decay has shrunk `outside`
    """

    def __init__(self, geometry: Geometry, q: Tensor, b: Tensor, a: Tensor, outside: Tensor) -> None:
        self.geometry = geometry
        self.q, self.b, self.a = q, b, a
        self.outside = outside
        self.scale = 1.0
        self._rows: dict[int, Tensor] = {}

    @property
    def neurons(self) -> int:
        return self.b.shape[0]

    def is_finite(self, loss: float | None = None) -> bool:
        """Whether the loss and all parameters are numbers. Looks at the sums: one bad entry spoils a sum."""
        total = self.q.sum() + self.b.sum() + self.a.sum()
        return math.isfinite(float(total)) and (loss is None or math.isfinite(loss))

    def preactivation(self, phi: Tensor) -> Tensor:
        """<w_i, x> + b_i, [n_samples, n], in a buffer that the next call reuses."""
        rows = phi.shape[0]
        if rows not in self._rows:
            self._rows = {rows: torch.empty(rows, self.neurons, dtype=phi.dtype, device=phi.device)}
        return torch.addmm(self.b, phi, self.q.T, out=self._rows[rows])

    def features(self, phi: Tensor) -> Tensor:
        """Hidden activations without noise, [n_samples, n]."""
        return truncated_relu(self.preactivation(phi))

    def output(self, phi: Tensor) -> Tensor:
        """g(x), [n_samples]."""
        return self.preactivation(phi).clamp_(0, 1) @ self.a

    def zero_gradient(self) -> Gradient:
        return Gradient(torch.zeros_like(self.q), torch.zeros_like(self.b), torch.zeros_like(self.a))

    def add_gradient(self, batch: Batch, sigma_xi: float, into: Gradient) -> None:
        """Add the sums of hinge loss max(1 - y g, 0) and its gradient over `batch`, smoothed by sigma_xi.

        Only samples inside the margin have a gradient, so the backward pass runs on those alone.
        """
        z = self.preactivation(batch.phi)
        hidden, slope = smoothed(z, sigma_xi) if sigma_xi > 0 else (truncated_relu(z), None)
        margin = torch.mv(hidden, self.a).mul_(batch.y)
        into.loss += float((1 - margin).clamp_(min=0).sum())
        into.correct += float((margin > 0).sum()) + 0.5 * float((margin == 0).sum())
        # "not >=" and not "<": a sample whose output is not a number must spoil the gradient, not vanish from it.
        inside = (~(margin >= 1)).nonzero()[:, 0]
        if inside.numel() == 0:
            return
        phi, d_output = batch.phi, -batch.y
        if inside.numel() < phi.shape[0]:
            phi, d_output, z, hidden = phi[inside], d_output[inside], z[inside], hidden[inside]
            slope = None if slope is None else slope[inside]
        into.a.addmv_(hidden.T, d_output)
        d_z = (truncated_relu_slope(z) if slope is None else slope).mul_(self.a).mul_(d_output[:, None])
        into.b.add_(d_z.sum(0))
        into.q.addmm_(d_z.T, phi)

    def descend_w(self, gradient: Tensor, eta: float, decay: float) -> None:
        """w <- (1 - 2 eta lambda) w - eta M gradient, for `gradient` [n, D] in dictionary coefficients."""
        push = gradient if self.geometry.gram is None else gradient @ self.geometry.gram
        keep = 1 - 2 * eta * decay
        self.q.mul_(keep).sub_(push, alpha=eta)
        self.scale *= keep

    def weights(self) -> Tensor:
        """The w_i in orthonormal coordinates: inner products and norms are those of R^d. [n, D + r], with the span of M
        first; [n, D] once weight decay has made an end of the part outside.
        """
        inside = self.geometry.coordinates(self.q)
        if self.scale == 0.0 or self.outside.shape[1] == 0:
            return inside
        return torch.cat([inside, self.outside * self.scale], 1)

"""The network of equation (2), g(x) = sum_i a_i sigma(<w_i, x> + b_i), in pattern space, with closed-form gradients."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from emergescope.models.activation import smoothed, truncated_relu_slope
from emergescope.models.geometry import Geometry
from emergescope.problems import Batch


@dataclass
class Gradient:
    """Sums over samples, to be divided by their number: of the hinge loss, its gradient, and of correct answers.

    q  [n, D] of the coefficients of w in the dictionary, per unit of output weight: times a_i, before the Gram matrix
    b  [n] per unit of output weight as well
    a  [n]
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
        self._buffers: dict[str, Tensor] = {}

    @property
    def neurons(self) -> int:
        return self.b.shape[0]

    def snapshot(self) -> "TwoLayerNetwork":
        """A copy that stays as it is while this one trains on."""
        copy = TwoLayerNetwork(self.geometry, self.q.clone(), self.b.clone(), self.a.clone(), self.outside)
        copy.scale = self.scale
        return copy

    def is_finite(self, loss: float | None = None) -> bool:
        """Whether the loss and all parameters are numbers. Looks at the sums: one bad entry spoils a sum."""
        total = self.q.sum() + self.b.sum() + self.a.sum()
        return math.isfinite(float(total)) and (loss is None or math.isfinite(loss))

    def preactivation(self, phi: Tensor) -> Tensor:
        """<w_i, x> + b_i, [n_samples, n], in a buffer that the next call reuses."""
        return torch.addmm(self.b, phi, self.q.T, out=self._buffer("preactivation", phi.shape[0]))

    def _buffer(self, name: str, rows: int) -> Tensor:
        """[rows, n], kept from call to call: fresh memory costs as much as the arithmetic done in it."""
        if name not in self._buffers or self._buffers[name].shape[0] < rows:
            self._buffers[name] = self.b.new_empty(rows, self.neurons)
        return self._buffers[name][:rows]

    def features(self, phi: Tensor, out: Tensor | None = None) -> Tensor:
        """Hidden activations without noise, [n_samples, n]; in `out`, or in a buffer that the next call reuses."""
        z = self.preactivation(phi) if out is None else torch.addmm(self.b, phi, self.q.T, out=out)
        return z.clamp_(0, 1)

    def output(self, phi: Tensor) -> Tensor:
        """g(x), [n_samples]."""
        return self.features(phi) @ self.a

    @property
    def bytes(self) -> int:
        """Size of the parameters that training moves."""
        return sum(t.nbytes for t in (self.q, self.b, self.a))

    def zero_gradient(self) -> Gradient:
        return Gradient(torch.zeros_like(self.q), torch.zeros_like(self.b), torch.zeros_like(self.a))

    def add_gradient(self, batch: Batch, sigma_xi: float, into: Gradient) -> None:
        """Add the sums of hinge loss max(1 - y g, 0) and its gradient over `batch`, smoothed by sigma_xi.

        Only samples inside the margin have a gradient, so the backward pass runs on those alone.
        """
        z = self.preactivation(batch.phi)
        if sigma_xi > 0:
            hidden, slope = smoothed(z, sigma_xi)
        else:
            hidden, slope = torch.clamp(z, 0, 1, out=self._buffer("hidden", z.shape[0])), None
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
        d_z = (truncated_relu_slope(z) if slope is None else slope).mul_(d_output[:, None])
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

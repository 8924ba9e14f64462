"""The network of equation (2), g(x) = sum_i a_i sigma(<w_i, x> + b_i), with closed-form gradients (section 3.1)."""

import copy
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from emergescope.toolkit.hinge.config import HingeMethod, Phase
from emergescope.toolkit.hinge.geometry import Geometry
from emergescope.toolkit.hinge.samples import Batch

_TAIL = 9.0


@dataclass
class Gradient:
    """Sums over `samples` samples, to be divided by that: of the hinge loss, its gradient, and of correct answers.

    q  [n, c] sums of inputs, for w: per unit of output weight, before the Gram matrix
    b  [n] per unit of output weight as well
    a  [n]
    """

    q: Tensor
    b: Tensor
    a: Tensor
    samples: int = 0
    loss: float = 0.0
    correct: float = 0.0


class Moving:
    """Tensors that training moves."""

    @property
    def moving(self) -> dict[str, Tensor]:
        """Those that training moves, by the names of the attributes."""
        raise NotImplementedError

    @property
    def bytes(self) -> int:
        """Size of a snapshot."""
        return sum(t.nbytes for t in self.moving.values())

    def snapshot(self) -> Self:
        """A copy that stays as it is while this one trains on."""
        twin = copy.copy(self)
        vars(twin).update(self.state())
        return twin

    def state(self) -> dict[str, Tensor]:
        """Copies of all that training changes, by name; what else there is follows from the configuration."""
        return {name: t.clone() for name, t in self.moving.items()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go back to what `state` has said, to the bit. Raises ValueError for that of another network."""
        for name, t in self.moving.items():
            found = state[name]
            if found.shape != t.shape or found.dtype != t.dtype:
                what = f"{found.dtype} {list(found.shape)}"
                raise ValueError(f"parameter {name} is {what}, and {t.dtype} {list(t.shape)} here")
            t.copy_(found)

    def is_finite(self, loss: float | None = None) -> bool:
        """Whether the loss and all that moves are numbers. Looks at the sums: one bad entry spoils a sum."""
        total = sum(float(t.sum()) for t in self.moving.values())
        return math.isfinite(total) and (loss is None or math.isfinite(loss))


class TwoLayerNetwork(Moving):
    """2m neurons, in the coordinates of `geometry`.

    q        [n, c]   M^T w_i in pattern space, w_i in R^d
    b, a     [n]      biases, output weights
    outside  [n, r]   orthonormal coordinates of the parts of the initial w_i outside the span of M (see Geometry)
    scale    []       the factor c by which weight decay has shrunk `outside`
    """

    def __init__(self, geometry: Geometry, q: Tensor, b: Tensor, a: Tensor, outside: Tensor) -> None:
        self.geometry = geometry
        self.q, self.b, self.a = q, b, a
        self.outside = outside
        self.scale = torch.ones((), dtype=torch.float64)
        self._buffers: dict[tuple[str, int], Tensor] = {}

    @property
    def neurons(self) -> int:
        return self.b.shape[0]

    @property
    def moving(self) -> dict[str, Tensor]:
        return {"q": self.q, "b": self.b, "a": self.a, "scale": self.scale}

    def snapshot(self) -> Self:
        twin = super().snapshot()
        twin._buffers = {}  # each is used by a thread of its own
        return twin

    def _buffer(self, name: str, rows: int, width: int) -> Tensor:
        """[rows, width], kept from call to call: fresh memory costs as much as its arithmetic."""
        kept = self._buffers.get((name, width))
        if kept is None or len(kept) < rows:
            kept = self._buffers[name, width] = self.b.new_empty(rows, width)
        return kept[:rows]

    def features(self, x: Tensor, out: Tensor | None = None) -> Tensor:
        """Hidden activations without noise, [n_samples, n]; in `out`, or in a buffer that the next call reuses."""
        into = self._buffer("preactivation", len(x), self.neurons) if out is None else out
        return torch.addmm(self.b, x, self.q.T, out=into).clamp_(0, 1)

    def output(self, x: Tensor) -> Tensor:
        """g(x), [n_samples]."""
        return self._forward(x, 0.0)[3]

    def input_gradient(self, x: Tensor) -> Tensor:
        """Of g at each input, with respect to it, [n_samples, c]: as q, inner products with the patterns."""
        z = torch.addmm(self.b, x, self.q.T)
        return ((z > 0) & (z < 1)).to(z.dtype).mul_(self.a) @ self.q

    def zero_gradient(self) -> Gradient:
        q, b, a, *_ = self.moving.values()
        return Gradient(torch.zeros_like(q), torch.zeros_like(b), torch.zeros_like(a))

    def add_gradient(
        self,
        batch: Batch,
        sigma_xi: float,
        into: Gradient,
        trains: Collection[str] = "wba",
        weight: Tensor | None = None,
    ) -> None:
        """Add the sums of hinge loss max(1 - y g, 0) and its gradient over `batch`, smoothed by sigma_xi.

        Sample s counts `weight`[s] times. Only samples inside the margin have a gradient, so the backward pass runs on
        those alone, and only for the parameters that are trained.
        """
        hidden, z, slope, output = self._forward(batch.x, sigma_xi)
        margin = output.mul_(batch.y)
        losses = (1 - margin).clamp_(min=0)
        into.samples += len(batch.y)
        into.loss += float(losses.sum() if weight is None else losses @ weight)
        into.correct += float((margin > 0).sum()) + 0.5 * float((margin == 0).sum())
        # "not >=" and not "<": a sample whose output is not a number must spoil the gradient, not vanish from it.
        inside = (~(margin >= 1)).nonzero()[:, 0]
        if inside.numel() == 0:
            return
        x, d_output = batch.x, -batch.y if weight is None else -batch.y * weight
        if inside.numel() < x.shape[0]:
            x, d_output, z, hidden = x[inside], d_output[inside], z[inside], hidden[inside]
            slope = None if slope is None else slope[inside]
        into.a.addmv_(hidden.T, d_output)
        if into.b.numel() == 0 or ("w" not in trains and "b" not in trains):  # the hidden layer is held still
            return
        # Where the truncated ReLU has slope one it is the identity: one comparison instead of two.
        d_z = ((hidden == z).to(z.dtype) if slope is None else slope).mul_(d_output[:, None])
        into.b.add_(d_z.sum(0))
        if "w" in trains:
            into.q.addmm_(d_z.T, x)

    def _forward(self, x: Tensor, sigma_xi: float) -> tuple[Tensor, Tensor, Tensor | None, Tensor]:
        """Activations, preactivations, slopes [n_samples, n] and output [n_samples], smoothed by sigma_xi. Slopes are
        None where they can be read off the preactivations, for those samples alone that need them.
        """
        a = self._output_weights
        n = len(a)
        z = torch.addmm(self.b[:n], x, self.q[:n].T, out=self._buffer("preactivation", len(x), n))
        if sigma_xi > 0:
            hidden, slope = smoothed(z, sigma_xi)  # overwrites z
            return hidden, z, slope, torch.mv(hidden, a)
        hidden = torch.clamp(z, 0, 1, out=self._buffer("hidden", *z.shape))
        return hidden, z, None, torch.mv(hidden, a)

    @property
    def _output_weights(self) -> Tensor:
        """Of the neurons that are computed, the first ones."""
        return self.a

    def step(self, gradient: Gradient, phase: Phase) -> None:
        """theta <- theta - eta (grad / samples + 2 lambda theta) for the parameters that the phase trains.

        d loss / d w_i and d loss / d b_i are a_i times a sum over samples that does not know a_i.
        """
        rate = phase.eta / gradient.samples
        if "w" in phase.trains:
            keep = 1 - 2 * phase.eta * phase.lambda_w
            self.q.mul_(keep).sub_(self._push(gradient.q.mul(self.a[:, None]).div_(gradient.samples)), alpha=phase.eta)
            self.scale *= keep
        if "b" in phase.trains:
            self.b.sub_(gradient.b * self.a, alpha=rate)
        if "a" in phase.trains:
            self.a.mul_(1 - 2 * phase.eta * phase.lambda_a).sub_(gradient.a, alpha=rate)

    def _push(self, gradient: Tensor) -> Tensor:
        """What a step along `gradient` in w does to q: through the Gram matrix where patterns overlap."""
        return gradient if self.geometry.gram is None else gradient @ self.geometry.gram

    def weights(self) -> Tensor:
        """The w_i in orthonormal coordinates: inner products and norms are those of R^d. [n, c + r], with the span of M
        first; [n, c] once weight decay has made an end of the part outside.
        """
        inside = self.geometry.coordinates(self.q)
        if self.scale == 0.0 or self.outside.shape[1] == 0:
            return inside
        return torch.cat([inside, self.outside * self.scale], 1)

    def ambient_weights(self) -> Tensor:
        """The w_i in R^d, [n, d]."""
        return self.geometry.ambient(self.q, self.outside * self.scale)


def smoothed(z: Tensor, sigma_xi: float) -> tuple[Tensor, Tensor]:
    """E_xi sigma(z + xi) for xi ~ N(0, sigma_xi^2), and its derivative, for the truncated ReLU; both as large as z.

    With F(u) = s npdf(u/s) + u ncdf(u/s): E sigma(z + xi) = F(z) - F(z - 1), derivative ncdf(z/s) - ncdf((z-1)/s).
    Written with P(u) = ncdf(u) - 1/2, which erf gives without cancellation near zero. Overwrites z.
    """
    root = math.sqrt(0.5) / sigma_xi
    # Past nine deviations both terms are constant to the last bit, and exp would crawl through denormal numbers.
    t = (z * root).clamp_(-_TAIL, _TAIL)
    t1 = ((z - 1).mul_(root)).clamp_(-_TAIL, _TAIL)
    density = torch.exp((t * t).neg_()).sub_(torch.exp((t1 * t1).neg_())).mul_(sigma_xi / math.sqrt(2 * math.pi))
    p1 = t1.erf_().mul_(0.5)
    slope = t.erf_().mul_(0.5).sub_(p1)
    value = z.mul_(slope).add_(density).add_(p1).add_(0.5)
    return value, slope


def initialise(
    method: HingeMethod,
    usual: tuple[float, float, float],
    geometry: Geometry,
    generator: torch.Generator,
    dtype: torch.dtype,
    device: torch.device | str,
) -> TwoLayerNetwork:
    """For i <= m: w_i ~ N(0, sigma_w^2 I_d), b_i ~ N(0, sigma_b^2), a_i ~ N(0, sigma_a^2); w, b repeated and a negated,
    so that g = 0. Where the method leaves the deviations open, they are the `usual` ones. Drawn in R^d in float64, so
    that both precisions and both spaces start from the same numbers.
    """
    given = (method.sigma_w, method.sigma_b, method.sigma_a)
    sigmas = [u if g is None else g for g, u in zip(given, usual, strict=True)]
    shapes: tuple[tuple[int, ...], ...] = ((method.m, geometry.d), (method.m,), (method.m,))
    w, b, a = (
        torch.randn(shape, generator=generator, dtype=torch.float64) * sigma
        for shape, sigma in zip(shapes, sigmas, strict=True)
    )
    q, outside = geometry.split(w)
    pairs = ((q, q), (b, b), (a, -a), (outside, outside))
    return TwoLayerNetwork(geometry, *(torch.cat(pair).to(device=device, dtype=dtype) for pair in pairs))

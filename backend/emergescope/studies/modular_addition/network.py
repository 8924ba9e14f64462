"""A network with one hidden layer that adds modulo p, f_c(a, b) = sum_i s(u_i[a] + v_i[b]) w_i[c], on all pairs (a, b)
at once, with gradients in closed form; s is the square or ReLU.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from emergescope.studies.modular_addition.config import OneHiddenLayer
from emergescope.toolkit.hinge.two_layer import Moving
from emergescope.toolkit.seeds import Stream, generator


class Buffers(NamedTuple):
    """Room for what a step makes anew each time, [m, p²] each: what goes into a neuron, comes out, and comes back."""

    inner: Tensor
    active: Tensor
    back: Tensor


@dataclass(frozen=True)
class Gradient:
    """Of the mean cross-entropy over all pairs plus `lam` times the penalty; and both of these."""

    u: Tensor
    v: Tensor
    w: Tensor
    loss: float
    penalty: float


class Network(Moving):
    """`u`, `v` and `w`, each [m, p]: what a neuron gives the first number, the second one, and each answer."""

    def __init__(self, u: Tensor, v: Tensor, w: Tensor, square: bool) -> None:
        self.u, self.v, self.w, self.square = u, v, w, square

    @property
    def moving(self) -> dict[str, Tensor]:
        return {"u": self.u, "v": self.v, "w": self.w}

    @property
    def norms(self) -> Tensor:
        """|theta_i| of theta_i = (u_i, v_i, w_i), [m]."""
        return sum((part.square().sum(1) for part in self.moving.values()), torch.zeros_like(self.u[:, 0])).sqrt()

    def output(self) -> Tensor:
        """f, [p, p²]: a row for each answer c, a column for each pair, a · p + b."""
        inner = (self.u[:, :, None] + self.v[:, None, :]).flatten(1)
        return self.w.T @ (inner.square_() if self.square else inner.clamp_(min=0))

    def buffers(self) -> Buffers:
        m, p = self.u.shape
        return Buffers(*(self.u.new_empty(m, p * p) for _ in range(3)))

    def descend(self, buffers: Buffers, eta: float, lam: float, exponent: int) -> Gradient:
        """One step along the gradient, which is returned."""
        found = self.gradient(buffers, lam, exponent)
        for name, part in self.moving.items():
            part.sub_(getattr(found, name), alpha=eta)
        return found

    def gradient(self, buffers: Buffers, lam: float, exponent: int) -> Gradient:
        """With the penalty sum_i |theta_i|^exponent; it overwrites the buffers."""
        inner, active, back = buffers
        (m, p), pairs = self.u.shape, self.u.shape[1] ** 2
        torch.add(self.u[:, :, None], self.v[:, None, :], out=inner.view(m, p, p))
        torch.mul(inner, inner, out=active) if self.square else torch.clamp(inner, min=0, out=active)
        error = torch.log_softmax(self.w.T @ active, 0)
        right = answers(p, error.device)
        loss = -error.gather(0, right).mean()
        error.exp_().scatter_add_(0, right, error.new_full((1, pairs), -1.0)).div_(pairs)
        w = active @ error.T
        torch.mm(self.w, error, out=back)
        if self.square:
            back.mul_(inner).mul_(2)
        else:
            back.mul_(active.sign_())  # 0 at 0
        norms = self.norms
        pull = (exponent * lam * norms.pow(exponent - 2))[:, None]
        by_pair = back.view(m, p, p)
        return Gradient(
            u=by_pair.sum(2).addcmul_(pull, self.u),
            v=by_pair.sum(1).addcmul_(pull, self.v),
            w=w.addcmul_(pull, self.w),
            loss=float(loss),
            penalty=float(norms.pow(exponent).sum()),
        )


def answers(p: int, device: torch.device) -> Tensor:
    """The right answer to each pair, [1, p²]."""
    number = torch.arange(p, device=device)
    return ((number[:, None] + number) % p).reshape(1, -1)


def margins(output: Tensor) -> Tensor:
    """By how much the output of the right answer is above the largest other one, for each pair, [p²]."""
    right = answers(output.shape[0], output.device)
    others = output.scatter(0, right, -torch.inf).amax(0)
    return output.gather(0, right)[0] - others


def draw_network(method: OneHiddenLayer, p: int, seed: int, dtype: torch.dtype, device: torch.device | str) -> Network:
    """Gaussian, the same for both activations."""
    chance = generator(seed, Stream.INITIALISATION)
    drawn = torch.randn(3, method.width, p, generator=chance, dtype=torch.float64).mul_(method.deviation)
    u, v, w = drawn.to(device, dtype)
    return Network(u, v, w, method.activation == "square")

"""A network with one hidden layer of ReLUs, f(x) = sum_i a_i relu(<w_i, x> + b_i) + c, its gradients in closed form."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from emergescope.studies.hidden_progress.config import OneHiddenLayer
from emergescope.toolkit.hinge.two_layer import Moving
from emergescope.toolkit.seeds import Stream, generator


@dataclass(frozen=True)
class Gradient:
    """Of the mean hinge loss of a batch, and that loss."""

    w: Tensor
    b: Tensor
    a: Tensor
    c: Tensor
    loss: float


class Network(Moving):
    """`w` [width, n] and `b` [width] of the hidden layer, `a` [width] and `c` [1] of the output layer.

    biases  whether b and c are trained; without, they are zero
    """

    def __init__(self, w: Tensor, b: Tensor, a: Tensor, c: Tensor, biases: bool) -> None:
        self.w, self.b, self.a, self.c, self.biases = w, b, a, c, biases

    @property
    def moving(self) -> dict[str, Tensor]:
        return {"w": self.w, "b": self.b, "a": self.a, "c": self.c}

    def output(self, x: Tensor) -> Tensor:
        """f(x), [count], for inputs [count, n]."""
        return torch.addmm(self.b, x, self.w.T).relu_() @ self.a + self.c

    def input_gradient(self, x: Tensor) -> Tensor:
        """Of f at each input, with respect to it, [count, n]."""
        active = torch.addmm(self.b, x, self.w.T) > 0
        return active.to(x.dtype).mul_(self.a) @ self.w

    def gradient(self, x: Tensor, y: Tensor) -> Gradient:
        """Of the mean of max(1 - y f(x), 0) over a batch."""
        hidden = torch.addmm(self.b, x, self.w.T).relu_()
        margin = (hidden @ self.a).add_(self.c).mul_(y)
        # "not >=" and not "<": a sample whose output is not a number must spoil the gradient, not vanish from it.
        push = (~(margin >= 1)).to(y.dtype).mul_(y).div_(-len(y))
        inside = (hidden > 0).to(y.dtype).mul_(push[:, None]).mul_(self.a)
        loss = float((1 - margin).clamp_(min=0).mean())
        return Gradient(w=inside.T @ x, b=inside.sum(0), a=hidden.T @ push, c=push.sum()[None], loss=loss)

    def descend(self, x: Tensor, y: Tensor, eta: float) -> Gradient:
        """One step along the gradient, which is returned."""
        found = self.gradient(x, y)
        for name in "wabc" if self.biases else "wa":
            self.moving[name].sub_(getattr(found, name), alpha=eta)
        return found


def draw_network(method: OneHiddenLayer, n: int, seed: int, dtype: torch.dtype, device: torch.device | str) -> Network:
    """Uniform in ±1/√(fan-in), as layers of PyTorch begin. Without biases all else begins as it does with them."""
    chance = generator(seed, Stream.INITIALISATION)

    def uniform(fan_in: int, *shape: int) -> Tensor:
        drawn = torch.rand(shape, generator=chance, dtype=torch.float64).mul_(2).sub_(1)
        return drawn.div_(math.sqrt(fan_in)).to(device, dtype)

    w, b = uniform(n, method.width, n), uniform(n, method.width)
    a, c = uniform(method.width, method.width), uniform(method.width, 1)
    if not method.biases:
        b.zero_()
        c.zero_()
    return Network(w, b, a, c, method.biases)

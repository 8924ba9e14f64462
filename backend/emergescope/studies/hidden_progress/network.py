"""A network with one hidden layer of ReLUs, f(x) = sum_i a_i relu(<w_i, x> + b_i) + c, its gradients in closed form."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from emergescope.studies.hidden_progress.config import OneHiddenLayer
from emergescope.toolkit.seeds import Stream, generator


@dataclass(frozen=True)
class Gradient:
    """Of the mean hinge loss of a batch, and that loss."""

    w: Tensor
    b: Tensor
    a: Tensor
    c: Tensor
    loss: float


class Network:
    """`w` [width, n] and `b` [width] of the hidden layer, `a` [width] and `c` [1] of the output layer.

    biases  whether b and c are trained; without, they are zero
    """

    def __init__(self, w: Tensor, b: Tensor, a: Tensor, c: Tensor, biases: bool) -> None:
        self.w, self.b, self.a, self.c = w, b, a, c
        self.biases = biases

    @property
    def moving(self) -> dict[str, Tensor]:
        """All that training changes, by name."""
        return {"w": self.w, "b": self.b, "a": self.a, "c": self.c}

    @property
    def bytes(self) -> int:
        """Size of a snapshot."""
        return sum(t.nbytes for t in self.moving.values())

    def snapshot(self) -> Self:
        """A copy that stays as it is while this one trains on."""
        return type(self)(self.w.clone(), self.b.clone(), self.a.clone(), self.c.clone(), self.biases)

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go back to what was saved, to the bit."""
        for name, t in self.moving.items():
            t.copy_(state[name])

    def is_finite(self, loss: float | None = None) -> bool:
        """Whether the loss and all parameters are numbers. Looks at the sums: one bad entry spoils a sum."""
        total = sum(float(t.sum()) for t in self.moving.values())
        return math.isfinite(total) and (loss is None or math.isfinite(loss))

    def output(self, x: Tensor) -> Tensor:
        """f(x), [count], for inputs [count, n]."""
        return torch.addmm(self.b, x, self.w.T).relu_() @ self.a + self.c

    def gradient(self, x: Tensor, y: Tensor) -> Gradient:
        """Of the mean of max(1 - y f(x), 0) over a batch."""
        hidden = torch.addmm(self.b, x, self.w.T).relu_()
        margin = (hidden @ self.a).add_(self.c).mul_(y)
        # "not >=" and not "<": a sample whose output is not a number must spoil the gradient, not vanish from it.
        push = (~(margin >= 1)).to(y.dtype).mul_(y).div_(-len(y))
        inside = (hidden > 0).to(y.dtype).mul_(push[:, None]).mul_(self.a)
        return Gradient(
            w=inside.T @ x,
            b=inside.sum(0),
            a=hidden.T @ push,
            c=push.sum()[None],
            loss=float((1 - margin).clamp_(min=0).mean()),
        )

    def descend(self, x: Tensor, y: Tensor, eta: float) -> Gradient:
        """One step along the gradient, which is returned."""
        found = self.gradient(x, y)
        self.w.sub_(found.w, alpha=eta)
        self.a.sub_(found.a, alpha=eta)
        if self.biases:
            self.b.sub_(found.b, alpha=eta)
            self.c.sub_(found.c, alpha=eta)
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

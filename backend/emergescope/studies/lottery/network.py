"""Copies of a network with one hidden layer of ReLUs, f(x) = sum_i a_i relu(<w_i, x> + b_i) + c, trained side by side
on samples of their own; and how they begin.
"""

import torch
from torch import Tensor

from emergescope.studies.lottery.config import LotteryConfig, Tickets
from emergescope.toolkit.hinge.two_layer import Moving
from emergescope.toolkit.seeds import Stream, generator

_PARTS = "wbac"


class Copies(Moving):
    """`w` [copies, m, n] and `b` [copies, m] of the hidden layers, `a` [copies, m] and `c` [copies] of the outputs."""

    def __init__(self, w: Tensor, b: Tensor, a: Tensor, c: Tensor) -> None:
        self.w, self.b, self.a, self.c = w, b, a, c

    @property
    def moving(self) -> dict[str, Tensor]:
        return {name: getattr(self, name) for name in _PARTS}

    def output(self, x: Tensor) -> Tensor:
        """f(x), [copies, count]: of the same inputs [count, n], or of each copy's own [copies, count, n]."""
        hidden = torch.relu_(x @ self.w.mT + self.b[:, None])
        return (hidden @ self.a[..., None])[..., 0] + self.c[:, None]

    def descend(self, x: Tensor, y: Tensor, eta: float) -> float:
        """One step along the gradient of each copy's mean of max(1 - y f, 0) over x [copies, B, n] and y [copies, B].
        Returns the mean loss before it.
        """
        hidden = torch.baddbmm(self.b[:, None], x, self.w.mT).relu_()
        margin = torch.bmm(hidden, self.a[..., None])[..., 0].add_(self.c[:, None]).mul_(y)
        # "not >=" and not "<": a sample whose output is not a number must spoil the gradient, not vanish from it.
        push = (~(margin >= 1)).to(y.dtype).mul_(y).mul_(eta / y.shape[1])
        inside = (hidden > 0).to(y.dtype).mul_(push[..., None]).mul_(self.a[:, None])
        loss = float((1 - margin).clamp_(min=0).mean())
        self.w.baddbmm_(inside.mT, x)
        self.b.add_(inside.sum(1))
        self.a.add_(torch.bmm(push[:, None], hidden)[:, 0])
        self.c.add_(push.sum(1))
        return loss

    def alone(self, neurons: Tensor, copies: int) -> "Copies":
        """Copies of the first network with these neurons and no others."""

        def of(t: Tensor) -> Tensor:
            return t[:1, neurons].expand(copies, *(-1,) * (t.ndim - 1)).clone()

        return Copies(of(self.w), of(self.b), of(self.a), self.c[:1].expand(copies).clone())


def draw_copies(
    config: LotteryConfig, count: tuple[int, int], stream: Stream, dtype: torch.dtype, device: torch.device
) -> Copies:
    """`count` copies of so many neurons, as those of the full network begin: a few weights of 1 on inputs drawn at
    random, biases uniform in a range around zero, and output weights that are signs.
    """
    chance = generator(config.seed, stream)
    b = torch.rand(count, generator=chance, dtype=torch.float64).mul_(2).sub_(1).mul_(config.method.biases)
    b = b.to(device, dtype)
    a = torch.empty(count, dtype=dtype).random_(0, 2, generator=chance).mul_(2).sub_(1).to(device)
    w = _ones(torch.rand(*count, config.problem.n, generator=chance), config.method).to(device, dtype)
    return Copies(w, b, a, torch.zeros(count[0], device=device, dtype=dtype))


def draw_full(config: LotteryConfig, relevant: list[int], dtype: torch.dtype, device: torch.device) -> Copies:
    """The full network, with as many tickets as are asked for: chosen neurons begin on relevant inputs, and others that
    do are drawn again.
    """
    full = draw_copies(config, (1, config.method.width), Stream.INITIALISATION, dtype, device)
    tickets, chance = config.method.tickets, generator(config.seed, Stream.INJECTED)
    if tickets is None:
        return full
    w, n = full.w[0], config.problem.n
    chosen = torch.zeros(len(w), dtype=torch.bool)
    chosen[torch.randperm(len(w), generator=chance)[:tickets]] = True
    chosen = chosen.to(device)
    while bool((wrong := (overlaps(w, relevant) == config.full_overlap) != chosen).any()):
        scores = torch.rand(int(wrong.sum()), n, generator=chance)
        scores[:, relevant] -= chosen[wrong].cpu()[:, None].float()  # of those chosen these are the least
        w[wrong] = _ones(scores, config.method).to(device, dtype)
    return full


def _ones(scores: Tensor, method: Tickets) -> Tensor:
    """1 at the least scores of each row, of as many inputs as a neuron begins with, and 0 elsewhere."""
    return torch.zeros_like(scores).scatter_(-1, scores.argsort(-1)[..., : method.nonzero_weights], 1.0)


def overlaps(w: Tensor, relevant: list[int]) -> Tensor:
    """On how many relevant inputs a neuron has a weight, [...], of weights [..., n] as they begin."""
    return (w[..., relevant] != 0).sum(-1)


def kept_neurons(network: Copies, method: Tickets) -> Tensor:
    """The neurons of the first copy that are kept, by norm: the largest, or the smallest, first."""
    norm: Tensor = network.w[0].norm(dim=1)
    return norm.argsort(descending=method.kept_norm == "largest", stable=True)[: method.kept_neurons]

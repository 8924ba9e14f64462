"""The network f(x) = 1/p sum_i tanh(<w_i, x>), one gradient step on its hidden layer, and ridge regressions of a new
readout on its features.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from emergescope.studies.one_step.config import OneStepConfig
from emergescope.toolkit.seeds import Stream, generator
from emergescope.toolkit.step_path import Path


def draw_path(config: OneStepConfig, dtype: torch.dtype, device: torch.device | str) -> tuple[Path, Tensor]:
    """The step of this configuration, and the direction [d] of its gradient, averaged over neurons: it is there where
    the size of the step is zero as well.
    """
    method, seed = config.method, config.seed
    shape = (method.width, config.problem.d)
    start = torch.randn(shape, generator=generator(seed, Stream.INITIALISATION), dtype=torch.float64)
    start = (start / start.norm(dim=1, keepdim=True)).to(device, dtype)
    x, y = draw_samples(config, Stream.TRAINING, config.step_samples, start)
    if config.problem.labels == "shuffled":
        y = y[torch.randperm(len(y), generator=generator(seed, Stream.RANDOM_LABELS)).to(y.device)]
    move = step(start, x, y)
    return Path(start, move * method.eta), move.mean(0)


def draw_samples(config: OneStepConfig, stream: Stream, count: int, like: Tensor) -> tuple[Tensor, Tensor]:
    """Inputs [count, d] and labels [count]: the target's function of the first input."""
    chance = generator(config.seed, stream)
    x = torch.randn((count, config.problem.d), generator=chance, dtype=torch.float32).to(like)
    return x, x[:, 0].tanh() if config.problem.label_function == "tanh" else x[:, 0].sin()


def step(w: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Minus p times the gradient of 1/2 mean (y - f(x))^2 by the hidden weights, [p, d]."""
    hidden = torch.tanh(x @ w.T)
    residual = y - hidden.mean(1)
    slope = hidden.square_().neg_().add_(1).mul_(residual[:, None])
    return slope.T @ x / len(y)


def features(received: Tensor) -> Tensor:
    """tanh / √p of what neurons receive [count, p]."""
    return received.tanh().div_(received.shape[1] ** 0.5)


def ridge_readouts(h: Tensor, y: Tensor, counts: Sequence[int], ridge: float) -> Tensor:
    """Readouts [p, len(counts)]: for each count, rising, the one of the first so many features [n, p] and labels [n],
    which minimises sum (y - <a, h>)^2 + ridge |a|^2. Products have the precision of the features; systems are solved in
    double precision, through the smaller Gram matrix.
    """
    width, seen = h.shape[1], 0
    gram = h.new_zeros(width, width)
    found = []
    for n in counts:
        if n < width:
            found.append(h[:n].T.double() @ _solve(h[:n] @ h[:n].T, y[:n], ridge))
        else:
            gram.addmm_(h[seen:n].T, h[seen:n])
            seen = n
            found.append(_solve(gram, h[:n].T @ y[:n], ridge))
    return torch.stack(found, 1)


def _solve(gram: Tensor, right: Tensor, ridge: float) -> Tensor:
    system = gram.to(torch.float64, copy=True)
    system.diagonal().add_(ridge)
    return torch.cholesky_solve(right.double()[:, None], torch.linalg.cholesky(system))[:, 0]

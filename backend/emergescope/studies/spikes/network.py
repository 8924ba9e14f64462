"""The network f(x) = 1/√N sum_i a_i σ(<w_i, x>), one gradient step on its hidden layer, and what it makes of inputs."""

from collections.abc import Callable

import torch
from torch import Tensor

from emergescope.studies.spikes.config import SpikesConfig
from emergescope.studies.spikes.expected import moments
from emergescope.toolkit.seeds import Stream, generator
from emergescope.toolkit.step_path import Path

_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {"sin": torch.sin, "tanh": torch.tanh}
_SLOPES: dict[str, Callable[[Tensor], Tensor]] = {"sin": torch.cos, "tanh": lambda z: 1 - torch.tanh(z).square()}


def hermite(degree: int, z: Tensor) -> Tensor:
    """The Hermite polynomial of this degree, of length one under a standard Gaussian."""
    before, now = torch.zeros_like(z), torch.ones_like(z)
    for k in range(degree):
        before, now = now, (z * now - k**0.5 * before) / (k + 1) ** 0.5
    return now


def features(received: Tensor, config: SpikesConfig) -> Tensor:
    """σ(z + b), less its mean under a standard Gaussian, of what neurons receive."""
    method = config.method
    said = _ACTIVATIONS[method.activation](received + method.input_shift)
    return said - moments(method.activation, method.input_shift).mean


def draw_samples(config: SpikesConfig, stream: Stream, count: int, like: Tensor) -> tuple[Tensor, Tensor]:
    """Inputs [count, d] and labels [count]: the target's polynomial of the first input."""
    x = torch.randn((count, config.problem.d), generator=generator(config.seed, stream), dtype=torch.float32).to(like)
    parts = [weight * hermite(k, x[:, 0]) for k, weight in enumerate(config.problem.degrees, 1)]
    return x, torch.stack(parts).sum(0)


def step(w: Tensor, a: Tensor, x: Tensor, y: Tensor, config: SpikesConfig) -> Tensor:
    """Minus √N times the gradient of 1/2 mean (y - f(x))^2 by the hidden weights, [N, d]."""
    method, received = config.method, x @ w.T
    residual = y - features(received, config) @ a / len(a) ** 0.5
    slope = _SLOPES[method.activation](received.add_(method.input_shift)).mul_(residual[:, None])
    return slope.mul_(a).T @ x / len(y)


def draw_path(config: SpikesConfig, dtype: torch.dtype, device: torch.device | str) -> tuple[Path, Tensor]:
    """From the weights before the step along η times the gradient; and the direction [d] in which it moves neurons with
    a positive output weight.
    """
    method, seed = config.method, config.seed
    chance = generator(seed, Stream.INITIALISATION)
    start = torch.randn((method.width, config.problem.d), generator=chance, dtype=torch.float64)
    start = (start / start.norm(dim=1, keepdim=True)).to(device, dtype)
    a = torch.ones(method.width, dtype=torch.float64)
    if method.output_weights == "normal":
        a = torch.randn(method.width, generator=chance, dtype=torch.float64)
    a = (a / method.width**0.5).to(start)
    x, y = draw_samples(config, Stream.TRAINING, method.samples, start)
    if config.problem.labels == "shuffled":
        y = y[torch.randperm(len(y), generator=generator(seed, Stream.RANDOM_LABELS)).to(y.device)]
    move = step(start, a, x, y, config)
    direction = a @ move
    return Path(start, move), direction / direction.norm()

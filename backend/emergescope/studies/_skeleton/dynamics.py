"""The training itself. Loaded where runs are trained, and nowhere else: it imports torch."""

from collections.abc import Iterator
from enum import IntEnum

import torch
from emergescope.recording.events import Saved, Started, State
from emergescope.studies.study import Context
from emergescope.toolkit.seeds import generator
from torch import Tensor

from emergescope.studies._skeleton.camera import SkeletonCamera
from emergescope.studies._skeleton.config import SkeletonConfig


class Stream(IntEnum):
    """What chance is used for: each use has a generator of its own, all from the seed of the run."""

    TRUTH = 0
    SAMPLES = 1


class SkeletonDynamics:
    """A linear model in training, from its beginning or from what was saved."""

    def __init__(self, config: SkeletonConfig, context: Context, saved: Saved | None) -> None:
        self._config, self._context = config, context
        truth = torch.randn(config.problem.inputs, generator=generator(config.seed, Stream.TRUTH), dtype=torch.float64)
        self._truth = (truth / truth.norm()).to(context.device, context.dtype)
        self._weights = torch.zeros_like(self._truth)
        self._samples = generator(config.seed, Stream.SAMPLES)
        if saved is not None:
            self._weights.copy_(saved.tensors["weights"])
            self._samples.set_state(saved.tensors["samples"])

    @property
    def started(self) -> Started:
        return Started(
            total_steps=self._config.total_steps,
            facts={},
            provenance={},
            tensors={"truth": self._truth.to("cpu", torch.float32).numpy()},
        )

    @property
    def snapshot_bytes(self) -> int:
        return self._weights.numel() * self._weights.element_size()

    def camera(self, saved: Saved | None) -> SkeletonCamera:
        return SkeletonCamera(self._truth, saved)

    def train(self, after: int) -> Iterator[State]:
        if after < 0:
            yield State(0, "start")
        for step in range(max(after, 0) + 1, self._config.total_steps + 1):
            loss = self._descend()
            finite = bool(torch.isfinite(self._weights).all())
            yield State(step, "descent", {"loss": loss}, finite)

    def _descend(self) -> float:
        """A step on fresh samples; returns their loss before it."""
        problem, training = self._config.problem, self._config.training
        x, noise = self._draw(training.batch, problem.inputs), self._draw(training.batch)
        error = x @ (self._weights - self._truth) - problem.noise * noise
        self._weights -= training.eta * 2 * x.T @ error / training.batch
        return float(error.square().mean())

    def _draw(self, *shape: int) -> Tensor:
        """Gaussian numbers: drawn on the CPU, so that they are the same on every device."""
        return torch.randn(*shape, generator=self._samples, dtype=self._context.dtype).to(self._context.device)

    def snapshot(self) -> Tensor:
        return self._weights.clone()

    def save(self) -> Saved:
        return Saved({"weights": self._weights.clone(), "samples": self._samples.get_state()})

"""One step of gradient descent as a straight path, on which it is looked at."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Path:
    """From the `start` along the `move` that the step makes of it: of weights [p, d], or of what is linear in them."""

    start: Tensor
    move: Tensor

    def at(self, t: float) -> Tensor:
        """For weights W₀ + t (W₁ - W₀), where `move` is the whole step."""
        return torch.add(self.start, self.move, alpha=t) if t else self.start

    def of_inputs(self, x: Tensor) -> "Path":
        """What the neurons receive of inputs [count, d], [count, p]."""
        return Path(x @ self.start.T, x @ self.move.T)

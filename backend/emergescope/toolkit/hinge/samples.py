"""What the hinge loss is trained on: batches, what draws them, and a problem as it was drawn."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from emergescope.toolkit.dictionary import Known
from emergescope.toolkit.hinge.geometry import Geometry
from emergescope.toolkit.seeds import Stream

# Rows drawn and used at a time: a chunk of activations stays in the cache, and memory does not grow with n.
CHUNK = 1024


@dataclass(frozen=True)
class Batch:
    """Samples in the coordinates that the network works in (toolkit/hinge/geometry.py).

    x      [n, c] in pattern space phi = (phi~ - E[phi~]) / sigma~, c = D; with input noise M phi + zeta in R^d, c = d
    y      [n] labels, -1 or +1
    count  [n] number of relevant patterns present, int64
    """

    x: Tensor
    y: Tensor
    count: Tensor


class Samples(ABC):
    """Draws samples from `chance`; the same state gives the same ones."""

    def __init__(self, chance: torch.Generator) -> None:
        self._chance = chance

    @abstractmethod
    def batch(self, n: int) -> Batch:
        """n samples at once."""

    def chunks(self, n: int) -> Iterator[Batch]:
        """n samples in batches of at most CHUNK."""
        for start in range(0, n, CHUNK):
            yield self.batch(min(CHUNK, n - start))

    def state(self) -> Tensor:
        """Where its generator is, uint8."""
        return self._chance.get_state()

    def restore(self, state: Tensor) -> None:
        """Draw from here on what was drawn after `state`."""
        self._chance.set_state(state)


class Drawn(Known, ABC):
    """What the hinge loss is trained on.

    positive_share  P(y = +1)
    geometry        the coordinates that the network works in
    usual           deviations of the initial w, b and a where the method leaves them open
    """

    positive_share: float
    geometry: Geometry
    usual: tuple[float, float, float]

    @abstractmethod
    def sampler(self, stream: Stream, *, noisy_labels: bool = False) -> Samples:
        """From the beginning of that stream. Noisy labels are for training alone."""

    def hard(self, batch: Batch) -> Tensor | None:
        """[n] inputs that single patterns do not decide; None where there is no such distinction."""
        return None

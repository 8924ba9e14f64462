"""Samples of a sparse parity: fair signs and their labels, drawn from the seed."""

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from emergescope.toolkit.parity import ROWS, SparseParity
from emergescope.toolkit.seeds import Stream, generator

_INPUTS, _COINS = "inputs", "coins"


def draw_relevant(problem: SparseParity, seed: int) -> list[int]:
    """The k inputs whose product is the label, sorted."""
    order = torch.randperm(problem.n, generator=generator(seed, Stream.DICTIONARY))
    return sorted(order[: problem.k].tolist())


class Samples:
    """Inputs [count, n] of -1 and +1, and labels [count]; the same state gives the same ones, on any device.

    coins  labels are coin flips, of a stream of their own: inputs are the same as with true labels
    """

    def __init__(
        self, relevant: list[int], n: int, seed: int, stream: Stream, like: Tensor, *, coins: bool = False
    ) -> None:
        self._relevant, self._n, self._coins, self._like = relevant, n, coins, like
        self._chance = {_INPUTS: generator(seed, stream), _COINS: generator(seed, Stream.RANDOM_LABELS)}

    def draw(self, count: int) -> tuple[Tensor, Tensor]:
        """`count` new samples."""
        x = self._signs((count, self._n), _INPUTS)
        y = self._signs((count,), _COINS) if self._coins else x[:, self._relevant].prod(1)
        return x.to(self._like.device), y.to(self._like.device)

    def chunks(self, count: int) -> Iterator[tuple[Tensor, Tensor]]:
        """`count` new samples, in parts of bounded size."""
        for start in range(0, count, ROWS):
            yield self.draw(min(ROWS, count - start))

    def state(self) -> dict[str, Tensor]:
        return {name: chance.get_state() for name, chance in self._chance.items()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        for name, chance in self._chance.items():
            chance.set_state(state[name])

    def _signs(self, shape: tuple[int, ...], stream: str) -> Tensor:
        bits = torch.empty(shape, dtype=self._like.dtype).random_(0, 2, generator=self._chance[stream])
        return bits.mul_(2).sub_(1)

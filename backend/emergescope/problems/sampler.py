"""Fresh samples of the hidden vectors phi and their labels, with and without input structure (section 3)."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from emergescope.config import DictionaryProblem

# Rows drawn and used at a time: a chunk of activations stays in the cache, and memory does not grow with n.
CHUNK = 1024


@dataclass(frozen=True)
class Batch:
    """Samples in pattern space.

    phi    [n, D] standardised hidden vectors, (phi~ - E[phi~]) / sigma~; inputs are x = M phi
    y      [n] labels, -1 or +1
    count  [n] number of relevant patterns present, int64
    """

    phi: Tensor
    y: Tensor
    count: Tensor


class Sampler:
    """Draws batches of one problem from one generator.

    With structure, a share p_o of the inputs has uniform relevant bits (the parity part) and the rest has them all ones
    or all zeros (the aligned part); background patterns are independent with probability p_o. Without, all patterns are
    independent with probability 1/2.
    """

    def __init__(
        self,
        problem: DictionaryProblem,
        relevant: tuple[int, ...],
        generator: torch.Generator,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self._problem = problem
        self._generator = generator
        self._dtype = dtype
        device = generator.device
        self._relevant = torch.tensor(relevant, device=device)
        positive = problem.labels.positive_counts(problem.k)
        signs = [1.0 if c in positive else -1.0 for c in range(problem.k + 1)]
        self._label = torch.tensor(signs, dtype=dtype, device=device)
        self._scale = 1 / problem.sigma_tilde
        # Row b holds the standardised values of the eight bits of byte b: one draw of a byte gives eight fair bits.
        bits = (torch.arange(256, device=device)[:, None] >> torch.arange(8, device=device)) & 1
        self._byte = ((bits.to(torch.float64) - 0.5) * self._scale).to(dtype)

    def batch(self, n: int) -> Batch:
        """n fresh samples at once."""
        phi = self._background(n)
        bits = self._relevant_bits(n)
        phi[:, self._relevant] = (bits.to(self._dtype) - 0.5) * self._scale
        count = bits.sum(1)
        return Batch(phi, self._label[count], count)

    def chunks(self, n: int) -> Iterator[Batch]:
        """n fresh samples in batches of at most CHUNK."""
        for start in range(0, n, CHUNK):
            yield self.batch(min(CHUNK, n - start))

    def _background(self, n: int) -> Tensor:
        D, p_o = self._problem.D, self._problem.p_o
        if p_o == 0.5:
            width = (D + 7) // 8
            drawn = self._integers(256, (n, width))
            return self._byte.index_select(0, drawn.view(-1)).view(n, width * 8)[:, :D]
        present = self._uniform((n, D)) < p_o
        return (present.to(self._dtype) - p_o) * self._scale

    def _relevant_bits(self, n: int) -> Tensor:
        bits = self._integers(2, (n, self._problem.k))
        if not self._problem.structure:
            return bits
        aligned = self._uniform((n, 1)) >= self._problem.p_o
        return torch.where(aligned, bits[:, :1], bits)

    def _integers(self, high: int, shape: tuple[int, int]) -> Tensor:
        return torch.randint(high, shape, generator=self._generator, device=self._generator.device)

    def _uniform(self, shape: tuple[int, int]) -> Tensor:
        return torch.rand(shape, generator=self._generator, device=self._generator.device)

"""Fresh samples and their labels, with and without input structure (section 3; noise and imbalance: appendix F)."""

from collections.abc import Iterator

import torch
from torch import Tensor

from emergescope.studies.patterns.config import DictionaryProblem
from emergescope.toolkit.dictionary import Dictionary
from emergescope.toolkit.hinge.samples import CHUNK, Batch


class Sampler:
    """Draws batches of one problem from one generator; see DictionaryProblem for the law.

    noisy_labels  flip labels with the problem's probability: for training samples, not for those that judge
    """

    def __init__(
        self,
        problem: DictionaryProblem,
        dictionary: Dictionary,
        generator: torch.Generator,
        dtype: torch.dtype = torch.float32,
        *,
        noisy_labels: bool = False,
    ) -> None:
        self._problem = problem
        self._generator = generator
        self._dtype = dtype
        device = generator.device
        self._relevant = torch.tensor(dictionary.relevant, device=device)
        positive = problem.labels.positive_counts(problem.k)
        signs = [1.0 if c in positive else -1.0 for c in range(problem.k + 1)]
        self._label = torch.tensor(signs, dtype=dtype, device=device)
        self._flips = problem.label_noise if noisy_labels else 0.0
        self._scale = 1 / problem.sigma_tilde
        self._mean = problem.relevant_probability
        noisy = problem.input_noise > 0
        self._patterns = dictionary.matrix.T.to(device=device, dtype=dtype) if noisy else None
        # Row b holds the standardised values of the eight bits of byte b: one draw of a byte gives eight fair bits.
        bits = (torch.arange(256, device=device)[:, None] >> torch.arange(8, device=device)) & 1
        self._byte = ((bits.to(torch.float64) - 0.5) * self._scale).to(dtype)

    def state(self) -> Tensor:
        """Where its generator is, uint8."""
        return self._generator.get_state()

    def restore(self, state: Tensor) -> None:
        """Draw from here on what was drawn after `state`."""
        self._generator.set_state(state)

    def batch(self, n: int) -> Batch:
        """n fresh samples at once."""
        phi = self._background(n)
        bits = self._relevant_bits(n)
        phi[:, self._relevant] = (bits.to(self._dtype) - self._mean) * self._scale
        count = bits.sum(1)
        y = self._label[count]
        if self._flips > 0:
            y = torch.where(self._uniform((n,)) < self._flips, -y, y)
        return Batch(phi if self._patterns is None else self._noisy(phi @ self._patterns), y, count)

    def chunks(self, n: int) -> Iterator[Batch]:
        """n fresh samples in batches of at most CHUNK."""
        for start in range(0, n, CHUNK):
            yield self.batch(min(CHUNK, n - start))

    def _noisy(self, x: Tensor) -> Tensor:
        zeta = torch.randn(x.shape, generator=self._generator, device=x.device, dtype=x.dtype)
        return x.add_(zeta, alpha=self._problem.input_noise)

    def _background(self, n: int) -> Tensor:
        D, p_o = self._problem.D, self._problem.p_o
        if p_o == 0.5:
            width = (D + 7) // 8
            drawn = self._integers(256, (n, width))
            return self._byte.index_select(0, drawn.view(-1)).view(n, width * 8)[:, :D]
        present = self._uniform((n, D)) < p_o
        return (present.to(self._dtype) - p_o) * self._scale

    def _relevant_bits(self, n: int) -> Tensor:
        problem = self._problem
        bits = self._integers(2, (n, problem.k))
        if not problem.structure:
            return bits
        aligned = self._uniform((n, 1)) >= problem.p_o
        if problem.aligned_counts == (problem.k, 0) and problem.aligned_positive == 0.5:
            return torch.where(aligned, bits[:, :1], bits)  # all or none, each half the time: one bit decides
        high, low = problem.aligned_counts
        count = torch.where(self._uniform((n, 1)) < problem.aligned_positive, high, low)
        place = self._uniform((n, problem.k)).argsort(1).argsort(1)  # a random order: the first `count` are present
        return torch.where(aligned, (place < count).to(bits.dtype), bits)

    def _integers(self, high: int, shape: tuple[int, int]) -> Tensor:
        return torch.randint(high, shape, generator=self._generator, device=self._generator.device)

    def _uniform(self, shape: tuple[int, ...]) -> Tensor:
        return torch.rand(shape, generator=self._generator, device=self._generator.device)

"""Inputs made of patterns, drawn from a seed: the dictionary, and fresh samples with their labels, with and without
input structure (section 3 of the paper; noise and imbalance: appendix F).
"""

import torch
from torch import Tensor

from emergescope.studies.patterns.config import DictionaryProblem
from emergescope.studies.patterns.motif import SIDE
from emergescope.studies.patterns.pictures import draw_pictures
from emergescope.toolkit.dictionary import Dictionary
from emergescope.toolkit.hinge.geometry import AmbientGeometry, Geometry
from emergescope.toolkit.hinge.samples import Batch, Drawn, Samples
from emergescope.toolkit.seeds import Stream, generator


class DrawnDictionary(Drawn):
    """Inputs made of patterns (section 3)."""

    signal = "s"

    def __init__(self, problem: DictionaryProblem, seed: int, device: torch.device | str, dtype: torch.dtype) -> None:
        self._problem, self._seed, self._device, self._dtype = problem, seed, device, dtype
        self.dictionary = draw_dictionary(problem, generator(seed, Stream.DICTIONARY))
        self.names = self.dictionary.names
        self.picture = (SIDE, SIDE) if problem.dictionary == "pictures" else None
        self.positive_share = problem.positive_share
        self.provenance, self.usual = {}, problem.usual_deviations
        if problem.input_noise > 0:  # takes the inputs out of pattern space
            self.geometry: Geometry = AmbientGeometry(self.dictionary, dtype, device)
        else:
            self.geometry = Geometry(self.dictionary, dtype, device, pictures=self.picture is not None)
        self.facts = {
            "gamma": problem.correlation,
            "sigma_tilde": problem.sigma_tilde,
            "positive_share": problem.positive_share,
            "coherence": self.dictionary.coherence,
        }

    def sampler(self, stream: Stream, *, noisy_labels: bool = False) -> "Sampler":
        chance = generator(self._seed, stream, self._device)
        return Sampler(self._problem, self.dictionary, chance, self._dtype, noisy_labels=noisy_labels)

    def hard(self, batch: Batch) -> Tensor | None:
        """Inputs whose count is neither 0 nor k: with structure, the parity part less its share of those two counts."""
        return (batch.count > 0) & (batch.count < self._problem.k)


def draw_dictionary(problem: DictionaryProblem, generator: torch.Generator) -> Dictionary:
    """A uniformly random orthonormal dictionary, or one of independent random unit vectors (appendix F), and a random
    set A of k relevant patterns; or pictures (pictures.py).
    """
    if problem.dictionary == "pictures":
        return Dictionary(*draw_pictures(problem, generator))
    gaussian = torch.randn(problem.d, problem.D, generator=generator, dtype=torch.float64)
    if problem.dictionary == "incoherent":
        matrix = gaussian / gaussian.norm(dim=0)
    else:
        q, r = torch.linalg.qr(gaussian)
        matrix = q * r.diagonal().sign()  # Haar measure: undo the sign convention of QR
    chosen = torch.randperm(problem.D, generator=generator)[: problem.k]
    return Dictionary(matrix, tuple(sorted(chosen.tolist())))


class Sampler(Samples):
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
        super().__init__(generator)
        self._problem, self._dtype, device = problem, dtype, generator.device
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

    def batch(self, n: int) -> Batch:
        phi = self._background(n)
        bits = self._relevant_bits(n)
        phi[:, self._relevant] = (bits.to(self._dtype) - self._mean) * self._scale
        count = bits.sum(1)
        y = self._label[count]
        if self._flips > 0:
            y = torch.where(self._uniform((n,)) < self._flips, -y, y)
        return Batch(phi if self._patterns is None else self._noisy(phi @ self._patterns), y, count)

    def _noisy(self, x: Tensor) -> Tensor:
        zeta = torch.randn(x.shape, generator=self._chance, device=x.device, dtype=x.dtype)
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
        return torch.randint(high, shape, generator=self._chance, device=self._chance.device)

    def _uniform(self, shape: tuple[int, ...]) -> Tensor:
        return torch.rand(shape, generator=self._chance, device=self._chance.device)

"""Inputs made of patterns, drawn from a seed."""

import torch
from torch import Tensor

from emergescope.studies.patterns.config import DictionaryProblem
from emergescope.studies.patterns.dictionary import draw_dictionary
from emergescope.studies.patterns.motif import SIDE
from emergescope.studies.patterns.sampler import Sampler
from emergescope.toolkit.hinge.geometry import AmbientGeometry, Geometry
from emergescope.toolkit.hinge.samples import Batch
from emergescope.toolkit.seeds import Stream, generator


class DrawnDictionary:
    """Inputs made of patterns (section 3)."""

    signal = "s"

    def __init__(self, problem: DictionaryProblem, seed: int, device: torch.device | str, dtype: torch.dtype) -> None:
        self._problem, self._seed, self._device, self._dtype = problem, seed, device, dtype
        self.dictionary = draw_dictionary(problem, generator(seed, Stream.DICTIONARY))
        self.names = self.dictionary.names
        self.picture = (SIDE, SIDE) if problem.dictionary == "pictures" else None
        self.positive_share = problem.positive_share
        self.provenance: dict[str, str | int | None] = {}
        self.facts = {
            "gamma": problem.correlation,
            "sigma_tilde": problem.sigma_tilde,
            "positive_share": problem.positive_share,
            "coherence": self.dictionary.coherence,
        }

    def geometry(self, dtype: torch.dtype, device: torch.device | str) -> Geometry:
        """Pattern space, unless noise takes the inputs out of it."""
        if self._problem.input_noise > 0:
            return AmbientGeometry(self.dictionary, dtype, device)
        return Geometry(self.dictionary, dtype, device, pictures=self.picture is not None)

    def sampler(self, stream: Stream, *, noisy_labels: bool = False) -> Sampler:
        chance = generator(self._seed, stream, self._device)
        return Sampler(self._problem, self.dictionary, chance, self._dtype, noisy_labels=noisy_labels)

    def hard(self, batch: Batch) -> Tensor | None:
        """Inputs whose count is neither 0 nor k: with structure, the parity part less its share of those two counts."""
        return (batch.count > 0) & (batch.count < self._problem.k)

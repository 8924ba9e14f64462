"""A problem as it was drawn: its samples, and the directions that neurons are compared with. Used by the experiment."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from emergescope.config import DictionaryProblem, Problem, TwoClassesProblem
from emergescope.config.motif import SIDE
from emergescope.datasets import load
from emergescope.errors import InvalidConfig
from emergescope.problems.dictionary import Dictionary, draw_dictionary
from emergescope.problems.images import DrawnImages
from emergescope.problems.sampler import Batch, Sampler
from emergescope.problems.seeds import Stream, generator


class Samples(Protocol):
    """Draws samples; the same state gives the same ones."""

    def batch(self, n: int) -> Batch: ...

    def chunks(self, n: int) -> Iterator[Batch]:
        """n samples in batches of bounded size."""

    def state(self) -> Tensor: ...

    def restore(self, state: Tensor) -> None: ...


class Drawn(Protocol):
    """What the hinge loss is trained on.

    dictionary      columns in R^d that neurons are compared with; the sum of the relevant ones is the signal s
    names           of the columns; None where they are numbered patterns
    signal          what s is called
    picture         the shape of an input, (height, width) or (height, width, 3), where it is a picture
    positive_share  P(y = +1)
    facts           numbers worth knowing
    provenance      where real data come from
    """

    @property
    def dictionary(self) -> Dictionary: ...
    @property
    def names(self) -> tuple[str, ...] | None: ...
    @property
    def signal(self) -> str: ...
    @property
    def picture(self) -> tuple[int, ...] | None: ...
    @property
    def positive_share(self) -> float: ...
    @property
    def facts(self) -> Mapping[str, float]: ...
    @property
    def provenance(self) -> Mapping[str, str | int | None]: ...

    def sampler(self, stream: Stream, *, noisy_labels: bool = False) -> Samples:
        """From the beginning of that stream. Noisy labels are for training alone."""

    def hard(self, batch: Batch) -> Tensor | None:
        """[n] inputs that single patterns do not decide; None where there is no such distinction."""


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

    def sampler(self, stream: Stream, *, noisy_labels: bool = False) -> Sampler:
        chance = generator(self._seed, stream, self._device)
        return Sampler(self._problem, self.dictionary, chance, self._dtype, noisy_labels=noisy_labels)

    def hard(self, batch: Batch) -> Tensor | None:
        """Inputs whose count is neither 0 nor k: with structure, the parity part less its share of those two counts."""
        return (batch.count > 0) & (batch.count < self._problem.k)


def draw(
    problem: Problem, seed: int, device: torch.device | str, dtype: torch.dtype, data_dir: Path | None = None
) -> Drawn:
    """The problem, drawn from its seed, or read from `data_dir`. Raises EmergescopeError where data are not there."""
    if isinstance(problem, DictionaryProblem):
        return DrawnDictionary(problem, seed, device, dtype)
    if isinstance(problem, TwoClassesProblem):
        data = load(problem.data, data_dir, folder=problem.folder, size=problem.size, classes=2)
        return DrawnImages(problem, data, seed, device, dtype)
    raise InvalidConfig(f"problems of the kind {problem.kind} cannot be drawn")

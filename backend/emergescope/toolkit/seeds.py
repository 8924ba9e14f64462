"""Random streams: each use of chance in a run has its own generator, all derived from the run's one seed; and who is
shown, where not all can be.
"""

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
import torch
from torch import Tensor


class Stream(IntEnum):
    """What a generator is for; studies of others number their own. Numbers are part of the determinism promise: never
    reuse or renumber one.
    """

    DICTIONARY = 0
    INITIALISATION = 1
    TRAINING = 2
    TEST = 3
    PROBE_FIT = 4
    PROBE_SCORE = 5
    SHOWN_NEURONS = 6
    SHOWN_PATTERNS = 7
    RIDGE_FIT = 8
    RANDOM_LABELS = 9
    STUDENT = 20
    MIXTURE_DATA = 21
    INJECTED = 22
    INJECTED_TEST = 23
    TEACHER_ORDER = 24
    STUDENT_ORDER = 25
    DIRECT_ORDER = 26


def generator(seed: int, stream: int, device: torch.device | str = "cpu") -> torch.Generator:
    """A fresh generator for one stream of a run; independent of all others."""
    state = np.random.SeedSequence(seed, spawn_key=(int(stream),)).generate_state(2, np.uint32)
    return torch.Generator(device).manual_seed(int(state[0]) << 31 ^ int(state[1]))


def shown_neurons(total: int, most: int, seed: int) -> Tensor:
    """All of range(total), or a random `most` of them in order."""
    return _choose(total, most, generator(seed, Stream.SHOWN_NEURONS))


def relevant_first(relevant: Sequence[int], others: Sequence[int], most: int, seed: int) -> Tensor:
    """The relevant ones, then as many of the others, chosen at random, as make `most` of them together."""
    picked = _choose(len(others), max(0, most - len(relevant)), generator(seed, Stream.SHOWN_PATTERNS))
    return torch.tensor([*relevant, *(others[j] for j in picked.tolist())], dtype=torch.int64)


def _choose(total: int, most: int, chance: torch.Generator) -> Tensor:
    if total <= most:
        return torch.arange(total)
    return torch.randperm(total, generator=chance)[:most].sort().values

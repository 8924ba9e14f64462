"""A cost and its shares, and sizes that are the same for all kinds of runs. Used by the cost of each study."""

from collections.abc import Iterable
from dataclasses import dataclass

# As in the rooms below, which this one may not use.
CHUNK = 1024
BEHIND, BEHIND_BYTES = 32, 2**28
FIRST_MAP, NEXT_MAP = 300, 40  # iterations

DOUBLE, SINGLE, HALF = 8, 4, 2
HEADER = 2000  # bytes of a frame's names, shapes, metrics and sentences


@dataclass(frozen=True)
class Share:
    """A part of a cost: what it is for, and the setting that decides it."""

    what: str
    path: str
    amount: int


@dataclass(frozen=True)
class Cost:
    """What a run takes.

    Bytes of memory at the peak and floating-point operations, each in shares; steps, and the setting that decides how
    many there are; frames.
    """

    memory_shares: tuple[Share, ...]
    work_shares: tuple[Share, ...]
    steps: int
    steps_path: str
    frames: int
    frame_bytes: int
    pattern_bytes: int

    @property
    def memory(self) -> int:
        return sum(share.amount for share in self.memory_shares)

    @property
    def work(self) -> int:
        return sum(share.amount for share in self.work_shares)

    @property
    def film(self) -> int:
        """Bytes in the store."""
        return self.frames * self.frame_bytes + self.pattern_bytes


def total(shares: Iterable[Share]) -> int:
    return sum(share.amount for share in shares)

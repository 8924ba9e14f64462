"""What a run takes: its dominant terms, on the safe side, each with the setting that decides it. Used by studies."""

from dataclasses import dataclass

from emergescope.config.run import RunConfig

BYTES = {"float32": 4, "float64": 8}  # of a number
WAITING = 2**28  # bytes that copies of a network may take while they wait for the camera, beyond the first


@dataclass(frozen=True)
class Share:
    """A part of a cost: what it is for, and the setting that decides it."""

    what: str
    path: str
    amount: int


@dataclass(frozen=True)
class Cost:
    """Bytes of memory and floating-point operations, in shares; steps, and the setting that decides how many there are;
    frames, the bytes of each, and those of what is kept once.
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


def most_frames(config: RunConfig) -> int:
    return min(config.total_steps + 1, config.capture.frames + len(config.stages))


def copies(frames: int, size: int) -> int:
    """Bytes of copies of a network of this size: those that wait, one that is made, and one that is looked at."""
    return min(frames * size, WAITING + 2 * size)

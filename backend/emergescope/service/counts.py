"""What the service has done since the server started, as plain numbers. The service counts; api/prometheus.py reads."""

from bisect import bisect_left
from dataclasses import dataclass, field

ENDS = ("succeeded", "failed", "cancelled")
BOUNDS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, 10_000.0, 30_000.0)  # seconds of training


def _no_durations() -> list[int]:
    return [0] * (len(BOUNDS) + 1)


@dataclass
class Durations:
    """How long runs trained: `buckets[i]` of them at most BOUNDS[i] seconds, the last longer; `total` together."""

    buckets: list[int] = field(default_factory=_no_durations)
    total: float = 0.0

    def add(self, seconds: float) -> None:
        self.buckets[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds


@dataclass
class Counts:
    """Written with the service's lock held, read at any moment. Frames are counted once they are committed."""

    frames: int = 0
    frame_bytes: int = 0
    deaths: int = 0  # of workers and servers that had a run
    pauses: int = 0
    resumes: int = 0
    ends: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ENDS, 0))
    durations: dict[str, Durations] = field(default_factory=lambda: {status: Durations() for status in ENDS})

    def committed(self, size: int) -> None:
        """A frame of `size` bytes is in the store."""
        self.frames += 1
        self.frame_bytes += size

    def ended(self, status: str, seconds: float | None) -> None:
        """A run is over. `seconds` that it trained; None if it never began."""
        self.ends[status] += 1
        if seconds is not None:
            self.durations[status].add(seconds)

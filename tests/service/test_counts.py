"""Counts of the service: what is put where."""

from emergescope.service.progress import BOUNDS, Counts


def test_ends_and_durations() -> None:
    counts = Counts()
    for status, seconds in (
        ("succeeded", 0.2),
        ("succeeded", BOUNDS[0]),
        ("succeeded", BOUNDS[-1] + 1),
        ("failed", BOUNDS[0] + 0.1),
        ("cancelled", None),
    ):
        counts.ended(status, seconds)
    assert counts.ends == {"succeeded": 3, "failed": 1, "cancelled": 1}
    longest = len(BOUNDS)
    nonzero = {s: {i: n for i, n in enumerate(d.buckets) if n} for s, d in counts.durations.items()}
    assert nonzero == {"succeeded": {0: 2, longest: 1}, "failed": {1: 1}, "cancelled": {}}
    assert counts.durations["succeeded"].total == 0.2 + BOUNDS[0] + BOUNDS[-1] + 1


def test_frames() -> None:
    counts = Counts()
    counts.committed(10)
    counts.committed(5)
    assert (counts.frames, counts.frame_bytes) == (2, 15)

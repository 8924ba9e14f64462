"""Which frames of a film are worth most, and which films are thinned to fit a limit. Pure; used by retention only."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import accumulate, pairwise

from emergescope.store.records import FrameInfo

FILM = 60  # frames that still make a film
FEW = 9  # frames that tell what happened


class Film:
    """The frames of a run, ordered by what the film would miss most.

    The last frame, the first, the last of each phase and those that show an event come before all others. Then comes,
    each time, the frame that is farthest from those chosen: so they are spread as evenly as they were recorded, and
    thinning twice gives what thinning once would have given.
    """

    def __init__(self, shots: Sequence[FrameInfo], event_steps: Collection[int]) -> None:
        present = [shot.seq for shot in shots if shot.size]
        needed = _needed(shots, event_steps).intersection(present)
        self._least = len(needed)
        self._order = _order(present, needed)
        sizes = {shot.seq: shot.size for shot in shots}
        self._bytes = array("q", accumulate((sizes[seq] for seq in self._order), initial=0))

    def __len__(self) -> int:
        return len(self._order)

    def count(self, target: int) -> int:
        """How many frames are left of it when thinned to `target`: one, or at least all that it needs."""
        return min(target if target <= 1 else max(target, self._least), len(self))

    def kept(self, target: int) -> set[int]:
        """The seqs that are left; a single one is the last."""
        return set(self._order[: self.count(target)])

    def bytes(self, target: int) -> int:
        return self._bytes[self.count(target)]


def _needed(shots: Sequence[FrameInfo], event_steps: Collection[int]) -> set[int]:
    """Ends of phases, and the first frame at or after each event; both ends of what is there."""
    present = [shot.seq for shot in shots if shot.size]
    needed = {shot.seq for shot, after in pairwise(shots) if shot.phase != after.phase}
    steps = [shot.step for shot in shots]
    places = (bisect_left(steps, step) for step in event_steps)
    needed.update(shots[place].seq for place in places if place < len(shots))
    return needed.union(present[:1], present[-1:])


def _order(seqs: Sequence[int], needed: Collection[int]) -> list[int]:
    """All seqs, the last one first, then what is needed, then always the one in the middle of the widest gap."""
    fixed = [place for place, seq in enumerate(seqs) if seq in needed]
    order = [seqs[place] for place in reversed(fixed)]
    gaps = [gap for ends in pairwise(fixed) if (gap := _gap(seqs, *ends))]
    heapify(gaps)
    while gaps:
        _, seq, low, middle, high = heappop(gaps)
        order.append(seq)
        for ends in ((low, middle), (middle, high)):
            if gap := _gap(seqs, *ends):
                heappush(gaps, gap)
    return order


def _gap(seqs: Sequence[int], low: int, high: int) -> tuple[int, int, int, int, int] | None:
    """(-distance, seq, low, place, high) of the frame between two places that is farthest from both."""
    if high - low < 2:
        return None
    right = bisect_left(seqs, (seqs[low] + seqs[high]) / 2, low + 1, high - 1)
    place = max((max(low + 1, right - 1), right), key=lambda p: min(seqs[p] - seqs[low], seqs[high] - seqs[p]))
    return -min(seqs[place] - seqs[low], seqs[high] - seqs[place]), seqs[place], low, place, high


@dataclass(frozen=True)
class Holding:
    """What a run holds that may be taken: `bytes` of `frames` and checkpoints."""

    run_id: str
    frames: int
    bytes: int


def fit(
    runs: Sequence[Holding], excess: int, left: Callable[[str, int], int], targets: Mapping[str, int] | None = None
) -> tuple[dict[str, int], int]:
    """How far to thin which runs, so that `excess` bytes are freed; and how many of these cannot be.

    Passes go through the runs in order, each a little harder than the one before: all checkpoints but the last, half of
    the frames as long as there are more than FILM, all but FEW, all but the last. `left(run, frames)` is what that run
    then holds. The result names runs that are to change, with the number of frames to thin them to; those in `targets`
    are thinned so far already, or further.
    """
    found = dict(targets or {})
    held = {run.run_id: left(run.run_id, found[run.run_id]) if run.run_id in found else run.bytes for run in runs}
    most = max((run.frames for run in runs), default=0)
    halvings = (most // (FILM + 1)).bit_length()  # until no film has more than FILM frames
    for level in range(halvings + 3):
        for run in runs:
            if excess <= 0:
                return found, 0
            least = {halvings + 1: FEW, halvings + 2: 1}.get(level, max(FILM, run.frames >> level))
            target = min(run.frames, least)
            if level and target >= found.get(run.run_id, run.frames):
                continue
            after = left(run.run_id, target)
            if after < held[run.run_id]:
                excess -= held[run.run_id] - after
                held[run.run_id], found[run.run_id] = after, target
    return found, max(excess, 0)

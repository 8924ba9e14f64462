"""Retention: films of runs that are over are thinned by rule, and the events of the run say so each time.

Used by the service and by `emergescope db vacuum`. The record of a run, its metrics and its events are never touched,
nor are runs that are not over, or that have the tag `keep`.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from heapq import heapify, heappop, heappush
from itertools import accumulate, pairwise
from typing import Any

from rich.filesize import decimal
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from emergescope.errors import NotFound
from emergescope.recording.events import Happened
from emergescope.store.reader import INFO
from emergescope.store.records import FrameInfo
from emergescope.store.store import STATE, Store, add_event, hold_run
from emergescope.store.tables import CheckpointRow, EventRow, FrameRow, Run, RunTag

KEEP = "keep"  # the tag of runs that no rule touches
THINNED = "thinned"  # the kind of the event
FILM = 60  # frames that still make a film
FEW = 9  # frames that tell what happened
_OVER = ("succeeded", "failed", "cancelled")


@dataclass(frozen=True)
class Rules:
    """What may be kept; None keeps everything."""

    keep: float | None = None  # days, until a film is thinned to FILM frames, and all checkpoints but the last dropped
    max_bytes: int | None = None  # of frames and checkpoints of all runs together


@dataclass(frozen=True)
class Thinning:
    """What is done to a run: frames before and after, checkpoints dropped, bytes freed, by which rule and why."""

    run_id: str
    name: str
    rule: str
    reason: str
    before: int
    after: int
    checkpoints: int
    freed: int

    @property
    def text(self) -> str:
        """It in words, as the run's event has them."""
        parts = []
        if self.after < self.before:
            parts.append(f"film thinned from {self.before} to {_count(self.after, 'frame')}")
        if self.checkpoints:
            parts.append(f"{_count(self.checkpoints, 'checkpoint')} dropped")
        return f"{' and '.join(parts)} ({decimal(self.freed)} freed): {self.reason} ({self.rule})"

    @property
    def data(self) -> dict[str, Any]:
        names = ("rule", "before", "after", "checkpoints")
        return {name: getattr(self, name) for name in names} | {"bytes": self.freed}


@dataclass(frozen=True)
class Outcome:
    """What was done, or is planned, in order; the warning says where the rules cannot be kept even so."""

    thinnings: tuple[Thinning, ...] = ()
    warning: str | None = None


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


@dataclass(frozen=True)
class _Ended(Holding):
    """A run that is over, and may be thinned; its film is read when it is asked for, and once."""

    name: str
    ended: datetime
    checkpoints: Sequence[int]  # their bytes
    store: Store

    @cached_property
    def film(self) -> Film:
        with self.store.session() as session:
            return _film(session, self.run_id)

    def left(self, target: int) -> int:
        """What the run holds once its film is thinned and it has its last checkpoint alone."""
        frames = self.bytes - sum(self.checkpoints) if target >= self.frames else self.film.bytes(target)
        return frames + sum(self.checkpoints[-1:])

    def thinning(self, rules: Rules, rule: str, target: int) -> Thinning:
        after = self.frames if target >= self.frames else self.film.count(target)
        dropped, freed = max(len(self.checkpoints) - 1, 0), self.bytes - self.left(target)
        return Thinning(self.run_id, self.name, rule, _reason(rules, rule), self.frames, after, dropped, freed)


class RetentionStore:
    """Applies rules to the runs of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def apply(self, rules: Rules, now: datetime) -> Outcome:
        """Plan and carry out. Each run in a transaction of its own: a crash in between leaves all of them whole."""
        return self.carry_out(self.plan(rules, now))

    def plan(self, rules: Rules, now: datetime) -> Outcome:
        """What the rules ask for now. Changes nothing, and reads no frame's bytes."""
        if rules == Rules():
            return Outcome()
        total, runs = _survey(self._store)
        known = {run.run_id: run for run in runs}
        old: dict[str, int] = {}
        if rules.keep is not None:
            horizon = now - timedelta(days=rules.keep)
            old = {run.run_id: FILM for run in runs if run.ended < horizon and run.left(FILM) < run.bytes}
            total -= sum(known[run_id].bytes - known[run_id].left(FILM) for run_id in old)
        targets, missing = old, 0
        if rules.max_bytes is not None:
            excess = total - rules.max_bytes
            targets, missing = fit(runs, excess, lambda run_id, target: known[run_id].left(target), old)
        thinnings = []
        for run in runs:
            if (target := targets.get(run.run_id)) is not None:
                rule = "keep" if target == old.get(run.run_id) else "max_bytes"
                thinnings.append(run.thinning(rules, rule, target))
        return Outcome(tuple(thinnings), _warning(rules.max_bytes or 0, missing) if missing else None)

    def carry_out(self, plan: Outcome) -> Outcome:
        """Do what was planned; what has changed meanwhile is looked at again, and left alone if it must be."""
        return Outcome(tuple(filter(None, map(self._thin, plan.thinnings))), plan.warning)

    def _thin(self, planned: Thinning) -> Thinning | None:
        try:
            with self._store.writing(STATE, planned.run_id) as session:
                run = hold_run(session, planned.run_id)
                if run.status not in _OVER or KEEP in run.tags:
                    return None
                film = _film(session, run.id)
                kept = film.kept(planned.after)
                before, bytes_before = len(film), film.bytes(len(film))
                gone = sorted(film.kept(before) - kept)
                run.frames_count, run.frames_bytes = len(kept), film.bytes(planned.after)
                emptied = [{"run_id": run.id, "seq": seq, "blob": b"", "size": 0} for seq in gone]
                if emptied:
                    session.execute(update(FrameRow), emptied)
                mine = CheckpointRow.run_id == run.id
                last = select(func.max(CheckpointRow.step)).where(mine).scalar_subquery()
                dropped = session.scalars(select(CheckpointRow.size).where(mine, CheckpointRow.step < last)).all()
                session.execute(delete(CheckpointRow).where(mine, CheckpointRow.step < last))
                if not gone and not dropped:
                    return None
                counts: Any = {"before": before, "after": len(kept), "checkpoints": len(dropped)}
                freed = bytes_before - run.frames_bytes + sum(dropped)
                done = replace(planned, name=run.name, freed=freed, **counts)
                add_event(session, run.id, Happened(run.step, THINNED, done.text, done.data))
                return done
        except NotFound:  # it has been deleted since
            return None


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


def _survey(store: Store) -> tuple[int, list[_Ended]]:
    """The bytes of all frames and checkpoints, and the runs that may be thinned, those that ended first ahead."""
    checkpoints: dict[str, list[int]] = {}
    sizes = select(CheckpointRow.run_id, CheckpointRow.size).order_by(CheckpointRow.run_id, CheckpointRow.step)
    ended = func.coalesce(Run.finished_at, Run.created_at)
    query = select(Run.id, Run.frames_count, Run.frames_bytes, Run.name, ended)
    query = query.where(Run.status.in_(_OVER), Run.id.not_in(select(RunTag.run_id).where(RunTag.tag == KEEP)))
    with store.session() as session:
        for run_id, size in session.execute(sizes):
            checkpoints.setdefault(run_id, []).append(size)
        total = int(session.scalar(select(func.sum(Run.frames_bytes))) or 0) + sum(map(sum, checkpoints.values()))
        rows = session.execute(query.order_by(ended, Run.number)).all()
    runs = []
    for run_id, frames, size, name, time in rows:
        if isinstance(time, datetime):  # else the run is left alone: no rule can say how old it is
            kept = checkpoints.get(run_id, [])
            runs.append(_Ended(run_id, frames, size + sum(kept), name, time, kept, store))
    return total, runs


def _film(session: Session, run_id: str) -> Film:
    frames = session.execute(select(*INFO).where(FrameRow.run_id == run_id).order_by(FrameRow.seq))
    steps = session.scalars(select(EventRow.step).where(EventRow.run_id == run_id))
    return Film([FrameInfo(*row) for row in frames], set(steps))


def _reason(rules: Rules, rule: str) -> str:
    if rule == "keep":
        return f"older than {rules.keep:g} {'day' if rules.keep == 1 else 'days'}"
    return f"the store is to hold {decimal(rules.max_bytes or 0)} at most"


def _warning(limit: int, missing: int) -> str:
    return (
        f"frames and checkpoints exceed max_bytes = {limit} ({decimal(limit)}) by {decimal(missing)}, and nothing more "
        f"may be thinned: what is left belongs to runs that are not over or have the tag {KEEP!r}, or is the last "
        "frame and checkpoint of the others; raise the limit, delete runs, or take the tag away"
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"

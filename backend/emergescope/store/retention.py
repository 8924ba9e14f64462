"""Retention: films of runs that are over are thinned by rule, and the events of the run say so each time.

Used by the service and by `emergescope db vacuum`. The record of a run, its metrics and its events are never touched,
nor are runs that are not over, or that have the tag `keep`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rich.filesize import decimal
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from emergescope.errors import NotFound
from emergescope.store.records import NewEvent
from emergescope.store.store import STATE, Store, add_event, hold_run
from emergescope.store.tables import CheckpointRow, EventRow, FrameRow, Run, RunTag
from emergescope.store.thinning import FILM, Film, Holding, Shot, fit

KEEP = "keep"  # the tag of runs that no rule touches
THINNED = "thinned"  # the kind of the event
_OVER = ("succeeded", "failed", "cancelled")
_AT_ONCE = 500  # rows named in a statement


@dataclass(frozen=True)
class Rules:
    """What may be kept; None keeps everything.

    keep       days after which a film is thinned to FILM frames, and its checkpoints but the last are dropped
    max_bytes  of frames and checkpoints of all runs together
    """

    keep: float | None = None
    max_bytes: int | None = None


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


@dataclass(frozen=True)
class _Kept:
    """Checkpoints of a run: how many, their bytes, and those of the last."""

    count: int = 0
    bytes: int = 0
    last: int = 0


@dataclass(frozen=True)
class _Ended:
    """A run that is over, and may be thinned."""

    run_id: str
    name: str
    frames: int
    bytes: int
    ended: datetime
    checkpoints: _Kept

    @property
    def held(self) -> int:
        return self.bytes + self.checkpoints.bytes


class _Films:
    """Films of runs, each read when it is asked for, and once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._films: dict[str, Film] = {}

    def left(self, run: _Ended, target: int) -> int:
        """What a run holds once its film is thinned and it has its last checkpoint alone."""
        frames = run.bytes if target >= run.frames else self._of(run).bytes(target)
        return frames + run.checkpoints.last

    def thinning(self, run: _Ended, rules: Rules, rule: str, target: int) -> Thinning:
        after = run.frames if target >= run.frames else self._of(run).count(target)
        dropped = max(run.checkpoints.count - 1, 0)
        freed = run.held - self.left(run, target)
        return Thinning(run.run_id, run.name, rule, _reason(rules, rule), run.frames, after, dropped, freed)

    def _of(self, run: _Ended) -> Film:
        if run.run_id not in self._films:
            with self._store.session() as session:
                self._films[run.run_id] = _film(session, run.run_id)
        return self._films[run.run_id]


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
        with self._store.session() as session:
            total, runs = _survey(session)
        films = _Films(self._store)
        chosen: dict[str, tuple[str, int]] = {}
        if rules.keep is not None:
            horizon = now - timedelta(days=rules.keep)
            for run in runs:
                if run.ended < horizon and films.left(run, FILM) < run.held:
                    chosen[run.run_id] = "keep", FILM
                    total -= run.held - films.left(run, FILM)
        missing = 0
        if rules.max_bytes is not None and total > rules.max_bytes:
            known = {run.run_id: run for run in runs}
            holdings = [
                Holding(run.run_id, min(run.frames, FILM), films.left(run, FILM))
                if run.run_id in chosen
                else Holding(run.run_id, run.frames, run.held)
                for run in runs
            ]
            targets, missing = fit(holdings, total - rules.max_bytes, lambda run_id, n: films.left(known[run_id], n))
            chosen |= {run_id: ("max_bytes", target) for run_id, target in targets.items()}
        thinnings = (films.thinning(run, rules, *chosen[run.run_id]) for run in runs if run.run_id in chosen)
        return Outcome(tuple(thinnings), _warning(rules.max_bytes or 0, missing) if missing else None)

    def carry_out(self, plan: Outcome) -> Outcome:
        """Do what was planned; what has changed meanwhile is looked at again, and left alone if it must be."""
        done = (self._thin(planned) for planned in plan.thinnings)
        return Outcome(tuple(thinning for thinning in done if thinning is not None), plan.warning)

    def _thin(self, planned: Thinning) -> Thinning | None:
        try:
            with self._store.write(STATE, planned.run_id) as session:
                run = hold_run(session, planned.run_id)
                if run.status not in _OVER or KEEP in run.tags:
                    return None
                film = _film(session, run.id)
                kept = film.kept(planned.after)
                before, bytes_before = len(film), film.bytes(len(film))
                gone = sorted(film.kept(before) - kept)
                run.frames_count, run.frames_bytes = len(kept), film.bytes(planned.after)
                for start in range(0, len(gone), _AT_ONCE):
                    frames = FrameRow.run_id == run.id, FrameRow.seq.in_(gone[start : start + _AT_ONCE])
                    session.execute(update(FrameRow).where(*frames).values(blob=b"", size=0))
                dropped, size = _drop_checkpoints(session, run.id)
                if not gone and not dropped:
                    return None
                done = Thinning(
                    run.id,
                    run.name,
                    planned.rule,
                    planned.reason,
                    before,
                    len(kept),
                    dropped,
                    bytes_before - run.frames_bytes + size,
                )
                add_event(session, run.id, NewEvent(run.step, THINNED, done.text, done.data))
                return done
        except NotFound:  # it has been deleted since
            return None


def _survey(session: Session) -> tuple[int, list[_Ended]]:
    """The bytes of all frames and checkpoints, and the runs that may be thinned, those that ended first ahead."""
    checkpoints: dict[str, _Kept] = {}
    sizes = select(CheckpointRow.run_id, CheckpointRow.size).order_by(CheckpointRow.run_id, CheckpointRow.step)
    for run_id, size in session.execute(sizes):
        before = checkpoints.get(run_id, _Kept())
        checkpoints[run_id] = _Kept(before.count + 1, before.bytes + size, size)
    total = int(session.scalar(select(func.sum(Run.frames_bytes))) or 0)
    ended = func.coalesce(Run.finished_at, Run.created_at)
    query = select(Run.id, Run.name, Run.frames_count, Run.frames_bytes, ended)
    query = query.where(Run.status.in_(_OVER), Run.id.not_in(select(RunTag.run_id).where(RunTag.tag == KEEP)))
    rows = session.execute(query.order_by(ended, Run.number))
    # A run whose time is none is left alone: no rule can say how old it is.
    runs = [_Ended(*row, checkpoints.get(row.id, _Kept())) for row in rows if isinstance(row[-1], datetime)]
    return total + sum(kept.bytes for kept in checkpoints.values()), runs


def _film(session: Session, run_id: str) -> Film:
    frames = select(FrameRow.seq, FrameRow.step, FrameRow.phase, FrameRow.size).where(FrameRow.run_id == run_id)
    steps = select(EventRow.step).where(EventRow.run_id == run_id)
    shots = [Shot(*row) for row in session.execute(frames.order_by(FrameRow.seq))]
    return Film(shots, set(session.scalars(steps)))


def _drop_checkpoints(session: Session, run_id: str) -> tuple[int, int]:
    """Drop all checkpoints of a run but the last; how many, and their bytes."""
    mine = CheckpointRow.run_id == run_id
    last = select(func.max(CheckpointRow.step)).where(mine).scalar_subquery()
    sizes = list(session.scalars(select(CheckpointRow.size).where(mine, CheckpointRow.step < last)))
    if sizes:
        session.execute(delete(CheckpointRow).where(mine, CheckpointRow.step < last))
    return len(sizes), sum(sizes)


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

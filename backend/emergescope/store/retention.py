"""Retention: films of runs that are over are thinned by rule, and the events of the run say so each time.

Used by the service and by `emergescope db vacuum`. The record of a run, its metrics and its events are never touched,
nor are runs that are not over, or that have the tag `keep`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
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
from emergescope.store.thinning import FILM, Film, Holding, fit

KEEP = "keep"  # the tag of runs that no rule touches
THINNED = "thinned"  # the kind of the event
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

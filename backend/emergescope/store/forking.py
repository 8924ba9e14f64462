"""Checkpoints, and forks: runs that begin with a checkpoint, and what else another run has until then.

A long film is copied a few frames at a time, so that others write meanwhile, into a run that no one sees before it is
whole. What a crash leaves of it is hidden, and removed by the next server.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, literal, or_, select, true, update
from sqlalchemy.orm import Session

from emergescope.errors import Conflict, StoreError
from emergescope.recording.events import Checkpointed
from emergescope.store.reader import find_run
from emergescope.store.records import NewRun
from emergescope.store.store import AT_ONCE, QUEUE, Store, hold_run, new_run, remove, turns
from emergescope.store.tables import HIDDEN, CheckpointRow, EventRow, FrameRow, PatternsRow, Run, SketchRow

MOST = 16  # checkpoints of one run that are kept, spread over its steps
_KEEP = {"read": True, "key_share": True}  # of a parent: it is not removed meanwhile, but may go on training
_OfRun = type[FrameRow | SketchRow | EventRow | CheckpointRow | PatternsRow]
_BYTES = 8_000_000  # of frames that are copied in one transaction, unless a single one has more


class CheckpointStore:
    """Checkpoints of runs. Raises NotFound for a run that does not exist."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, run_id: str, claim: str | None, checkpoint: Checkpointed, now: datetime) -> None:
        """Keep a checkpoint, and, once there are more than MOST, drop the one that leaves the smallest gap."""
        with self._store.writing() as session:
            hold_run(session, run_id, claim)
            values = {**vars(checkpoint), "size": len(checkpoint.blob), "created_at": now}
            session.merge(CheckpointRow(run_id=run_id, **values))
            session.flush()
            steps = _steps(session, run_id)
            if len(steps) > MOST:
                places = zip(steps, steps[1:], steps[2:], strict=False)  # the first and the last stay
                _, crowded = min((after - before, step) for before, step, after in places)
                this = CheckpointRow.run_id == run_id, CheckpointRow.step == crowded
                session.execute(delete(CheckpointRow).where(*this))

    def latest(self, run_id: str, step: int | None = None) -> Checkpointed | None:
        """The last checkpoint, at or before `step` if given; None if there is none."""
        with self._store.session() as session:
            row = _latest(session, run_id, step)
            return None if row is None else Checkpointed(row.step, row.frames, row.blob)

    def steps(self, run_id: str) -> list[int]:
        with self._store.session() as session:
            return _steps(session, run_id)


class ForkStore:
    """Makes forks for one server; `making` are those that are not whole yet."""

    def __init__(self, store: Store, server: str) -> None:
        self._store = store
        self._server = server
        self.making: set[str] = set()

    def create(self, new: NewRun, parent_id: str, step: int, now: datetime) -> None:
        """Queue a run that begins with the frames, events and last checkpoint of another one up to `step`.

        Raises NotFound where that one is not there, or is deleted meanwhile, and Conflict where it is a fork itself
        and has no checkpoint of its own at or before `step`.
        """
        self.making.add(new.id)
        try:
            self._begin(new, parent_id, step, now)
            copied = -1
            for _ in turns():
                before, copied = copied, self._copy_frames(new.id, parent_id, step, copied)
                if copied == before:
                    break
            self._finish(new.id, parent_id, step)
        except BaseException:
            with suppress(StoreError):  # the next round tries again
                remove(self._store, new.id)
            raise
        finally:
            self.making.discard(new.id)

    def _begin(self, new: NewRun, parent_id: str, step: int, now: datetime) -> None:
        """Make the run, hidden, with the checkpoint: it is read before the frames and events, which were kept before
        it, since the other order could miss some of them.
        """
        with self._store.writing() as session:
            parent = find_run(session, parent_id, **_KEEP)
            checkpoint = _latest(session, parent_id, step)
            if parent.origin is not None and (checkpoint is None or checkpoint.step < parent.origin["step"]):
                raise Conflict(f"run {parent_id} has no checkpoint at or before step {step}: fork it at a later step")
            run = new_run(new)
            run.facts, run.server = parent.facts, self._server
            session.add(run)
            session.flush()
            session.execute(update(Run).where(Run.id == new.id).values(status=HIDDEN))
            if checkpoint is not None:
                made = literal(now, CheckpointRow.created_at.type)
                _copy(session, CheckpointRow, parent_id, new.id, CheckpointRow.step == checkpoint.step, created_at=made)
            _copy(session, PatternsRow, parent_id, new.id, true())

    def _copy_frames(self, run_id: str, parent_id: str, step: int, after: int) -> int:
        """Copy some frames after seq `after`; the seq of the last one, `after` itself if there are no more."""
        which = and_(FrameRow.seq > after, FrameRow.step <= step)
        query = select(FrameRow.seq, FrameRow.size).where(FrameRow.run_id == parent_id, which)
        with self._store.writing() as session:
            _hold_fork(session, run_id)
            find_run(session, parent_id, **_KEEP)
            last, total = after, 0
            for seq, size in session.execute(query.order_by(FrameRow.seq).limit(AT_ONCE)):
                total += size
                if last > after and total > _BYTES:
                    break
                last = seq
            if last > after:
                _copy(session, FrameRow, parent_id, run_id, and_(which, FrameRow.seq <= last))
                sketched = and_(SketchRow.seq > after, SketchRow.seq <= last)
                _copy(session, SketchRow, parent_id, run_id, sketched)
        return last

    def _finish(self, run_id: str, parent_id: str, step: int) -> None:
        """Copy the events, and let the run be seen."""
        with self._store.session() as session:
            counted = _count(session, run_id)
        with self._store.writing(QUEUE, run_id) as session:
            _hold_fork(session, run_id)
            find_run(session, parent_id, **_KEEP)  # with all its frames until now, for a deleted one is hidden first
            # What has become of the frames goes with them; deaths of the parent are its own.
            shown = and_(EventRow.step <= step, EventRow.kind != "interrupted")
            number = func.row_number().over(order_by=EventRow.number) - 1  # without gaps, as the next one expects
            _copy(session, EventRow, parent_id, run_id, or_(shown, EventRow.kind == "thinned"), number=number)
            session.execute(update(Run).where(Run.id == run_id).values(status="queued", server=None, **counted))


def _steps(session: Session, run_id: str) -> list[int]:
    query = select(CheckpointRow.step).where(CheckpointRow.run_id == run_id)
    return list(session.scalars(query.order_by(CheckpointRow.step)))


def _latest(session: Session, run_id: str, step: int | None) -> CheckpointRow | None:
    """The last checkpoint of a run, at or before `step` if given."""
    query = select(CheckpointRow).where(CheckpointRow.run_id == run_id)
    if step is not None:
        query = query.where(CheckpointRow.step <= step)
    return session.scalars(query.order_by(CheckpointRow.step.desc()).limit(1)).first()


def _hold_fork(session: Session, run_id: str) -> None:
    """Raises Conflict where another server has removed it, which took this one for dead."""
    mine = select(Run.id).where(Run.id == run_id, Run.status == HIDDEN)
    if session.scalar(mine.with_for_update(key_share=True)) is None:
        raise Conflict("making the fork was taken for given up, so slow was it: fork the run again")


def _copy(
    session: Session, table: _OfRun, source: str, target: str, which: ColumnElement[bool], **instead: ColumnElement[Any]
) -> None:
    """Give one run the rows of another, with other values in some columns."""
    names = [column.name for column in table.__table__.columns if column.name != "run_id"]
    rows = select(literal(target), *(instead.get(name, getattr(table, name)) for name in names))
    rows = rows.where(table.run_id == source, which)
    session.execute(insert(table).from_select(["run_id", *names], rows))


def _count(session: Session, run_id: str) -> dict[str, Any]:
    """What a run's row is to say about its frames, from the frames."""
    said: dict[str, Any] = {"frames_count": 0, "frames_bytes": 0, "metrics": {}}
    frames = select(FrameRow.seq, FrameRow.step, FrameRow.phase, FrameRow.size, FrameRow.metrics)
    for seq, step, phase, size, measured in session.execute(frames.where(FrameRow.run_id == run_id).order_by("seq")):
        said |= {"frames_next": seq + 1, "step": step, "phase": phase}
        said["frames_count"] += size > 0
        said["frames_bytes"] += size
        said["metrics"] |= measured
    return said

"""Forks in the database: runs that begin with what another run has. Used by the service.

A long film is copied a few frames at a time, so that others write meanwhile, into a run that no one sees before it is
whole. What a crash leaves of it is hidden, and removed by the next server.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from emergescope.errors import Conflict, StoreError
from emergescope.store.checkpoints import latest_row
from emergescope.store.reader import find_run
from emergescope.store.records import NewRun
from emergescope.store.removing import AT_ONCE, remove, turns
from emergescope.store.store import QUEUE, Store, new_run
from emergescope.store.tables import HIDDEN, CheckpointRow, EventRow, FrameRow, PatternsRow, Run, SketchRow

_BYTES = 8_000_000  # of frames that are copied in one transaction, unless a single one has more


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
            parent = _hold_parent(session, parent_id)
            checkpoint = latest_row(session, parent_id, step)
            if parent.origin is not None and (checkpoint is None or checkpoint.step < parent.origin["step"]):
                raise Conflict(f"run {parent_id} has no checkpoint at or before step {step}: fork it at a later step")
            run = new_run(new)
            run.facts, run.server = parent.facts, self._server
            session.add(run)
            session.flush()
            session.execute(update(Run).where(Run.id == new.id).values(status=HIDDEN))
            if checkpoint is not None:
                names = ("step", "frames", "size", "blob")
                same = {name: getattr(checkpoint, name) for name in names}
                session.add(CheckpointRow(run_id=new.id, created_at=now, **same))
            if (patterns := session.get(PatternsRow, parent_id)) is not None:
                session.add(PatternsRow(run_id=new.id, blob=patterns.blob))

    def _copy_frames(self, run_id: str, parent_id: str, step: int, after: int) -> int:
        """Copy some frames after seq `after`; the seq of the last one, `after` itself if there are no more."""
        which = and_(FrameRow.seq > after, FrameRow.step <= step)
        query = select(FrameRow.seq, FrameRow.size).where(FrameRow.run_id == parent_id, which)
        with self._store.writing() as session:
            _hold_fork(session, run_id)
            _hold_parent(session, parent_id)
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
        with self._store.write(QUEUE, run_id) as session:
            _hold_fork(session, run_id)
            _hold_parent(session, parent_id)  # with all its frames until now, for a deleted one is hidden first
            # What has become of the frames goes with them; deaths of the parent are its own.
            shown = and_(EventRow.step <= step, EventRow.kind != "interrupted")
            number = func.row_number().over(order_by=EventRow.number) - 1  # without gaps, as the next one expects
            _copy(session, EventRow, parent_id, run_id, or_(shown, EventRow.kind == "thinned"), number=number)
            session.execute(update(Run).where(Run.id == run_id).values(status="queued", server=None, **counted))


def _hold_parent(session: Session, run_id: str) -> Run:
    """A run that is not deleted until the transaction ends, but may go on training. Raises NotFound."""
    session.execute(select(Run.id).where(Run.id == run_id).with_for_update(read=True, key_share=True))
    return find_run(session, run_id)


def _hold_fork(session: Session, run_id: str) -> None:
    """Raises Conflict where another server has removed it, which took this one for dead."""
    mine = select(Run.id).where(Run.id == run_id, Run.status == HIDDEN)
    if session.scalar(mine.with_for_update(key_share=True)) is None:
        raise Conflict("making the fork was taken for given up, so slow was it: fork the run again")


def _copy(
    session: Session,
    table: type[FrameRow | SketchRow | EventRow],
    source: str,
    target: str,
    which: ColumnElement[bool],
    **instead: ColumnElement[Any],
) -> None:
    """Give one run the rows of another, with other values in some columns."""
    names = [column.name for column in table.__table__.columns if column.name != "run_id"]
    rows = select(literal(target), *(instead.get(name, getattr(table, name)) for name in names)).where(
        table.run_id == source, which
    )
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

"""Checkpoints in the database, and forks, which begin with what another run has. Used by the service."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, literal, or_, select
from sqlalchemy.orm import Session

from emergescope.errors import Conflict
from emergescope.store.reader import find_run
from emergescope.store.records import CheckpointRecord, NewRun
from emergescope.store.store import QUEUE, Store, hold_run, new_run
from emergescope.store.tables import CheckpointRow, EventRow, FrameRow, PatternsRow, Run

MOST = 16  # checkpoints of one run that are kept, spread over its steps


class CheckpointStore:
    """Checkpoints of runs. Raises NotFound for a run that does not exist."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, run_id: str, claim: str | None, checkpoint: CheckpointRecord, now: datetime) -> None:
        """Keep a checkpoint, and, once there are more than MOST, drop the one that leaves the smallest gap."""
        with self._store.writing() as session:
            hold_run(session, run_id, claim)
            session.merge(
                CheckpointRow(
                    run_id=run_id,
                    step=checkpoint.step,
                    frames=checkpoint.frames,
                    size=len(checkpoint.blob),
                    created_at=now,
                    blob=checkpoint.blob,
                )
            )
            session.flush()
            steps = _steps(session, run_id)
            if len(steps) > MOST:
                places = zip(steps, steps[1:], steps[2:], strict=False)  # the first and the last stay
                _, crowded = min((after - before, step) for before, step, after in places)
                session.execute(
                    delete(CheckpointRow).where(CheckpointRow.run_id == run_id, CheckpointRow.step == crowded)
                )

    def latest(self, run_id: str, step: int | None = None) -> CheckpointRecord | None:
        """The last checkpoint, at or before `step` if given; None if there is none."""
        with self._store.session() as session:
            row = _latest(session, run_id, step)
            return None if row is None else CheckpointRecord(row.step, row.frames, row.blob)

    def steps(self, run_id: str) -> list[int]:
        with self._store.session() as session:
            return _steps(session, run_id)

    def create_fork(self, new: NewRun, parent_id: str, step: int, now: datetime) -> None:
        """Queue a run that begins with the frames, events and last checkpoint of another one up to `step`.

        Raises Conflict where that one is a fork itself and has no checkpoint of its own at or before `step`.
        """
        with self._store.write(QUEUE, new.id) as session:
            # It must not be deleted meanwhile, but may go on training: copying a long film takes a while.
            session.execute(select(Run.id).where(Run.id == parent_id).with_for_update(read=True, key_share=True))
            parent = find_run(session, parent_id)
            # Read before the frames and events, which were kept before it: the other order could miss some of them.
            checkpoint = _latest(session, parent_id, step)
            if parent.origin is not None and (checkpoint is None or checkpoint.step < parent.origin["step"]):
                raise Conflict(f"run {parent_id} has no checkpoint at or before step {step}: fork it at a later step")
            run = new_run(new)
            session.add(run)
            session.flush()
            _copy(session, FrameRow, parent_id, new.id, FrameRow.step <= step)
            # What has become of the frames goes with them; deaths of the parent are its own.
            shown = and_(EventRow.step <= step, EventRow.kind != "interrupted")
            number = func.row_number().over(order_by=EventRow.number) - 1  # without gaps, as the next one expects
            _copy(session, EventRow, parent_id, new.id, or_(shown, EventRow.kind == "thinned"), number=number)
            if checkpoint is not None:
                names = ("step", "frames", "size", "blob")
                same = {name: getattr(checkpoint, name) for name in names}
                session.add(CheckpointRow(run_id=new.id, created_at=now, **same))
            if (patterns := session.get(PatternsRow, parent_id)) is not None:
                session.add(PatternsRow(run_id=new.id, blob=patterns.blob))
            run.facts = parent.facts
            _count(session, run)


def _copy(
    session: Session,
    table: type[FrameRow | EventRow],
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


def _count(session: Session, run: Run) -> None:
    """Set what a run's row says about its frames from the frames."""
    metrics: dict[str, float | None] = {}
    frames = select(FrameRow.seq, FrameRow.step, FrameRow.phase, FrameRow.size, FrameRow.metrics)
    for seq, step, phase, size, measured in session.execute(frames.where(FrameRow.run_id == run.id).order_by("seq")):
        run.frames_next, run.step, run.phase = seq + 1, step, phase
        run.frames_count += size > 0
        run.frames_bytes += size
        metrics |= measured
    run.metrics = metrics


def _steps(session: Session, run_id: str) -> list[int]:
    query = select(CheckpointRow.step).where(CheckpointRow.run_id == run_id)
    return list(session.scalars(query.order_by(CheckpointRow.step)))


def _latest(session: Session, run_id: str, step: int | None) -> CheckpointRow | None:
    query = select(CheckpointRow).where(CheckpointRow.run_id == run_id)
    if step is not None:
        query = query.where(CheckpointRow.step <= step)
    return session.scalars(query.order_by(CheckpointRow.step.desc()).limit(1)).first()

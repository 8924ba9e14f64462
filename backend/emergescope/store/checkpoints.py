"""Checkpoints in the database. Used by the service."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from emergescope.store.records import CheckpointRecord
from emergescope.store.store import Store, hold_run
from emergescope.store.tables import CheckpointRow

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
            row = latest_row(session, run_id, step)
            return None if row is None else CheckpointRecord(row.step, row.frames, row.blob)

    def steps(self, run_id: str) -> list[int]:
        with self._store.session() as session:
            return _steps(session, run_id)


def _steps(session: Session, run_id: str) -> list[int]:
    query = select(CheckpointRow.step).where(CheckpointRow.run_id == run_id)
    return list(session.scalars(query.order_by(CheckpointRow.step)))


def latest_row(session: Session, run_id: str, step: int | None) -> CheckpointRow | None:
    """The last checkpoint of a run, at or before `step` if given."""
    query = select(CheckpointRow).where(CheckpointRow.run_id == run_id)
    if step is not None:
        query = query.where(CheckpointRow.step <= step)
    return session.scalars(query.order_by(CheckpointRow.step.desc()).limit(1)).first()

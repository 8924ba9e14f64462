"""Removes runs: what is seen of them at once, their frames a few at a time. Used by store/, and by the service.

Gigabytes in one transaction would hold up every other writer. What a crash leaves is hidden, and removed later.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from emergescope.store.tables import HIDDEN, CheckpointRow, FrameRow, Run, SketchRow

AT_ONCE = 64  # rows with bytes that are written in one transaction
_SMALL_AT_ONCE = 1000  # of rows of a hundred bytes
_PAUSE = 0.002  # seconds between two transactions: whoever waits has its turn, which a lock alone does not promise


class Writer(Protocol):
    """What can begin a transaction: a Store."""

    def writing(self) -> AbstractContextManager[Session]: ...


def hide(session: Session, run_ids: Sequence[str]) -> None:
    """Have no one see these runs from here on; `remove` does the rest, of each."""
    for start in range(0, len(run_ids), AT_ONCE):
        chosen = Run.id.in_(run_ids[start : start + AT_ONCE])
        session.execute(update(Run).where(chosen).values(status=HIDDEN, server=None, claim=None))


def remove(writer: Writer, run_id: str) -> None:
    """Remove a hidden run with all that belongs to it; nothing is left of it, or it is still hidden."""
    for table, key, at_once in (
        (FrameRow, FrameRow.seq, AT_ONCE),
        (SketchRow, SketchRow.seq, _SMALL_AT_ONCE),
        (CheckpointRow, CheckpointRow.step, AT_ONCE),
    ):
        for _ in turns():
            with writer.writing() as session:
                rows = select(key).join(Run, Run.id == table.run_id).where(Run.id == run_id, Run.status == HIDDEN)
                keys = list(session.scalars(rows.limit(at_once)))
                session.execute(delete(table).where(table.run_id == run_id, key.in_(keys)))
            if len(keys) < at_once:
                break
    with writer.writing() as session:
        session.execute(delete(Run).where(Run.id == run_id, Run.status == HIDDEN))


def turns() -> Iterator[None]:
    """For a transaction each; between two of them others have theirs."""
    while True:
        yield
        time.sleep(_PAUSE)

"""Reader: what may be asked of the database. Used by everyone who does not change it.

Methods block; they may be called from any thread. All raise NotFound for a run that does not exist, and StoreError when
the database fails.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from emergescope.errors import InvalidConfig, NotFound, Removed
from emergescope.recording.codec import IndexRow
from emergescope.store.database import Source
from emergescope.store.records import ExperimentName, FrameInfo, Page, QueuePlace
from emergescope.store.shapes import EventRecord, RunRecord, Status, wrong_metrics
from emergescope.store.tables import (
    HIDDEN,
    EventRow,
    Experiment,
    FrameRow,
    MemberRow,
    PatternsRow,
    Run,
    RunTag,
    SketchRow,
    fold,
)

INFO = FrameRow.seq, FrameRow.step, FrameRow.phase, FrameRow.size  # the columns of a FrameInfo
LARGEST = 2**31 - 1  # of the databases' integers


class Reader:
    """Everything that can be read."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def close(self) -> None:
        self._source.close()

    def get_run(self, run_id: str) -> RunRecord:
        with self.session() as session:
            return find_run(session, run_id).record()

    def list_runs(
        self,
        status: Status | None = None,
        tag: str | None = None,
        q: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
        until: str | None = None,
        in_experiment: bool | None = None,  # those of experiments, or all but those
    ) -> Page[RunRecord]:
        """Runs, newest first, between two cursors; `q` looks into id, name, preset, notes and tags."""
        query = select(Run).where(Run.status != HIDDEN)
        if status is not None:
            query = query.where(Run.status == status)
        if tag is not None:
            query = query.where(Run.id.in_(select(RunTag.run_id).where(RunTag.tag == tag)))
        if q:
            query = query.where(Run.search.contains(fold(q), autoescape=True))
        if in_experiment is not None:
            there = select(MemberRow.run_id).where(MemberRow.run_id == Run.id).exists()
            query = query.where(there if in_experiment else ~there)
        return self.page(query, Run, cursor, limit, until)

    def page(
        self, query: Select[Any], table: type[Run | Experiment], cursor: str | None, limit: int, until: str | None
    ) -> Page[Any]:
        """Records of the rows of a table that a query selects, newest first, between two cursors."""
        if cursor is not None:
            query = query.where(table.number < read_cursor(cursor))
        if until is not None:
            query = query.where(table.number >= read_cursor(until, "until"))
        with self.session() as session:
            rows = [row.record() for row in session.scalars(query.order_by(table.number.desc()).limit(limit + 1))]
        return Page(tuple(rows[:limit]), f"n{rows[limit - 1].number:x}" if len(rows) > limit else None)

    def queue_places(self, run_ids: Sequence[str]) -> dict[str, QueuePlace]:
        """Where each of these runs stands in the queue; those that do not wait are left out."""
        if not run_ids:
            return {}
        place = func.row_number().over(order_by=Run.number)
        queue = select(Run.id, place.label("place"), func.count().over().label("of"))
        queued = queue.where(Run.status == "queued").subquery()
        with self.session() as session:
            rows = session.execute(select(queued).where(queued.c.id.in_(run_ids)))
            return {run_id: QueuePlace(at, of) for run_id, at, of in rows}

    def experiments_of(self, run_ids: Sequence[str]) -> dict[str, ExperimentName]:
        """The experiment of each run that is in one."""
        query = select(MemberRow.run_id, Experiment.id, Experiment.name).where(
            Experiment.id == MemberRow.experiment_id, MemberRow.run_id.in_(run_ids)
        )
        with self.session() as session:
            return {str(run): ExperimentName(identifier, name) for run, identifier, name in session.execute(query)}

    def count_runs(self, status: Status) -> int:
        with self.session() as session:
            return session.scalar(select(func.count()).select_from(Run).where(Run.status == status)) or 0

    def frames_after(self, run_id: str, after: int = -1, limit: int = 1000) -> tuple[FrameInfo, ...]:
        """Frames with seq > after, in order, without their bytes."""
        query = _frames(run_id, after, *INFO).where(FrameRow.size > 0).limit(limit)
        with self.session() as session:
            find_run(session, run_id)
            return tuple(FrameInfo(*row) for row in session.execute(query))

    def blobs_after(self, run_id: str, after: int, max_count: int, max_bytes: int) -> list[tuple[int, bytes]]:
        """(seq, blob) of the frames after `after`, in order: one if there is any, then more within the bounds."""
        query = _frames(run_id, after, FrameRow.seq, FrameRow.blob).where(FrameRow.size > 0).limit(max_count)
        found: list[tuple[int, bytes]] = []
        total = 0
        with self.session() as session, session.execute(query.execution_options(yield_per=1)) as rows:
            for seq, blob in rows:
                total += len(blob)
                if found and total > max_bytes:
                    break
                found.append((seq, blob))
        return found

    def frame_blob(self, run_id: str, seq: int) -> bytes:
        with self.session() as session:
            row = session.get(FrameRow, (run_id, _within(seq)))
            if row is None:
                last = find_run(session, run_id).frames_next - 1
                have = f"it has frames 0 to {last}" if last >= 0 else "it has no frames yet"
                raise NotFound(f"run {run_id} has no frame {seq}: {have}")
            if not row.size:
                raise Removed(f"frame {seq} of run {run_id} was thinned out; the events of the run say by which rule")
            return row.blob

    def latest_blob(self, run_id: str, after: int = -1) -> tuple[int, bytes] | None:
        """(seq, blob) of the newest frame if its seq exceeds `after`, else None."""
        query = _frames(run_id, after, FrameRow.seq, FrameRow.blob).where(FrameRow.size > 0)
        with self.session() as session:
            find_run(session, run_id)
            row = session.execute(query.order_by(None).order_by(FrameRow.seq.desc()).limit(1)).first()
            return None if row is None else (row.seq, row.blob)

    def index_after(self, run_id: str, after: int = -1) -> tuple[IndexRow, ...]:
        """Of each frame with seq > after what the index has of it, in order. Reads no frame."""
        columns = FrameRow.seq, FrameRow.step, FrameRow.phase, FrameRow.size, FrameRow.metrics, SketchRow.blob
        same = and_(SketchRow.run_id == FrameRow.run_id, SketchRow.seq == FrameRow.seq)
        with self.session() as session:
            find_run(session, run_id)
            rows = session.execute(_frames(run_id, after, *columns).outerjoin(SketchRow, same))
            return tuple(
                IndexRow(seq, step, phase, size > 0, {} if wrong_metrics(metrics) else metrics, sketch)
                for seq, step, phase, size, metrics, sketch in rows
            )

    def events(self, run_id: str, start: int = 0) -> tuple[EventRecord, ...]:
        """Events from number `start` on, in order; the text of one says what does not fit in its row."""
        query = select(EventRow).where(EventRow.run_id == run_id, EventRow.number >= start).order_by(EventRow.number)
        with self.session() as session:
            return tuple(row.record() for row in session.scalars(query))

    def patterns_blob(self, run_id: str) -> bytes:
        with self.session() as session:
            row = session.get(PatternsRow, run_id)
            if row is None:
                status = find_run(session, run_id).status
                raise NotFound(f"the patterns of run {run_id} are not known: it is {status} and never began to train")
            return row.blob

    def session(self) -> AbstractContextManager[Session]:
        return self._source.session()


def _frames(run_id: str, after: int, *columns: Any) -> Select[Any]:
    """Columns of the frames of a run with seq > after, in order."""
    return select(*columns).where(FrameRow.run_id == run_id, FrameRow.seq > _within(after)).order_by(FrameRow.seq)


def find_run(session: Session, run_id: str, **lock: Any) -> Run:
    """The row of a run, with a lock if its options are given. Raises NotFound."""
    visible = select(Run).where(Run.id == run_id, Run.status != HIDDEN)
    run = session.scalars(visible.with_for_update(**lock) if lock else visible).first()
    if run is None:
        raise NotFound(f"there is no run {run_id!r}")
    return run


def read_cursor(cursor: str, parameter: str = "cursor") -> int:
    try:
        number = int(cursor[1:], 16)
        if cursor[:1] != "n" or not 0 <= number <= LARGEST:
            raise ValueError
        return number
    except ValueError:
        message = f"{cursor!r} is not a cursor: take the value of 'next' from the page before"
        raise InvalidConfig.at(f"/query/{parameter}", message) from None


def _within(number: int) -> int:
    """A number of a caller, as far as the database can compare it; none of its own are larger."""
    return min(number, LARGEST)

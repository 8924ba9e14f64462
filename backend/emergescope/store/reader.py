"""Reader: what may be asked of the database. Used by everyone who does not change it.

Methods block; they may be called from any thread. All raise NotFound for a run that does not exist, and StoreError when
the database fails.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from emergescope.errors import NotFound, Removed
from emergescope.recording.codec import IndexRow
from emergescope.store.database import Source
from emergescope.store.listing import ALL, LARGEST, NEWEST, Order, Paging, RunFilter
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
    SketchRow,
    digest_of,
)

INFO = FrameRow.seq, FrameRow.step, FrameRow.phase, FrameRow.size  # the columns of a FrameInfo


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
        runs: RunFilter = ALL,
        order: Order = NEWEST,
        cursor: str | None = None,
        limit: int = 50,
        until: str | None = None,
        offset: int = 0,
    ) -> Page[RunRecord]:
        """Runs in an order, between two cursors, without the first `offset` of them."""
        return self.page(runs.select(self.dialect), Paging(Run, self.dialect, order), cursor, limit, until, offset)

    def page(
        self,
        query: Select[Any],
        paging: Paging,
        cursor: str | None,
        limit: int,
        until: str | None,
        offset: int = 0,
    ) -> Page[Any]:
        """Records of the rows of a table that a query selects, between two cursors, and how many it selects in all."""
        part = query
        if cursor is not None:
            part = part.where(paging.after(cursor))
        if until is not None:
            part = part.where(~paging.after(until, "until"))
        if paging.key is not None:
            part = part.add_columns(paging.key)
        with self.session() as session:
            found = session.execute(paging.ordered(part).offset(offset).limit(limit + 1)).all()
            total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
            rows = [(row[0].record(), row[-1]) for row in found]
        next_ = paging.cursor(rows[limit - 1][0].number, rows[limit - 1][1]) if len(rows) > limit else None
        return Page(tuple(record for record, _ in rows[:limit]), next_, total)

    def run_like(self, preset: str, config: Mapping[str, Any]) -> str | None:
        """The newest run of a preset with that configuration which was not cancelled and has not failed; else None."""
        lost = HIDDEN, "failed", "cancelled"
        same = select(Run.id).where(Run.digest == digest_of(config), Run.preset == preset, Run.status.not_in(lost))
        with self.session() as session:
            return session.scalar(same.order_by(Run.number.desc()).limit(1))

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

    def samples(self, run_id: str, most: int) -> list[tuple[int, dict[str, Any]]]:
        """(step, metrics) of at most so many frames, evenly spread, with the first and the last; reads no frame."""
        with self.session() as session:
            count = find_run(session, run_id).frames_next
            places = {round(i * (count - 1) / (most - 1)) for i in range(most)} if count else ()
            query = _frames(run_id, -1, FrameRow.step, FrameRow.metrics).where(FrameRow.seq.in_(places))
            return [(step, {} if wrong_metrics(metrics) else metrics) for step, metrics in session.execute(query)]

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

    @property
    def dialect(self) -> str:
        """The kind of database: sqlite or postgresql."""
        with self.session() as session:
            return session.get_bind().dialect.name

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


def _within(number: int) -> int:
    """A number of a caller, as far as the database can compare it; none of its own are larger."""
    return min(number, LARGEST)

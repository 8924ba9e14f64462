"""Reader and Store: what may be asked of the database, and what may be changed in it.

The service is the only one to hold a Store; everyone else gets a Reader. Methods block; they may be called from any
thread. All raise NotFound for a run that does not exist, and StoreError when the database fails.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Unpack, cast

from sqlalchemy import Engine, delete, func, or_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from emergescope.errors import FieldError, InvalidConfig, NotFound, StoreError
from emergescope.store.engine import FILE, open_engine, unusable
from emergescope.store.lock import DirectoryLock
from emergescope.store.records import (
    EventRecord,
    FrameData,
    FrameInfo,
    Json,
    MetricsRow,
    NewRun,
    RunChanges,
    RunPage,
    RunRecord,
    Status,
)
from emergescope.store.tables import EventRow, FrameRow, PatternsRow, Run, RunTag


class Reader:
    """Everything that can be read."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self._engine = engine
        self._path = path

    def get_run(self, run_id: str) -> RunRecord:
        with self.session() as session:
            return _find(session, run_id).record()

    def list_runs(
        self,
        status: Status | None = None,
        tag: str | None = None,
        q: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> RunPage:
        """Runs, newest first; `q` looks into id, name, preset and notes."""
        query = select(Run).order_by(Run.number.desc()).limit(limit + 1)
        if status is not None:
            query = query.where(Run.status == status)
        if tag is not None:
            query = query.where(Run.id.in_(select(RunTag.run_id).where(RunTag.tag == tag)))
        if q:
            columns = (Run.id, Run.name, Run.preset, Run.notes)
            query = query.where(or_(*(column.icontains(q, autoescape=True) for column in columns)))
        if cursor is not None:
            query = query.where(Run.number < read_cursor(cursor))
        with self.session() as session:
            rows = [row.record() for row in session.scalars(query)]
        more = len(rows) > limit
        return RunPage(tuple(rows[:limit]), f"n{rows[limit - 1].number:x}" if more else None)

    def count_runs(self, status: Status) -> int:
        with self.session() as session:
            return session.scalar(select(func.count()).select_from(Run).where(Run.status == status)) or 0

    def frames_after(self, run_id: str, after: int = -1, limit: int = 1000) -> tuple[FrameInfo, ...]:
        """Frames with seq > after, in order, without their bytes."""
        query = select(FrameRow.seq, FrameRow.step, FrameRow.size)
        query = query.where(FrameRow.run_id == run_id, FrameRow.seq > after).order_by(FrameRow.seq).limit(limit)
        with self.session() as session:
            _find(session, run_id)
            return tuple(FrameInfo(*row) for row in session.execute(query))

    def blobs_after(self, run_id: str, after: int, max_count: int, max_bytes: int) -> list[tuple[int, bytes]]:
        """(seq, blob) of the frames after `after`, in order: one if there is any, then more within the bounds."""
        query = select(FrameRow.seq, FrameRow.blob).where(FrameRow.run_id == run_id, FrameRow.seq > after)
        query = query.order_by(FrameRow.seq).limit(max_count).execution_options(yield_per=1)
        found: list[tuple[int, bytes]] = []
        total = 0
        with self.session() as session, session.execute(query) as rows:
            for seq, blob in rows:
                total += len(blob)
                if found and total > max_bytes:
                    break
                found.append((seq, blob))
        return found

    def frame_blob(self, run_id: str, seq: int) -> bytes:
        with self.session() as session:
            row = session.get(FrameRow, (run_id, seq))
            if row is None:
                last = _find(session, run_id).frames_count - 1
                have = f"it has frames 0 to {last}" if last >= 0 else "it has no frames yet"
                raise NotFound(f"run {run_id} has no frame {seq}: {have}")
            return row.blob

    def latest_blob(self, run_id: str, after: int = -1) -> tuple[int, bytes] | None:
        """(seq, blob) of the newest frame if its seq exceeds `after`, else None."""
        query = select(FrameRow.seq, FrameRow.blob).where(FrameRow.run_id == run_id, FrameRow.seq > after)
        with self.session() as session:
            _find(session, run_id)
            row = session.execute(query.order_by(FrameRow.seq.desc()).limit(1)).first()
            return None if row is None else (row.seq, row.blob)

    def metrics_after(self, run_id: str, after: int = -1) -> tuple[MetricsRow, ...]:
        query = select(FrameRow.seq, FrameRow.step, FrameRow.metrics)
        query = query.where(FrameRow.run_id == run_id, FrameRow.seq > after).order_by(FrameRow.seq)
        with self.session() as session:
            _find(session, run_id)
            return tuple(MetricsRow(*row) for row in session.execute(query))

    def events(self, run_id: str, start: int = 0) -> tuple[EventRecord, ...]:
        """Events from number `start` on, in order."""
        query = select(EventRow).where(EventRow.run_id == run_id, EventRow.number >= start).order_by(EventRow.number)
        with self.session() as session:
            return tuple(
                EventRecord(row.number, row.step, row.kind, row.text, row.data) for row in session.scalars(query)
            )

    def patterns_blob(self, run_id: str) -> bytes:
        with self.session() as session:
            row = session.get(PatternsRow, run_id)
            if row is None:
                status = _find(session, run_id).status
                raise NotFound(f"the patterns of run {run_id} are not known: it is {status} and never began to train")
            return row.blob

    @contextmanager
    def session(self) -> Iterator[Session]:
        try:
            with Session(self._engine) as session:
                yield session
        except DBAPIError as error:
            raise unusable(self._path, error.orig) from error


class Store(Reader):
    """The database in `directory`, for reading and writing. One process at a time may have it open."""

    def __init__(self, directory: Path) -> None:
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._lock = DirectoryLock(directory)
        except OSError as error:
            raise StoreError(
                f"the data directory {directory} cannot be used ({error.strerror}): choose one that can be written "
                "with --data"
            ) from error
        try:
            super().__init__(open_engine(directory / FILE), directory / FILE)
        except BaseException:
            self._lock.release()
            raise
        self._writing = threading.Lock()

    def close(self) -> None:
        self._engine.dispose()
        self._lock.release()

    def create_run(self, new: NewRun) -> RunRecord:
        with self.write() as session:
            run = new_run(new)
            session.add(run)
            session.flush()
            return run.record()

    def update_run(self, run_id: str, **changes: Unpack[RunChanges]) -> RunRecord:
        with self.write() as session:
            run = _find(session, run_id)
            _apply(run, changes)
            session.flush()
            return run.record()

    def start_run(self, run_id: str, patterns: bytes, **changes: Unpack[RunChanges]) -> None:
        """Keep what is known at the start together with the patterns."""
        with self.write() as session:
            _apply(_find(session, run_id), changes)
            session.add(PatternsRow(run_id=run_id, blob=patterns))

    def append_frame(self, run_id: str, frame: FrameData, **changes: Unpack[RunChanges]) -> None:
        """Commit a frame, and changes of its run with it. Its seq must be the next one."""
        with self.write() as session:
            run = _find(session, run_id)
            if frame.seq != run.frames_count:
                raise StoreError(f"run {run_id}: frame {frame.seq} came where {run.frames_count} was due")
            size = len(frame.blob)
            session.add(
                FrameRow(
                    run_id=run_id,
                    seq=frame.seq,
                    step=frame.step,
                    phase=frame.phase,
                    metrics=dict(frame.metrics),
                    size=size,
                    blob=frame.blob,
                )
            )
            run.frames_count += 1
            run.frames_bytes += size
            _apply(run, changes)

    def add_event(self, run_id: str, step: int, kind: str, text: str, data: Json | None = None) -> None:
        with self.write() as session:
            _find(session, run_id)
            number = session.scalar(select(func.count()).select_from(EventRow).where(EventRow.run_id == run_id)) or 0
            session.add(EventRow(run_id=run_id, number=number, step=step, kind=kind, text=text, data=_plain(data)))

    def claim_next_queued(self, started_at: datetime) -> RunRecord | None:
        """The oldest queued run, now running; None if there is none."""
        with self.write() as session:
            query = select(Run).where(Run.status == "queued").order_by(Run.number).limit(1)
            run = session.scalars(query).first()
            if run is None:
                return None
            run.status = "running"
            run.started_at = started_at
            session.flush()
            return run.record()

    def delete_run(self, run_id: str) -> None:
        """Remove a run with its frames, events and patterns."""
        with self.write() as session:
            _find(session, run_id)
            session.execute(delete(Run).where(Run.id == run_id))

    @contextmanager
    def write(self) -> Iterator[Session]:
        # One writer at a time, in here rather than by SQLite's lock: waiting threads then never time out.
        with self._writing, self.session() as session, session.begin():
            yield session


def new_run(new: NewRun) -> Run:
    """The row of a run that is submitted."""
    run = Run(
        id=new.id,
        name=new.name,
        preset=new.preset,
        status="queued",
        config=dict(new.config),
        total_steps=new.total_steps,
        expected=[dict(item) for item in new.expected],
        created_at=new.created_at,
    )
    run.set_tags(list(new.tags))
    return run


def _plain(data: Json | None) -> dict[str, Any] | None:
    return None if data is None else dict(data)


def _find(session: Session, run_id: str) -> Run:
    run = session.scalars(select(Run).where(Run.id == run_id)).first()
    if run is None:
        raise NotFound(f"there is no run {run_id!r}")
    return run


def _apply(run: Run, changes: RunChanges) -> None:
    for name, value in cast(dict[str, Any], changes).items():
        if name == "tags":
            run.set_tags(list(value))
        else:
            setattr(run, name, list(value) if name == "expected" else value)


def read_cursor(cursor: str) -> int:
    try:
        if cursor[:1] != "n":
            raise ValueError
        return int(cursor[1:], 16)
    except ValueError:
        message = f"{cursor!r} is not a cursor: take the value of 'next' from the page before"
        raise InvalidConfig(message, [FieldError("/query/cursor", message)]) from None

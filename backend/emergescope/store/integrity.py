"""Checks that a database is whole: its file, its rows, every frame and checkpoint. Used by `emergescope db check`."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from emergescope.catalog.experiments import stored_sweep
from emergescope.catalog.parse import parse_config
from emergescope.errors import FrameError, InvalidConfig
from emergescope.recording.codec import decode, read_metadata
from emergescope.store.database import Source
from emergescope.store.reader import find_run
from emergescope.store.readonly import revisions
from emergescope.store.shapes import wrong_metrics
from emergescope.store.tables import (
    HIDDEN,
    CheckpointRow,
    EventRow,
    Experiment,
    FrameRow,
    MemberRow,
    PatternsRow,
    Run,
)

_RESTORE = "restore the database from a backup"
_RUN = "restore the database from a backup, or delete the run"
_EXPERIMENT = "restore the database from a backup, or delete the experiment"
_OLD = "it is shown as it is, and cannot be trained or forked by this version"
_FEW = 4  # rows with bytes that are in memory at a time
_IN_THE_WAY = {  # codes of SQLite that say nothing of the data
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}


@dataclass(frozen=True)
class Trouble:
    """Something that is wrong, where, and what to do about it."""

    what: str
    remedy: str
    run: str | None = None
    seq: int | None = None
    experiment: str | None = None

    @property
    def place(self) -> str:
        if self.experiment is not None:
            return f"experiment {self.experiment}"
        if self.run is None:
            return "database"
        return f"run {self.run}" if self.seq is None else f"run {self.run}, frame {self.seq}"


class Check:
    """A check of all that is in a database; counts what it has looked at.

    quick  leave the bytes of frames, checkpoints and patterns alone
    """

    def __init__(self, source: Source, *, quick: bool) -> None:
        self._source = source
        self._quick = quick
        self.runs = self.frames = self.checkpoints = 0

    def troubles(self) -> Iterator[Trouble]:
        """One run in a transaction: what a server writes meanwhile is seen whole or not at all.

        Raises StoreError where something is in the way of reading, which says nothing of what is there.
        """
        try:
            yield from unsound(self._source)
            current, head = revisions(self._source)
            if current != head:
                yield Trouble(f"its schema is {current or 'missing'}, not {head}", "run `emergescope db upgrade`")
                return
            with self._source.engine.begin() as connection:
                ids = list(connection.scalars(select(Run.id).where(Run.status != HIDDEN).order_by(Run.number)))
        except (DBAPIError, ValueError) as error:
            yield Trouble(self._unreadable(error), _RESTORE)
            return
        for run_id in ids:
            try:
                with self._source.engine.begin() as connection:
                    yield from self._run(connection, run_id)
            except (DBAPIError, ValueError) as error:
                yield Trouble(self._unreadable(error), _RUN, run_id)
        try:
            with Session(self._source.engine) as session:
                yield from _experiments(session)
        except (DBAPIError, ValueError) as error:
            yield Trouble(f"its experiments: {self._unreadable(error)}", _RESTORE)

    def _unreadable(self, error: DBAPIError | ValueError) -> str:
        """What the database refuses, or gives that is neither text nor JSON."""
        if not isinstance(error, DBAPIError):
            return f"cannot be read: {error}"
        if isinstance(error.orig, sqlite3.Error):  # without a code it is Python's: text that is none
            harmless = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF in _IN_THE_WAY
        else:
            harmless = isinstance(error, OperationalError | InterfaceError)
        if harmless:
            raise self._source.unusable(error.orig) from error
        return f"cannot be read: {error.orig}"

    def _run(self, connection: Connection, run_id: str) -> Iterator[Trouble]:
        said = connection.execute(
            select(Run.frames_count, Run.frames_next, Run.frames_bytes).where(Run.id == run_id)
        ).first()
        if said is None:  # deleted since
            return
        self.runs += 1
        yield from _misfits(connection, run_id)
        count = total = due = 0
        step = -1
        frames = _bytes(FrameRow, self._quick, FrameRow.seq, FrameRow.step, FrameRow.phase, FrameRow.metrics)
        query = frames.where(FrameRow.run_id == run_id).order_by(FrameRow.seq)
        for row in connection.execute(query.execution_options(yield_per=_FEW)):
            if row.seq != due:
                yield Trouble(f"frames {due} to {row.seq - 1} are missing", _RUN, run_id)
            if row.step < step:
                yield Trouble(f"it is of step {row.step}, the frame before of step {step}", _RUN, run_id, row.seq)
            due, step = row.seq + 1, row.step
            if (
                wrong := _wrong_size(row)
                or wrong_metrics(row.metrics)
                or ("" if self._quick or not row.size else _wrong_frame(row))
            ):
                yield Trouble(wrong, _RUN, run_id, row.seq)
            count, total = count + (row.size > 0), total + row.size
        self.frames += count
        for name, real in (("frames_count", count), ("frames_next", due), ("frames_bytes", total)):
            if (says := getattr(said, name)) != real:
                yield Trouble(f"{name} is {says}, but its frames give {real}", _RUN, run_id)
        numbers = select(func.count(), func.max(EventRow.number)).where(EventRow.run_id == run_id)
        events, last = connection.execute(numbers).one()
        if events and events != last + 1:
            yield Trouble(f"of {last + 1} events there are {events}", _RUN, run_id)
        yield from self._checkpoints(connection, run_id)
        if not self._quick:
            for blob in connection.scalars(select(PatternsRow.blob).where(PatternsRow.run_id == run_id)):
                try:
                    read_metadata(blob, "emergescope.patterns")
                except FrameError as error:
                    yield Trouble(f"its patterns: {error.detail}", _RUN, run_id)

    def _checkpoints(self, connection: Connection, run_id: str) -> Iterator[Trouble]:
        query = _bytes(CheckpointRow, self._quick, CheckpointRow.step, CheckpointRow.frames)
        query = query.where(CheckpointRow.run_id == run_id).order_by(CheckpointRow.step)
        for row in connection.execute(query.execution_options(yield_per=_FEW)):
            self.checkpoints += 1
            if wrong := _wrong_size(row) or ("" if self._quick else _wrong_checkpoint(row)):
                yield Trouble(f"its checkpoint at step {row.step}: {wrong}", _RUN, run_id)


def _misfits(connection: Connection, run_id: str) -> Iterator[Trouble]:
    """What does not fit in the rows of a run and of its events."""
    with Session(connection) as session:
        run = find_run(session, run_id).record()
        if run.damage is not None:
            yield Trouble(f"its row does not fit: {run.damage}", _RUN, run_id)
        try:
            if run.config:
                parse_config(run.config)
        except InvalidConfig as error:
            yield Trouble(f"its settings cannot be read: {error.detail}", _OLD, run_id)
        for event in session.scalars(select(EventRow).where(EventRow.run_id == run_id).order_by(EventRow.number)):
            _, wrong = event.fitted()
            if wrong is not None:
                yield Trouble(f"its event {event.number} does not fit: {wrong}", _RUN, run_id)


def _experiments(session: Session) -> Iterator[Trouble]:
    """What does not fit in the rows of experiments and of their places."""
    for experiment in session.scalars(select(Experiment).order_by(Experiment.number)):
        record = experiment.record()
        if record.damage is not None:
            yield Trouble(f"its row does not fit: {record.damage}", _EXPERIMENT, experiment=record.id)
        try:
            if (sweep := record.spec.get("sweep")) is not None:
                stored_sweep(sweep)
        except InvalidConfig as error:
            yield Trouble(f"its sweep cannot be read: {error.detail}", _OLD, experiment=record.id)
    for member in session.scalars(select(MemberRow).order_by(MemberRow.experiment_id, MemberRow.position)):
        _, wrong = member.fitted()
        if wrong is not None:
            what = f"its place {member.position} does not fit: {wrong}"
            yield Trouble(what, _EXPERIMENT, experiment=member.experiment_id)


def unsound(source: Source) -> Iterator[Trouble]:
    """What a SQLite file itself has to say; a server of another kind checks itself."""
    if source.engine.dialect.name != "sqlite":
        return
    with source.engine.begin() as connection:
        for line in connection.exec_driver_sql("PRAGMA integrity_check").scalars():
            if line != "ok":
                yield Trouble(str(line), _RESTORE)
        for table, _, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
            yield Trouble(f"a row of {table} belongs to no row of {parent}", _RESTORE)


def _bytes(table: type[FrameRow] | type[CheckpointRow], quick: bool, *columns: Any) -> Select[Any]:
    """Select columns, the size and the length of the bytes, and the bytes themselves unless it is to be quick."""
    chosen = [*columns, table.size, func.length(table.blob).label("length")]
    return select(*chosen) if quick else select(*chosen, table.blob)


def _wrong_size(row: Row[Any]) -> str:
    return "" if row.size == row.length else f"it has {row.length} bytes where its row says {row.size}"


def _wrong_frame(row: Row[Any]) -> str:
    """What is wrong with the bytes of a frame. The run's id may be another: a fork has frames of its parent."""
    try:
        _, seq, frame = decode(row.blob)
    except FrameError as error:
        return error.detail
    for name, inside in (("seq", seq), ("step", frame.step), ("phase", frame.phase), ("metrics", frame.metrics)):
        if inside != (outside := getattr(row, name)):
            return f"its bytes have another {name} than its row: {inside!r}, not {outside!r}"
    return ""


def _wrong_checkpoint(row: Row[Any]) -> str:
    from emergescope.recording.capture import Checkpoint  # noqa: PLC0415 - it loads torch

    try:
        checkpoint = Checkpoint.decode(row.blob)
    except FrameError as error:
        return error.detail
    for name in ("step", "frames"):
        if (inside := getattr(checkpoint, name)) != (outside := getattr(row, name)):
            return f"its bytes have another number of {name} than its row: {inside}, not {outside}"
    return ""

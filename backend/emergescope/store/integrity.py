"""Checks that a database is whole: its file, its rows, every frame and checkpoint. Used by `emergescope db check`."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from emergescope.catalog.experiments import stored_sweep
from emergescope.catalog.parse import parse_config
from emergescope.errors import FrameError, InvalidConfig, NotFound
from emergescope.recording.codec import decode, read_metadata
from emergescope.store.database import Source
from emergescope.store.opening import revisions
from emergescope.store.reader import find_run
from emergescope.store.shapes import wrong_metrics
from emergescope.store.tables import HIDDEN, CheckpointRow, EventRow, Experiment, FrameRow, MemberRow, PatternsRow, Run

_RESTORE = "restore the database from a backup"
_RUN = "restore the database from a backup, or delete the run"
_EXPERIMENT = "restore the database from a backup, or delete the experiment"
_OLD = "it is shown as it is, and cannot be trained or forked by this version"
_FEW = 4  # rows with bytes that are in memory at a time
# Of SQLite's codes, those that say nothing of the data.
_IN_THE_WAY = [
    getattr(sqlite3, f"SQLITE_{name}")
    for name in ("PERM", "BUSY", "LOCKED", "NOMEM", "READONLY", "INTERRUPT", "IOERR", "FULL", "CANTOPEN", "PROTOCOL")
]


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
        parts = {"experiment": self.experiment, "run": self.run, "frame": self.seq}
        return ", ".join(f"{name} {part}" for name, part in parts.items() if part is not None) or "database"


class Check:
    """A check of all that is in a database; counts what it has looked at."""

    def __init__(self, source: Source, *, quick: bool) -> None:
        self._source = source
        self._quick = quick  # leave the bytes of frames, checkpoints and patterns alone
        self.runs = self.frames = self.checkpoints = 0

    def troubles(self) -> Iterator[Trouble]:
        """One run in a transaction: what a server writes meanwhile is seen whole or not at all.

        Raises StoreError where something is in the way of reading, which says nothing of what is there.
        """
        try:
            for line in self._source.unsound():
                yield Trouble(line, _RESTORE)
            current, head = revisions(self._source)
            if current != head:
                yield Trouble(f"its schema is {current or 'missing'}, not {head}", "run `emergescope db upgrade`")
                return
            with Session(self._source.engine) as session:
                ids = session.scalars(select(Run.id).where(Run.status != HIDDEN).order_by(Run.number)).all()
        except (DBAPIError, ValueError) as error:
            yield Trouble(self._unreadable(error), _RESTORE)
            return
        for run_id in ids:
            try:
                with Session(self._source.engine) as session:
                    yield from self._run(session, run_id)
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

    def _run(self, session: Session, run_id: str) -> Iterator[Trouble]:
        try:
            run = find_run(session, run_id)
        except NotFound:  # deleted since
            return
        self.runs += 1
        record = run.record()
        if record.damage is not None:
            yield Trouble(f"its row does not fit: {record.damage}", _RUN, run_id)
        try:
            if record.config:
                parse_config(record.config)
        except InvalidConfig as error:
            yield Trouble(f"its settings cannot be read: {error.detail}", _OLD, run_id)
        of_run = EventRow.run_id == run_id
        events = session.scalars(select(EventRow).where(of_run).order_by(EventRow.number)).all()
        for event in events:
            if (wrong := event.record().damage) is not None:
                yield Trouble(f"its event {event.number} does not fit: {wrong}", _RUN, run_id)
        yield from self._frames(session, run)
        if events and len(events) != (due := events[-1].number + 1):
            yield Trouble(f"of {due} events there are {len(events)}", _RUN, run_id)
        for row in self._rows(session, run_id, CheckpointRow, CheckpointRow.step, CheckpointRow.frames):
            self.checkpoints += 1
            if wrong := _wrong_size(row) or (
                "" if self._quick else _wrong_bytes(row, _read_checkpoint, "another number of")
            ):
                yield Trouble(f"its checkpoint at step {row.step}: {wrong}", _RUN, run_id)
        if not self._quick and (patterns := session.get(PatternsRow, run_id)) is not None:
            try:
                read_metadata(patterns.blob, "emergescope.patterns")
            except FrameError as error:
                yield Trouble(f"its patterns: {error.detail}", _RUN, run_id)

    def _frames(self, session: Session, run: Run) -> Iterator[Trouble]:
        count = total = due = 0
        step = -1
        columns = FrameRow.step, FrameRow.phase, FrameRow.metrics
        for row in self._rows(session, run.id, FrameRow, FrameRow.seq, *columns):
            if row.seq != due:
                yield Trouble(f"frames {due} to {row.seq - 1} are missing", _RUN, run.id)
            if row.step < step:
                yield Trouble(f"it is of step {row.step}, the frame before of step {step}", _RUN, run.id, row.seq)
            due, step = row.seq + 1, row.step
            wrong = _wrong_size(row) or wrong_metrics(row.metrics)
            if not wrong and row.size and not self._quick:
                wrong = _wrong_bytes(row, _read_frame, "another")
            if wrong:
                yield Trouble(wrong, _RUN, run.id, row.seq)
            count, total = count + (row.size > 0), total + row.size
        self.frames += count
        for name, real in (("frames_count", count), ("frames_next", due), ("frames_bytes", total)):
            if (says := getattr(run, name)) != real:
                yield Trouble(f"{name} is {says}, but its frames give {real}", _RUN, run.id)

    def _rows(
        self, session: Session, run_id: str, table: type[FrameRow | CheckpointRow], place: Any, *columns: Any
    ) -> Iterable[Row[Any]]:
        """Columns of a run's rows by their place, the size and the length of the bytes, unless quick these too."""
        blob = [] if self._quick else [table.blob]
        query = select(place, *columns, table.size, func.length(table.blob).label("length"), *blob)
        query = query.where(table.run_id == run_id).order_by(place)
        return session.execute(query.execution_options(yield_per=_FEW))


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
        if (wrong := member.record().damage) is not None:
            what = f"its place {member.position} does not fit: {wrong}"
            yield Trouble(what, _EXPERIMENT, experiment=member.experiment_id)


def _wrong_size(row: Row[Any]) -> str:
    return "" if row.size == row.length else f"it has {row.length} bytes where its row says {row.size}"


def _wrong_bytes(row: Row[Any], read: Callable[[bytes], Mapping[str, Any]], another: str) -> str:
    """What is wrong with the bytes of a row, which say again what is in its columns."""
    try:
        inside = read(row.blob)
    except FrameError as error:
        return error.detail
    for name, value in inside.items():
        if value != (outside := getattr(row, name)):
            return f"its bytes have {another} {name} than its row: {value!r}, not {outside!r}"
    return ""


def _read_frame(blob: bytes) -> Mapping[str, Any]:
    """What the bytes of a frame say. The run's id may be another: a fork has frames of its parent."""
    _, seq, frame = decode(blob)
    return {"seq": seq, "step": frame.step, "phase": frame.phase, "metrics": frame.metrics}


def _read_checkpoint(blob: bytes) -> Mapping[str, Any]:
    from emergescope.recording.capture import Checkpoint  # noqa: PLC0415 - it loads torch

    checkpoint = Checkpoint.decode(blob)
    return {"step": checkpoint.step, "frames": checkpoint.frames}

"""Runs that come from elsewhere, whole: with frames, events and patterns, under their own ids.

A long film is written a few frames at a time, so that others write meanwhile, into a run that no one sees before it is
whole. What a crash leaves of it is hidden, and removed by the next server, or when the run is brought in again.
"""

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from heapq import merge
from operator import attrgetter
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from emergescope.errors import Conflict, StoreError
from emergescope.recording.codec import IndexRow
from emergescope.recording.events import FrameReady, Happened
from emergescope.store.records import NewRun, RunChanges
from emergescope.store.store import AT_ONCE, STATE, Store, apply, new_run, remove, turns
from emergescope.store.tables import HIDDEN, EventRow, FrameRow, PatternsRow, Run, SketchRow

IMPORTED = "imported"  # the kind of the event that says that a run is one of these
_BYTES = 8_000_000  # of frames that are written in one transaction, unless a single one has more


@dataclass(frozen=True)
class Film:
    """What a run brings. `frames` are those that are there, in order; of `thinned` ones the index alone is left."""

    frames: Iterable[FrameReady]
    thinned: Collection[IndexRow]
    events: Sequence[Happened]
    patterns: bytes | None


class ImportStore:
    """Brings runs in for one server; `making` are those that are not whole yet."""

    def __init__(self, store: Store, server: str) -> None:
        self._store = store
        self._server = server
        self._lock = threading.Lock()
        self.making: set[str] = set()

    def create(self, new: NewRun, changes: RunChanges, film: Film, leftovers: Collection[str] = ()) -> None:
        """Bring a run in, to be as `changes` say. Raises Conflict where there is a run of its id.

        leftovers  ids of hidden runs that nobody is making
        """
        with self._alone(new.id):
            if new.id in leftovers:
                remove(self._store, new.id)
            self._begin(new, film.patterns)
            try:
                said = self._write(new.id, film)
                self._finish(new.id, film.events, said, changes)
            except BaseException:
                with suppress(StoreError):  # the next round tries again
                    remove(self._store, new.id)
                raise

    @contextmanager
    def _alone(self, run_id: str) -> Iterator[None]:
        with self._lock:
            if run_id in self.making:
                raise Conflict(f"run {run_id} is being brought in at the moment: wait until it is there")
            self.making.add(run_id)
        try:
            yield
        finally:
            self.making.discard(run_id)

    def _begin(self, new: NewRun, patterns: bytes | None) -> None:
        """Make the run, hidden."""
        try:
            with self._store.writing() as session:
                if session.scalar(select(Run.id).where(Run.id == new.id)) is not None:
                    raise Conflict(f"there is a run {new.id} already: delete that one first, or leave it as it is")
                run = new_run(new)
                run.status, run.server = HIDDEN, self._server  # type: ignore[assignment]
                session.add(run)
                session.flush()
                if patterns is not None:
                    session.add(PatternsRow(run_id=new.id, blob=patterns))
        except StoreError as error:
            if isinstance(error.__cause__, IntegrityError):
                raise Conflict(f"there is a run {new.id} already, since a moment ago") from None
            raise

    def _write(self, run_id: str, film: Film) -> dict[str, Any]:
        """Write the frames; what the run's row is to say about them."""
        said: dict[str, Any] = {"frames_count": 0, "frames_next": 0, "frames_bytes": 0}
        metrics: dict[str, float | None] = {}
        frames = merge(film.frames, map(_thinned, film.thinned), key=attrgetter("seq"))
        for batch, _ in zip(_batches(frames), turns(), strict=False):
            with self._store.writing() as session:
                _hold(session, run_id)
                session.execute(insert(FrameRow), [_row(run_id, frame) for frame in batch])
                if seen := [{"run_id": run_id, "seq": f.seq, "blob": f.sketch} for f in batch if f.sketch]:
                    session.execute(insert(SketchRow), seen)
            for frame in batch:
                metrics |= frame.metrics
                said["frames_count"] += len(frame.blob) > 0
                said["frames_bytes"] += len(frame.blob)
                said["frames_next"] = frame.seq + 1
        return {**said, "metrics": metrics} if metrics else said

    def _finish(self, run_id: str, events: Sequence[Happened], said: dict[str, Any], changes: RunChanges) -> None:
        """Write the events, and let the run be seen."""
        with self._store.writing(STATE, run_id) as session:
            run = _hold(session, run_id)
            for number, event in enumerate(events):
                data = None if event.data is None else dict(event.data)
                told = {"step": event.step, "kind": event.kind, "text": event.text, "data": data}
                session.add(EventRow(run_id=run_id, number=number, **told))
            for name, value in said.items():
                setattr(run, name, value)
            apply(run, changes)
            run.server = None


def check_at_home(store: Store, run_id: str, asked: str) -> None:
    """Raises Conflict for a run that was brought in: without a checkpoint it would have to be trained once more."""
    if any(event.kind == IMPORTED for event in store.events(run_id)):
        raise Conflict(
            f"run {run_id} was brought in as a file, in which there are no checkpoints: it cannot be {asked}; start a "
            "new run with its settings instead"
        )


def _batches(frames: Iterable[FrameReady]) -> Iterator[list[FrameReady]]:
    batch: list[FrameReady] = []
    total = 0
    for frame in frames:
        if batch and (len(batch) == AT_ONCE or total + len(frame.blob) > _BYTES):
            yield batch
            batch, total = [], 0
        batch.append(frame)
        total += len(frame.blob)
    if batch:
        yield batch


def _thinned(row: IndexRow) -> FrameReady:
    return FrameReady(row.seq, row.step, row.stage, row.metrics, b"", row.sketch or b"")


def _row(run_id: str, frame: FrameReady) -> dict[str, Any]:
    values = {"seq": frame.seq, "step": frame.step, "phase": frame.phase, "metrics": dict(frame.metrics)}
    return {"run_id": run_id, **values, "size": len(frame.blob), "blob": frame.blob}


def _hold(session: Session, run_id: str) -> Run:
    """Raises Conflict where another server has removed it, which took this one for dead."""
    mine = select(Run).where(Run.id == run_id, Run.status == HIDDEN)
    run = session.scalars(mine.with_for_update(key_share=True)).first()
    if run is None:
        raise Conflict("bringing the run in was taken for given up, so slow was it: try again")
    return run

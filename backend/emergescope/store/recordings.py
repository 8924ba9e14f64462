"""Recordings in the database: runs that no server trains, written under a claim of their own. Used by the service.

A digest of the claim is kept, so that nothing in the database lets anybody write. Whatever comes with the claim shows
that the recorder lives; a recording that was given up is running again with the next such thing.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from emergescope.errors import Conflict, FrameRefused, NotFound
from emergescope.recording.events import FrameReady, Happened
from emergescope.store.records import NewRun, RunChanges
from emergescope.store.shapes import Json, RunRecord
from emergescope.store.store import FRAME, STATE, Store, add_event, add_frame, apply, hold_run, new_run
from emergescope.store.tables import HIDDEN, DirectoryRow, FrameRow, PatternsRow, RecordingRow, Run

Outcome = Literal["succeeded", "failed", "cancelled"]
RESUMED = "interrupted"  # the kind of the event


@dataclass(frozen=True)
class Recording:
    """A recording as its recorder needs to know it. `events`: how many have come; `is_new`: it has just begun."""

    record: RunRecord
    events: int
    is_new: bool = False
    lost: bool = False
    has_patterns: bool = False

    @property
    def last_step(self) -> int | None:
        return self.record.step if self.record.frames_next else None


@dataclass
class _Held:
    """A recording in a transaction that has it to itself. `again`: it was given up, and goes on."""

    session: Session
    run: Run
    row: RecordingRow
    now: datetime
    again: bool = False

    def recording(self, *, is_new: bool = False) -> Recording:
        self.session.flush()
        patterns = self.session.get(PatternsRow, self.run.id) is not None
        return Recording(self.run.record(), self.row.events, is_new, self.row.lost, patterns)


class RecordingStore:
    """Each takes the claim, None for what comes from a directory. Raises Conflict for another, and NotFound.

    longest  seconds of silence that count as time spent, at most
    on_again called with the id of a recording that was given up, and goes on
    """

    def __init__(self, store: Store, longest: float, on_again: Callable[[str], None] = lambda run_id: None) -> None:
        self._store = store
        self._longest = longest
        self._on_again = on_again

    def begin(self, new: NewRun, claim: str | None, facts: Json | None, *, directory: bool = False) -> Recording:
        """Begin a recording; or go on with the one of that id, if it is not over."""
        with self._store.writing(STATE, new.id) as session:
            status = session.scalar(select(Run.status).where(Run.id == new.id))
            if status is None:
                return self._begin(session, new, claim, facts, directory=directory)
        with self._held(new.id, claim, STATE, anew=True) as held:
            if held.run.config.get("display") != new.config["display"]:
                raise Conflict(f"run {new.id} began with another display: choose another id")
            return held.recording()

    def _begin(
        self, session: Session, new: NewRun, claim: str | None, facts: Json | None, *, directory: bool
    ) -> Recording:
        now = self._store.database.clock(session)
        run = new_run(new)
        run.status, run.started_at, run.facts = "running", now, None if facts is None else dict(facts)
        session.add(run)
        try:
            session.flush()
        except IntegrityError:
            raise Conflict(f"run {new.id} has begun just now, by somebody else: choose another id") from None
        row = RecordingRow(run_id=new.id, claim=_digest(claim), heard_at=now, lost=False, events=0)
        session.add(row)
        if directory:
            session.merge(DirectoryRow(run_id=new.id, taken_at=now))
        return _Held(session, run, row, now).recording(is_new=True)

    def find(self, run_id: str) -> Recording | None:
        """The recording that is taken in from a directory; None where that is another's, or was deleted."""
        with self._store.session() as session:
            run = session.scalars(select(Run).where(Run.id == run_id, Run.status != HIDDEN)).first()
            row = session.get(RecordingRow, run_id)
            if run is None or row is None or row.claim is not None:
                return None
            return _Held(session, run, row, row.heard_at).recording()

    def config(self, run_id: str) -> Json:
        """The configuration of a recording, and nothing else of it: frames come many times a second."""
        query = select(Run.config).join(RecordingRow, RecordingRow.run_id == Run.id)
        with self._store.session() as session:
            found: Json | None = session.scalar(query.where(Run.id == run_id, Run.status != HIDDEN))
        if found is None:
            raise NotFound(f"there is no recording {run_id!r}")
        return found

    def is_known(self, run_id: str) -> bool:
        """Whether there is a run of that id, or a directory of that id has been taken in once."""
        with self._store.session() as session:
            there = session.scalar(select(Run.number).where(Run.id == run_id))
            return there is not None or session.get(DirectoryRow, run_id) is not None

    def add_frame(self, run_id: str, claim: str | None, frame: FrameReady, most: int) -> tuple[int, bool]:
        """Keep a frame: the seq that is due now, and whether it was not there before. `most`: bytes of all frames."""
        with self._held(run_id, claim, FRAME) as held:
            run = held.run
            if frame.seq < run.frames_next:
                self._compare(held.session, run_id, frame)
                return run.frames_next, False
            if frame.seq > run.frames_next:
                raise Conflict(f"frame {frame.seq} of run {run_id} came where {run.frames_next} is due: send that")
            if run.frames_next and frame.step <= run.step:
                raise FrameRefused(
                    f"frame {frame.seq} is of step {frame.step}, and the one before it of step {run.step}: "
                    "steps rise from frame to frame"
                )
            if run.frames_bytes + len(frame.blob) > most:
                raise FrameRefused(f"its frames would take more than {most:,} bytes, the most that is kept of a run")
            add_frame(held.session, run, frame)
            run.step, run.phase, run.metrics = frame.step, frame.phase, {**(run.metrics or {}), **frame.metrics}
            return run.frames_next, True

    def _compare(self, session: Session, run_id: str, frame: FrameReady) -> None:
        """Raises Conflict where the frame of that seq is another one; of one that was thinned out nobody can tell."""
        blob = session.scalar(select(FrameRow.blob).where(FrameRow.run_id == run_id, FrameRow.seq == frame.seq))
        if blob and blob != frame.blob:
            raise Conflict(f"frame {frame.seq} of run {run_id} is there, with other bytes: nothing recorded is changed")

    def add_patterns(self, run_id: str, claim: str | None, blob: bytes) -> None:
        with self._held(run_id, claim, STATE) as held:
            there = held.session.get(PatternsRow, run_id)
            if there is None:
                held.session.add(PatternsRow(run_id=run_id, blob=blob))
            elif there.blob != blob:
                raise Conflict(f"run {run_id} has other patterns already: nothing recorded is changed")

    def add_events(self, run_id: str, claim: str | None, first: int, events: Sequence[Happened], most: int) -> int:
        """Keep those that are not there yet, the first being number `first`; how many there are now."""
        with self._held(run_id, claim, STATE) as held:
            there = held.row.events
            if first > there:
                raise Conflict(f"event {first} of run {run_id} came where {there} is due: send that")
            if first + len(events) > most:
                raise FrameRefused(f"a recording has {most:,} events at most: tell fewer")
            for event in events[there - first :]:
                add_event(held.session, run_id, event)
                held.session.flush()  # by which the next one is numbered
            held.row.events = max(there, first + len(events))
            return held.row.events

    def beat(self, run_id: str, claim: str | None) -> None:
        """It lives."""
        with self._held(run_id, claim, FRAME):
            pass

    def finish(
        self, run_id: str, claim: str | None, status: Outcome, message: str | None, seconds: float | None
    ) -> RunRecord:
        """It is over. Told again, nothing changes."""
        with self._store.writing(STATE, run_id) as session:
            held = self._hold(session, run_id, claim)
            run = held.run
            if run.status == status != "failed":
                return run.record()
            if run.status not in ("running", "failed"):
                raise Conflict(f"run {run_id} has ended as {run.status}")
            error = {"message": message or "the loop failed", "step": run.step, "traceback": None}
            changes: RunChanges = {"status": status, "error": error if status == "failed" else None}
            apply(run, {**changes, "finished_at": held.now})
            run.seconds = run.seconds if seconds is None else seconds
            run.total_steps = run.total_steps or run.step
            held.row.lost = False
            session.flush()
            return run.record()

    def silent(self, longest: float) -> tuple[str, ...]:
        """Recordings with a claim of which nothing was heard for so long."""
        query = select(RecordingRow.run_id, RecordingRow.heard_at).join(Run, Run.id == RecordingRow.run_id)
        query = query.where(Run.status == "running", RecordingRow.claim.is_not(None))
        with self._store.session() as session:
            last = self._store.database.clock(session) - timedelta(seconds=longest)
            return tuple(run_id for run_id, heard_at in session.execute(query) if heard_at <= last)

    def lose(self, run_id: str, longest: float, say: Callable[[Recording, datetime], str]) -> bool:
        """Give a running recording up that was not heard of for so long, as `say` puts it; whether that was so."""
        with self._store.writing(STATE, run_id) as session:
            run = hold_run(session, run_id)
            row = session.get(RecordingRow, run_id)
            now = self._store.database.clock(session)
            if row is None or run.status != "running" or now - row.heard_at < timedelta(seconds=longest):
                return False
            message = say(_Held(session, run, row, now).recording(), row.heard_at)
            error = {"message": message, "step": run.step, "traceback": None}
            apply(run, {"status": "failed", "error": error, "finished_at": now})
            row.lost = True
            return True

    @contextmanager
    def _held(self, run_id: str, claim: str | None, news: str, *, anew: bool = False) -> Iterator[_Held]:
        """A recording that is not over, for a transaction; it has been heard of. `anew`: one that failed may go on."""
        with self._store.writing(news, run_id) as session:
            held = self._hold(session, run_id, claim)
            run, row = held.run, held.row
            if run.status == "failed" and (row.lost or anew):
                self._go_on(held)
            elif run.status != "running" and not anew:
                raise Conflict(f"run {run_id} is over, it has ended as {run.status}: begin it again to go on")
            silence = (held.now - row.heard_at).total_seconds()
            if run.status == "running":
                run.seconds = (run.seconds or 0.0) + min(max(silence, 0.0), self._longest)
                row.heard_at = held.now
            yield held
        if held.again:
            self._on_again(run_id)

    def _hold(self, session: Session, run_id: str, claim: str | None) -> _Held:
        run = hold_run(session, run_id)
        row = session.get(RecordingRow, run_id)
        if row is None:
            raise Conflict(f"run {run_id} is none that a recorder may write: choose another id")
        if row.claim is None and claim is not None:  # what was first seen as a directory is sent as well
            row.claim = _digest(claim)
        if row.claim != _digest(claim):
            raise Conflict(f"run {run_id} is recorded under another claim: go on with that one, or choose another id")
        return _Held(session, run, row, self._store.database.clock(session))

    def _go_on(self, held: _Held) -> None:
        run, row = held.run, held.row
        if row.lost:
            seconds = round((held.now - row.heard_at).total_seconds())
            text = f"the recorder is back after {seconds:,} s of silence, and goes on"
            add_event(held.session, run.id, Happened(run.step, RESUMED, text))
        row.lost = False
        apply(run, {"status": "running", "error": None, "finished_at": None})
        held.again = True
        self._store.database.tell(held.session, f"{STATE} {run.id}")


def _digest(claim: str | None) -> str | None:
    return None if claim is None else sha256(claim.encode()).hexdigest()

"""Store: what may be changed in the database. The service is the only one to hold it; everyone else gets a Reader.

What a run's server writes of it carries the claim that it got with the run: a server that was taken for dead, and is
not, gets LostClaim and can spoil nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Unpack, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from emergescope.errors import LostClaim, NotFound, StoreError
from emergescope.store.opening import open_database
from emergescope.store.reader import Reader
from emergescope.store.records import FrameData, Json, NewEvent, NewRun, RunChanges, RunRecord
from emergescope.store.removing import hide, remove
from emergescope.store.tables import HIDDEN, EventRow, FrameRow, PatternsRow, Run, SketchRow

FRAME, STATE, QUEUE = "frame", "state", "queue"  # kinds of messages


class Store(Reader):
    """A database for reading and writing: that in the directory, or behind the URL, `where`."""

    def __init__(self, where: Path | str) -> None:
        self.database = open_database(where)
        super().__init__(self.database)

    def create_run(self, new: NewRun) -> RunRecord:
        with self.write(QUEUE, new.id) as session:
            run = new_run(new)
            session.add(run)
            session.flush()
            return run.record()

    def update_run(self, run_id: str, claim: str | None = None, **changes: Unpack[RunChanges]) -> RunRecord:
        """Change a run; with a claim, only as the one who has it."""
        with self.write(STATE, run_id) as session:
            run = hold_run(session, run_id, claim)
            apply(run, changes)
            session.flush()
            return run.record()

    def change_run(
        self,
        run_id: str,
        change: Callable[[RunRecord], RunChanges],
        claim: str | None = None,
        say: Callable[[RunRecord], Iterable[NewEvent]] = lambda run: (),
    ) -> RunRecord:
        """Change a run as `change` says, which sees it as it is and will be until then. What it raises stops that.

        `say` gives events to add, from the run as it is after that.
        """
        with self.write(STATE, run_id) as session:
            run = hold_run(session, run_id, claim)
            apply(run, change(run.record()))
            session.flush()
            changed = run.record()
            for event in say(changed):
                add_event(session, run_id, event)
            return changed

    def start_run(self, run_id: str, claim: str | None, patterns: bytes, **changes: Unpack[RunChanges]) -> None:
        """Keep what is known at the start together with the patterns."""
        with self.write(STATE, run_id) as session:
            apply(hold_run(session, run_id, claim), changes)
            session.merge(PatternsRow(run_id=run_id, blob=patterns))

    def append_frame(self, run_id: str, claim: str | None, frame: FrameData, **changes: Unpack[RunChanges]) -> None:
        """Commit a frame, and changes of its run with it. Its seq must be the next one."""
        with self.write(FRAME, run_id) as session:
            run = hold_run(session, run_id, claim)
            if frame.seq != run.frames_next:
                raise StoreError(f"run {run_id}: frame {frame.seq} came where {run.frames_next} was due")
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
            if frame.sketch:
                session.add(SketchRow(run_id=run_id, seq=frame.seq, blob=frame.sketch))
            run.frames_count += 1
            run.frames_next += 1
            run.frames_bytes += size
            apply(run, changes)

    def add_event(
        self, run_id: str, step: int, kind: str, text: str, data: Json | None = None, claim: str | None = None
    ) -> None:
        with self.write(STATE, run_id) as session:
            hold_run(session, run_id, claim)
            add_event(session, run_id, NewEvent(step, kind, text, data))

    def claim_next_queued(self, claim: str, server: str, now: datetime) -> RunRecord | None:
        """The oldest queued run, now running on `server` under `claim`; None if there is none."""
        query = select(Run).where(Run.status == "queued").order_by(Run.number).limit(1)
        with self.writing() as session:
            run = session.scalars(query.with_for_update(skip_locked=True, key_share=True)).first()
            if run is None:
                return None
            run.status, run.claim, run.server, run.wanted = "running", claim, server, None
            run.started_at = run.started_at or now
            session.flush()
            self.database.tell(session, f"{STATE} {run.id}")
            return run.record()

    def delete_run(self, run_id: str, check: Callable[[RunRecord], None] = lambda run: None) -> None:
        """Remove a run with its frames, events, checkpoints and patterns, unless `check` raises."""
        with self.write(STATE, run_id) as session:
            check(hold_run(session, run_id).record())
            hide(session, [run_id])
        remove(self, run_id)

    @contextmanager
    def write(self, kind: str, run_id: str) -> Iterator[Session]:
        """A transaction; other servers are told that there is news of this kind about the run."""
        with self.database.writing() as session:
            yield session
            self.database.tell(session, f"{kind} {run_id}")

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that others need not know of."""
        with self.database.writing() as session:
            yield session


def new_run(new: NewRun) -> Run:
    """The row of a run that is submitted."""
    values = {**vars(new), "config": dict(new.config), "expected": [dict(item) for item in new.expected]}
    run = Run(status="queued", **values)
    run.set_search()
    return run


def hold_run(session: Session, run_id: str, claim: str | None = None) -> Run:
    """The row of a run, locked until the transaction ends. Raises NotFound, and LostClaim if it has another claim."""
    # key_share: rows that refer to the run, as those of forks and frames, may be added meanwhile.
    visible = select(Run).where(Run.id == run_id, Run.status != HIDDEN)
    run = session.scalars(visible.with_for_update(key_share=True)).first()
    if run is None:
        raise NotFound(f"there is no run {run_id!r}")
    if claim is not None and run.claim != claim:
        raise LostClaim(f"run {run_id} is no longer this server's: another one has taken it over")
    return run


def add_event(session: Session, run_id: str, event: NewEvent) -> None:
    """Add an event to a run that is held."""
    last = session.scalar(select(func.max(EventRow.number)).where(EventRow.run_id == run_id))
    number = 0 if last is None else last + 1
    data = None if event.data is None else dict(event.data)
    row = EventRow(run_id=run_id, number=number, step=event.step, kind=event.kind, text=event.text, data=data)
    session.add(row)


def apply(run: Run, changes: RunChanges) -> None:
    for name, value in cast(dict[str, Any], changes).items():
        setattr(run, name, list(value) if name in ("tags", "expected", "deaths") else value)
    if changes.keys() & {"name", "tags", "notes"}:
        run.set_search()
    if run.status != "running":
        run.claim = None  # whoever had it has it no longer

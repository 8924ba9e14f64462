"""Store: what may be changed in the database. The service is the only one to hold it; everyone else gets a Reader.

What a run's server writes of it carries the claim that it got with the run: a server that was taken for dead, and is
not, gets LostClaim and can spoil nothing.

Of a run that is removed, all that is seen goes at once, and its frames a few at a time: gigabytes in one transaction
would hold up every other writer. What a crash leaves is hidden, and removed later.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Unpack, cast

from sqlalchemy import ColumnElement, delete, func, or_, select, true, update
from sqlalchemy.orm import Session

from emergescope.errors import LostClaim, StoreError
from emergescope.recording.events import FrameReady, Happened
from emergescope.store.opening import open_database
from emergescope.store.reader import Reader, find_run
from emergescope.store.records import NewRun, RunChanges
from emergescope.store.shapes import RunRecord
from emergescope.store.tables import (
    HIDDEN,
    CheckpointRow,
    EventRow,
    FrameRow,
    PatternsRow,
    RecordingRow,
    Run,
    ServerRow,
    SketchRow,
    digest_of,
)

AT_ONCE = 64  # rows with bytes that are written in one transaction
_SMALL_AT_ONCE = 1000  # of rows of a hundred bytes
_PAUSE = 0.002  # seconds between two transactions: whoever waits has its turn, which a lock alone does not promise
FORGOTTEN = timedelta(days=1)  # after which a server that was killed is no longer listed
FRAME, STATE, QUEUE = "frame", "state", "queue"  # kinds of messages


class Store(Reader):
    """A database for reading and writing: that in the directory, or behind the URL, `where`."""

    def __init__(self, where: Path | str) -> None:
        self.database = open_database(where)
        super().__init__(self.database)

    def create_run(self, new: NewRun) -> RunRecord:
        with self.writing(QUEUE, new.id) as session:
            run = new_run(new)
            session.add(run)
            session.flush()
            return run.record()

    def update_run(self, run_id: str, claim: str | None = None, **changes: Unpack[RunChanges]) -> RunRecord:
        """Change a run; with a claim, only as the one who has it."""
        return self.change_run(run_id, lambda run: changes, claim)

    def change_run(
        self,
        run_id: str,
        change: Callable[[RunRecord], RunChanges],
        claim: str | None = None,
        say: Callable[[RunRecord], Iterable[Happened]] = lambda run: (),
    ) -> RunRecord:
        """Change a run as `change` says, which sees it as it is and will be until then. What it raises stops that.

        `say` gives events to add, from the run as it is after that.
        """
        with self.writing(STATE, run_id) as session:
            run = hold_run(session, run_id, claim)
            apply(run, change(run.record()))
            session.flush()
            changed = run.record()
            for event in say(changed):
                add_event(session, run_id, event)
            return changed

    def start_run(self, run_id: str, claim: str | None, patterns: bytes, **changes: Unpack[RunChanges]) -> None:
        """Keep what is known at the start together with the patterns."""
        with self.writing(STATE, run_id) as session:
            apply(hold_run(session, run_id, claim), changes)
            session.merge(PatternsRow(run_id=run_id, blob=patterns))

    def append_frame(self, run_id: str, claim: str | None, frame: FrameReady, **changes: Unpack[RunChanges]) -> None:
        """Commit a frame, and changes of its run with it. Its seq must be the next one."""
        with self.writing(FRAME, run_id) as session:
            run = hold_run(session, run_id, claim)
            add_frame(session, run, frame)
            apply(run, changes)

    def add_event(self, run_id: str, event: Happened, claim: str | None = None) -> None:
        self.change_run(run_id, lambda run: {}, claim, lambda run: [event])

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
        with self.writing(STATE, run_id) as session:
            check(hold_run(session, run_id).record())
            hide(session, Run.id == run_id)
        remove(self, run_id)

    @contextmanager
    def writing(self, *news: str) -> Iterator[Session]:
        """A transaction; other servers are told the news, of which kind and about which run, if there is any."""
        with self.database.writing() as session:
            yield session
            if news:
                self.database.tell(session, " ".join(news))


class ServerStore:
    """One server among those that have the database open. A database that is not shared has only this one."""

    def __init__(self, store: Store, server: str, name: str) -> None:
        self._store = store
        self._server = server
        self._name = name

    def beat(self) -> None:
        """Say that this server is alive. By the clock of the database: those of the servers need not agree."""
        self._store.database.check()
        with self._store.writing() as session:
            session.merge(ServerRow(id=self._server, name=self._name, seen_at=func.now()))
            others = delete(ServerRow).where(ServerRow.id != self._server)
            if self._store.database.shared:
                others = others.where(ServerRow.seen_at < func.now() - FORGOTTEN)
            session.execute(others)

    def leave(self) -> None:
        with self._store.writing() as session:
            session.execute(delete(ServerRow).where(ServerRow.id == self._server))

    def orphans(self, mine: Collection[str], silent: float) -> tuple[RunRecord, ...]:
        """Running runs that no one runs: of servers silent for so many seconds, and of this one but for `mine`.

        Recordings are no server's.
        """
        query = select(Run).where(Run.status == "running", Run.id.not_in(mine), self._is_no_others(silent))
        query = query.where(Run.id.not_in(select(RecordingRow.run_id)))
        with self._store.session() as session:
            return tuple(run.record() for run in session.scalars(query.order_by(Run.number)))

    def leftovers(self, silent: float) -> tuple[str, ...]:
        """Ids of hidden runs, but for those that other servers, heard within so many seconds, are making."""
        query = select(Run.id).where(Run.status == HIDDEN, self._is_no_others(silent))
        with self._store.session() as session:
            return tuple(session.scalars(query))

    def _is_no_others(self, silent: float) -> ColumnElement[bool]:
        """That a run is not that of another server which was heard within so many seconds."""
        if not self._store.database.shared:
            return true()
        heard = ServerRow.seen_at > func.now() - timedelta(seconds=silent)
        others = select(ServerRow.id).where(ServerRow.id != self._server, heard)
        return or_(Run.server.is_(None), Run.server.not_in(others))


def new_run(new: NewRun) -> Run:
    """The row of a run that is submitted."""
    values = {**vars(new), "config": dict(new.config), "expected": [dict(item) for item in new.expected]}
    run = Run(status="queued", digest=digest_of(new.config), **values)
    run.set_search()
    return run


def hold_run(session: Session, run_id: str, claim: str | None = None) -> Run:
    """The row of a run, locked until the transaction ends. Raises NotFound, and LostClaim if it has another claim."""
    # key_share: rows that refer to the run, as those of forks and frames, may be added meanwhile.
    run = find_run(session, run_id, key_share=True)
    if claim is not None and run.claim != claim:
        raise LostClaim(f"run {run_id} is no longer this server's: another one has taken it over")
    return run


def add_frame(session: Session, run: Run, frame: FrameReady) -> None:
    """Add a frame to a run that is held. Its seq must be the next one."""
    if frame.seq != run.frames_next:
        raise StoreError(f"run {run.id}: frame {frame.seq} came where {run.frames_next} was due")
    values = {**vars(frame), "metrics": dict(frame.metrics), "size": len(frame.blob)}
    if sketch := values.pop("sketch"):
        session.add(SketchRow(run_id=run.id, seq=frame.seq, blob=sketch))
    session.add(FrameRow(run_id=run.id, **values))
    run.frames_count += 1
    run.frames_next += 1
    run.frames_bytes += len(frame.blob)


def add_event(session: Session, run_id: str, event: Happened) -> None:
    """Add an event to a run that is held."""
    last = session.scalar(select(func.max(EventRow.number)).where(EventRow.run_id == run_id))
    number = 0 if last is None else last + 1
    data = None if event.data is None else dict(event.data)
    session.add(EventRow(run_id=run_id, number=number, step=event.step, kind=event.kind, text=event.text, data=data))


def apply(run: Run, changes: RunChanges) -> None:
    for name, value in cast(dict[str, Any], changes).items():
        setattr(run, name, list(value) if name in ("tags", "expected", "deaths") else value)
    if changes.keys() & {"name", "tags", "notes"}:
        run.set_search()
    if run.status != "running":
        run.claim = None  # whoever had it has it no longer


def hide(session: Session, chosen: ColumnElement[bool]) -> None:
    """Have no one see some runs from here on; `remove` does the rest, of each."""
    session.execute(update(Run).where(chosen).values(status=HIDDEN, server=None, claim=None))


def remove(store: Store, run_id: str) -> None:
    """Remove a hidden run with all that belongs to it; nothing is left of it, or it is still hidden."""
    for table, key, at_once in (
        (FrameRow, FrameRow.seq, AT_ONCE),
        (SketchRow, SketchRow.seq, _SMALL_AT_ONCE),
        (CheckpointRow, CheckpointRow.step, AT_ONCE),
    ):
        for _ in turns():
            with store.writing() as session:
                rows = select(key).join(Run, Run.id == table.run_id).where(Run.id == run_id, Run.status == HIDDEN)
                keys = list(session.scalars(rows.limit(at_once)))
                session.execute(delete(table).where(table.run_id == run_id, key.in_(keys)))
            if len(keys) < at_once:
                break
    with store.writing() as session:
        session.execute(delete(Run).where(Run.id == run_id, Run.status == HIDDEN))


def turns() -> Iterator[None]:
    """For a transaction each; between two of them others have theirs."""
    while True:
        yield
        time.sleep(_PAUSE)

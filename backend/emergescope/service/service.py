"""The one place where runs change state. Any thread may call it; api/ and the command line do.

A run goes queued -> running -> succeeded, failed or cancelled. What a worker says is committed to the store first, and
only then is the bell rung that wakes viewers: what anyone has seen is kept.
"""

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from emergescope.config import Preset, RunConfig, parse_config
from emergescope.config.expected import compare, expectations
from emergescope.errors import Conflict
from emergescope.frames.events import Advanced, Happened
from emergescope.jobs.executor import Executor, Finished, FrameReady, Message, RunStarted
from emergescope.service.progress import Clock, Progress
from emergescope.store import (
    EventRecord,
    ExperimentStore,
    FrameData,
    NewRun,
    Reader,
    RunPage,
    RunRecord,
    Status,
    Store,
)

_REPLACED = 3  # times that an interrupted run of an experiment is run again
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # no 0 and o, 1 and l: ids are read aloud in classrooms


@dataclass(frozen=True)
class RunView:
    """A run as it is now: the stored record, how far it is, and (except in lists) its events."""

    record: RunRecord
    progress: Progress
    events: tuple[EventRecord, ...] = ()


@dataclass
class _Active:
    """A run that an executor has."""

    clock: Clock
    expected: Sequence[Any]
    metrics: dict[str, float | None]


class Service:
    """Owns `store` and `executor` from here on. `ring(run_id)` is called after each change that viewers may want."""

    def __init__(self, store: Store, executor: Executor, ring: Callable[[str], None] = lambda run_id: None) -> None:
        self._store = store
        self._executor = executor
        self._ring = ring
        self._lock = threading.RLock()
        self._active: dict[str, _Active] = {}
        self._revisions: Counter[str] = Counter()
        self._dispatching = False
        self._closed = False

    @property
    def store(self) -> Store:
        """For experiments, which are written beside their runs."""
        return self._store

    @property
    def reader(self) -> Reader:
        """Frames, metrics, patterns and events are read straight from the store."""
        return self._store

    def start(self) -> None:
        """Take up what an earlier server left: its running runs have failed, its queue goes on."""
        for run in self._all_with("running"):
            self._fail_stopped(run.id, run.step)
        self.dispatch()

    def close(self) -> None:
        """End all workers; runs that were running have failed, queued ones wait for the next start."""
        with self._lock:
            self._closed = True
            active, self._active = self._active, {}
            for run_id, run in active.items():
                self._fail_stopped(run_id, run.clock.step)
        self._executor.close()
        self._store.close()

    def submit(self, config: RunConfig, name: str | None, preset: Preset | None, tags: Sequence[str]) -> RunView:
        """Queue a run; it starts as soon as a worker is free. Without a name it has its preset's title."""
        new = new_record(config, name, preset, tags)
        self._store.create_run(new)
        self.dispatch()
        return self.get(new.id)

    def get(self, run_id: str) -> RunView:
        return self._view(self._store.get_run(run_id), self._store.events(run_id))

    def list_runs(
        self, status: Status | None, tag: str | None, q: str | None, cursor: str | None, limit: int
    ) -> tuple[tuple[RunView, ...], str | None]:
        """A page of runs, newest first, and the cursor of the next one."""
        page: RunPage = self._store.list_runs(status, tag, q, cursor, limit)
        return tuple(self._view(record) for record in page.items), page.next

    def edit(self, run_id: str, name: str | None, tags: Sequence[str] | None, notes: str | None) -> RunView:
        """Change what is not None."""
        with self._lock:
            if name is not None:
                self._store.update_run(run_id, name=name)
            if tags is not None:
                self._store.update_run(run_id, tags=tags)
            if notes is not None:
                self._store.update_run(run_id, notes=notes)
            self._state_changed(run_id)
        return self.get(run_id)

    def cancel(self, run_id: str) -> RunView:
        """A queued run is cancelled at once; a running one as soon as its worker has ended. Raises Conflict."""
        with self._lock:
            status = self._store.get_run(run_id).status
            if status == "queued":
                self._store.update_run(run_id, status="cancelled", finished_at=now())
                self._state_changed(run_id)
            elif status != "running":
                raise Conflict(
                    f"run {run_id} has already {_ENDED[status]}: only a queued or running run can be cancelled"
                )
        if status == "running":
            self._executor.cancel(run_id)
        return self.get(run_id)

    def delete(self, run_id: str) -> None:
        """Remove a run and its frames. Raises Conflict while it is running."""
        with self._lock:
            if self._store.get_run(run_id).status == "running":
                raise Conflict(f"run {run_id} is running: cancel it first")
            self._store.delete_run(run_id)
            self._state_changed(run_id)

    def revision(self, run_id: str) -> int:
        """A number that changes whenever something else than progress is new about a run."""
        return self._revisions[run_id]

    def load(self) -> tuple[str, int, int, int]:
        """(name of the executor, its workers, how many are busy, how many runs wait)."""
        return self._executor.name, self._executor.workers, len(self._active), self._store.count_runs("queued")

    def _view(self, record: RunRecord, events: tuple[EventRecord, ...] = ()) -> RunView:
        active = self._active.get(record.id)
        if active is not None and record.status == "running":
            return RunView(record, active.clock.read(), events)
        progress = Progress(record.step, record.total_steps, record.seconds, None, record.phase)
        return RunView(record, progress, events)

    def dispatch(self) -> None:
        """Give queued runs to free workers, oldest first."""
        with self._lock:
            if self._dispatching:  # an inline executor finishes runs inside of submit, below
                return
            self._dispatching = True
            try:
                while not self._closed and len(self._active) < self._executor.workers:
                    record = self._store.claim_next_queued(now())
                    if record is None:
                        return
                    config = parse_config(record.config)
                    self._active[record.id] = _Active(Clock(config), record.expected, {})
                    self._state_changed(record.id)
                    self._executor.submit(record.id, config, self._on_message)
            finally:
                self._dispatching = False

    def _on_message(self, run_id: str, message: Message) -> None:
        with self._lock:
            active = self._active.get(run_id)
            if active is None:  # the server is closing: this run has been marked already
                return
            match message:
                case RunStarted():
                    active.clock.start()
                    self._store.start_run(run_id, message.patterns, facts=dict(message.facts))
                    self._state_changed(run_id)
                case FrameReady():
                    self._keep_frame(run_id, active, message)
                    self._ring(run_id)
                case Advanced():
                    active.clock.advance(message.step, message.phase)
                case Happened():
                    self._store.add_event(run_id, message.step, message.kind, message.text, message.data)
                    self._state_changed(run_id)
                case Finished():
                    self._keep_end(run_id, active, message)
                    self._state_changed(run_id)
        if isinstance(message, Finished):
            self.dispatch()

    def _keep_frame(self, run_id: str, active: _Active, frame: FrameReady) -> None:
        active.clock.advance(frame.step, frame.phase)
        active.metrics |= frame.metrics
        active.expected = compare(active.expected, frame.step, frame.metrics) or active.expected
        self._store.append_frame(
            run_id,
            FrameData(frame.seq, frame.step, frame.phase, frame.metrics, frame.blob),
            step=frame.step,
            phase=frame.phase,
            seconds=active.clock.read().seconds,
            metrics=active.metrics,
            expected=active.expected,
        )

    def _keep_end(self, run_id: str, active: _Active, end: Finished) -> None:
        error = {"message": end.message, "step": end.step, "traceback": end.traceback}
        expected = compare(active.expected, "end", active.metrics) if end.status == "succeeded" else None
        progress = active.clock.read()
        # Counted out first: should the store fail below, its worker is free all the same.
        del self._active[run_id]
        self._store.update_run(
            run_id,
            status=end.status,
            error=error if end.status == "failed" else None,
            step=max(end.step, progress.step),
            seconds=progress.seconds,
            expected=expected or active.expected,
            finished_at=now(),
        )

    def _fail_stopped(self, run_id: str, step: int) -> None:
        """Mark a run that the server took down with it. An experiment that it belongs to gets another in its place."""
        message = f"the server stopped at step {step}"
        old = self._store.get_run(run_id)
        again = NewRun(
            new_id(), old.name, old.preset, old.tags, old.config, old.total_steps, _unmeasured(old.expected), now()
        )
        if ExperimentStore(self._store).replace_run(run_id, again, _REPLACED):
            message += f"; run {again.id} takes its place"
        error = {"message": message, "step": step, "traceback": None}
        self._store.update_run(run_id, status="failed", error=error, step=step, finished_at=now())

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """No run changes its state meanwhile."""
        with self._lock:
            yield

    def announce(self, run_id: str) -> None:
        """Wake the viewers of a run that was changed from outside."""
        with self._lock:
            self._state_changed(run_id)

    def _state_changed(self, run_id: str) -> None:
        self._revisions[run_id] += 1
        self._ring(run_id)

    def _all_with(self, status: Status) -> list[RunRecord]:
        found: list[RunRecord] = []
        cursor: str | None = None
        while True:
            page = self._store.list_runs(status=status, cursor=cursor)
            found += page.items
            cursor = page.next
            if cursor is None:
                return found


_ENDED = {"succeeded": "succeeded", "failed": "failed", "cancelled": "been cancelled"}


def new_id() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))


def new_record(config: RunConfig, name: str | None, preset: Preset | None, tags: Sequence[str]) -> NewRun:
    """A run as it is submitted. Without a name it has its preset's title."""
    return NewRun(
        id=new_id(),
        name=name or (preset.title if preset else "Untitled"),
        preset=preset.id if preset else None,
        tags=tags,
        config=config.model_dump(mode="json"),
        total_steps=config.training.total_steps,
        expected=expectations(preset, config),
        created_at=now(),
    )


def _unmeasured(expected: Sequence[Any]) -> list[dict[str, Any]]:
    return [{**item, "value": None, "ok": None} for item in expected]


def now() -> datetime:
    return datetime.now(UTC)

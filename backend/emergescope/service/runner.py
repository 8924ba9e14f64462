"""Leads the runs that this server has claimed: gives them to the executor, and keeps what their workers say.

What a worker says is committed first, and only then is the bell rung that wakes viewers: what anyone has seen is kept.
Everything that is written carries the claim of the run: a server that was taken for dead can spoil nothing.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from emergescope import logs
from emergescope.config import parse_config
from emergescope.config.expected import compare
from emergescope.errors import InvalidConfig, LostClaim
from emergescope.frames.events import Advanced, Happened
from emergescope.jobs.executor import (
    CheckpointReady,
    Executor,
    Finished,
    FrameReady,
    Job,
    Message,
    Origin,
    RunStarted,
)
from emergescope.service.counts import Counts
from emergescope.service.endings import Endings
from emergescope.service.news import News
from emergescope.service.progress import Clock, Progress
from emergescope.service.records import new_id, now
from emergescope.store import CheckpointRecord, CheckpointStore, FrameData, RunRecord, Store

_log = logs.get(__name__)


@dataclass
class _Active:
    """A run that the executor has. Of one that goes on, `frames` are there, and `told` are its events (step, kind)."""

    claim: str
    clock: Clock
    expected: Sequence[Any]
    metrics: dict[str, float | None]
    frames: int
    told: set[tuple[int, str]]
    goes_on: bool


class Runner:
    """`lock` guards which runs are led; whoever changes the state of a run holds it."""

    def __init__(self, store: Store, executor: Executor, news: News, server: str) -> None:
        self.lock = threading.RLock()
        self.counts = Counts()
        self._store = store
        self._checkpoints = CheckpointStore(store)
        self._executor = executor
        self._news = news
        self._server = server
        self._endings = Endings(store, self.counts)
        self._active: dict[str, _Active] = {}
        self._idle = threading.Condition(self.lock)
        self._dispatching = False
        self._closed = False

    @property
    def runs(self) -> tuple[str, ...]:
        """Ids of the runs that are led."""
        return tuple(self._active)

    def progress(self, run_id: str) -> Progress | None:
        active = self._active.get(run_id)
        return None if active is None else active.clock.read()

    def dispatch(self) -> None:
        """Give queued runs to free workers, oldest first."""
        with self.lock:
            if self._dispatching:  # an inline executor finishes runs inside of submit, below
                return
            self._dispatching = True
            try:
                while not self._closed and len(self._active) < self._executor.workers:
                    claim = new_id()
                    record = self._store.claim_next_queued(claim, self._server, now())
                    if record is None:
                        return
                    self._submit(record, claim)
            finally:
                self._dispatching = False

    def obey(self, run_id: str) -> None:
        """Do what is wanted of a run, if it is led here."""
        with self.lock:
            if run_id not in self._active:
                return
            wanted = self._store.get_run(run_id).wanted
        if wanted == "cancel":
            self._executor.cancel(run_id)
        elif wanted == "pause":
            self._executor.pause(run_id)

    def adopt(self, orphan: RunRecord) -> None:
        """Take up a run whose server is gone: it goes on from its last checkpoint, here or elsewhere."""
        with self.lock:
            try:
                self._endings.died(orphan, orphan.claim, orphan.step, f"the server stopped at step {orphan.step}")
            except LostClaim:
                return  # another server was faster
            self._news.changed(orphan.id)

    def close(self, patience: float) -> None:
        """Have runs stop after a checkpoint, within `patience` seconds; they go on with the next server."""
        with self.lock:
            self._closed = True
            for run_id in self.runs:
                self._executor.pause(run_id)
            self._idle.wait_for(lambda: not self._active, patience)
            rest, self._active = self._active, {}
            for run_id, run in rest.items():
                self._endings.stopped(run_id, run.claim, run.clock.read())

    def _submit(self, record: RunRecord, claim: str) -> None:
        try:
            config = parse_config(record.config)
            origin = None
            if record.origin is not None:
                origin = Origin(parse_config(record.origin["config"]), record.origin["step"])
        except InvalidConfig as error:  # written by a version whose rules were others
            self._endings.finished(
                record.id, claim, Finished("failed", record.step, error.detail), None, record.expected
            )
            self._news.changed(record.id)
            return
        checkpoint = self._checkpoints.latest(record.id)
        step = 0 if checkpoint is None else checkpoint.step
        self._active[record.id] = _Active(
            claim=claim,
            clock=Clock(config, step, record.seconds),
            expected=record.expected,
            metrics=dict(record.metrics or {}),
            frames=record.frames_next,
            told={(event.step, event.kind) for event in self._store.events(record.id)},
            goes_on=checkpoint is not None and (origin is None or step >= origin.step),
        )
        self._news.changed(record.id)
        _log.info("run started", run=record.id, server=self._server, step=step, resumes=record.resumes)
        blob = None if checkpoint is None else checkpoint.blob
        self._executor.submit(Job(record.id, config, blob, origin), self._on_message)

    def _on_message(self, run_id: str, message: Message) -> None:
        with self.lock:
            active = self._active.get(run_id)
            if active is None:  # the server is closing, or has lost the run
                return
            try:
                self._keep(run_id, active, message)
            except LostClaim:
                _log.warning("run lost to another server", run=run_id, server=self._server)
                self._forget(run_id)
                self._executor.cancel(run_id)
        if isinstance(message, Finished):
            self.dispatch()

    def _keep(self, run_id: str, active: _Active, message: Message) -> None:
        match message:
            case RunStarted():
                active.clock.start()
                if not active.goes_on:
                    self._store.start_run(run_id, active.claim, message.patterns, facts=dict(message.facts))
                self._news.changed(run_id)
            case FrameReady():
                active.clock.advance(message.step, message.phase)
                if message.seq >= active.frames:  # those before were kept already, and these have the same bytes
                    self._keep_frame(run_id, active, message)
                    self._news.ring(run_id)
            case CheckpointReady():
                checkpoint = CheckpointRecord(message.step, message.frames, message.blob)
                self._checkpoints.add(run_id, active.claim, checkpoint, now())
            case Advanced():
                active.clock.advance(message.step, message.phase)
            case Happened():
                if (message.step, message.kind) not in active.told:
                    active.told.add((message.step, message.kind))
                    data = message.data
                    self._store.add_event(run_id, message.step, message.kind, message.text, data, active.claim)
                    self._news.changed(run_id)
            case Finished():
                self._end(run_id, active, message)

    def _keep_frame(self, run_id: str, active: _Active, frame: FrameReady) -> None:
        active.metrics |= frame.metrics
        active.expected = compare(active.expected, frame.step, frame.metrics) or active.expected
        self._store.append_frame(
            run_id,
            active.claim,
            FrameData(frame.seq, frame.step, frame.phase, frame.metrics, frame.blob),
            step=frame.step,
            phase=frame.phase,
            seconds=active.clock.read().seconds,
            metrics=active.metrics,
            expected=active.expected,
        )
        active.frames += 1
        self.counts.committed(len(frame.blob))

    def _end(self, run_id: str, active: _Active, end: Finished) -> None:
        # Counted out first: should the store fail below, its worker is free all the same.
        self._forget(run_id)
        progress = active.clock.read()
        if end.status == "paused" and self._closed:
            self._endings.stopped(run_id, active.claim, progress)
        elif end.status == "died":
            record = self._store.get_run(run_id)
            self._endings.died(record, active.claim, max(end.step, progress.step), end.message or "", progress.seconds)
        else:
            expected = compare(active.expected, "end", active.metrics) if end.status == "succeeded" else None
            self._endings.finished(run_id, active.claim, end, progress, expected or active.expected)
        self._news.changed(run_id)

    def _forget(self, run_id: str) -> None:
        del self._active[run_id]
        self._idle.notify_all()

"""Leads the runs that this server has claimed: gives them to the executor, and keeps what their workers say.

What a worker says is committed first, and only then are viewers woken: what anyone has seen is kept.
Each message is kept by one transaction, and counted after it: where the database is busy the same message comes again.
Everything that is written carries the claim of the run: a server that was taken for dead can spoil nothing.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

from emergescope import logs
from emergescope.catalog.changes import compare
from emergescope.catalog.parse import parse_config
from emergescope.config.ids import new_id
from emergescope.errors import InvalidConfig, LostClaim, NotFound, StoreUnwritable
from emergescope.jobs.executor import Executor, Finished, Job, Message, Origin, RunStarted
from emergescope.recording.events import Advanced, Checkpointed, FrameReady, Happened
from emergescope.service.notifications import Notifications
from emergescope.service.progress import Clock, Counts, Progress
from emergescope.service.records import damaged, now
from emergescope.service.transitions import Transitions
from emergescope.store.forking import CheckpointStore
from emergescope.store.shapes import EventRecord, RunRecord
from emergescope.store.store import Store

_LOST = (LostClaim, NotFound)  # what the store says of a run that another server has taken over, or even deleted since
RETRY = 1.0  # seconds until what could not be written is tried again
_CONDITIONS = ("device", "threads", "torch", "numpy", "emergescope")  # on which the bits of a run depend
_DATA = ("data_digest", "injected_digest")  # of the files that it has read

_log = logs.get(__name__)


@dataclass
class _Active:
    """A run that the executor has. Of one that goes on, `frames` are there, `seen` are its events (see `_seen`), and
    `conditions` are those under which it began.
    """

    claim: str
    clock: Clock
    expected: Sequence[Any]
    metrics: dict[str, float | None]
    frames: int
    seen: set[tuple[int, str, int]]
    goes_on: bool
    conditions: dict[str, Any]
    waits: StoreUnwritable | None = None  # why what its worker sent last is not kept yet


class Runner:
    """`lock` guards which runs are led; whoever changes the state of a run holds it. `memory`: bytes for a run."""

    def __init__(
        self, store: Store, executor: Executor, notifications: Notifications, server: str, memory: int | None
    ) -> None:
        self.lock = threading.RLock()
        self.counts = Counts()
        self._store = store
        self._checkpoints = CheckpointStore(store)
        self._executor = executor
        self._notifications = notifications
        self._server, self._memory = server, memory
        self._transitions = Transitions(store, self.counts)
        self._active: dict[str, _Active] = {}
        self._idle = threading.Condition(self.lock)
        self._closed = False

    @property
    def runs(self) -> tuple[str, ...]:
        """Ids of the runs that are led."""
        return tuple(self._active)

    def progress(self, run_id: str) -> Progress | None:
        active = self._active.get(run_id)
        return None if active is None else active.clock.read()

    @property
    def waits(self) -> dict[str, StoreUnwritable]:
        """Runs that wait until the store can be written, and why it cannot."""
        return {run_id: run.waits for run_id, run in list(self._active.items()) if run.waits is not None}

    def dispatch(self) -> None:
        """Give queued runs to free workers, oldest first. Where the store cannot be written they wait for a round."""
        with self.lock, suppress(StoreUnwritable):
            while not self._closed and len(self._active) < self._executor.workers:
                claim = new_id()
                record = self._store.claim_next_queued(claim, self._server, now())
                if record is None:
                    return
                self._submit(record, claim)

    def apply_request(self, run_id: str) -> None:
        """Do what is wanted of a run, if it is led here."""
        wanted = None
        with self.lock, suppress(NotFound):  # it was taken over and deleted: its worker will say something, and be told
            if run_id in self._active:
                wanted = self._store.get_run(run_id).wanted
        if wanted == "cancel":
            self._executor.cancel(run_id)
        elif wanted == "pause":
            self._executor.pause(run_id)

    def recover(self, orphan: RunRecord) -> None:
        """Take up a run whose server is gone: it goes on from its last checkpoint, here or elsewhere."""
        what = "could not keep what the worker sent" if orphan.server == self._server else "stopped"
        with self.lock, suppress(*_LOST):  # another server may be faster
            if orphan.damage is not None:
                self._transitions.refused(orphan.id, orphan.claim, damaged(orphan))
            else:
                self._transitions.died(orphan.id, orphan.claim, orphan.step, f"the server {what} at step {orphan.step}")
            self._notifications.changed(orphan.id)

    def close(self, timeout: float) -> None:
        """Have runs stop after a checkpoint, within `timeout` seconds; they go on with the next server."""
        with self.lock:
            self._closed = True
            for run_id in self.runs:
                self._executor.pause(run_id)
            self._idle.wait_for(lambda: not self._active, timeout)
            rest, self._active = self._active, {}
            for run_id, run in rest.items():
                with suppress(*_LOST):
                    self._transitions.stopped(run_id, run.claim, run.clock.read())

    def _submit(self, record: RunRecord, claim: str) -> None:
        try:
            if record.damage is not None:
                raise InvalidConfig(damaged(record))
            config = parse_config(record.config)
            origin = None
            if record.origin is not None:
                origin = Origin(parse_config(record.origin["config"]), record.origin["step"])
        except InvalidConfig as error:  # written by a version whose rules were others
            self._transitions.refused(record.id, claim, error.detail)
            self._notifications.changed(record.id)
            return
        checkpoint = self._checkpoints.latest(record.id)
        step = 0 if checkpoint is None else checkpoint.step
        if record.id in self._active:  # it was taken over, and is back before its worker has said anything
            self._executor.cancel(record.id)
        found = (record.facts or {}).get("provenance") or {}
        active = self._active[record.id] = _Active(
            claim=claim,
            clock=Clock(config, step, record.seconds),
            expected=record.expected,
            metrics=dict(record.metrics or {}),
            frames=record.frames_next,
            seen=_seen(self._store.events(record.id)),
            goes_on=checkpoint is not None and (origin is None or step >= origin.step),
            conditions={name: found[name] for name in (*_CONDITIONS, *_DATA) if name in found},
        )
        self._notifications.changed(record.id)
        _log.info("run started", run=record.id, server=self._server, step=step, resumes=record.resumes)
        job = Job(record.id, config, None if checkpoint is None else checkpoint.blob, origin, self._memory)
        try:
            self._executor.submit(job, partial(self._on_message, active))
        except BaseException:
            self._forget(record.id)  # no one trains it: the next round takes it up
            raise

    def _on_message(self, active: _Active, run_id: str, message: Message) -> None:
        with self.lock:
            # The server is closing, or has lost the run; it may even have it again, with another worker.
            if self._active.get(run_id) is not active:
                return
            try:
                self._keep_at_last(run_id, active, message)
            except _LOST:
                if not self._closed:
                    _log.warning("run lost to another server", run=run_id, server=self._server)
                if self._active.get(run_id) is active:  # else the server is closing, or has it again
                    self._forget(run_id)
                    self._executor.cancel(run_id)
        if isinstance(message, Finished):
            self.dispatch()

    def _keep_at_last(self, run_id: str, active: _Active, message: Message) -> None:
        """Keep what a worker says, however long the store cannot be written: until then its worker waits, and nothing
        is lost. Others have the lock meanwhile. Raises LostClaim once the run is no longer led.
        """
        while True:
            before = active.waits
            try:
                self._keep(run_id, active, message)
                break
            except StoreUnwritable as error:
                active.waits = error
            except BaseException:
                if isinstance(message, Finished):  # should the store fail for good, its worker is free all the same
                    self._forget(run_id)
                raise
            if before is None:
                _log.error("run waits until the store can be written", run=run_id, reason=active.waits.detail)
                self._notifications.changed(run_id)
            self._idle.wait(RETRY)
            if self._active.get(run_id) is not active:
                raise LostClaim(f"run {run_id} is no longer led here")
        if active.waits is not None:
            active.waits = None
            _log.info("run goes on", run=run_id)
            self._notifications.changed(run_id)

    def _keep(self, run_id: str, active: _Active, message: Message) -> None:
        """Keep what a worker says. Where the store cannot be written, the same may be asked again."""
        match message:
            case RunStarted():
                active.clock.start()
                if active.goes_on:
                    self._compare(run_id, active, message)
                else:
                    self._store.start_run(run_id, active.claim, message.patterns, facts=dict(message.facts))
                self._notifications.changed(run_id)
            case FrameReady():
                active.clock.advance(message.step, message.phase)
                if message.seq >= active.frames:  # those before were kept already, and these have the same bytes
                    self._keep_frame(run_id, active, message)
                    self._notifications.notify(run_id)
            case Checkpointed():
                self._checkpoints.add(run_id, active.claim, message, now())
            case Advanced():
                active.clock.advance(message.step, message.phase)
            case Happened():
                if (event := (message.step, message.kind, message.ordinal)) not in active.seen:
                    self._store.add_event(run_id, message, active.claim)
                    active.seen.add(event)
                    self._notifications.changed(run_id)
            case Finished():
                self._keep_end(run_id, active, message)
                self._forget(run_id)
                self._notifications.changed(run_id)

    def _compare(self, run_id: str, active: _Active, message: RunStarted) -> None:
        """Say so where a run goes on with other data, or where the last bits of what follows may differ."""
        here: Any = message.facts["provenance"]
        changed = {name: before for name, before in active.conditions.items() if here.get(name) != before}
        elsewhere = [f"{name} {changed[name]} before, {here.get(name)} now" for name in _CONDITIONS if name in changed]
        texts = []
        if elsewhere:
            texts.append(f"goes on elsewhere ({'; '.join(elsewhere)}): the last bits of what follows may differ")
        if any(name in changed for name in _DATA):
            texts.append("goes on with other images than it began with: their files have changed since")
        events = [Happened(active.clock.step, "elsewhere", text) for text in texts]
        self._store.change_run(run_id, lambda run: {}, active.claim, lambda run: events)

    def _keep_frame(self, run_id: str, active: _Active, frame: FrameReady) -> None:
        active.metrics |= frame.metrics
        active.expected = compare(active.expected, frame.step, frame.metrics) or active.expected
        self._store.append_frame(
            run_id,
            active.claim,
            frame,
            step=frame.step,
            phase=frame.phase,
            seconds=active.clock.read().seconds,
            metrics=active.metrics,
            expected=active.expected,
        )
        active.frames += 1
        self.counts.committed(len(frame.blob))

    def _keep_end(self, run_id: str, active: _Active, end: Finished) -> None:
        progress = active.clock.read()
        if end.status == "paused" and self._closed:
            self._transitions.stopped(run_id, active.claim, progress)
        elif end.status == "died":
            step = max(end.step, progress.step)
            self._transitions.died(run_id, active.claim, step, end.message or "", progress.seconds)
        else:
            expected = compare(active.expected, "end", active.metrics) if end.status == "succeeded" else None
            self._transitions.finished(run_id, active.claim, end, progress, expected or active.expected)

    def _forget(self, run_id: str) -> None:
        self._active.pop(run_id, None)
        self._idle.notify_all()


def _seen(events: Iterable[EventRecord]) -> set[tuple[int, str, int]]:
    """What has happened, as Happened names it: step, kind, and which one of these."""
    ordinals: defaultdict[tuple[int, str], count[int]] = defaultdict(count)
    return {(event.step, event.kind, next(ordinals[event.step, event.kind])) for event in events}

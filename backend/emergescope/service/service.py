"""What may be asked of runs: submit, look at, edit, pause, resume, fork, cancel, delete. Any thread may call it.

A run goes queued -> running -> succeeded, failed or cancelled, and may be paused on the way. The service is the only
writer of the store; the runs that this server has claimed are led by its runner.
"""

import socket
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from emergescope import logs
from emergescope.archive.reading import Archive
from emergescope.catalog.changes import Change, inherited
from emergescope.catalog.limits import Limits
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.parse import parse_config
from emergescope.catalog.registry import Preset, get_preset
from emergescope.config.ids import new_id
from emergescope.config.run import RunConfig
from emergescope.errors import Conflict, EmergescopeError, QueueFull, StoreError, StoreUnwritable
from emergescope.jobs.executor import Executor
from emergescope.service import archives, transitions
from emergescope.service.forks import fork_config, fork_name
from emergescope.service.heartbeat import Heartbeat, Rounds
from emergescope.service.intake import Intake
from emergescope.service.notifications import Notifications
from emergescope.service.progress import Progress
from emergescope.service.recordings import RecordingRules, Recordings
from emergescope.service.records import changes_of, check_data, control_of, new_record, now
from emergescope.service.runner import Runner
from emergescope.store.forking import ForkStore
from emergescope.store.importing import ImportStore, check_at_home
from emergescope.store.reader import Reader
from emergescope.store.records import ExperimentName, QueuePlace, RunChanges
from emergescope.store.retention import RetentionStore, Rules
from emergescope.store.shapes import EventRecord, RunRecord
from emergescope.store.store import FRAME, QUEUE, STATE, ServerStore, Store, remove

_log = logs.get(__name__)
_THIN_EVERY = 300.0  # seconds


@dataclass(frozen=True)
class RunView:
    """A run as it is now: the stored record, how far it is, its place if it waits, where it belongs, why it is held up
    while it is running, if it is, and (except in lists) its events.
    """

    record: RunRecord
    progress: Progress
    queue: QueuePlace | None = None
    events: tuple[EventRecord, ...] = ()
    experiment: ExperimentName | None = None
    waits: str | None = None

    @property
    def changes(self) -> tuple[Change, ...] | None:
        """What differs from its preset, or from its parent."""
        return changes_of(self.record)


class Service:
    """Owns `store` and `executor` from here on.

    notify    called with a run's id after each change that viewers may want, with ANY where anything may have changed
    timeout   seconds that runs have for a checkpoint when the server stops
    data_dir  where the runs find data sets, if that is on this machine: what is not there is refused at once
    inbox     where recorders without a server leave what they record
    """

    def __init__(
        self,
        store: Store,
        executor: Executor,
        notify: Callable[[str], None] = lambda run_id: None,
        limits: Limits | None = None,
        rules: Rules | None = None,
        timeout: float = 5.0,
        data_dir: Path | None = None,
        recordings: RecordingRules | None = None,
        inbox: Path | None = None,
    ) -> None:
        self.store = store  # experiments are written beside their runs
        self.reader: Reader = store  # frames, metrics, patterns and events are read straight from the store
        self._executor = executor
        self._limits = limits or Limits()
        self._timeout, self._data_dir = timeout, data_dir
        self._notifications = Notifications(notify)
        self.revision = self._notifications.revision
        self.announce = self._notifications.changed  # wakes the viewers of a run that was changed from outside
        server = new_id()
        self._servers = ServerStore(store, server, socket.gethostname())
        self._runner = Runner(store, executor, self._notifications, server, self._limits.max_memory)
        self.counts = self._runner.counts  # what this server has done so far
        self.dispatch = self._runner.dispatch
        self._forks = ForkStore(store, server)
        self._imports = ImportStore(store, server)
        self.recordings = Recordings(store, self._notifications, self._committed, recordings or RecordingRules())
        self._intake = Intake(self.recordings, inbox)
        self._retention, self._rules, self._thin_next = RetentionStore(store), rules or Rules(), 0.0
        self._heartbeat = Heartbeat(self._servers)
        # On its own: whatever takes long in the rounds, others must not take this server for dead meanwhile.
        self._beats = Rounds("heartbeat", self._heartbeat.beat)
        self._rounds = Rounds("rounds", self._look_after)
        self._intakes = Rounds("intake", self._intake.look)

    def start(self) -> None:
        """Take up what other servers have left, and go on with the queue."""
        with suppress(StoreUnwritable):  # the next beat says so, and the next round sees to it
            self._heartbeat.beat()
            self._look_after()
        self.store.database.listen(self._on_message)
        self._beats.start()
        self._rounds.start()
        self._intakes.start()

    def close(self) -> None:
        """Stop what runs, after a checkpoint where there is time for one; it goes on with the next server."""
        self._intake.stop()
        self._intakes.stop()
        self._rounds.stop()
        try:
            self._runner.close(self._timeout)
            self._beats.stop()
            self._servers.leave()
        except StoreError as error:  # what runs is taken up by another server, or by the next one, all the same
            _log.error("the store failed while the server stopped", reason=error.detail)
        finally:
            self._beats.stop()
            self._executor.close()
            self.store.close()

    def submit(self, config: RunConfig, name: str | None, preset: Preset | None, tags: Sequence[str]) -> RunView:
        """Queue a run; it starts as soon as a worker is free. Raises InvalidConfig, QueueFull."""
        self.admit([config])
        new = new_record(config, name, preset, tags)
        self.store.create_run(new)
        _log.info("run queued", run=new.id, preset=new.preset)
        self.dispatch()
        return self.get(new.id)

    def control(self, run_id: str) -> RunView:
        """The control of a run: that of its preset, with the same seed and changes; one that is there, else queued
        anew. Raises Conflict where there is none, and what `submit` raises.
        """
        record = self.store.get_run(run_id)
        identifier, found = control_of(record), changes_of(record)
        if identifier is None or found is None:
            raise Conflict("there is no control to this run: only a run of a preset that names one has it")
        preset = get_preset(identifier)
        changed = {change.path: change.value for change in found}
        config = apply_overrides(preset.config, {**changed, "seed": record.config["seed"]})
        same = self.reader.run_like(identifier, config.model_dump(mode="json"))
        return self.submit(config, None, preset, record.tags) if same is None else self.get(same)

    def fork(
        self, run_id: str, step: int, overrides: Mapping[str, Any], name: str | None, tags: Sequence[str]
    ) -> RunView:
        """Queue a run that begins as another was at `step` and goes on otherwise. Raises InvalidConfig, Conflict."""
        parent = self.store.get_run(run_id)
        check_at_home(self.store, run_id, "forked")
        config = fork_config(parent, self._progress(parent).step, step, overrides)
        self.admit([config])
        origin = {"run": run_id, "step": step, "config": parent.config}
        base = parse_config(parent.config)
        title = name or fork_name(parent, step, base, config)
        new = new_record(config, title, None, tags, origin, inherited(parent.expected, base, config, step))
        self._forks.create(new, run_id, step, now())
        _log.info("run forked", run=new.id, origin=run_id, step=step)
        self.dispatch()
        return self.get(new.id)

    def admit(self, configs: Sequence[RunConfig]) -> None:
        """Raises InvalidConfig for a run that this server has no room or no data for, QueueFull for one too many."""
        for config in configs:
            self._limits.check(config)
        if self._data_dir is not None:
            check_data(configs, self._data_dir)
        most = self._limits.max_queue
        if most is not None and (waiting := self.store.count_runs("queued")) + len(configs) > most:
            found = f"{waiting:,} runs wait already, and this server lets {most:,} wait at most"
            raise QueueFull(f"{found}: try again later, or cancel some")

    def get(self, run_id: str) -> RunView:
        record, events = self.store.get_run(run_id), self.store.events(run_id)
        [view] = self.views([record])
        return replace(view, events=events)

    def views(self, records: Sequence[RunRecord]) -> tuple[RunView, ...]:
        """Runs with their places in the queue and their experiments, which are read for all of them at once."""
        places = self.store.queue_places([record.id for record in records if record.status == "queued"])
        of = self.store.experiments_of([record.id for record in records])
        waits = {run_id: trouble.public for run_id, trouble in self._runner.waits.items()}
        return tuple(
            RunView(r, self._progress(r), places.get(r.id), (), of.get(r.id), waits.get(r.id)) for r in records
        )

    def edit(self, run_id: str, name: str | None, tags: Sequence[str] | None, notes: str | None) -> RunView:
        """Change what is not None."""
        wanted = {"name": name, "tags": tags, "notes": notes}
        changes = cast(RunChanges, {field: value for field, value in wanted.items() if value is not None})
        self.store.update_run(run_id, **changes)
        self._notifications.changed(run_id)
        return self.get(run_id)

    def cancel(self, run_id: str) -> RunView:
        """A run that waits is cancelled at once; a running one as soon as its worker has ended. Raises Conflict."""
        if self.store.change_run(run_id, transitions.cancelled).status == "cancelled":
            with self._runner.lock:
                self.counts.ended("cancelled", None)
            _log.info("run cancelled", run=run_id, status="cancelled")
        return self._asked(run_id)

    def pause(self, run_id: str) -> RunView:
        """A queued run is paused at once; a running one after a checkpoint. Raises Conflict."""
        if self.store.change_run(run_id, transitions.paused).status == "paused":
            _log.info("run paused", run=run_id, status="paused")
        return self._asked(run_id)

    def resume(self, run_id: str) -> RunView:
        """A paused run goes on from its checkpoint, and so does one that failed by dying too often. Raises Conflict."""
        check_at_home(self.store, run_id, "resumed")
        self.store.change_run(run_id, transitions.resumed)
        _log.info("run resumed", run=run_id, status="queued")
        self.dispatch()
        return self._asked(run_id)

    def bring_in(self, archive: Archive) -> RunView:
        """Keep a run that comes as a file, under its own id. Raises ArchiveError, Conflict where there is one of it."""
        run_id = archives.import_run(archive, self._imports, self._servers.leftovers(self._heartbeat.timeout))
        _log.info("run brought in", run=run_id)
        self._notifications.changed(run_id)
        return self.get(run_id)

    def delete(self, run_id: str) -> None:
        """Remove a run and its frames. Raises Conflict while it is running."""
        self.store.delete_run(run_id, transitions.deleted)
        self._notifications.changed(run_id)

    def load(self) -> tuple[str, int, int, int]:
        """(name of the executor, its workers, how many are busy, how many runs wait)."""
        return self._executor.name, self._executor.workers, len(self._runner.runs), self.store.count_runs("queued")

    def check(self) -> None:
        """Raises StoreError where the store cannot be written or read, or could not when that was last tried."""
        self.store.database.check()
        for trouble in (self._heartbeat.trouble, *self._runner.waits.values()):
            if trouble is not None:
                raise trouble.with_traceback(None)  # it may be raised many times

    def _progress(self, record: RunRecord) -> Progress:
        progress = self._runner.progress(record.id) if record.status == "running" else None
        return progress or Progress(record.step, record.total_steps, record.seconds, None, record.phase)

    def _asked(self, run_id: str) -> RunView:
        """Have the server that runs it do what is wanted: this one at once, another when it learns of it."""
        self._notifications.changed(run_id)
        self._runner.apply_request(run_id)
        return self.get(run_id)

    def _look_after(self) -> None:
        """Take up runs whose server is dead; start what waits; remove what was not made or deleted to the end; tidy."""
        with self._runner.lock:
            for orphan in self._servers.orphans(self._runner.runs, self._heartbeat.timeout):
                self._runner.recover(orphan)
        if self.store.database.shared:  # news of a pause or cancellation may have been lost with a connection
            for run_id in self._runner.runs:
                self._runner.apply_request(run_id)
        self.dispatch()
        self.recordings.look_after(self._heartbeat.present)
        for run_id in self._servers.leftovers(self._heartbeat.timeout):
            if run_id not in self._forks.making | self._imports.making:
                remove(self.store, run_id)
        if self._rules != Rules() and time.monotonic() >= self._thin_next:
            self._thin_next = time.monotonic() + _THIN_EVERY
            self._thin()

    def _committed(self, size: int) -> None:
        with self._runner.lock:
            self.counts.committed(size)

    def _thin(self) -> None:
        """Thin films as the rules of retention say."""
        outcome = self._retention.apply(self._rules, now())
        for thinning in outcome.thinnings:
            _log.info("film thinned", run=thinning.run_id, rule=thinning.rule, freed=thinning.freed)
            self._notifications.changed(thinning.run_id)
        if outcome.warning is not None:
            _log.warning("the rules of retention cannot be kept", reason=outcome.warning)

    def _on_message(self, message: str) -> None:
        """What another server tells: a kind of news, and the run that it is about."""
        try:
            kind, run_id = message.split(" ", 1)
            if kind == FRAME:
                self._notifications.notify(run_id)
            elif kind == STATE:
                self._notifications.changed(run_id)
                self._runner.apply_request(run_id)
            elif kind == QUEUE:
                self.dispatch()
            else:  # something may have been missed
                self._notifications.all_changed()
                self._look_after()
        except EmergescopeError as error:  # the next round sees to it
            _log.error("message of another server could not be followed", text=message, reason=error.detail)
        except Exception:  # so it does here, and what is told next is to be heard
            _log.exception("message of another server could not be followed", text=message)

"""Experiments: groups of runs that are queued together and judged together. Used by api/.

Their runs are ordinary runs: the service trains them, and an experiment's state is read off theirs.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, get_args

from emergescope.catalog.experiments import (
    ExperimentPreset,
    Kind,
    PlannedRun,
    Reproduced,
    figure_table,
    get_experiment,
    load_experiments,
    passed,
    plan_figure,
    plan_sweep,
    seed_list,
    stored_sweep,
)
from emergescope.catalog.overrides import path_label
from emergescope.catalog.registry import emergence_kinds
from emergescope.catalog.sweep import Sweep
from emergescope.config.ids import new_id
from emergescope.errors import Conflict, InvalidConfig, NotFound
from emergescope.service.records import new_record, now
from emergescope.service.service import Service
from emergescope.store.experiments import ExperimentStore
from emergescope.store.records import NewMember
from emergescope.store.shapes import ExperimentRecord, MemberRecord, Status

_OPEN = ("queued", "running", "paused")


@dataclass(frozen=True)
class ExperimentView:
    """An experiment as it is now; everything but the record is read off its members."""

    record: ExperimentRecord
    members: tuple[MemberRecord, ...]

    @property
    def preset(self) -> ExperimentPreset | None:
        return load_experiments().get(self.record.preset or "")

    @property
    def sweep(self) -> Sweep | None:
        return self._sweep[0]

    @property
    def damage(self) -> str | None:
        """What in its rows does not fit; None if all does."""
        places = (f"place {m.position}: {m.damage}" for m in self.members if m.damage is not None)
        return self.record.damage or self._sweep[1] or next(places, None)

    @cached_property
    def _sweep(self) -> tuple[Sweep | None, str | None]:
        """The sweep, if it can be read, and why not."""
        data = self.record.spec.get("sweep")
        if data is None:
            return None, None
        try:
            return stored_sweep(data), None
        except InvalidConfig as error:  # damaged, or of a version whose rules were others
            return None, f"spec.sweep: {error.detail}"

    @property
    def counts(self) -> dict[str, int]:
        found = Counter("deleted" if m.run is None else m.run.status for m in self.members)
        return {"total": len(self.members), **{state: found[state] for state in (*get_args(Status), "deleted")}}

    @property
    def status(self) -> Status:
        counts = self.counts
        if counts["queued"] == counts["total"]:
            return "queued"
        if counts["queued"] or counts["running"]:
            return "running"
        if counts["paused"]:
            return "paused"
        return "failed" if counts["failed"] else "cancelled" if counts["cancelled"] else "succeeded"

    @property
    def finished_at(self) -> datetime | None:
        """When the last run ended; None while one has not."""
        if self.status in _OPEN:
            return None
        return max((m.run.finished_at for m in self.members if m.run and m.run.finished_at), default=None)

    @property
    def table(self) -> list[dict[str, Any]]:
        """The lines of a figure; none for other kinds."""
        if self.preset is None or self.preset.kind != "figure":
            return []
        runs = [
            Reproduced(m.label, m.group, m.seed, m.run.id, m.run.expected, m.run.status not in _OPEN)
            if m.run
            else Reproduced(m.label, m.group, m.seed, None, (), True)
            for m in self.members
        ]
        return figure_table(self.preset, runs)

    @property
    def passed(self) -> bool | None:
        return passed(self.table)


class Experiments:
    """Experiments of one service. No more than `most_runs` runs in one of them."""

    def __init__(self, service: Service, most_runs: int) -> None:
        self._service = service
        self._store = ExperimentStore(service.store, emergence_kinds())
        self._most_runs = most_runs

    def submit_preset(self, identifier: str, seeds: object, name: str | None, tags: Sequence[str]) -> ExperimentView:
        """Queue a figure of the paper or a sweep that comes with the program. Raises InvalidConfig."""
        preset = get_experiment(identifier)
        chosen = seed_list(preset.seeds if seeds is None else seeds)
        self.check_size(len(chosen) * max(1, len(preset.members)), "/seeds")
        sweep = preset.sweep
        planned = plan_figure(preset, chosen) if sweep is None else plan_sweep(sweep, chosen, self._most_runs)
        return self._queue(preset.kind, name or preset.title, preset, sweep, chosen, planned, tags)

    def submit_sweep(self, sweep: Sweep, seeds: object, name: str | None, tags: Sequence[str]) -> ExperimentView:
        """Queue a grid of runs. Raises InvalidConfig with pointers below /base and /grid."""
        chosen = seed_list(seeds)
        planned = plan_sweep(sweep, chosen, self._most_runs)
        paths = " × ".join(path_label(planned[0].config, path) for path in sweep.grid)
        return self._queue("sweep", name or f"Sweep of {paths}", None, sweep, chosen, planned, tags)

    def submit_runs(self, planned: Sequence[PlannedRun], name: str | None, tags: Sequence[str]) -> ExperimentView:
        """Queue any runs as a group. Raises InvalidConfig."""
        self.check_size(len(planned), "/runs")
        seeds = sorted({run.seed for run in planned})
        return self._queue("runs", name or f"{len(planned)} runs", None, None, seeds, planned, tags)

    def get(self, identifier: str) -> ExperimentView:
        return ExperimentView(self._store.get(identifier), self._store.members(identifier))

    def list(self, cursor: str | None, limit: int, until: str | None = None) -> tuple[list[ExperimentView], str | None]:
        """A page of experiments, newest first, none beyond the page that `until` ended, and the cursor of the next."""
        page = self._store.list(cursor, limit, until)
        members = self._store.members_of([item.id for item in page.items])
        return [ExperimentView(item, members[item.id]) for item in page.items], page.next

    def cancel(self, identifier: str) -> ExperimentView:
        """End what waits or runs. Raises Conflict when nothing does."""
        open_runs = [m.run for m in self.get(identifier).members if m.run and m.run.status in _OPEN]
        if not open_runs:
            raise Conflict(f"experiment {identifier} is over: there is nothing to cancel")
        # What runs last: else a waiting run would start in the place of each that is ended.
        for run in sorted(open_runs, key=lambda run: run.status == "running"):
            with suppress(Conflict, NotFound):  # it has ended by itself meanwhile, or was deleted
                self._service.cancel(run.id)
        return self.get(identifier)

    def delete(self, identifier: str) -> None:
        """Remove an experiment and its runs. Raises Conflict while one is running."""

        def check(states: Sequence[Status]) -> None:
            if "running" in states:
                raise Conflict(f"experiment {identifier} has runs that are running: cancel it first")

        for run_id in self._store.delete(identifier, check):
            self._service.announce(run_id)

    def check_size(self, runs: int, pointer: str) -> None:
        """Raises InvalidConfig for more runs than one experiment may have."""
        if runs > self._most_runs:
            message = f"that is {runs:,} runs, and this server takes {self._most_runs:,} at most in an experiment"
            raise InvalidConfig.at(pointer, message)

    def _queue(
        self,
        kind: Kind,
        name: str,
        preset: ExperimentPreset | None,
        sweep: Sweep | None,
        seeds: Sequence[int],
        planned: Sequence[PlannedRun],
        tags: Sequence[str],
    ) -> ExperimentView:
        try:
            self._service.admit([run.config for run in planned])
        except InvalidConfig as error:  # of a run that is no part of the request, as its fields would say
            raise InvalidConfig(f"one of the runs is refused: {error.detail}") from None
        members = []
        for run in planned:
            words = [run.label, run.group, f"seed {run.seed}"] if kind != "runs" else [run.label]
            record = new_record(run.config, ", ".join(filter(None, words))[:200], run.preset, tags)
            members.append(NewMember(record, run.label, run.group, run.seed, run.cell))
        spec = {"seeds": list(seeds), "tags": list(tags), "sweep": sweep and sweep.model_dump(mode="json")}
        identifier = new_id()
        self._store.create(identifier, name, kind, preset.id if preset else None, spec, members, now())
        self._service.dispatch()
        return self.get(identifier)

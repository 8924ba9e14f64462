"""Times, and runs as they are submitted: their data must be here. Used by the service's modules."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from emergescope.catalog import recordings
from emergescope.catalog.changes import Change, changes, expectations, run_name
from emergescope.catalog.parse import parse_config
from emergescope.catalog.registry import Preset, load_presets, study_of
from emergescope.config.ids import new_id
from emergescope.config.run import RunConfig
from emergescope.datasets import missing
from emergescope.errors import FieldError, InvalidConfig
from emergescope.recording.display import Metric
from emergescope.store.records import NewRun
from emergescope.store.shapes import RunRecord

_KEPT = 4096  # what lists say of runs: they ask for the same ones again and again


def new_record(
    config: RunConfig,
    name: str | None,
    preset: Preset | None,
    tags: Sequence[str],
    origin: Mapping[str, Any] | None = None,
    expected: Sequence[Mapping[str, Any]] | None = None,
) -> NewRun:
    """A run as it is submitted. Without a name it is called by its preset, and by what differs from it."""
    return NewRun(
        id=new_id(),
        name=name or run_name(config, preset),
        preset=preset.id if preset else None,
        tags=tags,
        config=config.model_dump(mode="json"),
        total_steps=config.total_steps,
        expected=expectations(preset, config) if expected is None else expected,
        created_at=now(),
        origin=origin,
    )


def check_data(configs: Iterable[RunConfig], root: Path) -> None:
    """Raises InvalidConfig that says of each data set that runs need and `root` lacks how to get it. Runs of a sweep
    mostly need the same, and a tree of images takes a while to look at.
    """
    needed = {need for config in configs for need in study_of(config).data(config)}
    fields = []
    for need in sorted(needed, key=str):
        if (lacking := missing(need.name, root, need.folder, need.classes)) is not None:
            fields.append(FieldError("/" + need.path.replace(".", "/"), lacking))
    if fields:
        raise InvalidConfig("; ".join(field.message for field in fields), fields)


def changes_of(record: RunRecord) -> tuple[Change, ...] | None:
    """What differs from the run's preset, or in a fork from its parent; None where there is nothing to compare with."""
    if record.origin is not None:
        parent = _settings(record.origin.get("config"))
    elif record.preset in load_presets():
        parent = None
    else:
        return None
    return _changes(_settings(record.config), record.preset or "", parent)


def control_of(record: RunRecord) -> str | None:
    """The control of a run's preset, if it has one. A fork is of no preset."""
    preset = load_presets().get(record.preset or "")
    return preset.control if preset and record.origin is None else None


def _settings(config: object) -> str:
    return json.dumps(config, sort_keys=True)


@lru_cache(maxsize=_KEPT)
def _changes(settings: str, preset: str, parent: str | None) -> tuple[Change, ...] | None:
    try:
        base = load_presets()[preset].config if parent is None else parse_config(json.loads(parent))
        return changes(parse_config(json.loads(settings)), base)
    except (InvalidConfig, KeyError, TypeError):  # of a version whose rules were others, or damaged
        return None


def is_recording(run: RunRecord) -> bool:
    """Whether it is made by a loop of somebody else's."""
    return run.config.get("study") == recordings.STUDY.id


def damaged(run: RunRecord) -> str:
    """Why nothing can be done with a run whose row does not fit."""
    return f"its row in the database is damaged ({run.damage}): restore the database from a backup, or delete the run"


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Listed:
    """What the settings of a run say that lists show.

    shown  metrics that stand for a run, by name
    vital  names of those that are numbers unless it has diverged
    wrong  why its settings cannot be read; else None
    """

    study: str | None = None
    summary: str = ""
    shown: Mapping[str, Metric] = field(default_factory=dict)
    vital: tuple[str, ...] = ()
    wrong: str | None = None

    def diverged(self, metrics: Mapping[str, Any] | None) -> bool:
        """Whether the latest metrics of a run say so."""
        return any((metrics or {}).get(name, 0.0) is None for name in self.vital)


def listed(record: RunRecord) -> Listed:
    """What lists show of a run. They ask for the same ones again and again, so it is made once for its settings."""
    return _listed(_settings(record.config))


@lru_cache(maxsize=_KEPT)
def _listed(settings: str) -> Listed:
    try:
        config = parse_config(json.loads(settings))
    except InvalidConfig as error:
        return Listed(wrong=error.detail)
    display = study_of(config).display(config, None)
    metrics = display.metrics.items()
    shown = {name: metric for name, metric in metrics if metric.emphasis}
    return Listed(config.study, display.summary, shown, tuple(name for name, metric in metrics if metric.vital))


def outcome(run: RunRecord) -> str:
    """Its status, for people: one that was trained to its end and whose numbers are not finite has diverged."""
    return "diverged" if run.status == "succeeded" and listed(run).diverged(run.metrics) else run.status

"""Ids, times, and runs as they are submitted: their data must be here. Used by the service's modules."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from emergescope.catalog.changes import Change, changes, expectations, run_name
from emergescope.catalog.parse import parse_config, upgrade
from emergescope.catalog.registry import Preset, get_study, load_presets, study_of
from emergescope.config.run import RunConfig
from emergescope.datasets import missing
from emergescope.errors import FieldError, InvalidConfig
from emergescope.store.records import NewRun
from emergescope.store.shapes import RunRecord

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # no 0 and o, 1 and l: ids are read aloud in classrooms


def new_id() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))


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
    preset = load_presets().get(record.preset or "")
    try:
        if record.origin is not None:
            base = parse_config(record.origin["config"])
        elif preset is not None:
            base = preset.config
        else:
            return None
        return changes(parse_config(record.config), base)
    except (InvalidConfig, KeyError):  # of a version whose rules were others, or damaged
        return None


def damaged(run: RunRecord) -> str:
    """Why nothing can be done with a run whose row does not fit."""
    return f"its row in the database is damaged ({run.damage}): restore the database from a backup, or delete the run"


def now() -> datetime:
    return datetime.now(UTC)


def outcome(run: RunRecord) -> str:
    """Its status, for people: one that was trained to its end and whose numbers are not finite has diverged."""
    return "diverged" if run.status == "succeeded" and diverged(run) else run.status


def diverged(run: RunRecord) -> bool:
    """Whether one of its vital metrics is no number any more."""
    lost = [name for name, value in (run.metrics or {}).items() if value is None]
    try:
        return bool(lost) and not vital_metrics(str(upgrade(run.config)["study"])).isdisjoint(lost)
    except InvalidConfig:
        return False


@cache
def vital_metrics(study: str) -> frozenset[str]:
    """The metrics that are numbers in all runs of a study, unless they have diverged. Raises InvalidConfig."""
    known = get_study(study)
    return frozenset(name for name, metric in known.display(known.usual, None).metrics.items() if metric.vital)

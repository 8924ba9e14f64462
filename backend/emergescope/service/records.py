"""Ids, times, and runs as they are submitted. Used by the service's modules."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from emergescope.config import Preset, RunConfig
from emergescope.config.expected import expectations
from emergescope.store import NewRun, RunRecord

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # no 0 and o, 1 and l: ids are read aloud in classrooms


def new_id() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))


def new_record(
    config: RunConfig,
    name: str | None,
    preset: Preset | None,
    tags: Sequence[str],
    origin: Mapping[str, Any] | None = None,
) -> NewRun:
    """A run as it is submitted. Without a name it has its preset's title."""
    return NewRun(
        id=new_id(),
        name=name or (preset.title if preset else "Untitled"),
        preset=preset.id if preset else None,
        tags=tags,
        config=config.model_dump(mode="json"),
        total_steps=config.total_steps,
        expected=expectations(preset, config),
        created_at=now(),
        origin=origin,
    )


def damaged(run: RunRecord) -> str:
    """Why nothing can be done with a run whose row does not fit."""
    return f"its row in the database is damaged ({run.damage}): restore the database from a backup, or delete the run"


def now() -> datetime:
    return datetime.now(UTC)

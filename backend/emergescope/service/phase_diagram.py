"""The phase diagram of a sweep: what each cell of the grid gave, over its seeds. Pure; used by api/."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emergescope.config import MixtureProblem, RunConfig
from emergescope.config.overrides import path_title
from emergescope.config.sweep import Sweep, base_config
from emergescope.store import MemberRecord


@dataclass(frozen=True)
class Measure:
    """What a diagram may show; [low, high] is the range of its colours."""

    id: str
    title: str
    low: float
    high: float

    def of(self, member: MemberRecord) -> float | None:
        """The value of a finished run, None where it has none."""
        if self.id == "emergence_step":
            return member.emergence_step
        value: float | None = ((member.run and member.run.metrics) or {}).get(self.id)
        return value


def phase_diagram(sweep: Sweep, members: Sequence[MemberRecord]) -> dict[str, Any]:
    """Axes, measures and cells, as in docs/experiments.md. Only runs that have succeeded count."""
    base = base_config(sweep.base)
    measures = _measures(base, members)
    places: dict[tuple[int, ...], list[MemberRecord]] = {}
    for member in members:
        if (index := _index(sweep, member.cell)) is not None:
            places.setdefault(index, []).append(member)
    return {
        "base": sweep.base.preset,
        "axes": [
            {"path": path, "title": path_title(base, path), "values": list(values)}
            for path, values in sweep.grid.items()
        ],
        "measures": [{"id": m.id, "title": m.title, "low": m.low, "high": m.high} for m in measures],
        "cells": [_cell(index, measures, found) for index, found in places.items()],
    }


def _measures(base: RunConfig, members: Sequence[MemberRecord]) -> list[Measure]:
    if isinstance(base.problem, MixtureProblem):
        return [
            Measure("data_accuracy", "data part, against the teacher", 0, 1),
            Measure("data_true_accuracy", "data part, true labels", 0, 1),
            Measure("injected_accuracy", "injected part, against the teacher", 0, 1),
            Measure("mixture_accuracy", "the whole mixture", 0, 1),
        ]
    # The colours span what was seen: emergence comes early in most of a long run.
    steps = max((m.emergence_step for m in members if m.emergence_step), default=1)
    return [
        Measure("emergence_step", "emergence step", 0, steps),
        Measure("test_accuracy", "final test accuracy", 0.5, 1),
        Measure("signal_cosine_mean", "final mean |cos| with ±s", 0, 1),
    ]


def _index(sweep: Sweep, cell: Mapping[str, Any]) -> tuple[int, ...] | None:
    """Where on each axis a cell is; None for one that is not in the grid, as of a damaged row."""
    try:
        return tuple(axis.index(cell[path]) for path, axis in sweep.grid.items())
    except (KeyError, ValueError):
        return None


def _cell(index: Sequence[int], measures: Sequence[Measure], members: Sequence[MemberRecord]) -> dict[str, Any]:
    done = [m for m in members if m.run is not None and m.run.status == "succeeded"]
    return {
        "index": list(index),
        "cell": dict(members[0].cell),
        "runs": [m.run.id if m.run else None for m in members],
        "done": len(done),
        "failed": sum(m.run is None or m.run.status in ("failed", "cancelled") for m in members),
        "total": len(members),
        "values": {
            measure.id: _summary([measure.of(m) if m in done else None for m in members]) for measure in measures
        },
    }


def _summary(values: Sequence[float | None]) -> dict[str, Any]:
    known = [v for v in values if v is not None]
    return {
        "mean": statistics.fmean(known) if known else None,
        "low": min(known, default=None),
        "high": max(known, default=None),
        "count": len(known),
        "values": list(values),
    }

"""The phase diagram of a sweep: what each cell of the grid gave, over its seeds. Pure; used by api/."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from emergescope.catalog.registry import study_of
from emergescope.catalog.sweep import Sweep, axes_of, base_config
from emergescope.store.shapes import MemberRecord
from emergescope.studies.study import Measure


def phase_diagram(sweep: Sweep, members: Sequence[MemberRecord]) -> dict[str, Any]:
    """Axes, measures and cells, as in docs/experiments.md. Only runs that have succeeded count."""
    base = base_config(sweep.base)
    metrics = study_of(base).display(base, None).metrics
    measures = [  # where no highest value is known the colours span what was seen
        m if m.high is not None else replace(m, high=max(filter(None, (_value(m, one) for one in members)), default=1))
        for m in study_of(base).measures
    ]
    places: dict[tuple[int, ...], list[MemberRecord]] = {}
    for member in members:
        if (index := _index(sweep, member.cell)) is not None:
            places.setdefault(index, []).append(member)
    return {
        "base": sweep.base.preset,
        "axes": [asdict(axis) for axis in axes_of(base, sweep)],
        "measures": [
            {
                **{"id": m.id, "title": m.title, "low": m.low, "high": m.high, "event": m.event is not None},
                "unit": "count" if m.event is not None else metrics[m.id].unit if m.id in metrics else "none",
            }
            for m in measures
        ],
        "cells": [_cell(index, measures, found) for index, found in places.items()],
    }


def _value(measure: Measure, member: MemberRecord) -> float | None:
    """The value of a finished run, None where it has none."""
    if measure.event is not None:
        return member.emergence_step
    value: float | None = ((member.run and member.run.metrics) or {}).get(measure.id)
    return value


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
            measure.id: _summary([_value(measure, m) if m in done else None for m in members]) for measure in measures
        },
    }


def _summary(values: Sequence[float | None]) -> dict[str, Any]:
    known = [v for v in values if v is not None]
    return {
        "mean": statistics.fmean(known) if known else None,
        "deviation": statistics.stdev(known) if len(known) > 1 else 0.0 if known else None,
        "low": min(known, default=None),
        "high": max(known, default=None),
        "count": len(known),
        "values": list(values),
    }

"""What a notebook shows of a run: its latest numbers, and how those that stand for it went."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_MOST_CURVES = 4
_MOST_NUMBERS = 8
_MOST_POINTS = 300  # of a curve

Declared = Mapping[str, Mapping[str, Any]]  # metrics, as a display has them
Measured = Mapping[str, float | None]


@dataclass(frozen=True)
class Curve:
    """A metric over steps; None where it was not measured, or is no number."""

    title: str
    unit: str
    colour: str
    low: float | None
    high: float | None
    scale: str
    steps: Sequence[int]
    values: Sequence[float | None]


@dataclass(frozen=True)
class Film:
    """A run, so far. `numbers` are titles and values in words."""

    name: str
    state: str
    curves: Sequence[Curve] = ()
    numbers: Sequence[tuple[str, str]] = ()


def film_of(
    name: str, state: str, declared: Declared, latest: Measured, steps: Sequence[int], columns: Mapping[str, Any]
) -> Film:
    """`columns` have a value for each of `steps`. What stands for the run is drawn; without any such, what is there."""
    first = sorted((name for name in declared if name in latest), key=lambda name: not declared[name]["emphasis"])
    standing = [name for name in first if declared[name]["emphasis"]] or first
    every = max(1, math.ceil(len(steps) / _MOST_POINTS))
    places = sorted({*range(0, len(steps), every), *range(len(steps))[-1:]})
    drawn = [name for name in standing if name in columns][:_MOST_CURVES]
    curves = [
        Curve(
            **{key: declared[name][key] for key in ("title", "unit", "colour", "low", "high", "scale")},
            steps=[steps[place] for place in places],
            values=[_finite(columns[name][place]) for place in places],
        )
        for name in drawn
        if len(places) > 1
    ]
    numbers = [(declared[name]["title"], in_words(latest[name], declared[name]["unit"])) for name in first]
    return Film(name, state, curves, numbers[:_MOST_NUMBERS])


def state_of(status: str, step: int | None, total: int) -> str:
    """How far a run is, in words."""
    if step is None:
        return status
    return f"{status}, step {step}" + (f" of {total}" if total else "")


def in_words(value: float | None, unit: str) -> str:
    """A value of a metric for people."""
    if (value := _finite(value)) is None:
        return "not a number"
    return f"{100 * value:.1f}%" if unit == "share" else f"{value:.4g}"


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)

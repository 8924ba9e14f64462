"""Sweeps: a grid of settings times seeds, as configurations. Used by experiments."""

import itertools
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from emergescope.catalog.overrides import apply_overrides, config_paths
from emergescope.catalog.parse import parse_config
from emergescope.catalog.registry import LONGEST_ID, get_preset
from emergescope.config.base import Record, read_number, reject
from emergescope.config.run import RunConfig
from emergescope.errors import FieldError, InvalidConfig, below

_MOST_AXES = 3


def _plain(value: Any) -> Any:
    """Text is a number there, or it is refused in words."""
    try:
        return read_number(value) if isinstance(value, str) else value
    except ValueError as error:
        reject(str(error))


Value = Annotated[bool | int | float, BeforeValidator(_plain)]


class SweepBase(Record):
    """What all cells share: a preset with overrides, or a whole configuration."""

    preset: Annotated[str | None, Field(max_length=LONGEST_ID)] = None
    overrides: Annotated[dict[str, Any], Field(default_factory=dict)]
    config: dict[str, Any] | None = None


class Sweep(Record):
    """A grid over numeric (or true and false) settings by dotted path, each cell with the same seeds."""

    base: SweepBase
    grid: Annotated[dict[str, tuple[Value, ...]], Field(min_length=1, max_length=_MOST_AXES)]


@dataclass(frozen=True)
class Cell:
    """One place of the grid: the values there by path, and the configuration (seed 0)."""

    values: Mapping[str, Value]
    config: RunConfig


def base_config(base: SweepBase) -> RunConfig:
    """The configuration that cells change. Raises InvalidConfig with pointers below /base."""
    if (base.preset is None) == (base.config is None):
        raise InvalidConfig.at("/base", "give the base either as a preset or as a config")
    with below("/base/config" if base.config is not None else "/base/overrides" if base.overrides else "/base"):
        if base.config is not None:
            return parse_config(base.config)
        return apply_overrides(get_preset(base.preset or "").config, base.overrides)


def expand(sweep: Sweep, runs_per_cell: int, most_runs: int) -> list[Cell]:
    """All cells, the last axis fastest. Raises InvalidConfig naming the axis, or the cell and why it cannot be."""
    # Counted before anything is expanded.
    size = math.prod(map(len, sweep.grid.values())) * runs_per_cell
    if size > most_runs:
        limit = f"this server takes {most_runs:,} at most: use fewer values or seeds"
        raise InvalidConfig.at("/grid", f"this sweep has {size:,} runs, and {limit}")
    base = base_config(sweep.base)
    known = set(config_paths(base))
    for path, values in sweep.grid.items():
        for wrong in _wrong_axis(base, path, values, known):
            raise InvalidConfig.at(f"/grid/{path}", wrong)
    cells = []
    for places in itertools.product(*sweep.grid.values()):
        cell = dict(zip(sweep.grid, places, strict=True))
        try:
            cells.append(Cell(cell, apply_overrides(base, cell)))
        except InvalidConfig as error:
            where = ", ".join(f"{path} = {value}" for path, value in cell.items())
            detail = f"the cell {where} cannot be: {error.detail}"
            guilty = {"/" + path.replace(".", "/"): path for path in cell}
            paths = [guilty[f.pointer] for f in error.fields if f.pointer in guilty] or list(cell)[:1]
            raise InvalidConfig(detail, [FieldError(f"/grid/{path}", detail) for path in paths]) from None
    return cells


def _wrong_axis(base: RunConfig, path: str, values: Sequence[Value], known: Collection[str]) -> Iterator[str]:
    """Why a setting cannot take these values in a sweep; what comes after the first reason follows from it."""
    if path == "seed":
        yield "the seed is no axis: say how many seeds each cell has, with seeds"
    if not values:
        yield f"{path} has no values: give at least one"
    if len(set(values)) < len(values):
        yield f"{path} has the same value twice: give each once"
    if path not in known:
        try:
            apply_overrides(base, {path: values[0]})
        except InvalidConfig as error:
            yield error.detail  # says what is nearest
    now: Any = base.model_dump(mode="json")
    for part in path.split("."):
        now = now[int(part)] if isinstance(now, list) else now.get(part)
    if now is not None and not isinstance(now, (bool, int, float)):
        yield f"{path} is not a number: only numbers and switches can be swept"
    if any(isinstance(now, bool) != isinstance(value, bool) for value in values):
        yield f"{path} takes {'true and false' if isinstance(now, bool) else 'numbers'}"

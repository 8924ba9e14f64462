"""Sweeps: a grid of settings times seeds, as configurations. Used by experiments."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from emergescope.catalog.overrides import apply_overrides, config_paths
from emergescope.catalog.parse import parse_config
from emergescope.catalog.presets import LONGEST_ID, get_preset
from emergescope.config.base import NoNumber, Record, plain_number
from emergescope.config.run import RunConfig
from emergescope.errors import FieldError, InvalidConfig

Value = bool | int | float
_MOST_AXES = 3


class SweepBase(Record):
    """What all cells share: a preset with overrides, or a whole configuration."""

    preset: Annotated[str | None, Field(max_length=LONGEST_ID)] = None
    overrides: Annotated[dict[str, Any], Field(default_factory=dict)]
    config: dict[str, Any] | None = None


class Sweep(Record):
    """A grid over numeric (or true and false) settings by dotted path, each cell with the same seeds."""

    base: SweepBase
    grid: Annotated[dict[str, tuple[Value, ...]], Field(min_length=1, max_length=_MOST_AXES)]

    @field_validator("grid", mode="before")
    @classmethod
    def _values_as_written(cls, grid: Any) -> Any:
        if not isinstance(grid, dict):
            return grid
        return {
            path: [_read(value, path, i) for i, value in enumerate(values)] if isinstance(values, list) else values
            for path, values in grid.items()
        }


@dataclass(frozen=True)
class Cell:
    """One place of the grid: `index` along each axis, the values there by path, and the configuration (seed 0)."""

    index: tuple[int, ...]
    values: Mapping[str, Value]
    config: RunConfig


def base_config(base: SweepBase) -> RunConfig:
    """The configuration that cells change. Raises InvalidConfig with pointers below /base."""
    if (base.preset is None) == (base.config is None):
        message = "give the base either as a preset or as a config"
        raise InvalidConfig(message, [FieldError("/base", message)])
    try:
        if base.config is not None:
            return parse_config(base.config)
        return apply_overrides(get_preset(base.preset or "").config, base.overrides)
    except InvalidConfig as error:
        where = "/base/config" if base.config is not None else "/base/overrides" if base.overrides else "/base"
        raise _moved(error, where) from None


def expand(sweep: Sweep, runs_per_cell: int, most_runs: int) -> list[Cell]:
    """All cells, the last axis fastest. Raises InvalidConfig naming the axis, or the cell and why it cannot be.

    most_runs  the limit of the server: counted before anything is expanded
    """
    size = math.prod(map(len, sweep.grid.values())) * runs_per_cell
    if size > most_runs:
        message = (
            f"this sweep has {size:,} runs, and this server takes {most_runs:,} at most: use fewer values or seeds"
        )
        raise InvalidConfig(message, [FieldError("/grid", message)])
    base = base_config(sweep.base)
    paths = sorted(set(config_paths(base)))
    for path, values in sweep.grid.items():
        _check_axis(base, path, values, paths)
    return [_cell(base, sweep.grid, index) for index in itertools.product(*map(_places, sweep.grid.values()))]


def _read(value: Any, path: str, index: int) -> Any:
    """A value of an axis; text is a number there, or it is refused in words."""
    number = plain_number(value, whole=False) if isinstance(value, str) else value
    if isinstance(number, NoNumber):
        raise PydanticCustomError("rejected", "{message}", {"message": number.why, "pointer": [path, index]})
    return number


def _cell(base: RunConfig, grid: Mapping[str, Sequence[Value]], index: tuple[int, ...]) -> Cell:
    values = {path: axis[i] for (path, axis), i in zip(grid.items(), index, strict=True)}
    try:
        return Cell(index, values, apply_overrides(base, values))
    except InvalidConfig as error:
        where = ", ".join(f"{path} = {value}" for path, value in values.items())
        detail = f"the cell {where} cannot be: {error.detail}"
        guilty = {"/" + path.replace(".", "/"): path for path in values}
        paths = [guilty[f.pointer] for f in error.fields if f.pointer in guilty] or list(values)[:1]
        raise InvalidConfig(detail, [FieldError(f"/grid/{path}", detail) for path in paths]) from None


def _check_axis(base: RunConfig, path: str, values: Sequence[Value], known: Sequence[str]) -> None:
    pointer = f"/grid/{path}"
    if path == "seed":
        message = "the seed is no axis: say how many seeds each cell has, with seeds"
        raise InvalidConfig(message, [FieldError(pointer, message)])
    if not values:
        message = f"{path} has no values: give at least one"
        raise InvalidConfig(message, [FieldError(pointer, message)])
    if len(set(values)) < len(values):
        message = f"{path} has the same value twice: give each once"
        raise InvalidConfig(message, [FieldError(pointer, message)])
    if path not in known:
        try:
            apply_overrides(base, {path: values[0]})  # says what is nearest
        except InvalidConfig as error:
            raise InvalidConfig(error.detail, [FieldError(pointer, error.detail)]) from None
    now: Any = base.model_dump(mode="json")
    for part in path.split("."):
        now = now[int(part)] if isinstance(now, list) else now.get(part)
    if now is not None and not isinstance(now, (bool, int, float)):
        message = f"{path} is not a number: only numbers and switches can be swept"
        raise InvalidConfig(message, [FieldError(pointer, message)])
    if any(isinstance(now, bool) != isinstance(value, bool) for value in values):
        message = f"{path} takes {'true and false' if isinstance(now, bool) else 'numbers'}"
        raise InvalidConfig(message, [FieldError(pointer, message)])


def _places(values: Sequence[Value]) -> range:
    return range(len(values))


def _moved(error: InvalidConfig, prefix: str) -> InvalidConfig:
    return InvalidConfig(error.detail, [FieldError(prefix + f.pointer, f.message) for f in error.fields])

"""Sweeps: a grid of settings times seeds, as configurations. Used by experiments."""

import itertools
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, Field

from emergescope.catalog.overrides import TAGS, apply_overrides, called, config_paths, field_at, path_title, value_at
from emergescope.catalog.parse import parse_config
from emergescope.catalog.registry import LONGEST_ID, get_preset
from emergescope.config.base import NoNumber, Record, as_written, records_in
from emergescope.config.run import RunConfig
from emergescope.errors import FieldError, InvalidConfig, below

_MOST_AXES = 3


Value = bool | int | float | str


class SweepBase(Record):
    """What all cells share: a preset with overrides, or a whole configuration."""

    preset: Annotated[str | None, Field(max_length=LONGEST_ID)] = None
    overrides: Annotated[dict[str, Any], Field(default_factory=dict)]
    config: dict[str, Any] | None = None


class Sweep(Record):
    """A grid over numbers, switches and choices by dotted path, each cell with the same seeds. The kind of a part, as
    `method.kind`, is such a choice.
    """

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


@dataclass(frozen=True)
class Axis:
    """A setting that is varied: `names` says what its values are called, of one that is no number and no switch."""

    path: str
    title: str
    values: tuple[Value, ...]
    names: tuple[str, ...] | None

    def name(self, value: Value) -> Value:
        """What a value is called."""
        return self.names[self.values.index(value)] if self.names else value


def axes_of(base: RunConfig, sweep: Sweep) -> list[Axis]:
    """The axes of a sweep over `base`, as people read them."""
    return [
        Axis(path, path_title(base, path), values, _names(base, path, values)) for path, values in sweep.grid.items()
    ]


def read_grid(sweep: Sweep) -> Sweep:
    """The sweep with numbers where its settings are numbers. Raises InvalidConfig for text that is no clear number."""
    base = base_config(sweep.base)
    grid: dict[str, tuple[Value, ...]] = {}
    for path, values in sweep.grid.items():
        field = field_at(base, path)
        found = [as_written(value, field.annotation) if field and isinstance(value, str) else value for value in values]
        for place, value in enumerate(found):
            if isinstance(value, NoNumber):
                raise InvalidConfig.at(f"/grid/{path}/{place}", value.why)
        grid[path] = tuple(found)
    return sweep.model_copy(update={"grid": grid})


def cell_config(base: RunConfig, values: Mapping[str, Value]) -> RunConfig:
    """The configuration of a cell. Raises InvalidConfig."""
    # First what kind each part is, with the settings that it shares with the one before.
    kinds = dict(_of_kind(base, path, value) for path, value in values.items() if _is_tag(path))
    return apply_overrides(base, {**kinds, **{path: value for path, value in values.items() if not _is_tag(path)}})


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
            cells.append(Cell(cell, cell_config(base, cell)))
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
    field, now = field_at(base, path), value_at(base, path)
    if _is_tag(path):
        kinds = [kind for kind, _ in _members(base, path)]
        if len(kinds) < 2:
            yield f"{path} has one value only, {now}: it cannot be swept"
        choices: Sequence[Any] = kinds
    else:
        choices = get_args(field.annotation) if field and get_origin(field.annotation) is Literal else ()
    if isinstance(now, str) and choices:
        if wrong := [value for value in values if value not in choices]:
            yield f"{path} is one of {', '.join(map(str, choices))}, not {wrong[0]}"
    elif now is not None and not isinstance(now, (bool, int, float)):
        yield f"{path} is no number, switch or choice: it cannot be swept"
    elif any(isinstance(value, str) or isinstance(now, bool) != isinstance(value, bool) for value in values):
        yield f"{path} takes {'true and false' if isinstance(now, bool) else 'numbers'}"


def _is_tag(path: str) -> bool:
    return path.rpartition(".")[2] in TAGS


def _members(base: RunConfig, path: str) -> list[tuple[str, type[BaseModel]]]:
    """What the part whose tag is at the path may be: tags and records."""
    part, _, tag = path.rpartition(".")
    field = field_at(base, part)
    records = records_in(field.annotation) if field else ()
    return [(record.model_fields[tag].default, record) for record in records if tag in record.model_fields]


def _of_kind(base: RunConfig, path: str, value: Value) -> tuple[str, Any]:
    """An override that makes a part of that kind; settings that mean the same in both stay as they are."""
    part, _, tag = path.rpartition(".")
    now = value_at(base, part)
    if getattr(now, tag) == value:
        return path, value
    theirs = dict(_members(base, path))[str(value)].model_fields
    alike = [
        name
        for name, field in type(now).model_fields.items()
        if name in theirs
        and (field.title, field.description, field.default)
        == (theirs[name].title, theirs[name].description, theirs[name].default)
    ]
    return part, {tag: value, **{name: now.model_dump(mode="json")[name] for name in alike}}


def _names(base: RunConfig, path: str, values: Sequence[Value]) -> tuple[str, ...] | None:
    if not any(isinstance(value, str) for value in values):
        return None
    members = dict(_members(base, path)) if _is_tag(path) else {}
    return tuple(called(members.get(str(value)), str(value)) for value in values)

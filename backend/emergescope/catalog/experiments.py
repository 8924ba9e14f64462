"""Experiments: groups of runs with a purpose. Figures and sweeps are TOML files of studies."""

import itertools
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal

from pydantic import Field

from emergescope import logs
from emergescope.catalog.changes import setting_text
from emergescope.catalog.overrides import apply_overrides, path_label
from emergescope.catalog.parse import validated
from emergescope.catalog.pictures import Picture, unknown_in
from emergescope.catalog.registry import (
    Expectation,
    Found,
    Preset,
    find_studies,
    get_preset,
    look_up,
    read_folder,
    study_of,
)
from emergescope.catalog.sweep import Sweep, axes_of, base_config, cell_config, expand, read_grid
from emergescope.config.base import Record
from emergescope.config.run import LARGEST_SEED, RunConfig
from emergescope.errors import InvalidConfig

Kind = Literal["figure", "sweep", "runs"]
MOST_SEEDS = 10_000

_log = logs.get(__name__)


class Member(Record):
    """A run of a figure, once for each seed. `group` is the panel of the figure that it belongs to."""

    label: str
    group: str = ""
    preset: str


class Row(Record):
    """A line of a figure's table: the band is the one that the member's preset states for this metric and step."""

    metric: str
    step: int | Literal["end"]


class ExperimentPreset(Record):
    """A figure (members, rows, pictures) or a sweep. `seconds`: usual time on two CPU cores with its own `seeds`."""

    id: str
    order: int
    title: str
    text: str
    figure: str | None = None
    seconds: Annotated[float, Field(gt=0)]
    seeds: Annotated[int, Field(ge=1)]
    differences: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()
    rows: tuple[Row, ...] = ()
    pictures: tuple[Picture, ...] = ()
    sweep: Sweep | None = None

    @property
    def kind(self) -> Kind:
        return "figure" if self.sweep is None else "sweep"


@dataclass(frozen=True)
class PlannedRun:
    """A run of an experiment before it is queued: its place and name in the experiment, and its configuration."""

    label: str
    group: str
    seed: int
    config: RunConfig
    preset: Preset | None = None
    cell: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reproduced:
    """What one run of a figure gave: its table as `compare` fills it. `over`: no more values will come."""

    label: str
    group: str
    seed: int
    run: str | None
    expected: Sequence[Mapping[str, Any]]
    over: bool


@cache
def load_experiments() -> Mapping[str, ExperimentPreset]:
    """All experiment presets by id (`paper/figure-1`), in gallery order."""
    found: dict[str, ExperimentPreset] = {}
    for one in (found for found in find_studies() if found.study is not None):
        try:
            mine = read_experiments(one)
            if taken := [preset.id for preset in mine if preset.id in found]:
                raise ValueError(f"another study has an experiment {taken[0]!r} as well: choose another name")
        except Exception as error:  # of somebody else's package: the others go on
            _log.error("experiments left out", study=one.name, package=one.package, reason=str(error))
        else:
            found |= {preset.id: preset for preset in mine}
    return dict(sorted(found.items(), key=lambda item: item[1].order))


def read_experiments(found: Found) -> list[ExperimentPreset]:
    """Those of one study. Raises an error that says which cannot be read, and why."""

    def make(identifier: str, data: dict[str, Any]) -> ExperimentPreset:
        preset = ExperimentPreset(id=identifier, **data)
        for member in preset.members:
            config = get_preset(member.preset).config
            shown = study_of(config).display(config, None)
            for unknown in (one for picture in preset.pictures for one in unknown_in(picture, shown)):
                raise InvalidConfig(f"pictures: runs of {member.preset} have no such thing as {unknown}")
        if preset.sweep is not None:
            stored_sweep(preset.sweep.model_dump(mode="json"))
        return preset

    return list(read_folder(resources.files(found.package) / "experiments", make))


def get_experiment(identifier: str) -> ExperimentPreset:
    """The experiment preset of that id. Raises InvalidConfig naming the nearest ones."""
    return look_up("experiment", load_experiments(), identifier)


def parse_sweep(data: Mapping[str, Any]) -> Sweep:
    """A sweep from plain data. Raises InvalidConfig with pointers into it."""
    return read_grid(validated(Sweep, data))


def stored_sweep(data: Mapping[str, Any]) -> Sweep:
    """A sweep as it was kept with its experiment. Raises InvalidConfig where this version can make no grid of it."""
    sweep = parse_sweep(data)
    if all(sweep.grid.values()):
        cell_config(base_config(sweep.base), {path: values[0] for path, values in sweep.grid.items()})
    return sweep


def plan_figure(preset: ExperimentPreset, seeds: Sequence[int]) -> list[PlannedRun]:
    """The runs of a figure, seed by seed, so that the first picture is whole early."""
    members = [(member, get_preset(member.preset)) for member in preset.members]
    return [
        PlannedRun(member.label, member.group, seed, apply_overrides(run.config, {"seed": seed}), run)
        for seed in seeds
        for member, run in members
    ]


def plan_sweep(sweep: Sweep, seeds: Sequence[int], most_runs: int) -> list[PlannedRun]:
    """The runs of a sweep, seed by seed. Raises InvalidConfig."""
    cells = expand(sweep, len(seeds), most_runs)
    axes = {axis.path: axis for axis in axes_of(base_config(sweep.base), sweep)}
    names = [
        ", ".join(
            setting_text(path_label(cell.config, path), axes[path].name(value)) for path, value in cell.values.items()
        )
        for cell in cells
    ]
    base = get_preset(sweep.base.preset) if sweep.base.preset else None
    return [
        PlannedRun(name, "", seed, apply_overrides(cell.config, {"seed": seed}), base, cell.values)
        for seed in seeds
        for name, cell in zip(names, cells, strict=True)
    ]


def figure_rows(preset: ExperimentPreset) -> Iterator[tuple[Member, Expectation]]:
    """The lines of a figure's table. A row that a member's preset says nothing of is not that member's."""
    for row, member in itertools.product(preset.rows, preset.members):
        for item in get_preset(member.preset).expected:
            if (item.metric, item.step) == (row.metric, row.step):
                yield member, item


def figure_table(preset: ExperimentPreset, runs: Sequence[Reproduced]) -> list[dict[str, Any]]:
    """A figure's lines over all seeds, as in docs/experiments.md. A line holds when every seed lies in the band."""
    table = []
    for member, item in figure_rows(preset):
        its = [run for run in runs if (run.label, run.group) == (member.label, member.group)]
        values = [_of_seed(run, item.metric, item.step) for run in its]
        known = [v["value"] for v in values if v["value"] is not None]
        verdicts = [v["ok"] for v in values]
        table.append(
            {
                **item.model_dump(mode="json"),
                "member": member.label,
                "group": member.group,
                "values": values,
                "mean": statistics.fmean(known) if known else None,
                "deviation": statistics.stdev(known) if len(known) > 1 else 0.0 if known else None,
                "ok": None if None in verdicts or not verdicts else all(verdicts),
            }
        )
    return table


def passed(table: Sequence[Mapping[str, Any]]) -> bool | None:
    """Whether every line holds; None while one is not known, and for a table without lines."""
    verdicts = [row["ok"] for row in table]
    if False in verdicts:
        return False
    return None if None in verdicts or not verdicts else True


def seed_list(seeds: object) -> list[int]:
    """A number n stands for the seeds 0 to n - 1. Raises InvalidConfig for anything but a few whole numbers."""
    found: Sequence[Any] = ()
    if type(seeds) is int and 1 <= seeds <= MOST_SEEDS:  # not a bool; bounded before there is a list
        found = range(seeds)
    elif isinstance(seeds, list | tuple | range) and len(seeds) <= MOST_SEEDS:
        found = seeds
    whole = all(type(seed) is int and 0 <= seed <= LARGEST_SEED for seed in found)
    if not found or not whole or len(set(found)) < len(found):
        many = f"a number from 1 on, up to {MOST_SEEDS:,}, or a list of as many different whole numbers"
        raise InvalidConfig.at("/seeds", f"seeds are {many} from 0 on, up to {LARGEST_SEED:,}")
    return list(found)


def _of_seed(run: Reproduced, metric: str, step: int | str) -> dict[str, Any]:
    none = {"value": None, "ok": None}
    found = next((item for item in run.expected if (item["metric"], item["step"]) == (metric, step)), none)
    ok = False if found["ok"] is None and run.over else found["ok"]
    return {"seed": run.seed, "run": run.run, "value": found["value"], "ok": ok}

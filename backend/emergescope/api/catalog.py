"""What can be run, and whether the server is well."""

import math
from functools import cache
from inspect import getdoc
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from emergescope import __version__
from emergescope.api.dependencies import ServiceOf
from emergescope.catalog.experiments import MOST_SEEDS, ExperimentPreset, load_experiments
from emergescope.catalog.parse import joint_schema, kinds, schemas
from emergescope.catalog.registry import Expectation, get_preset, load_presets, study_of
from emergescope.catalog.sweep import expand
from emergescope.config.base import Record

router = APIRouter(prefix="/api", tags=["server"])


class Workers(BaseModel):
    total: int = Field(examples=[2])
    busy: int = Field(examples=[1])


class Health(BaseModel):
    status: Literal["ok"] = "ok"
    version: str = Field(examples=[__version__])
    executor: str = Field(examples=["local"])
    workers: Workers
    queue: int = Field(description="runs that wait", examples=[0])


class PresetOut(BaseModel):
    id: str = Field(examples=["paper/parity"])
    order: int
    title: str = Field(examples=["Parity, as in the paper"])
    text: str
    figure: str | None = Field(description="the figure of the paper it reproduces", examples=["Figure 1 and 2"])
    seconds: float = Field(description="usual run time on two CPU cores", examples=[5])
    expected: list[Expectation]
    config: dict[str, Any]


class ExperimentPresetOut(BaseModel):
    """A figure of the paper, or a sweep."""

    id: str = Field(examples=["paper/figure-1"])
    order: int
    kind: Literal["figure", "sweep", "runs"]
    title: str
    text: str
    figure: str | None
    seconds: float = Field(description="usual time on two CPU cores with its own number of seeds", examples=[55])
    runs: int = Field(examples=[30])
    seeds: int = Field(examples=[5])
    data: list[str] = Field(description="ids of data sets of images that its runs read", examples=[["mnist-5k"]])
    sweep: dict[str, Any] | None = Field(description="base and grid of a sweep")


class Kind(BaseModel):
    """A kind of problem or of method."""

    kind: str = Field(examples=["dictionary"])
    title: str
    text: str


class Catalog(BaseModel):
    presets: list[PresetOut] = Field(description="in the order of the gallery")
    problems: list[Kind]
    methods: list[Kind]
    experiments: list[ExperimentPresetOut]
    json_schema: dict[str, Any] = Field(serialization_alias="schema", description="JSON Schema of RunConfig")
    schemas: dict[str, dict[str, Any]] = Field(description="JSON Schema of the configurations of each study, for forms")


@router.get("/health")
def health(service: ServiceOf) -> Health:
    executor, workers, busy, queue = service.load()
    return Health(version=__version__, executor=executor, workers=Workers(total=workers, busy=busy), queue=queue)


@router.get("/catalog")
@cache
def catalog() -> Catalog:
    """Presets, kinds of problems and methods, and the JSON Schema that forms are made from."""
    return Catalog(
        presets=[PresetOut.model_validate(preset.model_dump(mode="json")) for preset in load_presets().values()],
        problems=[_kind(record) for record in kinds("problem")],
        methods=[_kind(record) for record in kinds("method")],
        experiments=[_experiment(preset) for preset in load_experiments().values()],
        json_schema=joint_schema(),
        schemas=schemas(),
    )


def _experiment(preset: ExperimentPreset) -> ExperimentPresetOut:
    cells = math.prod(map(len, preset.sweep.grid.values())) if preset.sweep else len(preset.members)
    return ExperimentPresetOut(
        **preset.model_dump(include={"id", "order", "title", "text", "figure", "seconds", "seeds"}),
        kind=preset.kind,
        runs=cells * preset.seeds,
        data=_data(preset),
        sweep=preset.sweep and preset.sweep.model_dump(mode="json"),
    )


def _data(preset: ExperimentPreset) -> list[str]:
    """Ids of the data sets that its runs read, each once."""
    configs = [get_preset(member.preset).config for member in preset.members]
    if preset.sweep:
        configs += [cell.config for cell in expand(preset.sweep, 1, MOST_SEEDS)]
    return list(dict.fromkeys(need.name for config in configs for need in study_of(config).data(config)[:1]))


def _kind(record: type[Record]) -> Kind:
    kind = record.model_fields["kind"].default
    return Kind(kind=kind, title=kind.replace("_", " ").capitalize(), text=(getdoc(record) or "").split("\n\n")[0])

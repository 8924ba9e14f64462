"""What can be run, and whether the server is well."""

from functools import cache
from inspect import getdoc
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from emergescope import __version__
from emergescope.api.dependencies import ServiceOf
from emergescope.config import DictionaryProblem, Expectation, NetworkMethod, RunConfig, load_presets
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


class Kind(BaseModel):
    """A kind of problem or of method."""

    kind: str = Field(examples=["dictionary"])
    title: str
    text: str


class Catalog(BaseModel):
    presets: list[PresetOut] = Field(description="in the order of the gallery")
    problems: list[Kind]
    methods: list[Kind]
    json_schema: dict[str, Any] = Field(serialization_alias="schema", description="JSON Schema of RunConfig")


@router.get("/health")
def health(service: ServiceOf) -> Health:
    executor, workers, busy, queue = service.load()
    return Health(version=__version__, executor=executor, workers=Workers(total=workers, busy=busy), queue=queue)


@router.get("/catalog")
@cache
def catalog() -> Catalog:
    """Presets, kinds of problems and methods, and the JSON Schema that forms are made from."""
    presets = [
        PresetOut(**preset.model_dump(exclude={"config"}), config=preset.config.model_dump(mode="json"))
        for preset in load_presets().values()
    ]
    return Catalog(
        presets=presets,
        problems=[_kind(DictionaryProblem)],
        methods=[_kind(NetworkMethod)],
        json_schema=RunConfig.model_json_schema(),
    )


def _kind(record: type[Record]) -> Kind:
    kind = record.model_fields["kind"].default
    return Kind(kind=kind, title=kind.capitalize(), text=(getdoc(record) or "").split("\n\n")[0])

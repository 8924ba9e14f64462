"""What can be run, and whether the server is well."""

import math
from functools import cache
from inspect import getdoc
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from emergescope import __version__
from emergescope.api.dependencies import ServiceOf
from emergescope.api.pages import picture_of
from emergescope.catalog import recordings
from emergescope.catalog.experiments import ExperimentPreset, load_experiments
from emergescope.catalog.gallery import Card, load_cards, load_sections, needs_of_experiment, section_of_experiment
from emergescope.catalog.parse import joint_schema, kinds, schemas
from emergescope.catalog.registry import Expectation, load_studies
from emergescope.config.base import Record
from emergescope.recording.display import Display, Facet, Paper

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


class SectionOut(BaseModel):
    """A part of the gallery."""

    id: str = Field(examples=["patterns.pictures"])
    title: str = Field(examples=["Patterns as pictures"])
    text: str = Field(description="there may be none")


class StudyOut(BaseModel):
    """What `study` of a run may be."""

    id: str = Field(examples=["patterns"])
    title: str = Field(examples=["Patterns"])


class Need(BaseModel):
    """A data set that is read."""

    id: str = Field(validation_alias="name", examples=["mnist-5k"])
    folder: str | None = Field(description="of a tree of images")


class CardOut(BaseModel):
    """A preset as the gallery shows it."""

    id: str = Field(examples=["paper/parity"])
    order: int
    title: str = Field(examples=["Parity, as in the paper"])
    text: str
    figure: str | None = Field(description="the figure of the paper it reproduces", examples=["Figure 1 and 2"])
    seconds: float = Field(description="usual run time on two CPU cores", examples=[5])
    study: str = Field(examples=["patterns"])
    section: str = Field(description="id of its section", examples=["patterns.patterns"])
    summary: str = Field(description="what it is, in one line")
    facets: list[Facet] = Field(description="what tells it from others")
    needs: list[Need]
    variant_of: str | None = Field(description="the preset on whose card it stands", examples=["paper/parity"])
    short: str = Field(description="what it is called there", examples=["tangent kernel"])
    control: str | None = Field(
        description="the preset that is to fail where this one does not", examples=["paper/parity-no-structure"]
    )
    picture: str | None = Field(description="address of its picture, without what the dashboard's begin with")
    captions: list[str] = Field(description="of the parts of the picture, side by side")
    paper: Paper | None


class PresetOut(CardOut):
    expected: list[Expectation]
    config: dict[str, Any]


class ExperimentCardOut(BaseModel):
    """A figure of the paper, or a sweep, as the gallery shows it."""

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
    needs: list[Need]
    section: str = Field(description="id of its section", examples=["patterns.patterns"])


class ExperimentPresetOut(ExperimentCardOut):
    sweep: dict[str, Any] | None = Field(description="base and grid of a sweep")


class Gallery(BaseModel):
    """What there is to start, without the settings."""

    sections: list[SectionOut] = Field(description="in the order of the gallery")
    presets: list[CardOut] = Field(description="in the order of the gallery")
    experiments: list[ExperimentCardOut]
    studies: list[StudyOut]
    glossary: dict[str, str] = Field(description="what the words of all studies mean")


class Kind(BaseModel):
    """A kind of problem or of method."""

    kind: str = Field(examples=["dictionary"])
    title: str
    text: str


class Catalog(BaseModel):
    sections: list[SectionOut] = Field(description="in the order of the gallery")
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
        sections=_sections(),
        presets=[PresetOut.model_validate(_card(card)) for card in load_cards().values()],
        problems=[_kind(record) for record in kinds("problem")],
        methods=[_kind(record) for record in kinds("method")],
        experiments=[ExperimentPresetOut.model_validate(_experiment(preset)) for preset in load_experiments().values()],
        json_schema=joint_schema(),
        schemas=schemas(),
    )


@router.get("/gallery")
@cache
def gallery() -> Gallery:
    """What the catalog has for the gallery: a small part of it."""
    return Gallery(
        sections=_sections(),
        presets=[CardOut.model_validate(_card(card)) for card in load_cards().values()],
        experiments=[ExperimentCardOut.model_validate(_experiment(preset)) for preset in load_experiments().values()],
        studies=[StudyOut(id=one.id, title=one.title) for one in (*load_studies().values(), recordings.STUDY)],
        glossary={word: text for card in load_cards().values() for word, text in _display(card).glossary.items()},
    )


def _sections() -> list[SectionOut]:
    return [SectionOut.model_validate(vars(section)) for section in load_sections()]


def _display(card: Card) -> Display:
    return card.study.display(card.preset.config, None)


def _card(card: Card) -> dict[str, Any]:
    preset, display = card.preset, _display(card)
    own = {name: getattr(card, name) for name in ("section", "variant_of", "short", "captions")}
    return {
        **preset.model_dump(mode="json"),
        **own,
        "study": card.study.id,
        "summary": display.summary,
        "facets": display.facets,
        "needs": [vars(need) for need in card.needs],
        "picture": picture_of(preset.id),
        "paper": display.paper,
    }


def _experiment(preset: ExperimentPreset) -> dict[str, Any]:
    cells = math.prod(map(len, preset.sweep.grid.values())) if preset.sweep else len(preset.members)
    needs = needs_of_experiment(preset)
    return {
        **preset.model_dump(include={"id", "order", "title", "text", "figure", "seconds", "seeds"}),
        "kind": preset.kind,
        "runs": cells * preset.seeds,
        "data": list(dict.fromkeys(need.name for need in needs)),
        "needs": list({(need.name, need.folder): vars(need) for need in needs}.values()),
        "section": section_of_experiment(preset),
        "sweep": preset.sweep and preset.sweep.model_dump(mode="json"),
    }


def _kind(record: type[Record]) -> Kind:
    kind = record.model_fields["kind"].default
    return Kind(kind=kind, title=kind.replace("_", " ").capitalize(), text=(getdoc(record) or "").split("\n\n")[0])

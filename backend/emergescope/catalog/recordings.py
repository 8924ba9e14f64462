"""Recordings: runs whose frames a loop of somebody else's makes. They bring their display, and cannot be submitted."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal, NoReturn

from pydantic import Field, PlainSerializer, PlainValidator

from emergescope.config.cost import Cost
from emergescope.config.run import RunConfig, Stage
from emergescope.errors import InvalidConfig, below
from emergescope.recording.display import Display
from emergescope.studies.study import Study


def _read(data: object) -> Display:
    if isinstance(data, Display):
        return data
    with below("/display"):
        return Display.from_json(data)


class RecordingConfig(RunConfig):
    """How a recording is shown, and what its user tells of hyperparameters."""

    study: Literal["recording"] = "recording"
    seed: Annotated[int, Field(exclude=True)] = 0  # a loop of somebody else's has its own
    display: Annotated[Display, PlainValidator(_read), PlainSerializer(Display.as_json)]
    settings: dict[str, Any] = Field(default_factory=dict)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """None are known."""
        return ()


def _refuse(config: RecordingConfig) -> NoReturn:
    raise InvalidConfig.at("/study", "a recording is made by a loop of its own: see docs/record.md")


def _cost(config: RecordingConfig) -> Cost:
    """Asked before a run is queued or trained."""
    _refuse(config)


def _display(config: RecordingConfig, facts: Mapping[str, Any] | None = None) -> Display:
    return replace(config.display, can=())


STUDY = Study(
    id="recording",
    title="Recordings",
    text="What loops of your own have recorded.",
    config=RecordingConfig,
    dynamics="",  # it is trained elsewhere
    cost=_cost,
    display=_display,
    tiny={},
)

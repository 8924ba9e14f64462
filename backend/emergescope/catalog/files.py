"""Reads the TOML files of one study. Used by the registry, which leaves out a study whose presets cannot be read."""

import tomllib
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from typing import Annotated, Any, Literal

from pydantic import Field, SerializeAsAny, ValidationError

from emergescope.config.base import Record
from emergescope.config.run import RunConfig

_MOST_ERRORS = 3  # that a sentence names


class Expectation(Record):
    """A value that a run of the preset should reproduce: `metric` at `step` lies in [low, high]."""

    metric: str
    label: str
    step: int | Literal["end"]
    low: float
    high: float
    paper: str = ""


class Preset(Record):
    """A named configuration. `order` places it in the gallery; `seconds` is its usual run time on two CPU cores."""

    id: str
    order: int
    title: str
    text: str
    figure: str | None = None
    seconds: Annotated[float, Field(gt=0)]
    expected: tuple[Expectation, ...] = ()
    config: SerializeAsAny[RunConfig]


def read_presets(study: str, config: type[RunConfig], root: Traversable) -> tuple[Preset, ...]:
    """The presets of a study, below `root`. Raises ValueError that names the file and what is wrong with it."""
    found = []
    for identifier, data in read_folder(root):
        try:
            settings = config.model_validate({"study": study, **data.pop("config", {})})
            found.append(Preset(id=identifier, config=settings, **data))
        except (TypeError, ValidationError) as error:
            raise ValueError(f"{root.name}/{identifier}.toml: {in_words(error)}") from None
    return tuple(found)


def read_folder(root: Traversable, prefix: str = "") -> list[tuple[str, dict[str, Any]]]:
    """(id, content) of the TOML files below `root`, which need not be there; an id is the path without its ending."""
    found = []
    for entry in sorted(root.iterdir(), key=lambda entry: entry.name) if root.is_dir() else ():
        if entry.is_dir():
            found += read_folder(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".toml"):
            try:
                content = tomllib.loads(entry.read_text("utf-8"))
            except ValueError as error:
                raise ValueError(f"{prefix}{entry.name} is not TOML: {error}") from None
            found.append((prefix + entry.name.removesuffix(".toml"), content))
    return found


def in_words(error: BaseException) -> str:
    """What a record refuses, in one line."""
    if not isinstance(error, ValidationError):
        return str(error)
    items: list[Mapping[str, Any]] = [*error.errors(include_url=False)[:_MOST_ERRORS]]
    return "; ".join(f"{'.'.join(map(str, item['loc'])) or 'it'}: {item['msg']}" for item in items)

"""Presets are TOML files of studies: a configuration, why it is worth watching, and what it should give."""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources.abc import Traversable
from typing import Annotated, Literal, TypeVar

from pydantic import Field, SerializeAsAny

from emergescope.catalog.parse import parse_config
from emergescope.catalog.registry import find_studies
from emergescope.config.base import Record
from emergescope.config.run import RunConfig
from emergescope.errors import FieldError, InvalidConfig

T = TypeVar("T")
LONGEST_ID = 100  # characters


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


@cache
def load_presets() -> Mapping[str, Preset]:
    """The presets of all studies by id (`quick`, `paper/parity`), in gallery order."""
    found = [_load(identifier, file) for identifier, file in study_files("presets")]
    return {preset.id: preset for preset in sorted(found, key=lambda p: p.order)}


def get_preset(identifier: str) -> Preset:
    """The preset of that id. Raises InvalidConfig naming the nearest ones."""
    return look_up("preset", load_presets(), identifier)


def look_up(what: str, known: Mapping[str, T], identifier: str) -> T:
    """known[identifier]. Raises InvalidConfig naming the nearest ids, and `what` they are of."""
    if identifier in known:
        return known[identifier]
    near = difflib.get_close_matches(identifier, known, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]!r}? " if near else ""
    message = f"there is no {what} {identifier[:LONGEST_ID]!r}; {hint}There are: {', '.join(known)}"
    raise InvalidConfig(message, [FieldError("/preset", message)])


def study_files(folder: str) -> Iterator[tuple[str, Traversable]]:
    """(id, file) of the TOML files in that folder of each study. An id is the path in it without its ending."""
    for found in find_studies():
        if found.study is not None and (root := found.files / folder).is_dir():
            yield from toml_files(root)


def toml_files(root: Traversable, prefix: str = "") -> list[tuple[str, Traversable]]:
    """(id, file) of the TOML files below `root`; an id is the path without its ending."""
    found = []
    for entry in root.iterdir():
        if entry.is_dir():
            found += toml_files(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".toml"):
            found.append((prefix + entry.name.removesuffix(".toml"), entry))
    return found


def _load(identifier: str, file: Traversable) -> Preset:
    data = tomllib.loads(file.read_text("utf-8"))
    config = parse_config(data.pop("config"))
    return Preset(id=identifier, config=config, **data)

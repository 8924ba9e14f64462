"""Which studies there are, with their presets: the folders of emergescope/studies, and those of installed packages.

A package says `[project.entry-points."emergescope.studies"] its_name = "its_package"`, and has a `STUDY` there.
"""

import difflib
import pkgutil
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module, resources
from importlib.metadata import entry_points
from importlib.resources.abc import Traversable
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, SerializeAsAny, ValidationError

from emergescope import logs, studies
from emergescope.catalog import recordings
from emergescope.config.base import Record
from emergescope.config.run import RunConfig
from emergescope.errors import InvalidConfig
from emergescope.studies.study import Study

GROUP = "emergescope.studies"
LONGEST_ID = 100  # characters
_MOST_ERRORS = 3  # that a sentence names

_log = logs.get(__name__)
T = TypeVar("T")


class Expectation(Record):
    """A value that a run of the preset should reproduce: `metric` at `step` lies in [low, high]."""

    metric: str
    label: str
    step: int | Literal["end"]
    low: float
    high: float
    paper: str = ""


class Preset(Record):
    """A named configuration. `order` places it in the gallery; `seconds` is its usual run time on two CPU cores.

    section  of the gallery, among those of its study: the first where it says none
    short    what it is called below the preset that it is a variant of: the rest of its id where it does not say
    control  the preset of the same study that is to fail where this one does not, for the reason that its text says
    """

    id: str
    order: int
    title: str
    text: str
    figure: str | None = None
    section: str = ""
    short: str = ""
    control: str | None = None
    seconds: Annotated[float, Field(gt=0)]
    expected: tuple[Expectation, ...] = ()
    config: SerializeAsAny[RunConfig]


@dataclass(frozen=True)
class Found:
    """A study with its presets, and where its files lie; or, without one, why it was left out."""

    name: str
    package: str
    study: Study | None
    presets: tuple[Preset, ...] = ()
    trouble: str = ""


@cache
def find_studies() -> tuple[Found, ...]:
    """All studies, ours first; those that fail to import as well, which the log names."""
    folders = [name for _, name, is_package in pkgutil.iter_modules(studies.__path__) if is_package]
    ours = [(name, f"{studies.__name__}.{name}") for name in folders if not name.startswith("_")]
    others = sorted({(point.name, point.module) for point in entry_points(group=GROUP)})
    found: list[Found] = []
    for name, package in [*ours, *others]:
        try:
            study, presets = _read_study(package, found)
            found.append(Found(name, package, study, presets))
        except (Exception, SystemExit) as error:  # whatever somebody else's package does: the others go on
            trouble = str(error) if isinstance(error, InvalidConfig) else f"{type(error).__name__}: {_in_words(error)}"
            _log.error("study left out", study=name, package=package, reason=trouble)
            found.append(Found(name, package, None, trouble=trouble))
    return tuple(found)


def load_studies() -> Mapping[str, Study]:
    """The studies that can be run, by id: ours in their order, then those of others. Recordings are of none of them."""
    ours = f"{studies.__name__}."
    known = [(not one.package.startswith(ours), one.study.order, one.study) for one in find_studies() if one.study]
    return {study.id: study for _, _, study in sorted(known, key=lambda item: item[:2])}


def get_study(identifier: object) -> Study:
    """The study of that id, or that of recordings. Raises InvalidConfig."""
    if identifier == recordings.STUDY.id:
        return recordings.STUDY
    known = load_studies()
    if not isinstance(identifier, str) or identifier not in known:
        said = str(identifier)[:LONGEST_ID]
        raise InvalidConfig.at("/study", f"there is no study {said!r} here; there are: {', '.join(known)}")
    return known[identifier]


def study_of(config: RunConfig) -> Study:
    """The study that a configuration is of."""
    return get_study(config.study)


def emergence_kinds() -> frozenset[str]:
    """The kinds of events that say that something has emerged, of all studies."""
    shown = [study.display(study.usual, None).events for study in load_studies().values()]
    return frozenset(name for events in shown for name, kind in events.items() if kind.rank == "emergence")


@cache
def load_presets() -> Mapping[str, Preset]:
    """The presets of all studies by id (`quick`, `paper/parity`), in gallery order."""
    found = [preset for one in find_studies() for preset in one.presets]
    return {preset.id: preset for preset in sorted(found, key=lambda preset: preset.order)}


def get_preset(identifier: str) -> Preset:
    """The preset of that id. Raises InvalidConfig naming the nearest ones."""
    return look_up("preset", load_presets(), identifier)


def look_up(what: str, known: Mapping[str, T], identifier: str) -> T:
    """known[identifier]. Raises InvalidConfig naming the nearest ids, and `what` they are of."""
    if identifier in known:
        return known[identifier]
    near = difflib.get_close_matches(identifier, known, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]!r}? " if near else ""
    sentence = f"there is no {what} {identifier[:LONGEST_ID]!r}; {hint}There are: {', '.join(known)}"
    raise InvalidConfig.at("/preset", sentence)


def read_presets(study: str, config: type[RunConfig], root: Traversable) -> tuple[Preset, ...]:
    """The presets of a study, below `root`. Raises ValueError that names the file and what is wrong with it."""

    def make(identifier: str, data: dict[str, Any]) -> Preset:
        settings = config.model_validate({"study": study, **data.pop("config", {})})
        return Preset(id=identifier, config=settings, **data)

    return tuple(read_folder(root, make))


def read_folder(root: Traversable, make: Callable[[str, dict[str, Any]], T]) -> Iterator[T]:
    """What `make` gives of the id and the content of each TOML file below `root`, which need not be there.

    An id is the path without its ending. Raises ValueError that names the file and what is wrong with it.
    """
    for identifier, data in _toml_files(root):
        try:
            yield make(identifier, data)
        except (InvalidConfig, TypeError, ValidationError) as error:
            raise ValueError(f"{root.name}/{identifier}.toml: {_in_words(error)}") from None


def _toml_files(root: Traversable, prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for entry in sorted(root.iterdir(), key=lambda entry: entry.name) if root.is_dir() else ():
        if entry.is_dir():
            yield from _toml_files(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".toml"):
            try:
                yield prefix + entry.name.removesuffix(".toml"), tomllib.loads(entry.read_text("utf-8"))
            except ValueError as error:
                raise ValueError(f"{prefix}{entry.name} is not TOML: {error}") from None


def _in_words(error: BaseException) -> str:
    """What a record refuses, in one line."""
    if not isinstance(error, ValidationError):
        return str(error)
    items: list[Mapping[str, Any]] = [*error.errors(include_url=False)[:_MOST_ERRORS]]
    return "; ".join(f"{'.'.join(map(str, item['loc'])) or 'it'}: {item['msg']}" for item in items)


def _read_study(package: str, others: Sequence[Found]) -> tuple[Study, tuple[Preset, ...]]:
    """The study of a package, and its presets. Raises an error where it cannot stand beside those found before it."""
    study = import_module(package).STUDY
    if not isinstance(study, Study):
        raise InvalidConfig(f"{package}.STUDY is not a Study")
    study.config.model_validate({"study": study.id})  # the usual configuration, which all else begins with
    presets = read_presets(study.id, study.config, resources.files(package) / "presets")
    shelves = [section.id for section in study.shelves]
    for preset in presets:
        if preset.section and preset.section not in shelves:
            raise InvalidConfig(f"{preset.id} is of no section {preset.section!r}; there are: {', '.join(shelves)}")
        if preset.control is not None and preset.control not in {other.id for other in presets} - {preset.id}:
            raise InvalidConfig(f"the control of {preset.id} is another preset of its study, not {preset.control!r}")
    if study.id == recordings.STUDY.id:
        raise InvalidConfig(f"{study.id!r} is what recordings are called: choose another id")
    for other in others:
        if other.study is not None and other.study.id == study.id:
            raise InvalidConfig(f"{other.package} is a study of the same id, {study.id!r}: choose another id")
        taken = {preset.id for preset in other.presets}
        for preset in presets:
            if preset.id in taken:
                reason = f"{other.package} has a preset {preset.id!r} as well"
                raise InvalidConfig(f"{reason}: move it to presets/{study.id}/")
    return study, presets

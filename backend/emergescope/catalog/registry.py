"""Which studies there are: the folders of emergescope/studies, and those of installed packages.

A package says `[project.entry-points."emergescope.studies"] its_name = "its_package"`, and has a `STUDY` there.
"""

import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module, resources
from importlib.metadata import entry_points
from importlib.resources.abc import Traversable

from emergescope import logs, studies
from emergescope.catalog.files import Preset, in_words, read_presets
from emergescope.config.run import RunConfig
from emergescope.errors import FieldError, InvalidConfig
from emergescope.studies.study import Study

GROUP = "emergescope.studies"

_log = logs.get(__name__)


@dataclass(frozen=True)
class Found:
    """A study with its presets, and where its files lie; or, without one, why it was left out."""

    name: str
    package: str
    study: Study | None
    presets: tuple[Preset, ...] = ()
    trouble: str = ""

    @property
    def ours(self) -> bool:
        return self.package.startswith(f"{studies.__name__}.")

    @property
    def files(self) -> Traversable:
        return resources.files(self.package)


@cache
def find_studies() -> tuple[Found, ...]:
    """All studies, ours first; those that fail to import as well, which the log names."""
    folders = [name for _, name, is_package in pkgutil.iter_modules(studies.__path__) if is_package]
    ours = [(name, f"{studies.__name__}.{name}") for name in folders]
    others = sorted({(point.name, point.module) for point in entry_points(group=GROUP)})
    found: list[Found] = []
    for name, package in [*ours, *others]:
        one = _look(name, package)
        if trouble := one.trouble or _clash(one, found):
            _log.error("study left out", study=name, package=package, reason=trouble)
            one = Found(name, package, None, trouble=trouble)
        found.append(one)
    return tuple(found)


def load_studies() -> Mapping[str, Study]:
    """The studies that can be run, by id: ours in their order, then those of others."""
    known = [(not found.ours, found.study.order, found.study) for found in find_studies() if found.study is not None]
    return {study.id: study for _, _, study in sorted(known, key=lambda item: item[:2])}


def get_study(identifier: object) -> Study:
    """The study of that id. Raises InvalidConfig."""
    known = load_studies()
    if not isinstance(identifier, str) or identifier not in known:
        message = f"there is no study {str(identifier)[:100]!r} here; there are: {', '.join(known)}"
        raise InvalidConfig(message, [FieldError("/study", message)])
    return known[identifier]


def study_of(config: RunConfig) -> Study:
    """The study that a configuration is of."""
    return get_study(config.study)


def emergence_kinds() -> frozenset[str]:
    """The kinds of events that say that something has emerged, of all studies."""
    shown = [study.display(study.usual, None).events for study in load_studies().values()]
    return frozenset(name for events in shown for name, kind in events.items() if kind.rank == "emergence")


def _look(name: str, package: str) -> Found:
    try:
        module = import_module(package)
        study = module.STUDY
        if not isinstance(study, Study):
            return Found(name, package, None, trouble=f"{package}.STUDY is not a Study")
        study.config.model_validate({"study": study.id})  # the usual configuration, which all else begins with
        study.wrote({})  # asked of all configurations
        presets = read_presets(study.id, study.config, resources.files(package) / "presets")
    except (Exception, SystemExit) as error:  # whatever somebody else's package does: the others go on
        return Found(name, package, None, trouble=f"{type(error).__name__}: {in_words(error)}")
    return Found(name, package, study, presets)


def _clash(one: Found, others: Sequence[Found]) -> str:
    """Why a study cannot stand beside those found before it; nothing where it can."""
    for other in others:
        if one.study is None or other.study is None:
            continue
        if one.study.id == other.study.id:
            return f"{other.package} is a study of the same id, {one.study.id!r}: choose another id"
        for preset in one.presets:
            if any(preset.id == taken.id for taken in other.presets):
                return f"{other.package} has a preset {preset.id!r} as well: move it to presets/{one.study.id}/"
    return ""

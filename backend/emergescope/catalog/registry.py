"""Which studies there are: the folders of emergescope/studies, and those of installed packages.

A package says `[project.entry-points."emergescope.studies"] its_name = "its_package"`, and has a `STUDY` there.
"""

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module, resources
from importlib.metadata import entry_points
from importlib.resources.abc import Traversable

from emergescope import logs, studies
from emergescope.config.run import RunConfig
from emergescope.errors import FieldError, InvalidConfig
from emergescope.studies.study import Study

GROUP = "emergescope.studies"

_log = logs.get(__name__)


@dataclass(frozen=True)
class Found:
    """A study, and where its presets and experiments lie; or, without one, why it could not be imported."""

    name: str
    package: str
    study: Study | None
    trouble: str = ""

    @property
    def files(self) -> Traversable:
        return resources.files(self.package)


@cache
def find_studies() -> tuple[Found, ...]:
    """All studies, ours first; those that fail to import as well, which the log names."""
    folders = [name for _, name, is_package in pkgutil.iter_modules(studies.__path__) if is_package]
    ours = [(name, f"{studies.__name__}.{name}") for name in folders]
    others = sorted({(point.name, point.value) for point in entry_points(group=GROUP)})
    found: list[Found] = []
    for name, package in [*ours, *others]:
        one = _look(name, package)
        if one.study is not None and any(other.study is not None and other.study.id == one.study.id for other in found):
            one = Found(name, package, None, f"there is another study of the id {one.study.id!r}: choose another id")
        if one.trouble:
            _log.error("study left out", study=name, package=package, reason=one.trouble)
        found.append(one)
    return tuple(found)


def load_studies() -> Mapping[str, Study]:
    """The studies that can be run, by id, in their order."""
    known = [found.study for found in find_studies() if found.study is not None]
    return {study.id: study for study in sorted(known, key=lambda study: study.order)}


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
    except Exception as error:  # whatever somebody else's package does: the others go on
        return Found(name, package, None, f"{type(error).__name__}: {error}")
    if not isinstance(study, Study):
        return Found(name, package, None, f"{package}.STUDY is not a Study")
    return Found(name, package, study)

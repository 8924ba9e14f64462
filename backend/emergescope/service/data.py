"""Refuses a run whose images are not here, before it waits for a worker. Used by the service."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from emergescope.config import RunConfig
from emergescope.config.images import ImageSource, MixtureProblem
from emergescope.datasets import missing
from emergescope.errors import FieldError, InvalidConfig


def check_data(configs: Iterable[RunConfig], root: Path) -> None:
    """Raises InvalidConfig that says of each data set that runs need and `root` lacks how to get it. Runs of a sweep
    mostly need the same, and a tree of images takes a while to look at.
    """
    needed = {need for config in configs for need in _needs(config)}
    fields = []
    for setting, name, folder, classes in sorted(needed, key=str):
        if (lacking := missing(name, root, folder, classes)) is not None:
            fields.append(FieldError(f"/problem/{setting}", lacking))
    if fields:
        raise InvalidConfig("; ".join(field.message for field in fields), fields)


def _needs(config: RunConfig) -> Iterator[tuple[str, str, str | None, int]]:
    """(setting, data set, folder, classes that it must have) of all data sets of a run."""
    problem = config.problem
    if isinstance(problem, ImageSource):
        yield "folder" if problem.data == "folder" else "data", problem.data, problem.folder, 2
    if isinstance(problem, MixtureProblem) and problem.injected_folder is not None:
        yield "injected_folder", "folder", problem.injected_folder, 1

"""Refuses a run whose images are not here, before it waits for a worker. Used by the service."""

from pathlib import Path

from emergescope.config import RunConfig
from emergescope.config.images import ImageSource, MixtureProblem
from emergescope.datasets import missing
from emergescope.errors import FieldError, InvalidConfig


def check_data(config: RunConfig, root: Path) -> None:
    """Raises InvalidConfig that says of each data set that `config` needs and `root` lacks how to get it."""
    problem = config.problem
    if not isinstance(problem, ImageSource):
        return
    needed = {"folder" if problem.data == "folder" else "data": (problem.data, problem.folder)}
    if isinstance(problem, MixtureProblem) and problem.injected_folder is not None:
        needed["injected_folder"] = ("folder", problem.injected_folder)
    found = {setting: missing(name, root, folder) for setting, (name, folder) in needed.items()}
    fields = [FieldError(f"/problem/{setting}", text) for setting, text in found.items() if text is not None]
    if fields:
        raise InvalidConfig("; ".join(field.message for field in fields), fields)

"""Refuses a run whose data are not here, before it waits for a worker. Used by the service."""

from collections.abc import Iterable
from pathlib import Path

from emergescope.catalog.registry import study_of
from emergescope.config.run import RunConfig
from emergescope.datasets import missing
from emergescope.errors import FieldError, InvalidConfig


def check_data(configs: Iterable[RunConfig], root: Path) -> None:
    """Raises InvalidConfig that says of each data set that runs need and `root` lacks how to get it. Runs of a sweep
    mostly need the same, and a tree of images takes a while to look at.
    """
    needed = {need for config in configs for need in study_of(config).data(config)}
    fields = []
    for need in sorted(needed, key=str):
        if (lacking := missing(need.name, root, need.folder, need.classes)) is not None:
            fields.append(FieldError("/" + need.path.replace(".", "/"), lacking))
    if fields:
        raise InvalidConfig("; ".join(field.message for field in fields), fields)

"""The directory that `emergescope run --out` leaves a run in: a new one, or that of the same run, to begin again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from emergescope.archive.directory import Head, RunDirectory
from emergescope.archive.files import RUN, seq_of
from emergescope.errors import InvalidConfig


def begin(path: Path, head: Head, threads: int) -> tuple[RunDirectory, int]:
    """The directory, made if need be, and how many frames an earlier attempt has left in it.

    Raises InvalidConfig where there is anything in it but the beginning of the same run, with as many threads.
    """
    try:
        names = {file.name for file in path.iterdir()} if path.exists() else set()
    except OSError as error:
        raise InvalidConfig(f"--out {path} cannot be used ({error.strerror}): choose another") from None
    if not names:
        return RunDirectory.begin(path, head), 0
    frames = count_frames(path)
    if RUN not in names and frames:
        _refuse(path, f"it has frames ({frames}) of a run that is not known: choose another, or remove them first")
    if RUN not in names:
        _refuse(path, "choose another")
    begun = RunDirectory.open(path)
    if begun.over:
        _refuse(path, "it has a run that has ended: choose another, nothing recorded is overwritten")
    was = {"config": begun.head.config, "threads": _threads(begun.head) or threads}
    if other := list(_differences(was, {"config": head.config, "threads": threads})):
        named = ", ".join(other[:3]) + (", …" if len(other) > 3 else "")
        run = f"a run with another {named}"
        _refuse(path, f"it has frames ({frames}) of {run}: choose another, or remove them first")
    begun.rewind()
    return begun, frames


def count_frames(path: Path) -> int:
    return sum(seq_of(file.name) is not None for file in path.iterdir())


def _threads(head: Head) -> object:
    """How many it was trained with, as far as that is known."""
    return ((head.facts or {}).get("provenance") or {}).get("threads")


def _refuse(path: Path, why: str) -> NoReturn:
    raise InvalidConfig(f"--out {path} is not an empty directory, {why}")


def _differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Dotted paths of what differs in plain data, without the name of the configuration as a whole."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted(one.keys() | other.keys()):
            below = name if path in ("", "config") else f"{path}.{name}"
            yield from _differences(one.get(name), other.get(name), below)
    elif one != other:
        yield path

"""What `emergescope import` was pointed at, as a run: a folder of checkpoints is made one first."""

import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from emergescope.archive.files import RUN, SUMS, is_part
from emergescope.checkpoints.shapes import SUFFIXES
from emergescope.cli.printing import err, words
from emergescope.config.ids import new_id
from emergescope.errors import InvalidConfig


@contextmanager
def as_run(place: Path, asked: Mapping[str, Any], *, zipped: bool) -> Iterator[Path]:
    """A run as a file or a directory, of what lies at `place`; a file in any case where it is to be `zipped`.

    asked  what is asked of checkpoints, by the names of options; None is not asked
    """
    if place.suffix.lower() in SUFFIXES and place.is_file():
        raise InvalidConfig(f"{place} is a file of weights: name the folder that it is in")
    checkpoints = place.is_dir() and not any((place / name).exists() for name in (RUN, SUMS))
    given = [name.replace("_", "-") for name, value in asked.items() if value is not None]
    if given and not checkpoints:
        raise InvalidConfig(f"--{given[0]} is for a folder of checkpoints, and {place} is none")
    with tempfile.TemporaryDirectory(prefix="emergescope-") as made:
        run = place
        if checkpoints:
            run = Path(made) / "run"
            _film(place, asked, run)
        if zipped and run.is_dir():
            run = _zipped(run, Path(made) / "run.zip")
        yield run


def leave_for_server(run: Path, data: Path) -> Path:
    """Put a recording where a server that is running looks for such; it is there at once, or not at all."""
    place = data / "recordings" / f"checkpoints-{new_id()}"
    part = data / f".{place.name}.part"
    try:
        shutil.copytree(run, part)
        place.parent.mkdir(exist_ok=True)
        return part.rename(place)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _film(folder: Path, asked: Mapping[str, Any], path: Path) -> None:
    from emergescope.checkpoints.filming import Wish, film_checkpoints  # noqa: PLC0415 - help is instant

    relevant = None if asked["relevant"] is None else _numbers(asked["relevant"])
    wish = Wish(**{**asked, "relevant": relevant})
    film_checkpoints(folder, wish, path, lambda text: err.print(words(text)))


def _numbers(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdecimal() and len(part) < 10 for part in parts):
        raise InvalidConfig.at("/relevant", f"--relevant is {text!r}: give columns counted from 0, as 0,1,2")
    return tuple(map(int, parts))


def _zipped(run: Path, path: Path) -> Path:
    """A directory as one file, whose members are stored as they are."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(run.iterdir()):
            if not is_part(file.name):
                archive.write(file, file.name)
    return path

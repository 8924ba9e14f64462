"""A recording in its directory as a notebook shows it, read from a few of its frames' headers."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emergescope.archive.files import RUN, seq_of
from emergescope.archive.head import from_json
from emergescope.errors import EmergescopeError
from emergescope.notebook.film import Film, film_of, state_of
from emergescope.notebook.html import to_html
from emergescope.recording.codec import read_metadata

_MOST_FRAMES = 200  # that are looked into: a cell is to be there at once
_LONGEST_HEADER = 2**24  # bytes


def kept_in(path: Path, name: str) -> str | None:
    """The recording in `path` as HTML, as far as it goes; None where there is none yet, or no more."""
    if not (path / RUN).exists():
        return None
    try:
        return to_html(_film(path))
    except (OSError, ValueError, KeyError, EmergescopeError) as error:
        return to_html(Film(name, f"its directory cannot be read ({error})"))


def _film(path: Path) -> Film:
    run = from_json((path / RUN).read_bytes())
    files = sorted(file for file in path.iterdir() if seq_of(file.name) is not None)
    every = max(1, -(-len(files) // _MOST_FRAMES))
    chosen = sorted({*files[::every], *files[-1:]})
    headers = [_header(file) for file in chosen]
    measured: list[dict[str, Any]] = [json.loads(header["metrics"]) for header in headers]
    steps = [int(header["step"]) for header in headers]
    latest = {name: value for one in measured for name, value in one.items()}
    columns = {name: [one.get(name) for one in measured] for name in latest}
    state = state_of(run.status, steps[-1] if steps else None, run.total_steps)
    return film_of(run.name, state, run.config["display"]["metrics"], latest, steps, columns)


def _header(file: Path) -> Mapping[str, str]:
    """What a frame says of itself: its numbers, without its tensors."""
    with open(file, "rb") as opened:
        length = opened.read(8)
        return read_metadata(length + opened.read(min(int.from_bytes(length, "little"), _LONGEST_HEADER)))

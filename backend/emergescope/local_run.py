"""A run in this process, without a server: `emergescope.run`. The same configuration gives the same bits as on one."""

from collections.abc import Generator, Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, Self

import torch

from emergescope import engine
from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.parse import parse_config
from emergescope.catalog.registry import get_preset
from emergescope.config.run import RunConfig
from emergescope.recording.events import Event
from emergescope.settings import DataSets


def run(
    what: str | Mapping[str, Any],
    overrides: Mapping[str, Any] | None = None,
    *,
    threads: int = 1,
    data_dir: str | PathLike[str] | None = None,
) -> "LocalRun":
    """Train a preset, or a whole configuration, with overrides (nested, or by dotted path), and yield what happens.

    threads   CPU threads of torch while it trains; other counts round differently
    data_dir  where the data sets lie that do not come with a package; else EMERGESCOPE_DATA_DIR, datasets

    Raises InvalidConfig, which says what to change, before anything trains.
    """
    base = get_preset(what).config if isinstance(what, str) else parse_config(what)
    place = DataSets.load(data_dir=None if data_dir is None else Path(data_dir)).data_dir
    return LocalRun(apply_overrides(base, overrides or {}), threads, place)


class LocalRun(Iterator[Event]):
    """Events of a run that trains as they are asked for: Started first, Captured with each frame, Happened, and others
    (emergescope/recording/events.py). `config` is what it trains.

    A loop that is left, by `break` or an error, ends it, and the thread that takes its frames; so do `close` and the
    end of a `with` block. The number of torch's threads is then what it was.
    """

    def __init__(self, config: RunConfig, threads: int, data_dir: Path) -> None:
        self.config = config
        self._events = _events(config, threads, data_dir)

    def __iter__(self) -> Iterator[Event]:
        # Of its own: the loop alone holds it, so that leaving the loop closes it even where the run is held elsewhere.
        try:
            yield from self._events
        finally:
            self.close()

    def __next__(self) -> Event:
        return next(self._events)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End it where it is."""
        self._events.close()


def _events(config: RunConfig, threads: int, data_dir: Path) -> Generator[Event, None, None]:
    before = torch.get_num_threads()
    try:
        yield from engine.run(config, threads, data_dir=data_dir)
    finally:
        torch.set_num_threads(before)

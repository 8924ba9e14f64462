"""Watches what a run really holds of memory, in its worker: an estimate may be wrong. Used inside jobs/."""

import time

import psutil

from emergescope.catalog.limits import estimate, in_bytes
from emergescope.config.run import RunConfig
from emergescope.errors import InvalidConfig

_LOOK_EVERY = 0.1  # seconds
_SLACK = 2**28  # what libraries take for themselves with the first run


class MemoryWatch:
    """What the process has grown by since the run began, beside what it was allowed; None: no limit."""

    def __init__(self, config: RunConfig, allowed: int | None) -> None:
        self._config, self._allowed = config, allowed
        self._process = psutil.Process()
        self._before = self._process.memory_info().rss
        self._looked = time.monotonic()

    def check(self) -> None:
        """To be called often; looks now and then. Raises InvalidConfig that says how much it is and what to lower."""
        if self._allowed is None or time.monotonic() - self._looked < _LOOK_EVERY:
            return
        self._looked = time.monotonic()
        grown = self._process.memory_info().rss - self._before
        if grown > self._allowed + _SLACK:
            largest = max(estimate(self._config).memory_shares, key=lambda share: share.amount)
            raise InvalidConfig(
                f"the run holds {in_bytes(grown)} of memory, more than was estimated, and this server allows "
                f"{in_bytes(self._allowed)} to one run: it was ended; lower {largest.path}"
            )

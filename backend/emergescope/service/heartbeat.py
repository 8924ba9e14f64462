"""What a server does every so often: its heartbeat, by which others know that it is alive, and its rounds."""

import threading
import time
from collections.abc import Callable

from emergescope import logs
from emergescope.errors import StoreError
from emergescope.store.store import ServerStore

BEAT = 2.0  # seconds between two beats, and between two rounds
SILENT = 8.0  # seconds after which a server that does not beat is taken for dead

_log = logs.get(__name__)


class Heartbeat:
    """Beats for one server, and says how long others must have been silent to be dead."""

    def __init__(self, servers: ServerStore) -> None:
        self._servers = servers
        self._last = self._since = time.monotonic()
        self._missed, self._forgiven = 0.0, 0.0
        self.trouble: StoreError | None = None  # of the last beat

    def beat(self) -> None:
        try:
            self._servers.beat()
        except StoreError as error:
            self.trouble = error
            raise
        self.trouble = None
        now = time.monotonic()
        if now - self._last > SILENT:
            self._missed, self._forgiven = now - self._last, now + SILENT
            self._since = now
        self._last = now

    @property
    def present(self) -> float:
        """Seconds for which this server has been there, and its database, without a break."""
        now = time.monotonic()
        return now - self._since if now - self._last <= SILENT else 0.0

    @property
    def timeout(self) -> float:
        """SILENT seconds, and those that this server itself could not beat for, with the database away perhaps: others
        could not either, and have as long as that again to be heard."""
        now = time.monotonic()
        waiting = now - self._last
        return SILENT + max(self._missed if now < self._forgiven else 0.0, waiting if waiting > SILENT else 0.0)


class Rounds(threading.Thread):
    """Calls `each` every so often, whatever it raises, until `stop`."""

    def __init__(self, name: str, each: Callable[[], None]) -> None:
        super().__init__(name=f"emergescope-{name}", daemon=True)
        self._each = each
        self._stopped = threading.Event()
        self._reported = ""

    def run(self) -> None:
        while not self._stopped.wait(BEAT):
            try:
                self._each()
                self._report("")
            except StoreError as error:  # it may come back
                self._report(error.detail)
            except Exception:  # without it, a server is dead for all others
                _log.exception(f"{self.name} failed")

    def _report(self, reason: str) -> None:
        """Log what is wrong when it begins, and when it is over: a disk may be full for hours."""
        if reason and reason != self._reported:
            _log.error(f"{self.name} failed", reason=reason)
        elif self._reported and not reason:
            _log.info(f"{self.name} goes on")
        self._reported = reason

    def stop(self) -> None:
        self._stopped.set()
        if self.is_alive():
            self.join()

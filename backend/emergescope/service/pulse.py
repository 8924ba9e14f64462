"""The heartbeat of a server, by which others know that it is alive. Used by the service."""

import threading
from collections.abc import Callable

from emergescope import logs
from emergescope.errors import StoreError

BEAT = 2.0  # seconds between two beats
SILENT = 8.0  # seconds after which a server that does not beat is taken for dead

_log = logs.get(__name__)


class Pulse(threading.Thread):
    """Calls `beat` every so often, whatever it raises of the store, until `stop`."""

    def __init__(self, beat: Callable[[], None]) -> None:
        super().__init__(name="emergescope-pulse", daemon=True)
        self._beat = beat
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.wait(BEAT):
            try:
                self._beat()
            except StoreError as error:  # it may come back
                _log.error("heartbeat failed", reason=error.detail)

    def stop(self) -> None:
        self._stopped.set()
        if self.is_alive():
            self.join()

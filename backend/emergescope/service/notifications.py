"""What is new about runs: viewers are woken, and see by a number whether more than progress is new."""

import threading
from collections import OrderedDict
from collections.abc import Callable

ANY = ""  # in the place of a run's id
KEPT = 1000  # runs whose last change is remembered


class Notifications:
    """`notify(run_id)` is called after each change that viewers may want, and `notify(ANY)` for changes of any run.

    Changes of all runs are counted together. Of a run whose change is forgotten the number is that of the last one
    forgotten, which is no smaller: it may rise where nothing is new, and never stays where something is.
    """

    def __init__(self, notify: Callable[[str], None]) -> None:
        self.notify = notify
        self._lock = threading.Lock()
        self._count = self._forgotten = 0
        self._last: OrderedDict[str, int] = OrderedDict()

    def changed(self, run_id: str) -> None:
        """Something else than frames and progress is new."""
        with self._lock:
            self._count += 1
            self._last[run_id] = self._count
            self._last.move_to_end(run_id)
            if len(self._last) > KEPT:
                _, self._forgotten = self._last.popitem(last=False)
        self.notify(run_id)

    def all_changed(self) -> None:
        """Anything may be new of any run."""
        with self._lock:
            self._count += 1
            self._forgotten = self._count
            self._last.clear()
        self.notify(ANY)

    def revision(self, run_id: str) -> int:
        """A number that changes whenever something else than progress is new about a run."""
        with self._lock:
            return self._last.get(run_id, self._forgotten)

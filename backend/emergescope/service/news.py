"""What is new about runs: viewers are woken, and see by a number whether more than progress is new."""

from collections import Counter
from collections.abc import Callable


class News:
    """`ring(run_id)` is called after each change that viewers may want."""

    def __init__(self, ring: Callable[[str], None]) -> None:
        self.ring = ring
        self._revisions: Counter[str] = Counter()

    def changed(self, run_id: str) -> None:
        """Something else than frames and progress is new."""
        self._revisions[run_id] += 1
        self.ring(run_id)

    def all_changed(self) -> None:
        """Anything may be new of any run that was asked for."""
        for run_id in list(self._revisions):
            self.changed(run_id)

    def revision(self, run_id: str) -> int:
        return self._revisions.setdefault(run_id, 0)

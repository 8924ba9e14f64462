"""Looks at a network part by part, so that what cannot be measured is left out and nothing else suffers. Used by the
cameras and the dynamics.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Self, TypeVar

from emergescope import logs
from emergescope.recording.events import Happened

Found = TypeVar("Found")

UNMEASURED: Final = "unmeasured"

_log = logs.get(__name__)


class Attempts:
    """Remembers which parts have failed: each is told once, with the step at which it failed first."""

    def __init__(self) -> None:
        self._step = 0
        self._failed: set[str] = set()
        self._events: list[Happened] = []

    def at(self, step: int) -> Self:
        """Attempts from now on are at this step."""
        self._step = step
        return self

    def __call__(self, part: str, look: Callable[[], Found]) -> Found | None:
        """What `look` returns; None where it raises, since nothing that only looks may end a run."""
        try:
            return look()
        except Exception as error:
            if part not in self._failed:
                self._failed.add(part)
                _log.warning("part of a frame not measured", part=part, step=self._step, exc_info=True)
                reason = (str(error) or type(error).__name__).splitlines()[0]
                text = f"{part}: not measured ({reason}); frames are without it where that is so, and training goes on"
                self._events.append(Happened(self._step, UNMEASURED, text, {"part": part, "reason": reason}))
            return None

    def events(self) -> tuple[Happened, ...]:
        """What has failed for the first time since this was last asked."""
        events, self._events = tuple(self._events), []
        return events

    def state(self) -> dict[str, list[str]]:
        """Which parts have been told, as JSON."""
        return {UNMEASURED: sorted(self._failed)} if self._failed else {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Remember what `state` has said."""
        self._failed = set(state.get(UNMEASURED, ()))

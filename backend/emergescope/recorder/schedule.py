"""Which steps are looked at, decided before anything is done."""

import math

from emergescope.errors import InvalidConfig

NEVER = math.inf


class Schedule:
    """Every so many steps, or so many frames for each power of ten, or both; all steps where neither is said. The first
    and the `last` step are always in.
    """

    def __init__(self, every: int | None = None, log_spaced: int | None = None, last: int | None = None) -> None:
        for name, value in (("every", every), ("log_spaced", log_spaced), ("total_steps", last)):
            if value is not None and (not isinstance(value, int) or value < 1):
                raise InvalidConfig.at(f"/{name}", f"{name} is {value!r}: give a whole number from 1 on, or None")
        self._every, self._log_spaced, self._last = every, log_spaced, last

    def after(self, step: int) -> int:
        """The first step after `step` that is due; whichever comes then, or as the first one after it, is taken."""
        due = [step + 1] if self._every is None and self._log_spaced is None else []
        if self._every is not None:
            due.append((step // self._every + 1) * self._every)
        if self._log_spaced is not None:
            due.append(_spaced(step, self._log_spaced))
        if self._last is not None and step < self._last:
            due.append(self._last)
        return min(due)


def _spaced(step: int, frames: int) -> int:
    """The next of 0, 1, and so on with `frames` of them for each power of ten."""
    if step < 1:
        return step + 1 if step >= 0 else 0
    place = math.floor(frames * math.log10(step))
    while (due := round(10 ** (place / frames))) <= step:
        place += 1
    return due

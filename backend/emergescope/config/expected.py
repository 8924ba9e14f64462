"""Hold what a run measured against what its preset expects."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from emergescope.config.presets import Expectation


@dataclass(frozen=True)
class Reproduced:
    """An expectation with the measured value; `value` and `ok` are None while it is not known."""

    expectation: Expectation
    value: float | None
    ok: bool | None


def compare(
    expected: Iterable[Expectation], measured: Sequence[tuple[int, Mapping[str, float | None]]], finished: bool
) -> list[Reproduced]:
    """Each expectation beside its value in `measured`, (step, metrics) in order of step.

    "end" is the last frame of a finished run. A value that should be there and is not (null, or never measured) fails.
    """
    at = dict(measured)
    found = []
    for item in expected:
        last = measured[-1][0] if measured and finished else None
        step = last if item.step == "end" else item.step
        seen = step is not None and step in at
        value = at[step].get(item.metric) if seen and step is not None else None
        ok = None if not seen and not finished else value is not None and item.low <= value <= item.high
        found.append(Reproduced(item, value, ok))
    return found

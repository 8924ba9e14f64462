"""Steps are due by a rule that is known beforehand, and what is not due touches nothing."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emergescope.errors import InvalidConfig
from emergescope.recorder import record
from emergescope.recorder.schedule import Schedule
from tests.recorder.films import steps


def _due(schedule: Schedule, called: range) -> list[int]:
    found, following = [], schedule.after(-1)
    for step in called:
        if step >= following:
            found.append(step)
            following = schedule.after(step)
    return found


@pytest.mark.parametrize(
    ("schedule", "called", "due"),
    [
        (Schedule(), range(4), [0, 1, 2, 3]),
        (Schedule(every=3), range(10), [0, 3, 6, 9]),
        (Schedule(every=50), range(0, 130, 7), [0, 56, 105]),  # the first one from each fiftieth on
        (Schedule(log_spaced=1), range(1200), [0, 1, 10, 100, 1000]),
        (Schedule(log_spaced=4), range(101), [0, 1, 2, 3, 6, 10, 18, 32, 56, 100]),
        (Schedule(every=40, log_spaced=1), range(101), [0, 1, 10, 40, 80, 100]),
        (Schedule(every=4, last=6), range(7), [0, 4, 6]),
        (Schedule(every=4, last=6), range(11), [0, 4, 6, 8]),
    ],
)
def test_steps_that_are_due(schedule: Schedule, called: range, due: list[int]) -> None:
    assert _due(schedule, called) == due


@pytest.mark.parametrize("wrong", [{"every": 0}, {"every": 2.5}, {"log_spaced": -1}, {"total_steps": "100"}])
def test_a_rule_that_makes_no_sense_is_refused_at_the_beginning(wrong: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match="give a whole number"):
        record("run", directory=tmp_path, **wrong)


class _Untouchable:
    """Weights that fail however they are looked at."""

    def __getattribute__(self, name: str) -> Any:
        raise AssertionError(f"{name} was looked at")


def test_a_snapshot_that_is_not_due_touches_nothing(tmp_path: Path) -> None:
    with record("run", directory=tmp_path / "run", every=100, strict=True) as rec:
        rec.snapshot(0, np.eye(3))
        for step in range(1, 100):
            rec.snapshot(step, _Untouchable(), metrics=_Untouchable())  # type: ignore[arg-type]
        rec.snapshot(100, np.eye(3))
    assert steps(tmp_path / "run") == [0, 100]

"""Progress is measured; what remains is estimated by samples, and not at all before there is something to go by."""

import pytest

from emergescope.service.progress import Clock
from tests.conftest import quick


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    time = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: time[0])
    return time


def test_phases_count_by_their_samples(now: list[float]) -> None:
    phase = {"name": "a", "steps": 2, "samples": 1000}
    clock = Clock(quick({"training.phases": [phase, {**phase, "name": "b", "steps": 100, "samples": 10}]}))
    assert (clock.read().seconds, clock.read().eta) == (None, None)
    clock.start()
    now[0] += 1
    assert (clock.read().seconds, clock.read().eta) == (1.0, None)
    clock.advance(1, "a")
    assert clock.read().eta == pytest.approx(2.0)  # 1000 of 3000 samples in a second
    now[0] += 1
    clock.advance(52, "b")
    assert clock.read().eta == pytest.approx(2.0 * 500 / 2500)
    clock.advance(102, "b")
    assert (clock.read().step, clock.read().total, clock.read().phase, clock.read().eta) == (102, 102, "b", 0.0)

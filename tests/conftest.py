"""Runs small enough for tests, made from the preset `quick`."""

from typing import Any

import pytest

from emergescope.config import RunConfig, apply_overrides, get_preset

_LOOK = {"capture.probe_every": 0, "capture.test_samples": 100}
_PHASE = {"samples": 50, "eta": 1.0, "trains": ["w"]}
TINY: dict[str, Any] = {
    **_LOOK,
    "capture.frames": 12,
    "training.phases": [{**_PHASE, "name": "features", "steps": 20}, {**_PHASE, "name": "classifier", "steps": 10}],
}
LONG: dict[str, Any] = {
    **_LOOK,
    "capture.frames": 5000,
    "training.phases": [{**_PHASE, "name": "features", "steps": 100_000}],
}


def quick(overrides: dict[str, Any]) -> RunConfig:
    return apply_overrides(get_preset("quick").config, overrides)


@pytest.fixture(scope="session")
def tiny() -> RunConfig:
    """A run of 30 steps and about a dozen frames, over in a fraction of a second."""
    return quick(TINY)


@pytest.fixture(scope="session")
def endless() -> RunConfig:
    """A run that sends frames for minutes: for what happens in mid-run."""
    return quick(LONG)

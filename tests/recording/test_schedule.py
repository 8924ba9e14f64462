"""When frames are taken."""

from typing import Any

import pytest

from emergescope.config.run import RunConfig, frame_steps, probe_steps
from emergescope.studies.patterns.config import PatternsConfig
from emergescope.toolkit.ansatz_display import AnsatzCapture
from emergescope.toolkit.hinge.config import Phase, Training

STEPS = (1, 1, 1500)


def _config(steps: tuple[int, ...], **capture: Any) -> RunConfig:
    phases = tuple(Phase(steps=n) for n in steps)
    return PatternsConfig(training=Training(phases=phases), capture=AnsatzCapture(**capture))


@pytest.mark.parametrize("spacing", ["linear", "geometric"])
@pytest.mark.parametrize("frames", [2, 3, 10, 40, 200, 1503, 5000])
def test_start_phase_ends_and_at_least_as_many_as_asked(spacing: str, frames: int) -> None:
    steps = frame_steps(_config(STEPS, frames=frames, spacing=spacing))
    assert steps == sorted(set(steps))
    assert {0, 1, 2, 1502} <= set(steps)
    assert steps[-1] == 1502
    wanted = min(frames, 1503)
    assert wanted <= len(steps) <= wanted + 4


def test_geometric_spacing_is_dense_at_the_start() -> None:
    steps = frame_steps(_config(STEPS, frames=40, spacing="geometric"))
    assert sum(step < 100 for step in steps) > 20


def test_probes_at_the_start_at_phase_ends_and_every_so_many_frames() -> None:
    assert probe_steps(_config((17, 13), frames=31, probe_every=5)) == {0, 5, 10, 15, 17, 20, 25, 30}
    assert probe_steps(_config((17, 13), frames=31, probe_every=0)) == {0, 17, 30}

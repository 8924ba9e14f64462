"""When frames are taken."""

import pytest

from emergescope.config import Capture, Phase, Training
from emergescope.frames.schedule import frame_steps, probe_steps

TRAINING = Training(phases=(Phase(steps=1), Phase(steps=1), Phase(steps=1500)))


@pytest.mark.parametrize("spacing", ["linear", "geometric"])
@pytest.mark.parametrize("frames", [2, 3, 10, 40, 200, 1503, 5000])
def test_start_phase_ends_and_at_least_as_many_as_asked(spacing: str, frames: int) -> None:
    capture = Capture.model_validate({"frames": frames, "spacing": spacing})
    steps = frame_steps(capture, TRAINING)
    assert steps == sorted(set(steps))
    assert {0, 1, 2, 1502} <= set(steps)
    assert steps[-1] == 1502
    wanted = min(frames, 1503)
    assert wanted <= len(steps) <= wanted + 4


def test_geometric_spacing_is_dense_at_the_start() -> None:
    steps = frame_steps(Capture(frames=40, spacing="geometric"), TRAINING)
    assert sum(step < 100 for step in steps) > 20


def test_probes_at_the_start_at_phase_ends_and_every_so_many_frames() -> None:
    capture = Capture(frames=31, probe_every=5)
    training = Training(phases=(Phase(steps=17), Phase(steps=13)))
    assert probe_steps(capture, training) == {0, 5, 10, 15, 17, 20, 25, 30}
    assert probe_steps(Capture(frames=31, probe_every=0), training) == {0, 17, 30}

"""Neurons turn from noise into the motif, or into its negative; without structure they never do."""

from functools import cache

import numpy as np
import pytest

from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_preset
from emergescope.engine import run
from emergescope.recording.capture import Checkpoint
from emergescope.recording.codec import encode
from emergescope.recording.events import Captured, Checkpointed, Event, Frame, Started
from tests.conftest import seeds

PRESET, CONTROL = "image-dictionary", "image-dictionary-no-structure"


@cache
def _film(preset: str, seed: int) -> tuple[Event, ...]:
    config = apply_overrides(get_preset(preset).config, {"seed": seed, "capture.probe_every": 0})
    return tuple(run(config))


def _frames(preset: str, seed: int) -> list[Frame]:
    return [event.frame for event in _film(preset, seed) if isinstance(event, Captured)]


def _started(preset: str, seed: int) -> Started:
    (started,) = (event for event in _film(preset, seed) if isinstance(event, Started))
    return started


def _weights(frame: Frame) -> np.ndarray:
    """[neurons, 400], each on its own scale: 1 is its largest entry."""
    return (frame.tensors["weights"].reshape(100, -1).astype(np.float64) - 128) / 127


@pytest.mark.parametrize("seed", seeds(2))
@pytest.mark.parametrize("preset", [PRESET, CONTROL])
def test_it_gives_what_it_promises(preset: str, seed: int) -> None:
    frames = {frame.step: frame for frame in _frames(preset, seed)}
    expected = get_preset(preset).expected
    assert expected
    for item in expected:
        value = frames[800 if item.step == "end" else item.step].metrics[item.metric]
        assert value is not None
        assert item.low <= value <= item.high, (item.label, value)


def test_pictures_begin_as_noise_and_end_as_the_motif_or_its_negative() -> None:
    started, frames = _started(PRESET, 0), _frames(PRESET, 0)
    assert started.facts["pictures"] == {"shape": [20, 20], "rows": list(range(100))}
    motif = started.tensors["dictionary"][:, started.facts["patterns"]["relevant"]].sum(1)
    drawn = motif > 0.25 * motif.max()
    first, last = _weights(frames[0]), _weights(frames[-1])
    cosines = [np.abs(w @ motif) / np.linalg.norm(w, axis=1) / np.linalg.norm(motif) for w in (first, last)]
    assert np.all(cosines[0] < 0.2)
    assert np.mean(cosines[1] > 0.9) > 0.9
    # Ink stands out from paper: as faint as the other at the start, ten times as strong at the end.
    contrast = [np.abs(w[:, drawn]).mean(1) / np.abs(w[:, ~drawn]).mean(1) for w in (first, last)]
    assert 0.7 < np.median(contrast[0]) < 1.4
    assert np.median(contrast[1]) > 10
    signs = np.sign(last @ motif)
    assert 20 < np.sum(signs > 0) < 80, "some show the motif, the others its negative"


def test_the_pictures_are_the_weights_to_half_a_step() -> None:
    started, frames = _started(PRESET, 0), _frames(PRESET, 0)
    matrix = started.tensors["dictionary"].astype(np.float64)
    for frame in (frames[0], frames[40], frames[-1]):
        scale = frame.tensors["weights_scale"][:, None].astype(np.float64)
        weights = _weights(frame) * scale
        assert np.all(np.abs(weights).max(1) == pytest.approx(scale[:, 0], rel=1e-6))
        norm = frame.tensors["weight_norm"].astype(np.float64)
        cosine = weights @ matrix / norm[:, None]
        seen = frame.tensors["alignment"].astype(np.float64)
        # Half a step in each of 400 pixels, along a unit vector: at most 20 / 254 of the largest entry.
        most = 10 / 127 * scale / norm[:, None] + 1e-3
        assert np.all(np.abs(cosine[:, started.facts["patterns"]["shown"]] - seen) <= most)
        assert np.linalg.norm(weights, axis=1) == pytest.approx(norm, rel=0.02)


def test_names_are_those_of_the_columns_shown() -> None:
    shown = _started(PRESET, 0).facts["patterns"]
    assert shown["names"][:5] == ["left eye", "right eye", "nose", "left of the mouth", "right of the mouth"]
    assert len(shown["names"]) == len(shown["shown"]) == 64
    assert shown["signal"] == "s"


def test_a_run_that_is_stopped_goes_on_to_the_bit() -> None:
    small = {"capture.frames": 12, "capture.probe_every": 0, "method.m": 10, "capture.test_samples": 200}
    config = apply_overrides(get_preset(PRESET).config, small)
    whole = [encode(event.frame, "run", 0) for event in run(config) if isinstance(event, Captured)]
    before = list(run(config, stop=lambda step: step == 333))
    (kept,) = (event for event in before if isinstance(event, Checkpointed) and event.step == 333)
    after = run(config, start=Checkpoint.decode(kept.blob))
    parts = [encode(event.frame, "run", 0) for event in (*before, *after) if isinstance(event, Captured)]
    assert parts == whole

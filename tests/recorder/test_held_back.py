"""Neurons compared with what they became: snapshots wait on disk for the last one."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from emergescope.errors import InvalidConfig
from emergescope.recorder import Recorder, record
from emergescope.recorder.asked import SNAPSHOTS
from tests.recorder.films import display_of, events, frames, run_of, steps

STEPS = 5


def _weights(step: int) -> torch.Tensor:
    chance = torch.Generator().manual_seed(step)
    return torch.randn(6, 4, generator=chance)


def _record(recorder: Recorder, among: range) -> None:
    for step in among:
        layers = {"first": _weights(step), "second": nn.Conv2d(1, 3, 2), "rates": np.arange(3.0)}
        recorder.snapshot(step, layers, {"loss": torch.tensor(1 / (step + 1))}, {"more": np.ones((2, 2), np.float16)})


def test_all_frames_are_compared_with_the_last_weights(tmp_path: Path) -> None:
    place = tmp_path / "film"
    with record("run", directions="last", directory=place, strict=True) as recorder:
        for step in range(STEPS):
            recorder.snapshot(step, _weights(step), {"loss": float(step)})
            recorder.event(step, "told", f"step {step}")
    assert not place.with_name("film" + SNAPSHOTS).exists()
    with record("run", directory=tmp_path / "other", strict=True) as recorder:
        recorder.snapshot(0, _weights(STEPS - 1))
    (last,) = frames(tmp_path / "other")
    found = frames(place)
    assert [frame.step for frame in found] == [*range(STEPS)]
    assert np.array_equal(found[-1].tensors["alignment"], last.tensors["alignment"])
    assert not np.array_equal(found[0].tensors["alignment"], last.tensors["alignment"])
    assert [frame.metrics["loss"] for frame in found] == [*range(STEPS)]
    assert [event["step"] for event in events(place) if event["kind"] == "told"] == [*range(STEPS)]
    (note,) = display_of(place).notes
    assert note == "Neurons are compared with the principal directions of the weights of the last frame."


def test_one_that_was_killed_goes_on(tmp_path: Path) -> None:
    place, whole = tmp_path / "film", tmp_path / "whole"
    recorder = record("run", directions="last", directory=place, strict=True)
    _record(recorder, range(3))
    recorder.leave()
    with pytest.raises(InvalidConfig, match="has snapshots of an earlier recording"):
        record("run", directions="last", directory=place)
    for directory, resume in ((place, True), (whole, False)):
        with record("run", directions="last", directory=directory, resume=resume, strict=True) as recorder:
            _record(recorder, range(STEPS))
    assert steps(place) == [*range(STEPS)]
    assert run_of(place)["status"] == "succeeded"
    for one, other in zip(frames(place), frames(whole), strict=True):
        assert one.metrics.keys() == other.metrics.keys()
        for tensor in ("first.alignment", "rates", "more"):
            assert np.array_equal(one.tensors[tensor], other.tensors[tensor])


def test_one_that_was_killed_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMERGESCOPE_DATA", str(tmp_path))
    recorder = record("My run", directions="last", strict=True)
    _record(recorder, range(3))
    recorder.leave()
    with record("My run", directions="last", resume=True, strict=True) as recorder:
        _record(recorder, range(STEPS))
    (found,) = (tmp_path / "recordings").iterdir()
    assert steps(found) == [*range(STEPS)]


def test_another_word_is_no_direction(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match="directions is 'first': give an array, a layer, or 'last'"):
        record("run", directions="first", directory=tmp_path / "film")

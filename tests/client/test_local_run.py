"""`emergescope.run`: a run in this process, with the bits of `emergescope run`, which ends when its loop does."""

import json
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

import emergescope
from emergescope.config.run import RunConfig
from emergescope.errors import DataMissing, InvalidConfig
from emergescope.local_run import LocalRun
from emergescope.recording.codec import decode
from emergescope.recording.events import Captured, Frame, Happened, Started
from tests.cli.command import emergescope as command
from tests.conftest import LONG, TINY, quick


def frames_of(run: LocalRun) -> list[Frame]:
    return [event.frame for event in run if isinstance(event, Captured)]


def assert_same(frames: list[Frame], others: list[Frame]) -> None:
    assert len(frames) == len(others) > 3
    for frame, other in zip(frames, others, strict=True):
        assert (frame.step, frame.phase, frame.metrics) == (other.step, other.phase, other.metrics)
        assert frame.tensors.keys() == other.tensors.keys()
        for name, tensor in frame.tensors.items():
            assert tensor.dtype == other.tensors[name].dtype
            np.testing.assert_array_equal(tensor, other.tensors[name])


def test_the_bits_are_those_of_the_command(tmp_path: Path) -> None:
    sets = [f"--set={name}={json.dumps(value)}" for name, value in TINY.items()]
    done = command("run", "quick", *sets, "--seed", "3", "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    stored = [decode(file.read_bytes())[2] for file in sorted((tmp_path / "out").glob("0*.safetensors"))]
    assert_same(frames_of(emergescope.run("quick", {**TINY, "seed": 3})), stored)


def test_a_preset_with_nested_overrides_is_the_whole_configuration(tiny: RunConfig) -> None:
    nested = {
        "capture": {"probe_every": 0, "test_samples": 100, "frames": 12},
        "training.phases": TINY["training.phases"],
    }
    run = emergescope.run("quick", nested)
    assert run.config == tiny
    assert_same(frames_of(run), frames_of(emergescope.run(tiny.model_dump(mode="json"))))
    assert emergescope.run(tiny.model_dump(mode="json"), {"seed": 8}).config == quick({**TINY, "seed": 8})


def test_events_are_typed() -> None:
    events = list(emergescope.run("quick", TINY))
    assert isinstance(events[0], Started)
    assert any(isinstance(event, Happened) and event.kind == "gradient" for event in events)
    frame = next(event.frame for event in events if isinstance(event, Captured))
    assert isinstance(frame.tensors["alignment"], np.ndarray)


def test_a_loop_that_is_left_ends_the_run() -> None:
    def capturing() -> set[str]:
        return {thread.name for thread in threading.enumerate() if thread.name.startswith("ThreadPoolExecutor")}

    before, threads = capturing(), torch.get_num_threads()
    held = emergescope.run("quick", LONG, threads=threads + 1)
    for event in held:
        if isinstance(event, Captured):
            assert capturing() > before
            assert torch.get_num_threads() == threads + 1
            break
    assert (capturing(), torch.get_num_threads()) == (before, threads)
    assert list(held) == []

    def fails() -> None:
        for _ in held_too:
            raise ZeroDivisionError

    held_too = emergescope.run("quick", LONG)
    with pytest.raises(ZeroDivisionError):
        fails()
    with emergescope.run("quick", LONG) as run:
        assert isinstance(next(run), Started)
        assert isinstance(next(event for event in iter(run.__next__, None) if isinstance(event, Captured)), Captured)
        assert capturing() > before
    assert (capturing(), torch.get_num_threads()) == (before, threads)


def test_what_cannot_be_run_is_refused_before_anything_trains(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match="did you mean 'quick'"):
        emergescope.run("quikc")
    with pytest.raises(InvalidConfig, match="odd k"):
        emergescope.run("quick", {"problem.k": 4})
    with pytest.raises(InvalidConfig):
        emergescope.run({"study": "patterns", "seed": "many"})
    with pytest.raises(DataMissing, match="CIFAR-10 is not there"):
        list(emergescope.run("paper/figure-3-cifar10", data_dir=tmp_path))

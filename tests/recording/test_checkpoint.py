"""Checkpoints come back as they were, to the bit, and what is no checkpoint is refused."""

import json
from contextlib import suppress
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save

from emergescope.catalog.overrides import apply_overrides
from emergescope.config.run import RunConfig
from emergescope.engine import run
from emergescope.errors import FrameError
from emergescope.jobs.executor import Finished, Job
from emergescope.jobs.worker import execute
from emergescope.recording.capture import CHECKPOINT_FORMAT, Checkpoint
from emergescope.recording.events import Checkpointed, FrameReady, Saved
from tests.patterns import patterns


def checkpoint(best: dict[str, float | None] | None = None) -> Checkpoint:
    return Checkpoint(
        step=7,
        frames=3,
        diverged=True,
        dynamics=Saved(
            {
                "model.q": torch.randn(4, 5, generator=torch.Generator().manual_seed(1)),
                "model.scale": torch.tensor(0.5),
                "generator": torch.Generator().manual_seed(2).get_state(),
            },
            {"best": best},
        ),
        camera=Saved({"map": torch.full((6, 2), float("nan"))}, {"carried": [3], "told": ["emerged"]}),
    )


def test_there_and_back() -> None:
    before = checkpoint({"ridge_accuracy": 0.75, "ridge_accuracy_hard": None})
    after = Checkpoint.decode(before.encode())
    assert (after.step, after.frames, after.diverged) == (7, 3, True)
    assert (after.dynamics.data, after.camera.data) == (before.dynamics.data, before.camera.data)
    assert after.dynamics.tensors.keys() == before.dynamics.tensors.keys()
    assert all(torch.equal(t, before.dynamics.tensors[name]) for name, t in after.dynamics.tensors.items())
    assert after.camera.tensors.keys() == {"map"}
    assert after.camera.tensors["map"].isnan().all()
    tensors = after.dynamics.tensors.values()
    assert all(t.data_ptr() % 64 == 0 for t in tensors), "arithmetic may round otherwise there"


def test_those_of_the_time_before_studies_had_names_are_read() -> None:
    state = {"step": 7, "frames": 3, "told": {"told": []}, "diverged": False, "best": {"ridge_accuracy": 0.75}}
    tensors = {"model.q": torch.ones(4, 5), "generator": torch.zeros(2), "camera.map": torch.ones(6, 2)}
    metadata = {"format": CHECKPOINT_FORMAT, "version": "1", "state": json.dumps(state)}
    found = Checkpoint.decode(save(tensors, metadata))
    assert (found.step, found.frames, found.diverged) == (7, 3, False)
    assert found.dynamics.tensors.keys() == {"model.q", "generator"}
    assert found.camera.tensors.keys() == {"map"}
    assert (found.dynamics.data, found.camera.data) == ({"best": state["best"]}, {"told": []})


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"\x10\x00\x00\x00\x00\x00\x00\x00{}",
        checkpoint().encode()[:-1],
        save({"generator": torch.zeros(2)}, {"format": "emergescope.frame", "version": "1"}),
        save({"generator": torch.zeros(2)}, {"format": CHECKPOINT_FORMAT, "version": "2", "state": "{}"}),
        save({"generator": torch.zeros(2)}, {"format": CHECKPOINT_FORMAT, "version": "1", "state": "{}"}),
        save({"x": torch.zeros(2)}, {"format": CHECKPOINT_FORMAT, "version": "1", "state": json.dumps({"step": 1})}),
    ],
)
def test_what_is_no_checkpoint(blob: bytes) -> None:
    with pytest.raises(FrameError, match=r"checkpoint|frame"):
        Checkpoint.decode(blob)


@pytest.mark.parametrize("lost", ["generator", "model.q"])
def test_one_that_lacks_what_training_goes_on_from_is_refused_in_a_sentence(tiny: RunConfig, lost: str) -> None:
    (kept,) = [e for e in run(tiny, stop=lambda step: step == 4) if isinstance(e, Checkpointed)]
    found = Checkpoint.decode(kept.blob)
    tensors = {name: t for name, t in found.dynamics.tensors.items() if name != lost}
    cut = replace(found, dynamics=Saved(tensors, found.dynamics.data)).encode()
    with pytest.raises(FrameError, match=f"it has no '{lost.removeprefix('model.')}'"):
        list(run(tiny, start=Checkpoint.decode(cut)))


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_damaged_bytes_are_a_checkpoint_or_refused(data: st.DataObject) -> None:
    blob = bytearray(checkpoint().encode())
    for _ in range(data.draw(st.integers(1, 4))):
        blob[data.draw(st.integers(0, len(blob) - 1))] = data.draw(st.integers(0, 255))
    with suppress(FrameError):
        Checkpoint.decode(bytes(blob))


def test_a_run_of_another_shape_is_refused_in_words(tiny: RunConfig, endless: RunConfig) -> None:
    (kept,) = [m for m in execute(Job("a", tiny), 1) if isinstance(m, Checkpointed)]
    other = apply_overrides(tiny, {"method.m": patterns(tiny).method.m + 1})
    end = list(execute(Job("b", other, kept.blob), 1))[-1]
    assert isinstance(end, Finished)
    assert end.status == "failed"
    assert "parameter q is torch.float32" in str(end.message)


def test_a_finished_run_goes_on_to_its_end_at_once(tiny: RunConfig) -> None:
    (kept,) = [m for m in execute(Job("a", tiny), 1) if isinstance(m, Checkpointed)]
    messages = list(execute(Job("a", tiny, kept.blob), 1))
    assert messages[-1] == Finished("succeeded", 30)
    assert not [m for m in messages if isinstance(m, FrameReady)]

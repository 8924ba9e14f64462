"""Nothing in a recorder ends the loop or slows it down, whatever it is given; and what is wrong is said, once."""

import copy
import pickle
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from emergescope.archive import files
from emergescope.errors import EmergescopeError, InvalidConfig
from emergescope.recorder import film as filming
from emergescope.recorder import record
from emergescope.recorder.endings import RecordingWarning
from emergescope.recorder.waiting import Waiting
from tests.recorder.films import display_of, events, frames, run_of, steps

EYE = np.eye(4)


def _told(block: Callable[[], None]) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RecordingWarning)
        block()
    return [str(one.message).removeprefix("recording 'run': ") for one in caught]


class _Broken:
    """Claims to be an array."""

    shape = (2, 2)

    def __array__(self, *more: Any, **options: Any) -> Any:
        raise RuntimeError("out of memory")


HOSTILE: dict[str, tuple[Any, str]] = {
    "a model": (nn.Sequential(nn.Linear(2, 2)), "Sequential has no matrix of weights: name layers that have some"),
    "a layer without": (nn.ReLU(), "ReLU has no matrix"),
    "the meta device": (nn.Linear(4, 4, device="meta"), "on the meta device, which holds no numbers"),
    "complex numbers": (torch.zeros(4, 4, dtype=torch.complex64), "has complex numbers"),
    "a number": (3.0, "float of shape [] has no matrix"),
    "a vector": (np.zeros(3), "ndarray of shape [3] has no matrix"),
    "text": (np.array([["a"]]), "is no array of numbers"),
    "what fails": (_Broken(), "RuntimeError: out of memory"),
    "a wrong length": (np.zeros((5, 7)), "weights are [5, 7] now, and were [4, 4] in the first frame"),
    "nothing in it": (np.zeros((0, 4)), "weights are [0, 4] now"),
    "another layer": ({"other": EYE}, "the layer 'other' was not there in the first frame"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_weights_are_a_warning(kind: str, tmp_path: Path) -> None:
    weights, expected = HOSTILE[kind]

    def loop() -> None:
        with record("run", directory=tmp_path / "run") as rec:
            for step in range(4):
                rec.snapshot(step, weights if step in (1, 2) else EYE, metrics={"loss": 1.0})

    told = _told(loop)
    assert len(told) == 1, told
    assert expected in told[0]
    assert {0, 3} <= set(steps(tmp_path / "run"))
    assert run_of(tmp_path / "run")["status"] == "succeeded"


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"metrics": {"loss": "low"}}, "is no array of numbers"),
        ({"metrics": {"loss": np.zeros(2)}}, "the metric 'loss' is no single number"),
        ({"metrics": {"late": 1.0}}, "the metric 'late' of step 1 is left out: it was not there in the first frame"),
        ({"metrics": 3}, "AttributeError"),
        ({"tensors": {"x": np.zeros(3)}}, "the tensor 'x' of the frame of step 1 is F64 [3]"),
        ({"tensors": {"new": np.zeros(3)}}, "does not declare the tensor 'new'"),
        ({"bias": np.zeros(3)}, "bias or output has 3 numbers, and there are 4 neurons"),
        ({"step": "first"}, "TypeError"),
        ({"step": None}, "TypeError"),
        ({"step": 0}, "step 0 comes after step 3"),
    ],
)
def test_hostile_numbers_are_a_warning(more: dict[str, Any], expected: str, tmp_path: Path) -> None:
    def loop() -> None:
        usual: dict[str, Any] = {"metrics": {"loss": 1.0}, "tensors": {"x": np.zeros((2, 2))}}
        with record("run", directory=tmp_path / "run") as rec:
            rec.snapshot(0, EYE, **usual)
            if "step" in more:
                rec.snapshot(3, EYE, **usual)
            rec.snapshot(more.get("step", 1), EYE, **{**usual, **{k: v for k, v in more.items() if k != "step"}})
            rec.snapshot(7, EYE, **usual)

    told = _told(loop)
    assert len(told) == 1, told
    assert expected in told[0]
    assert 7 in steps(tmp_path / "run")


def test_weights_that_are_no_numbers_are_recorded_as_such(tmp_path: Path) -> None:
    weights = np.eye(4)
    with record("run", directory=tmp_path / "run", directions=EYE, strict=True) as rec:
        rec.snapshot(0, weights, metrics={"loss": 1.0})
        weights[1, 1] = np.nan
        rec.snapshot(1, weights, metrics={"loss": np.inf})
    first, last = frames(tmp_path / "run")
    assert np.isfinite(first.tensors["alignment"]).all()
    assert np.isnan(last.tensors["alignment"][1]).all()
    assert last.metrics["loss"] is None
    assert [event["kind"] for event in events(tmp_path / "run")] == ["diverged"]


def test_what_was_handed_over_may_change_at_once(tmp_path: Path) -> None:
    layer, array, loss = nn.Linear(4, 4), np.eye(4), torch.tensor(1.0)
    with record("run", directory=tmp_path / "run", directions=EYE, strict=True) as rec:
        kept = layer.weight.detach().clone()
        rec.snapshot(0, {"layer": layer, "array": array}, metrics={"loss": loss})
        with torch.no_grad():
            layer.weight.zero_()
        array[:], loss[...] = 0, 0
    (frame,) = frames(tmp_path / "run")
    assert np.allclose(frame.tensors["layer.weight_norm"], kept.norm(dim=1).numpy())
    assert (frame.tensors["array.weight_norm"] == 1).all()
    assert frame.metrics["loss"] == 1


def test_strict_raises_what_would_be_a_warning(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match="no matrix"), record("run", directory=tmp_path / "a", strict=True) as rec:
        rec.snapshot(0, np.zeros(3))
    rec = record("run", directory=tmp_path / "b", strict=True)
    rec.snapshot(0, EYE)
    rec.snapshot(1, np.zeros((5, 7)))
    with pytest.raises(EmergescopeError, match="is left out of the frame of step 1"):
        rec.finish()
    assert run_of(tmp_path / "b")["status"] == "succeeded"


def test_warnings_that_are_errors_do_not_end_the_loop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with record("run", directory=tmp_path / "run") as rec:
            rec.snapshot(0, np.zeros(3))
            rec.snapshot(1, EYE)
    assert "no matrix" in capsys.readouterr().err
    assert steps(tmp_path / "run") == [1]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"relevant": [0]}, "give directions= as well"),
        ({"directions": EYE, "relevant": ["a"]}, "names= has no such direction"),
        ({"directions": EYE, "relevant": [-1]}, "counted from 0"),
        ({"picture": (28,)}, "give \\(height, width\\)"),
        ({"max_neurons": 1}, "max_neurons: "),
        ({"when_behind": "panic"}, 'say "wait" or "drop"'),
        ({"tags": ["x" * 100]}, "tags of a recording"),
        ({"display": {"summary": 3}}, "/summary"),
        ({"settings": {"lr": float("nan")}}, "settings cannot be kept"),
        ({"metrics": {"loss": {"colour_of": 3}}}, "cannot be declared so"),
        ({"data": EYE}, "data is \\(inputs, labels\\)"),
    ],
)
def test_what_cannot_be_is_refused_before_the_loop(asked: Any, expected: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidConfig, match=expected):
        record("run", directory=tmp_path / "run", **asked)
    assert not (tmp_path / "run").exists()


def test_directions_that_do_not_fit_are_said_and_replaced(tmp_path: Path) -> None:
    def loop() -> None:
        with record("run", directory=tmp_path / "run", directions=np.ones((7, 9))) as rec:
            rec.snapshot(0, EYE)

    assert _told(loop) == [
        "the layer is not compared with directions=: directions have 7 entries each, and a neuron has 4 weights"
    ]
    assert "principal directions" in display_of(tmp_path / "run").notes[0]


def test_a_queue_is_bounded_by_bytes_and_keeps_its_order() -> None:
    queue = Waiting[int](10)
    assert queue.put(0, 100)  # one alone may be larger
    putting = threading.Thread(target=lambda: [queue.put(n, 4) for n in range(1, 6)])
    putting.start()
    assert [queue.get() for _ in range(6)] == [*range(6)]
    putting.join()
    queue.close()
    assert queue.get() is None
    assert not queue.put(7, 1)
    dropping = Waiting[int](10, drop=True)
    assert [dropping.put(n, 4) for n in range(4)] == [True, True, False, False]
    assert dropping.counts.dropped == 2


def _slow_camera(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Looks at nothing until the event is set."""
    go, take = threading.Event(), filming.Film.take

    def waiting(self: filming.Film, shot: Any) -> Any:
        go.wait()
        return take(self, shot)

    monkeypatch.setattr(filming.Film, "take", waiting)
    return go


def test_snapshots_wait_for_a_slow_camera_and_none_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = _slow_camera(monkeypatch)
    rec = record("run", directory=tmp_path / "run", max_waiting=2 * EYE.nbytes, strict=True)

    def snapshots() -> None:
        for step in range(6):
            rec.snapshot(step, EYE)

    loop = threading.Thread(target=snapshots)
    loop.start()
    while rec._waiting._bytes < 2 * EYE.nbytes:
        time.sleep(0.001)
    assert loop.is_alive()
    go.set()
    loop.join()
    rec.finish()
    assert steps(tmp_path / "run") == [*range(6)]
    assert rec._waiting.counts.waited > 0


def test_what_is_dropped_is_said_with_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = _slow_camera(monkeypatch)

    def loop() -> None:
        with record("run", directory=tmp_path / "run", max_waiting=2 * EYE.nbytes, when_behind="drop") as rec:
            for step in range(10):
                rec.snapshot(step, EYE)
            go.set()

    (told,) = _told(loop)
    kept = len(steps(tmp_path / "run"))
    assert kept in (2, 3)
    assert told == f"{10 - kept} snapshots were dropped, since the camera was behind"


def test_an_exception_in_the_camera_is_said_once_and_the_rest_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = filming.Film.take

    def failing(self: filming.Film, shot: Any) -> Any:
        if shot.step % 2:
            raise RuntimeError("no more memory")
        return take(self, shot)

    monkeypatch.setattr(filming.Film, "take", failing)

    def loop() -> None:
        with record("run", directory=tmp_path / "run") as rec:
            for step in range(6):
                rec.snapshot(step, EYE)

    told = _told(loop)
    assert told == [
        "step 1 of the recording is lost: RuntimeError: no more memory",
        "3 frames could not be made or kept",
    ]
    assert steps(tmp_path / "run") == [0, 2, 4]


def test_a_cell_that_is_run_twice_ends_the_earlier_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMERGESCOPE_DATA", str(tmp_path))
    first = record("My run, again")
    first.snapshot(0, EYE)
    with pytest.warns(RecordingWarning, match="still open, and has been ended"):
        second = record("My run, again")
    second.snapshot(0, EYE)
    second.finish()
    assert first.path is not None
    assert second.path is not None
    assert {path.name[:13] for path in (tmp_path / "recordings").iterdir()} == {"my-run-again-"}
    assert [run_of(path)["status"] for path in (first.path, second.path)] == ["cancelled", "succeeded"]
    first.snapshot(1, EYE)  # does nothing any more
    first.finish()
    assert steps(first.path) == [0]


def test_a_copy_or_what_another_process_gets_does_nothing(tmp_path: Path) -> None:
    with record("run", directory=tmp_path / "run") as rec:
        rec.snapshot(0, EYE)
        for twin in (copy.deepcopy(rec), pickle.loads(pickle.dumps(rec))):
            twin.snapshot(1, EYE)
            twin.event(1, "x", "y")
            twin.finish()
    assert steps(tmp_path / "run") == [0]


def test_all_processes_but_the_first_do_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "1")
    with record("run", directory=tmp_path / "run") as rec:
        rec.snapshot(0, EYE)
    assert not (tmp_path / "run").exists()
    monkeypatch.setenv("RANK", "0")
    with record("run", directory=tmp_path / "run") as rec:
        rec.snapshot(0, EYE)
    assert steps(tmp_path / "run") == [0]


def test_the_loop_keeps_its_threads(tmp_path: Path) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with record("run", directory=tmp_path / "run") as rec:
            rec.snapshot(0, EYE)
        found = [torch.get_num_threads()]
        other = threading.Thread(target=lambda: found.append(torch.get_num_threads()))
        other.start()
        other.join()
        assert found == [3, 3]
    finally:
        torch.set_num_threads(before)


def test_nothing_recorded_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InvalidConfig, match="is not an empty directory"):
        record("run", directory=tmp_path)
    with record("run", directory=tmp_path / "run") as rec:
        rec.snapshot(0, EYE)
    with pytest.raises(InvalidConfig, match="has ended, and nothing recorded is changed"):
        record("run", directory=tmp_path / "run", resume=True)


def test_a_disk_that_is_full_for_a_while_costs_the_frames_of_that_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = files.write_whole

    def failing(path: Path, content: bytes) -> None:
        if full.is_set() and path.suffix == ".safetensors":
            raise EmergescopeError(f"{path.name} cannot be written (No space left on device)")
        write(path, content)

    full = threading.Event()
    monkeypatch.setattr("emergescope.archive.directory.write_whole", failing)

    def loop() -> None:
        with record("run", directory=tmp_path / "run") as rec:
            keeper = rec._keeper
            assert keeper is not None
            for step in range(6):
                (full.set if step in (2, 3) else full.clear)()
                rec.snapshot(step, EYE)
                while len(steps(tmp_path / "run")) + keeper.lost <= step:
                    time.sleep(0.001)

    told = _told(loop)
    assert "step 2 of the recording is lost: 000002.safetensors cannot be written" in told[0]
    assert told[1:] == ["2 frames could not be made or kept"]
    assert steps(tmp_path / "run") == [0, 1, 4, 5]

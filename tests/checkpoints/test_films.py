"""Checkpoints in whatever format become the frames of a loop that had the same weights, to the bit."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from emergescope.checkpoints.filming import Wish, film_checkpoints
from emergescope.errors import InvalidConfig, WeightsError
from emergescope.recorder import record
from emergescope.recording.events import Frame
from tests.checkpoints.folders import (
    STEPS,
    WEIGHT,
    folder,
    recorded,
    save_npz,
    save_safetensors,
    save_torch,
    weights,
)
from tests.recorder.films import display_of, frames, run_of

DIRECTIONS = torch.randn((8, 5), generator=torch.Generator().manual_seed(1))


def film(place: Path, path: Path, **wish: Any) -> list[Frame]:
    film_checkpoints(place, Wish(**{"layer": "encoder.fc1", **wish}), path, _silent)
    return frames(path)


def _silent(text: str) -> None:
    raise AssertionError(text)


def same(ours: list[Frame], theirs: list[Frame]) -> None:
    assert [frame.step for frame in ours] == [frame.step for frame in theirs] == [*STEPS]
    for one, other in zip(ours, theirs, strict=True):
        assert one.tensors.keys() == other.tensors.keys()
        for name, array in other.tensors.items():
            assert one.tensors[name].dtype == array.dtype
            assert one.tensors[name].tobytes() == array.tobytes(), f"{name} at step {one.step}"
        assert (one.metrics, one.layout, one.phase) == (other.metrics, other.layout, other.phase)


@pytest.fixture(scope="module")
def loop(tmp_path_factory: pytest.TempPathFactory) -> list[Frame]:
    return recorded(tmp_path_factory.mktemp("loop") / "run", directions=DIRECTIONS, relevant=[0, 2])


def _lightning(tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    save_torch({"epoch": 1, "state_dict": dict(tensors), "optimizer_states": [{"state": {}}]}, path)


def _nested(tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    save_torch({"model": {"model_state_dict": {n: torch.nn.Parameter(t) for n, t in tensors.items()}}}, path)


def _old(tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    save_torch(dict(tensors), path, _use_new_zipfile_serialization=False)


def _shards(tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    path.parent.mkdir(parents=True)
    for number, name in enumerate(tensors, 1):
        save_file({name: tensors[name]}, path.with_name(f"model-{number:05d}-of-{len(tensors):05d}.safetensors"))


def _turned(tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    """As transformers has some layers: [inputs, neurons]; and in the byte order of other machines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {name: tensor.numpy().astype(">f4") for name, tensor in tensors.items()}
    arrays[WEIGHT] = np.asfortranarray(arrays[WEIGHT].T)
    np.savez_compressed(path, **arrays)


@pytest.mark.parametrize(
    ("name", "save"),
    [
        ("step_{}.safetensors", save_safetensors),
        ("{}.npz", save_npz),
        ("turned-{}.npz", _turned),
        ("net.{}.pt", save_torch),
        ("{}/net.pth", _old),
        ("checkpoint-{}/model.safetensors", save_safetensors),
        ("checkpoint-{}/model.safetensors", _shards),
        ("checkpoint-{}/pytorch_model.bin", _nested),
        ("epoch=7-step={}.ckpt", _lightning),
    ],
)
def test_every_format_gives_the_frames_of_a_loop(
    name: str, save: Callable[..., None], loop: list[Frame], tmp_path: Path
) -> None:
    torch.save(DIRECTIONS, tmp_path / "directions.pt")
    place = folder(tmp_path / "checkpoints", name, save)
    wish: dict[str, Any] = {"directions": tmp_path / "directions.pt", "relevant": (0, 2)}
    same(film(place, tmp_path / "run", **wish), loop)
    run = run_of(tmp_path / "run")
    assert (run["status"], run["name"], run["total_steps"]) == ("succeeded", f"checkpoints, {WEIGHT}", 100)
    assert run["config"]["settings"] == {"layer": WEIGHT}


def test_the_layer_by_its_tensor_and_filters(loop: list[Frame], tmp_path: Path) -> None:
    place = folder(tmp_path / "checkpoints")
    np.save(tmp_path / "rows.npy", DIRECTIONS.T.numpy())  # a row each
    wish: dict[str, Any] = {"directions": tmp_path / "rows.npy", "relevant": (0, 2), "name": "mine"}
    same(film(place, tmp_path / "run", layer=WEIGHT, **wish), loop)
    assert run_of(tmp_path / "run")["name"] == "mine"
    same(film(place, tmp_path / "filters", layer="encoder.conv"), recorded(tmp_path / "loop", "encoder.conv"))


@pytest.mark.parametrize("kind", ["npz", "safetensors", "pt"])
def test_directions_that_are_one_of_several_arrays(kind: str, loop: list[Frame], tmp_path: Path) -> None:
    arrays = {"others": torch.ones(3), "directions": DIRECTIONS}
    file = tmp_path / f"directions.{kind}"
    kinds: dict[str, Callable[..., None]] = {"npz": save_npz, "safetensors": save_safetensors, "pt": save_torch}
    kinds[kind](arrays, file)
    wish: dict[str, Any] = {"directions": file, "relevant": (0, 2)}
    same(film(folder(tmp_path / "checkpoints"), tmp_path / "run", **wish), loop)


def test_half_precision_as_a_loop_has_it(tmp_path: Path) -> None:
    for step in STEPS[:2]:
        save_safetensors({"fc.weight": weights(step)[WEIGHT].bfloat16()}, tmp_path / f"checkpoints/{step}.safetensors")
    with record("loop", directory=tmp_path / "loop", strict=True) as rec:
        for step in STEPS[:2]:
            rec.snapshot(step, weights(step)[WEIGHT].bfloat16())
    ours, theirs = film(tmp_path / "checkpoints", tmp_path / "run", layer="fc"), frames(tmp_path / "loop")
    for one, other in zip(ours, theirs, strict=True):
        assert all(one.tensors[name].tobytes() == other.tensors[name].tobytes() for name in other.tensors)


# Steps.


def test_steps_that_checkpoints_say_themselves(tmp_path: Path) -> None:
    for name, step in zip("dbca", STEPS, strict=True):
        save_torch({"epoch": 3, "step": torch.tensor(step), "model": weights(step)}, tmp_path / f"torch/{name}.pt")
        arrays: dict[str, Any] = {**{n: t.numpy() for n, t in weights(step).items()}, "epoch": np.array(step)}
        (tmp_path / "npz").mkdir(exist_ok=True)
        np.savez(tmp_path / f"npz/{name}.npz", **arrays)
        (tmp_path / "safe").mkdir(exist_ok=True)
        save_file(weights(step), tmp_path / f"safe/{name}.safetensors", {"global_step": str(step)})
    loop = recorded(tmp_path / "loop")
    for kind in ("torch", "npz", "safe"):
        same(film(tmp_path / kind, tmp_path / f"run-{kind}"), loop)


def test_an_expression_says_which_number_is_the_step(tmp_path: Path) -> None:
    for step in STEPS:
        save_safetensors(weights(step), tmp_path / f"checkpoints/v2_e{step}_acc{90 + step % 7}.safetensors")
    with pytest.raises(InvalidConfig, match=r"it is not clear of which step v2_e\d+_acc\d\d.safetensors is"):
        film(tmp_path / "checkpoints", tmp_path / "unclear")
    assert not (tmp_path / "unclear").exists()
    ours = film(tmp_path / "checkpoints", tmp_path / "run", step_from=r"e(\d+)_")
    same(ours, recorded(tmp_path / "loop"))
    for wrong, words in {
        "(": "is no regular expression",
        "acc": "finds 'acc' in v2_e0_acc90.safetensors, which is no whole number",
        "step": "finds nothing in any name",
        r"v(\d)": "are both of step 2",
    }.items():
        with pytest.raises((InvalidConfig, WeightsError), match=words):
            film(tmp_path / "checkpoints", tmp_path / "wrong", step_from=wrong)


def test_what_has_no_step_is_left_out_and_said(tmp_path: Path) -> None:
    place = folder(tmp_path / "checkpoints", "checkpoint-{}/model.safetensors")
    save_safetensors(weights(5), place / "model.safetensors")  # the last one once more, as trainers keep it
    for name in ("optimizer.pt", "scheduler.pt", "rng_state_0.pth", "training_args.bin"):
        (place / "checkpoint-10" / name).write_bytes(b"no weights, and nobody reads them")
    said: list[str] = []
    film_checkpoints(place, Wish("encoder.fc1"), tmp_path / "run", said.append)
    assert said == ["left out, as their names have no step: model.safetensors"]
    same(frames(tmp_path / "run"), recorded(tmp_path / "loop"))


# Numbers beside them.


def test_metrics_of_a_table(tmp_path: Path) -> None:
    place = folder(tmp_path / "checkpoints")
    lines = ["epoch,step,train_loss,accuracy,note", "0,0,2.0,,x", "0,1,1.5,,", "0,1,,0.25,", "1,9,1.25,,", "1,9,nan,,"]
    (place / "metrics.csv").write_text("\n".join([*lines, "2,200,9,9,"]), "utf-8")
    found = film(place, tmp_path / "run")
    told = [{name: frame.metrics.get(name, "—") for name in ("train_loss", "accuracy")} for frame in found]
    assert told == [
        {"train_loss": 2.0, "accuracy": "—"},
        {"train_loss": 1.5, "accuracy": 0.25},
        {"train_loss": None, "accuracy": "—"},
        {"train_loss": "—", "accuracy": "—"},  # none were measured since the checkpoint before
    ]
    metrics = display_of(tmp_path / "run").metrics
    assert (metrics["accuracy"].unit, metrics["train_loss"].group) == ("share", "loss")
    assert "epoch" not in metrics


@pytest.mark.parametrize("name", ["net_epoch{}.pt", "ep-00{}.pt", "{}.pt"])
def test_checkpoints_of_epochs_have_the_numbers_of_epochs(name: str, tmp_path: Path) -> None:
    for epoch, called in enumerate("cba"):
        content = {"state_dict": weights(epoch), "epoch": epoch}
        save_torch(content, tmp_path / "checkpoints" / name.format(called if name[0] == "{" else epoch))
    lines = ["step,epoch,loss", "0,0,3.0", "1,0,2.5", "2,1,2.0", "3,1.5,1.5", "4,2,1.0"]
    (tmp_path / "checkpoints" / "metrics.csv").write_text("\n".join(lines), "utf-8")
    found = film(tmp_path / "checkpoints", tmp_path / "run")
    assert [(frame.step, frame.metrics["loss"]) for frame in found] == [(0, 2.5), (1, 2.0), (2, 1.0)]


@pytest.mark.parametrize("place", [".", "checkpoint-100"])
def test_metrics_of_a_trainer(place: str, tmp_path: Path) -> None:
    checkpoints = folder(tmp_path / "checkpoints", "checkpoint-{}/model.safetensors")
    history = [{"step": 2, "loss": 1.5, "epoch": 0.1}, {"step": 2, "eval_loss": 1.25, "eval_runtime": 3.0}]
    state = {"global_step": 100, "log_history": [*history, {"step": 10, "loss": float("nan")}, {"loss": 7.0}]}
    (checkpoints / place / "trainer_state.json").write_text(json.dumps(state), "utf-8")
    found = film(checkpoints, tmp_path / "run")
    assert [{n: v for n, v in frame.metrics.items() if "loss" in n} for frame in found] == [
        {},
        {"loss": 1.5, "eval_loss": 1.25},
        {"loss": None},
        {},
    ]


def test_damaged_metrics_are_refused(tmp_path: Path) -> None:
    place = folder(tmp_path / "checkpoints")
    for name, content in {"metrics.csv": b"step,loss\n\xff\xfe", "trainer_state.json": b'{"log_history": [1]}'}.items():
        (place / name).write_bytes(content)
        with pytest.raises(WeightsError, match=f"{name} is damaged"):
            film(place, tmp_path / "run")
        (place / name).unlink()
    (place / "metrics.csv").write_text("epoch,loss\n1,2\n", "utf-8")  # no steps
    said: list[str] = []
    film_checkpoints(place, Wish("encoder.fc1"), tmp_path / "run", said.append)
    assert said == [f"{place / 'metrics.csv'} has no numbers of these steps"]

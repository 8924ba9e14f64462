"""What cannot be used is refused with a sentence that names the file, and nothing of it is run or brought in."""

import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.lib import format as npy

from emergescope.checkpoints import pickled, weights
from emergescope.checkpoints.filming import Wish, film_checkpoints
from emergescope.errors import EmergescopeError, InvalidConfig, WeightsError
from tests.checkpoints import folders
from tests.checkpoints.folders import BIAS, WEIGHT, folder, safetensors, save_safetensors, save_torch

LAYER = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}


def refuse(place: Path, words: str, kind: type[EmergescopeError] = WeightsError, **wish: Any) -> None:
    run = place.with_name("run")
    with pytest.raises(kind) as refused:
        film_checkpoints(place, Wish(**{"layer": "encoder.fc1", **wish}), run, lambda text: None)
    assert words in refused.value.detail
    assert len(refused.value.detail) < 1000


def spoilt(tmp_path: Path, name: str, content: bytes) -> Path:
    """A checkpoint of step 5 among sound ones."""
    place = folder(tmp_path / "checkpoints")
    (place / name).write_bytes(content)
    return place


# Layers.


def test_a_wrong_name_is_told_which_there_are(tmp_path: Path) -> None:
    place = folder(tmp_path / "checkpoints")
    first = "step_0.safetensors has"
    near = f"there are {WEIGHT} [12, 8], encoder.conv.weight [4, 3, 5, 5]"
    refuse(place, f"{first} no layer 'encoder.fc.weight'; {near}", InvalidConfig, layer="encoder.fc.weight")
    refuse(place, "there are encoder.conv.weight [4, 3, 5, 5], ", InvalidConfig, layer="conv")
    refuse(place, f"{first} 'encoder.norm.weight' as [8], no matrix", InvalidConfig, layer="encoder.norm")
    refuse(place, f"--layer says which weights are looked at: {first}", InvalidConfig, layer=None)
    for step in folders.STEPS:
        blocks = {f"blocks.{n}.weight": torch.ones(2, 2) for n in range(30)}
        save_safetensors(blocks, place / f"step_{step}.safetensors")
    refuse(place, "there are blocks.29.weight [2, 2], ", InvalidConfig, layer="block.29")
    refuse(place, ", and 18 more", InvalidConfig, layer="block.29")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({WEIGHT: torch.ones(12, 9)}, f"'{WEIGHT}' is [12, 9], and was [12, 8] in step_0.safetensors"),
        ({BIAS: torch.ones(11)}, f"'{BIAS}' is not [12], as it was in step_0.safetensors"),
        ({WEIGHT: None}, f"it has no tensor '{WEIGHT}', and step_0.safetensors has one"),
        ({WEIGHT: torch.ones(12, 8, dtype=torch.int32)}, f"'{WEIGHT}' holds int32, and weights are floating-point"),
        ({WEIGHT: torch.ones(12, 8, dtype=torch.complex64)}, f"'{WEIGHT}' holds complex64"),
    ],
)
def test_a_layer_that_changes(changes: dict[str, Any], words: str, tmp_path: Path) -> None:
    place = folder(tmp_path / "checkpoints")
    tensors = {name: tensor for name, tensor in {**folders.weights(5), **changes}.items() if tensor is not None}
    save_safetensors(tensors, place / "step_5.safetensors")
    refuse(place, f"step_5.safetensors: {words}")


def test_biases_that_do_not_belong(tmp_path: Path) -> None:
    save_safetensors({WEIGHT: torch.ones(3, 2), BIAS: torch.ones(7)}, tmp_path / "checkpoints/1.safetensors")
    refuse(tmp_path / "checkpoints", f"1.safetensors: '{BIAS}' is [7], and does not go with", InvalidConfig)


# Folders and steps.


def test_two_of_one_step(tmp_path: Path) -> None:
    place = folder(tmp_path / "checkpoints")
    save_safetensors(folders.weights(10), place / "step_010.safetensors")
    refuse(place, "step_010.safetensors and step_10.safetensors are both of step 10: keep one of them")


def test_folders_without_steps_or_checkpoints(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    refuse(tmp_path / "checkpoints", "has no checkpoints, whose names end with .bin, .ckpt, .npz, ")
    save_safetensors(folders.weights(0), tmp_path / "checkpoints/final.safetensors")
    refuse(tmp_path / "checkpoints", "of which step final.safetensors is", InvalidConfig)
    save_safetensors(folders.weights(0), tmp_path / "checkpoints/20250102030405.safetensors")
    refuse(tmp_path / "checkpoints", "20250102030405.safetensors: step 20250102030405 is not from 0 to 2,147,483,647")


def test_what_is_no_plain_file(tmp_path: Path) -> None:
    place = folder(tmp_path / "checkpoints")
    os.mkfifo(place / "step_5.pt")
    refuse(place, "step_5.pt: it is no plain file")
    (place / "step_5.pt").unlink()
    (place / "step_5.pt").symlink_to(tmp_path / "nowhere")
    refuse(place, "step_5.pt: there is no such file")


# Files of safetensors.


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"abc",
        safetensors(b"no json", b""),
        safetensors({WEIGHT: LAYER}, bytes(16), length=2**40),
        safetensors({WEIGHT: LAYER}, bytes(8)),  # cut short
        safetensors({WEIGHT: LAYER}, bytes(20)),
        safetensors({WEIGHT: {**LAYER, "shape": [200, 2]}}, bytes(16)),
        safetensors({WEIGHT: {**LAYER, "shape": [2**62, 2**62]}}, bytes(16)),
        safetensors({WEIGHT: LAYER, "other": LAYER}, bytes(16)),  # two tensors share bytes
        safetensors({WEIGHT: {**LAYER, "data_offsets": [0, 2**60]}}, bytes(16)),
        safetensors({WEIGHT: {**LAYER, "dtype": "OBJECT"}}, bytes(16)),
    ],
)
def test_headers_that_lie(content: bytes, tmp_path: Path) -> None:
    place = spoilt(tmp_path, "step_5.safetensors", content)
    refuse(place, "step_5.safetensors: it is no sound file of safetensors: ")


# Files of NumPy.


def npz(arrays: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, content in arrays.items():
            archive.writestr(name, content)
    return target.getvalue()


def array(shape: tuple[int, ...], data: bytes, descr: str = "<f4") -> bytes:
    target = io.BytesIO()
    npy.write_array_header_1_0(target, {"descr": descr, "fortran_order": False, "shape": shape})
    return target.getvalue() + data


class Code:
    """Runs code when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self._trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (self._trace, "was run")


def _objects(tmp_path: Path) -> bytes:
    target = io.BytesIO()
    arrays: dict[str, Any] = {WEIGHT: np.ones((12, 8)), "others": np.array([Code(tmp_path / "trace")])}
    np.savez(target, **arrays)
    return target.getvalue()


def _flipped(tmp_path: Path) -> bytes:
    target = io.BytesIO()
    arrays: dict[str, Any] = {WEIGHT: np.ones((12, 8), np.float32)}
    np.savez(target, **arrays)
    content = bytearray(target.getvalue())
    content[len(content) // 2] ^= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: b"", "it is no .npz, or a damaged one"),
        (lambda path: npz({"a.npy": b"x"}), "it is no .npz, or a damaged one"),
        (lambda path: _flipped(path)[:-30], "it is no .npz, or a damaged one"),
        (_flipped, "it is no .npz, or a damaged one: Bad CRC-32"),
        (_objects, "'others.npy' holds Python objects, and to read those could run code"),
        (lambda path: npz({"a.npy": array((12, 8), b"")}), "'a.npy' is not as long as its header says, [12, 8] of"),
        (lambda path: npz({"a.npy": array((10**12, 8), bytes(384))}), "'a.npy' is not as long as its header says"),
        (lambda path: npz({f"{WEIGHT}.npy": array((-12, -8), bytes(384))}), f"'{WEIGHT}' is [-12, -8], and was"),
        (lambda path: npz({f"{WEIGHT}.npy": bytes(10**6)}, zipfile.ZIP_DEFLATED), "it is no .npz, or a damaged one"),
    ],
)
def test_arrays_that_cannot_be(make: Callable[[Path], bytes], words: str, tmp_path: Path) -> None:
    refuse(spoilt(tmp_path, "step_5.npz", make(tmp_path)), f"step_5.npz: {words}")
    assert not (tmp_path / "trace").exists()


def test_two_arrays_of_one_name(tmp_path: Path) -> None:
    target = io.BytesIO(npz({f"{WEIGHT}.npy": array((12, 8), bytes(384))}))
    with zipfile.ZipFile(target, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(f"{WEIGHT}.npy", array((12, 8), bytes(384)))
    refuse(spoilt(tmp_path, "step_5.npz", target.getvalue()), f"it has two arrays called '{WEIGHT}'")


# Files of PyTorch.


def torch_file(content: Any, **how: Any) -> bytes:
    target = io.BytesIO()
    torch.save(content, target, **how)
    return target.getvalue()


def rewritten(change: Callable[[str, bytes], bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """A sound file whose parts have been changed."""
    target = io.BytesIO()
    sound = io.BytesIO(torch_file(SOUND))
    with zipfile.ZipFile(sound) as source, zipfile.ZipFile(target, "w", compression) as archive:
        for name in source.namelist():
            archive.writestr(name, change(name, source.read(name)))
    return target.getvalue()


def _pickle(old: bytes, new: bytes) -> bytes:
    """A sound file with something else in its pickle."""

    def change(name: str, part: bytes) -> bytes:
        assert not name.endswith("data.pkl") or old in part
        return part.replace(old, new) if name.endswith("data.pkl") else part

    return rewritten(change)


SOUND = {WEIGHT: torch.ones(12, 8), BIAS: torch.ones(12)}
OLD: dict[str, Any] = {"_use_new_zipfile_serialization": False}
HUGE = b"M\xff\xffM\xff\xff\x86"  # 65,535 × 65,535
SHAPE = b"K\x0cK\x08\x86"
NOT_RUN = "which is no weight; to read it could run code, and none of it was run"


def _loop() -> Any:
    content: dict[str, Any] = {}
    content["model"] = content
    return content


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: torch_file({**SOUND, "x": Code(path)}), NOT_RUN),
        (lambda path: torch_file({"x": Code(path)}, **OLD), NOT_RUN),
        (lambda path: pickle.dumps(Code(path)), "PyTorch reads no weights from it ("),
        (lambda path: torch_file(torch.nn.Linear(2, 2)), "it holds torch.nn.modules.linear.Linear, which is no weight"),
        (lambda path: torch_file({"x": os.system}), f"it holds posix.system, {NOT_RUN}"),
        (lambda path: b"", "PyTorch reads no weights from it (EOFError"),
        (lambda path: b"no weights at all", "PyTorch reads no weights from it ("),
        (lambda path: torch_file(SOUND)[:900], "it is cut short, or damaged"),
        (lambda path: torch_file(SOUND, **OLD)[:-40], "PyTorch reads no weights from it ("),
        (lambda path: torch_file([1, 2]), "it holds a list: save model.state_dict()"),
        (lambda path: torch_file(_loop()), f"it has no tensor '{WEIGHT}'"),
        (lambda path: torch_file({**SOUND, WEIGHT: torch.ones(12, 8, device="meta")}), "is no plain tensor"),
        (lambda path: torch_file({**SOUND, WEIGHT: torch.ones(12, 8).to_sparse()}), "is no plain tensor"),
        (lambda path: rewritten(lambda name, part: part, zipfile.ZIP_DEFLATED), "is compressed, which PyTorch never"),
        (lambda path: rewritten(lambda name, part: b"" if "/data/" in name else part), "is damaged: its checksum"),
        (lambda path: _pickle(SHAPE, HUGE), "PyTorch reads no weights from it ("),  # beyond the bytes that are there
    ],
)
def test_pickles_that_cannot_be(make: Callable[[Path], bytes], words: str, tmp_path: Path) -> None:
    place = spoilt(tmp_path, "step_5.pt", make(tmp_path / "trace"))
    refuse(place, words)
    refuse(place, "step_5.pt: ")
    assert not (tmp_path / "trace").exists()


def test_one_number_that_stands_for_all(tmp_path: Path) -> None:
    """Strides of nothing make a tensor of any size of a few bytes."""
    (tmp_path / "checkpoints").mkdir()
    torch.save({WEIGHT: torch.ones(1, 1).expand(2**20, 2**20)}, tmp_path / "checkpoints/1.pt")
    refuse(tmp_path / "checkpoints", f"1.pt: '{WEIGHT}' has 1,099,511,627,776 numbers, and 268,435,456 are the most")


def test_a_bit_that_fell_over(tmp_path: Path) -> None:
    content = bytearray(torch_file(SOUND))
    place = content.find(torch.ones(12, 8).numpy().tobytes())
    content[place + 3] ^= 4
    refuse(spoilt(tmp_path, "step_5.pt", bytes(content)), f"step_5.pt: '{WEIGHT}' is damaged: its checksum")


def test_enormous_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "_MOST_NUMBERS", 90)
    place = folder(tmp_path / "checkpoints")
    refuse(place, f"step_0.safetensors: '{WEIGHT}' has 96 numbers, and 90 are the most of a layer")
    monkeypatch.undo()
    monkeypatch.setattr(pickled, "_LARGEST_OLD", 1000)
    save_torch(folders.weights(5), place / "step_5.pt", _use_new_zipfile_serialization=False)
    refuse(place, "step_5.pt: it has ")
    refuse(place, " bytes in PyTorch's old format: save it anew")
    monkeypatch.setattr(pickled, "_LARGEST_PICKLE", 100)
    save_torch(folders.weights(5), place / "step_5.pt")
    refuse(place, " bytes of what are no weights")


# Directions.


def test_directions_that_cannot_be(tmp_path: Path) -> None:
    place = folder(tmp_path / "checkpoints")
    np.save(tmp_path / "short.npy", np.ones((7, 3), np.float32))
    np.save(tmp_path / "objects.npy", np.array([None]))
    np.savez(tmp_path / "several.npz", a=np.ones((8, 3)), b=np.ones((8, 3)))
    (tmp_path / "text.txt").write_text("1 2 3")
    refuse(place, "directions have 7 entries each, and a neuron has 8 weights", directions=tmp_path / "short.npy")
    refuse(place, "objects.npy: 'objects.npy' holds Python objects", directions=tmp_path / "objects.npy")
    refuse(place, "several.npz: directions are one array, or the one called", directions=tmp_path / "several.npz")
    refuse(place, "text.txt: directions come from a file whose name ends with", directions=tmp_path / "text.txt")
    refuse(place, "nothing.npy: there is no such file", directions=tmp_path / "nothing.npy")
    np.save(tmp_path / "few.npy", np.ones((8, 3), np.float32))
    wish: dict[str, Any] = {"directions": tmp_path / "few.npy", "relevant": (3,)}
    refuse(place, "relevant has 3, and there are 3 directions, counted from 0", **wish)
    refuse(place, "give directions= as well", InvalidConfig, relevant=(0,))

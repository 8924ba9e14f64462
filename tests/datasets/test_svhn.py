"""SVHN: MAT files as SciPy and MATLAB write them are read; what unfolds, ends or claims otherwise is refused."""

import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import loadmat, savemat

from emergescope.datasets import load
from emergescope.datasets.files import DataFile
from emergescope.datasets.svhn import read_mat
from emergescope.errors import DataBroken
from tests.data_sets import Bytes, memory_below, pictures

TRAIN, TEST = pictures(12, (32, 32, 3), 1), pictures(3, (32, 32, 3), 2)


def _arrays(pixels: Bytes, labels: Bytes) -> dict[str, Any]:
    return {"X": pixels.transpose(1, 2, 3, 0), "y": np.where(labels == 0, 10, labels).astype(np.uint8)[:, None]}


@pytest.fixture
def svhn(tmp_path: Path) -> Path:
    savemat(tmp_path / "train_32x32.mat", _arrays(*TRAIN), do_compression=True)
    savemat(tmp_path / "test_32x32.mat", _arrays(*TEST), do_compression=True)
    return tmp_path


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("place", ["", "svhn"])
def test_a_set_is_read_as_it_was_written(tmp_path: Path, place: str, compressed: bool) -> None:
    (tmp_path / place).mkdir(exist_ok=True)
    for name, arrays in (("train", _arrays(*TRAIN)), ("test", _arrays(*TEST))):
        others = {"about": "cropped digits", "zeros": np.zeros((3, 4))}
        savemat(tmp_path / place / f"{name}_32x32.mat", {"first": 1.5} | arrays | others, do_compression=compressed)
    data = load("svhn", tmp_path)
    for images, (pixels, labels) in ((data.train, TRAIN), (data.test, TEST)):
        np.testing.assert_array_equal(images.pixels, pixels)
        np.testing.assert_array_equal(images.labels, labels)
        assert (str(images.pixels.dtype), str(images.labels.dtype)) == ("uint8", "int64")
        assert images.pixels.flags.writeable


def test_sizes_of_all_kinds_are_read_as_scipy_reads_them(tmp_path: Path) -> None:
    for compressed in (True, False):
        for shape in [(1, 1), (3, 1), (4, 1), (5, 1), (8, 3), (2, 3, 4), (1, 7, 1, 2)]:
            array = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
            savemat(tmp_path / "a.mat", {"a": array, "long_name_of_more": array[:1]}, do_compression=compressed)
            found = read_mat(DataFile(tmp_path / "a.mat", "a.mat", ""), ("a", "long_name_of_more"))
            known = loadmat(tmp_path / "a.mat")
            for name, value in found.items():
                np.testing.assert_array_equal(value.transpose(), known[name])


def _refused(root: Path, words: str, most: int = 2**20) -> None:
    with memory_below(most), pytest.raises(DataBroken) as caught:
        load("svhn", root)
    assert caught.value.detail.startswith("train_32x32.mat cannot be used: ")
    assert words in caught.value.detail


X, Y = _arrays(*TRAIN)["X"], _arrays(*TRAIN)["y"]


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"X": X}, "has no variable y"),
        ({"X": X.astype(float), "y": Y}, "its variable X holds numbers of type double"),
        ({"X": X, "y": Y.astype(np.int64)}, "its variable y holds numbers of another type"),
        ({"X": "text", "y": Y}, "its variable X holds text"),
        ({"X": {"a": 1}, "y": Y}, "its variable X holds a struct"),
        ({"X": np.array([1, "a"], object), "y": Y}, "its variable X holds cells"),
        ({"X": X[:, :, :2], "y": Y}, "its images X are not of shape 32 x 32 x 3 x n"),
        ({"X": X, "y": Y[:5]}, "5 labels, but train_32x32.mat has 12 images"),
        ({"X": X, "y": Y * 0}, "labels from 0 to 0, where there are 1 to 10"),
        ({"X": X, "y": Y + 1}, "labels from 2 to 11, where there are 1 to 10"),
        ({"X": X[..., :0], "y": Y}, "its variable X is empty"),
        ({f"v{number}": Y for number in range(20)}, "more than 16 variables"),
    ],
)
def test_other_variables_are_refused(svhn: Path, arrays: dict[str, Any], words: str, compressed: bool) -> None:
    savemat(svhn / "train_32x32.mat", arrays, do_compression=compressed)
    _refused(svhn, words)


def _as_matlab_writes_labels(path: Path, *, compressed: bool) -> None:
    """Labels of type double, stored as bytes: that is what the original files have, and SciPy never writes."""
    savemat(path, {"y": Y})
    head, variable = path.read_bytes()[:128], bytearray(path.read_bytes()[128:])
    assert variable[16] == 9
    variable[16] = 6
    packed = zlib.compress(bytes(variable))
    savemat(path, {"X": X}, do_compression=compressed)
    content = struct.pack("<2I", 15, len(packed)) + packed if compressed else bytes(variable)
    path.write_bytes(path.read_bytes() + content)
    assert head[124:] == path.read_bytes()[124:128]
    assert loadmat(path, mat_dtype=True)["y"].dtype == np.float64


@pytest.mark.parametrize("compressed", [True, False])
def test_labels_of_type_double_are_read_where_they_are_stored_as_bytes(svhn: Path, compressed: bool) -> None:
    _as_matlab_writes_labels(svhn / "train_32x32.mat", compressed=compressed)
    data = load("svhn", svhn)
    np.testing.assert_array_equal(data.train.pixels, TRAIN[0])
    np.testing.assert_array_equal(data.train.labels, TRAIN[1])


def _changed(root: Path, change: Callable[[bytes], bytes], *, compressed: bool = False) -> None:
    savemat(root / "train_32x32.mat", {"X": X, "y": Y}, do_compression=compressed)
    path = root / "train_32x32.mat"
    path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize("compressed", [True, False])
def test_what_is_cut_or_goes_on_is_refused(svhn: Path, compressed: bool) -> None:
    for change, words in (
        (lambda content: content[:100], "ends too early"),
        (lambda content: content[:132], "ends too early"),
        (lambda content: content[:-1], "1 bytes before its last variable does"),
        (lambda content: content[:5000], "bytes before its last variable does"),
        (lambda content: content + bytes(4), "ends too early"),
        (lambda content: content + bytes(8), "of type 0 where variables should be"),
        (lambda content: content + content[128:], "has two variables X"),
        (lambda content: b"MATLAB 7.3 MAT-file" + content[19:], "of version 7.3 (HDF5)"),
        (lambda content: content[:126] + b"MI" + content[128:], "not a MAT file of version 5"),
        (lambda content: b"\x89HDF" + bytes(500), "not a MAT file of version 5"),
    ):
        _changed(svhn, change, compressed=compressed)
        _refused(svhn, words)


def test_bytes_that_are_fewer_than_a_shape_claims_are_refused(svhn: Path) -> None:
    shape = struct.pack("<4i", 32, 32, 3, 12)
    for claim in ((32, 32, 3, 13), (32, 32, 3, 2**31 - 1), (2**31 - 1,) * 4):
        _changed(svhn, lambda content, claim=claim: content.replace(shape, struct.pack("<4i", *claim)))  # type: ignore[misc]
        _refused(svhn, "bytes, and does not have them")
    _changed(svhn, lambda content: content.replace(shape, struct.pack("<4i", 32, -32, 3, 12)))
    _refused(svhn, "its variable X is empty")


def test_more_bytes_than_fit_into_a_tag_are_refused(svhn: Path) -> None:
    savemat(svhn / "train_32x32.mat", {"X": X, "y": Y[:3]})
    content = (svhn / "train_32x32.mat").read_bytes()
    inside, shape = struct.pack("<2H", 2, 3), struct.pack("<2i", 3, 1)
    assert content.count(inside) == content.count(shape) == 1
    content = content.replace(inside, struct.pack("<2H", 2, 7)).replace(shape, struct.pack("<2i", 7, 1))
    (svhn / "train_32x32.mat").write_bytes(content)
    _refused(svhn, "ends too early")


def _matrix(claim: int, content: bytes, shape: tuple[int, ...] = (32, 32, 3, 12)) -> bytes:
    """An uncompressed X whose tag claims so many bytes."""
    head = struct.pack("<4I", 6, 8, 9, 0) + struct.pack(f"<2I{len(shape)}i", 5, 4 * len(shape), *shape)
    return struct.pack("<2I", 14, 56 + claim) + head + struct.pack("<HH4s", 1, 1, b"X") + content


def test_an_element_that_unfolds_to_more_than_it_can_or_says_is_left_at_that(svhn: Path) -> None:
    path = svhn / "train_32x32.mat"
    begin = path.read_bytes()[:128]
    raw = X.transpose(3, 2, 1, 0).tobytes()
    size = len(raw)
    bomb = zlib.compress(_matrix(2**31, struct.pack("<2I", 2, 3072 * 10**6) + bytes(10**8), (32, 32, 3, 10**6)), 9)
    tail = zlib.compress(_matrix(size, struct.pack("<2I", 2, size) + raw + bytes(10**8)), 9)
    claiming = zlib.compress(_matrix(10**8, struct.pack("<2I", 2, size) + raw + bytes(10**8)), 9)
    short = zlib.compress(_matrix(size, struct.pack("<2I", 2, size) + raw[:-100]))
    for packed, words in (
        (bomb, "X claims 3,072,000,000 bytes"),
        (tail, "goes on behind its bytes"),
        (claiming, "goes on behind its bytes"),
        (short, "ends too early"),
        (zlib.compress(_matrix(size, struct.pack("<2I", 2, size) + raw))[:-2], "cannot be used"),
        (b"no zlib stream at all", "was damaged"),
    ):
        path.write_bytes(begin + struct.pack("<2I", 15, len(packed)) + packed)
        _refused(svhn, words)


def test_what_lies_behind_the_end_of_a_compressed_variable_is_not_looked_at_for_ever(svhn: Path) -> None:
    """zlib hands what lies behind its end out again and again, where it was asked for little at a time."""
    path = svhn / "train_32x32.mat"
    savemat(path, {"X": X, "y": Y}, do_compression=True)
    content = path.read_bytes()
    (size,) = struct.unpack("<I", content[132:136])
    tail = b"no zlib stream at all"
    path.write_bytes(
        content[:132] + struct.pack("<I", size + len(tail)) + content[136 : 136 + size] + tail + content[136 + size :]
    )
    np.testing.assert_array_equal(load("svhn", svhn).train.pixels, TRAIN[0])


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_spoilt_file_is_read_or_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    directory = tmp_path_factory.getbasetemp() / "spoilt"
    directory.mkdir(exist_ok=True)
    file = DataFile(directory / "a.mat", "a.mat", "")
    savemat(file.path, {"X": X[:2, :2, :, :2], "y": Y[:2]}, do_compression=data.draw(st.booleans()))
    content = bytearray(file.path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(116, len(content) - 1))] = data.draw(st.integers(0, 255))
    file.path.write_bytes(content)
    with memory_below(2**22), suppress(DataBroken):
        read_mat(file, ("X", "y"))

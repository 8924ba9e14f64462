"""MNIST and its like: IDX files written byte by byte are read as they are, and nothing else is."""

import gzip
import hashlib
import os
import zlib
from pathlib import Path

import numpy as np
import pytest

from emergescope.datasets import load, survey
from emergescope.datasets.sources import SOURCES
from emergescope.errors import DataBroken, DataMissing
from tests.data_sets import IDX_PARTS, idx, memory_below, pictures, write_idx_set

TRAIN, TEST = pictures(30, (28, 28), 1), pictures(10, (28, 28), 2)
IMAGES, LABELS = IDX_PARTS[:2]


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    directory = tmp_path / "MNIST" / "raw"
    write_idx_set(directory, TRAIN, TEST)
    return directory


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("mnist", "MNIST/raw"),
        ("mnist", "mnist"),
        ("fashion-mnist", "FashionMNIST/raw"),
        ("fashion-mnist", "fashion-mnist"),
    ],
)
def test_a_set_is_read_as_it_was_written(tmp_path: Path, name: str, place: str, suffix: str) -> None:
    write_idx_set(tmp_path / place, TRAIN, TEST, suffix)
    data = load(name, tmp_path)
    for images, (pixels, labels) in ((data.train, TRAIN), (data.test, TEST)):
        assert (str(images.pixels.dtype), str(images.labels.dtype)) == ("uint8", "int64")
        np.testing.assert_array_equal(images.pixels, pixels)
        np.testing.assert_array_equal(images.labels, labels)
        assert images.pixels.flags.writeable
    assert (data.name, len(data.classes)) == (name, 10)


_DOTTED = [name.replace("-idx", ".idx") for name in IDX_PARTS]


@pytest.mark.parametrize("suffix", ["", ".gz", ".GZ"])
@pytest.mark.parametrize("names", [_DOTTED, [name.upper() for name in IDX_PARTS], [name.title() for name in _DOTTED]])
@pytest.mark.parametrize("place", ["MNIST/raw", "Mnist", "mnist/RAW"])
def test_files_have_names_as_mirrors_and_unpackers_write_them(
    tmp_path: Path, names: list[str], suffix: str, place: str
) -> None:
    write_idx_set(tmp_path / place, TRAIN, TEST, suffix)
    for name, other in zip(IDX_PARTS, names, strict=True):
        os.rename(tmp_path / place / f"{name}{suffix}", tmp_path / place / f"{other}{suffix}")
    (tmp_path / place / IDX_PARTS[0]).mkdir()  # as some archives unpack: a directory with the file in it
    np.testing.assert_array_equal(load("mnist", tmp_path).test.pixels, TEST[0])
    (listed,) = (one for one in survey(tmp_path) if one.name == "mnist")
    assert (listed.present, listed.images, listed.where, listed.missing) == (True, 40, place, ())


def test_the_usual_name_comes_before_others(raw: Path, tmp_path: Path) -> None:
    for name in (_DOTTED[0], IDX_PARTS[0].upper(), f"{IDX_PARTS[0]}.gz"):
        (raw / name).write_bytes(b"not looked at")
    np.testing.assert_array_equal(load("mnist", tmp_path).train.pixels, TRAIN[0])


def test_a_directory_that_bears_the_name_of_a_set_is_its_place(tmp_path: Path) -> None:
    write_idx_set(tmp_path / "fashion-mnist", TRAIN, TEST, ".gz")
    assert len(load("fashion-mnist", tmp_path / "fashion-mnist").train) == 30
    with pytest.raises(DataMissing):
        load("mnist", tmp_path / "fashion-mnist")


def test_the_digest_is_that_of_the_data_however_packed(tmp_path: Path) -> None:
    write_idx_set(tmp_path / "a" / "MNIST" / "raw", TRAIN, TEST)
    write_idx_set(tmp_path / "b" / "mnist", TRAIN, TEST, ".gz")
    write_idx_set(tmp_path / "c" / "mnist", TEST, TRAIN)
    digests = [load("mnist", tmp_path / place).digest for place in "aabc"]
    assert digests[0] == digests[1] == digests[2] != digests[3]
    assert len(digests[0]) == 64


def test_what_is_unpacked_comes_before_what_is_packed(raw: Path, tmp_path: Path) -> None:
    for name in IDX_PARTS:
        (raw / f"{name}.gz").write_bytes(b"not looked at")
    assert len(load("mnist", tmp_path).train) == 30


def test_a_set_that_is_missing_or_incomplete_says_how_to_get_it(raw: Path, tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match=r"Fashion-MNIST is not there: `emergescope data fetch fashion-mnist`"):
        load("fashion-mnist", tmp_path)
    (raw / LABELS).unlink()
    with pytest.raises(DataMissing, match=f"not complete, for {LABELS}.gz is missing"):
        load("mnist", tmp_path)
    with pytest.raises(DataMissing, match="EMERGESCOPE_DATA_DIR"):
        load("mnist", None)


def _refused(root: Path, name: str, words: str, most: int = 2**20) -> None:
    """Loading MNIST names that file and says so, in little memory."""
    with memory_below(most), pytest.raises(DataBroken) as caught:
        load("mnist", root)
    assert f"MNIST/raw/{name} cannot be used" in caught.value.detail
    assert words in caught.value.detail
    assert "emergescope data fetch mnist" in caught.value.detail
    assert str(root) not in caught.value.detail


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "ends too early"),
        (idx(TRAIN[0])[:9], "ends too early"),
        (idx(TRAIN[0])[:-1], "claims 23,520 bytes of images"),
        (idx(TRAIN[0]) + b"\0", "behind what its header claims"),
        (idx(TRAIN[0], 10**9, 28, 28), "claims 784,000,000,000 bytes"),
        (idx(TRAIN[0][:0], 2**32 - 1, 2**32 - 1, 2**32 - 1), "4,294,967,295 x 4,294,967,295 pixels"),
        (idx(TRAIN[0][:0]), "has no images"),
        (idx(TRAIN[1]), "holds labels where images should be"),
        (idx(TRAIN[0].reshape(30, 14, 56)), "14 x 56 pixels, and those of this set 28 x 28"),
        (b"\x80\x02}q\x00." + bytes(100), "not an IDX file of bytes"),
        (b"\0\0\x0d\x03" + idx(TRAIN[0])[4:], "not an IDX file of bytes"),
    ],
)
def test_images_that_are_not_what_they_claim_are_refused(
    raw: Path, tmp_path: Path, content: bytes, words: str, packed: bool
) -> None:
    name = IMAGES
    if packed:
        (raw / IMAGES).unlink()
        name, content = f"{IMAGES}.gz", gzip.compress(content)
        words = "ends too early" if "claims 23,520" in words else words  # packed well, it might have been enough
    (raw / name).write_bytes(content)
    _refused(tmp_path, name, words)


def test_an_archive_that_unfolds_to_more_than_it_claims_is_left_at_that(raw: Path, tmp_path: Path) -> None:
    packer = zlib.compressobj(9, wbits=31)
    (raw / IMAGES).unlink()
    with open(raw / f"{IMAGES}.gz", "wb") as file:
        file.write(packer.compress(idx(TRAIN[0])))
        for _ in range(300):  # 300 MB in 0.3
            file.write(packer.compress(bytes(10**6)))
        file.write(packer.flush())
    _refused(tmp_path, f"{IMAGES}.gz", "behind what its header claims", most=4 * 2**20)


def test_archives_that_are_cut_or_damaged_are_refused(raw: Path, tmp_path: Path) -> None:
    (raw / IMAGES).unlink()
    packed = gzip.compress(idx(TRAIN[0]))
    wrong_sum = packed[:-8] + bytes(4) + packed[-4:]
    middle = packed[: len(packed) // 2] + b"\xff" * 20 + packed[len(packed) // 2 + 20 :]
    for content, words in (
        (packed[:-4], "ends too early"),
        (packed[:5000], "ends too early"),
        (wrong_sum, "not an intact gzip file"),
        (middle, "cannot be used"),
        (idx(TRAIN[0]), "not an intact gzip file"),
    ):
        (raw / f"{IMAGES}.gz").write_bytes(content)
        _refused(tmp_path, f"{IMAGES}.gz", words)


def test_labels_that_do_not_belong_to_the_images_are_refused(raw: Path, tmp_path: Path) -> None:
    (raw / LABELS).write_bytes(idx(TEST[1]))
    _refused(tmp_path, LABELS, "10 labels, but MNIST/raw/train-images-idx3-ubyte has 30 images; perhaps")
    (raw / LABELS).write_bytes(idx(TRAIN[1] + 5))
    _refused(tmp_path, LABELS, "labels from 5 to 14, where there are classes 0 to 9")
    (raw / LABELS).write_bytes(idx(TRAIN[0]))
    _refused(tmp_path, LABELS, "holds images where labels should be")


def test_what_is_no_file_is_refused_and_not_waited_for(raw: Path, tmp_path: Path) -> None:
    (raw / IMAGES).unlink()
    os.mkfifo(raw / IMAGES)
    with pytest.raises(DataMissing, match=f"for {IMAGES}.gz is missing"):
        load("mnist", tmp_path)


def test_a_file_that_is_sound_but_not_the_original_is_used_and_the_survey_says_so(raw: Path, tmp_path: Path) -> None:
    (mnist,) = [one for one in survey(tmp_path) if one.name == "mnist"]
    assert (mnist.present, mnist.original, mnist.images, mnist.where) == (True, False, 40, "MNIST/raw")
    (raw / IMAGES).write_bytes(b"nonsense")
    (mnist,) = [one for one in survey(tmp_path) if one.name == "mnist"]
    assert (mnist.present, mnist.original, mnist.images) == (True, False, None)
    assert mnist.trouble is not None
    assert "not an IDX file" in mnist.trouble


def test_whole_mnist_is_read(mnist_dir: Path) -> None:
    data = load("mnist", mnist_dir)
    assert (len(data.train), len(data.test)) == (55_000, 10_000)
    assert data.test.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert np.bincount(data.test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_the_sums_of_the_test_set_are_those_that_are_known(mnist_dir: Path) -> None:
    for part in SOURCES["mnist"].parts[2:]:
        content = (mnist_dir / "MNIST" / "raw" / part.name).read_bytes()
        assert hashlib.md5(content, usedforsecurity=False).hexdigest() == part.md5


def test_debians_fashion_mnist_is_the_original_though_packed_anew(fashion_dir: Path) -> None:
    (fashion,) = [one for one in survey(fashion_dir) if one.name == "fashion-mnist"]
    assert (fashion.present, fashion.original, fashion.images) == (True, True, 70_000)
    data = load("fashion-mnist", fashion_dir)
    assert data.train.pixels.shape == (60_000, 28, 28)
    assert np.bincount(data.train.labels).tolist() == [6000] * 10
    assert data.classes[data.train.labels[0]] == "Ankle boot"

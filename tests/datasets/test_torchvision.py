"""Each reader against torchvision's own, where that can be imported."""

import hashlib
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

from emergescope.datasets import Images, load
from tests.data_sets import pictures, write_cifar, write_idx_set, write_tree


@pytest.fixture(scope="module")
def theirs() -> Any:
    try:
        return import_module("torchvision.datasets")
    except (ImportError, RuntimeError) as error:  # PyPI's build cannot be used beside the CPU build of torch
        pytest.skip(f"NO COMPARISON WITH TORCHVISION: {error}")


def _same(ours: Images, images: Iterator[tuple[Any, int]]) -> None:
    count = 0
    for count, (image, label) in enumerate(images, 1):
        np.testing.assert_array_equal(ours.pixels[count - 1], np.asarray(image))
        assert ours.labels[count - 1] == label
    assert count == len(ours) > 0


@pytest.mark.parametrize(("name", "class_name"), [("mnist", "MNIST"), ("fashion-mnist", "FashionMNIST")])
def test_idx(theirs: Any, tmp_path: Path, name: str, class_name: str) -> None:
    write_idx_set(tmp_path / class_name / "raw", pictures(20, (28, 28), 1), pictures(10, (28, 28), 2))
    ours = load(name, tmp_path)
    _same(ours.train, iter(getattr(theirs, class_name)(tmp_path, train=True)))
    _same(ours.test, iter(getattr(theirs, class_name)(tmp_path, train=False)))


def test_cifar(theirs: Any, tmp_path: Path) -> None:
    write_cifar(tmp_path)
    directory = tmp_path / "cifar-10-batches-py"
    ours = load("cifar10", tmp_path)
    meta = b"\x80\x02}X\x0b\x00\x00\x00label_names](" + b"".join(
        b"X" + len(name).to_bytes(4, "little") + name.encode() for name in ours.classes
    )
    (directory / "batches.meta").write_bytes(meta + b"es.")
    sums = {path.name: hashlib.md5(path.read_bytes()).hexdigest() for path in directory.iterdir()}

    class Tiny(theirs.CIFAR10):  # type: ignore[misc]
        train_list = tuple((f"data_batch_{n}", sums[f"data_batch_{n}"]) for n in range(1, 6))
        test_list = (("test_batch", sums["test_batch"]),)
        meta: Mapping[str, str] = {"filename": "batches.meta", "key": "label_names", "md5": sums["batches.meta"]}

    _same(ours.train, iter(Tiny(tmp_path, train=True)))
    _same(ours.test, iter(Tiny(tmp_path, train=False)))
    assert Tiny(tmp_path).classes == list(ours.classes)


def test_svhn(theirs: Any, tmp_path: Path) -> None:
    sums = {}
    for split, seed in (("train", 1), ("test", 2)):
        pixels, labels = pictures(12, (32, 32, 3), seed)
        path = tmp_path / f"{split}_32x32.mat"
        savemat(path, {"X": pixels.transpose(1, 2, 3, 0), "y": np.where(labels == 0, 10, labels)[:, None]})
        sums[split] = hashlib.md5(path.read_bytes()).hexdigest()

    class Tiny(theirs.SVHN):  # type: ignore[misc]
        split_list: Mapping[str, tuple[str, ...]] = {s: ("", f"{s}_32x32.mat", sums[s]) for s in sums}

    ours = load("svhn", tmp_path)
    _same(ours.train, iter(Tiny(tmp_path, "train")))
    _same(ours.test, iter(Tiny(tmp_path, "test")))


def test_folder(theirs: Any, tmp_path: Path) -> None:
    paths = {"b/x/2.png": 1, "a/1.png": 2, "a/y/z/3.JPEG": 3, "b/1.bmp": 4, "a/0.ppm": 5, "c d/1.webp": 6}
    for part in ("train", "val"):
        write_tree(tmp_path / "tree" / part, paths, size=(32, 32))
    ours = load("folder", tmp_path, folder="tree", size=32)
    known = theirs.ImageFolder(tmp_path / "tree" / "train")
    assert ours.classes == tuple(known.classes)
    _same(ours.train, iter(known))
    _same(ours.test, iter(theirs.ImageFolder(tmp_path / "tree" / "val")))

"""Trees of images: torchvision's rules, the splits, sizes; and what in a tree is refused."""

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emergescope.datasets import load, missing, survey
from emergescope.datasets import pictures as reader
from emergescope.errors import DataBroken, DataMissing
from tests.data_sets import memory_below, write_tree

PETS = {"cat/a.png": 10, "cat/deep/er/b.png": 20, "dog/c.JPG": 30, "dog/d.bmp": 40, "dog/notes.png.txt": 0}


def _pets(root: Path, part: str = "") -> None:
    write_tree(root / "pets" / part, {path: value for path, value in PETS.items() if not path.endswith(".txt")})
    (root / "pets" / part / "dog" / "notes.png.txt").write_text("no image")


def _colours(pixels: np.ndarray) -> list[int]:
    return [int(image[0, 0, 0]) for image in pixels]


@pytest.mark.parametrize("part", ["val", "test"])
def test_a_directory_is_a_class_and_its_images_lie_at_any_depth(tmp_path: Path, part: str) -> None:
    _pets(tmp_path, "train")
    write_tree(tmp_path / "pets" / part, {"dog/z.webp": 50})
    write_tree(tmp_path / "pets" / "train", {".hidden/a.png": 1, "cat/._a.png": 1})
    data = load("folder", tmp_path, folder="pets", size=16)
    assert (data.name, data.title, data.classes) == ("folder", "pets", ("cat", "dog"))
    assert (data.train.pixels.shape, str(data.train.pixels.dtype)) == ((4, 16, 16, 3), "uint8")
    assert _colours(data.train.pixels) == pytest.approx([10, 20, 30, 40], abs=1)
    assert data.train.labels.tolist() == [0, 0, 1, 1]
    assert _colours(data.test.pixels) == pytest.approx([50], abs=1)
    assert data.test.labels.tolist() == [1]


def test_without_a_split_every_fifth_image_of_a_class_is_for_tests(tmp_path: Path) -> None:
    write_tree(tmp_path / "shades", {f"{name}/{n:02}.png": n for name in "ab" for n in range(12)})
    data = load("folder", tmp_path, folder="shades", size=8)
    assert _colours(data.test.pixels) == [4, 9, 4, 9]
    assert _colours(data.train.pixels) == [0, 1, 2, 3, 5, 6, 7, 8, 10, 11] * 2
    assert data.digest == load("folder", tmp_path, folder="shades", size=8).digest


def test_tiny_imagenets_val_has_its_classes_in_a_list(tmp_path: Path) -> None:
    tiny = tmp_path / "tiny-imagenet-200"
    write_tree(tiny / "train", {f"n0{n}/images/n0{n}_0.JPEG": n for n in (1, 2)})
    write_tree(tiny / "val" / "images", {"val_0.JPEG": 100, "val_1.JPEG": 200})
    write_tree(tiny / "test" / "images", {"test_0.JPEG": 0})
    (tiny / "val" / "val_annotations.txt").write_text("val_1.JPEG\tn02\t0\t0\t9\t9\nval_0.JPEG\tn01\t0\t0\t9\t9\n")
    data = load("folder", tmp_path, folder="tiny-imagenet-200")
    assert data.classes == ("n01", "n02")
    assert data.test.labels.tolist() == [1, 0]
    assert _colours(data.test.pixels) == pytest.approx([200, 100], abs=1)
    for line in ("../val_0.JPEG\tn01", "val_0.JPEG\tn03", "val_0.JPEG", "\tn01", "a\0b\tn01", "..\tn01"):
        (tiny / "val" / "val_annotations.txt").write_text(line)
        with pytest.raises(DataBroken, match=r"val_annotations\.txt cannot be used: line 1 does not name"):
            load("folder", tmp_path, folder="tiny-imagenet-200")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_pictures_of_all_kinds_become_colour_of_one_size(tmp_path: Path, mode: str) -> None:
    write_tree(tmp_path / "x", {f"a/{n}.png": n for n in range(5)})
    suffix = "tif" if mode == "CMYK" else "png"
    Image.new(mode, (30, 7), 1).save(tmp_path / "x" / "a" / f"9.{suffix}")
    data = load("folder", tmp_path, folder="x", size=10)
    assert data.train.pixels.shape == (5, 10, 10, 3)


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a\\b", "/etc", ".git", "a\0b", "x" * 101, "a\n"])
def test_a_folder_is_one_step_down(tmp_path: Path, name: str) -> None:
    write_tree(tmp_path / "a" / "b", {f"a/{n}.png": n for n in range(5)})
    with pytest.raises(DataMissing, match="is not the name of a directory"):
        load("folder", tmp_path / "a", folder=name)
    assert missing("folder", tmp_path / "a", name) is not None


def test_a_folder_that_is_not_there_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match="no folder pets in the directory of data sets: put a directory"):
        load("folder", tmp_path, folder="pets")


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        ({"a.png": 1}, "x cannot be used: it has no directories, one for each class"),
        ({"a/1.png": 1, "a/2.png": 1}, "x cannot be used: none of its classes has five images"),
        ({"train/a/1.png": 1}, "x cannot be used: it has a directory train, and neither val nor test"),
        ({"train/a/1.png": 1, "val/b/1.png": 1}, "x/val/b cannot be used: train has no class of that name"),
        ({"train/a/1.png": 1, "val/1.png": 1}, "x/val cannot be used: it has no directories, one for each class"),
    ],
)
def test_trees_of_another_shape_are_refused(tmp_path: Path, paths: dict[str, int], words: str) -> None:
    write_tree(tmp_path / "x", paths)
    with pytest.raises(DataBroken) as caught:
        load("folder", tmp_path, folder="x")
    assert words in caught.value.detail
    assert str(tmp_path) not in caught.value.detail


def _png(width: int, height: int, content: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", content) + chunk(b"IEND", b"")


def _written(image_format: str) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (8, 8)).save(target, image_format)
    return target.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        _written("PNG")[:-30],
        _written("JPEG")[:300],
        _written("PNG").replace(b"IDAT", b"IDXT"),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n",  # would start Ghostscript
        _png(100_000, 100_000, zlib.compress(bytes(10**6))),  # 30 GB
        _png(20_000, 8_000, zlib.compress(bytes(10**6))),
        _png(9_000, 6_000, zlib.compress(bytes(10**6))),
    ],
)
def test_pictures_that_are_broken_or_too_large_are_refused_in_little_memory(tmp_path: Path, content: bytes) -> None:
    write_tree(tmp_path / "x", {f"a/{n}.png": n for n in range(5)})
    (tmp_path / "x" / "a" / "3.png").write_bytes(content)
    with memory_below(2**21), pytest.raises(DataBroken, match=r"^x/a/3\.png cannot be used: it is not an intact"):
        load("folder", tmp_path, folder="x")


def test_links_stay_in_the_tree(tmp_path: Path) -> None:
    tree = tmp_path / "data" / "x"
    write_tree(tree, {f"a/{n}.png": n for n in range(5)})
    write_tree(tmp_path / "secret", {"s/1.png": 99})
    (tree / "a" / "5.png").symlink_to("0.png")
    assert len(load("folder", tmp_path / "data", folder="x").train) == 5
    (tree / "a" / "6.png").symlink_to(tmp_path / "secret" / "s" / "1.png")
    with pytest.raises(DataBroken, match=r"x/a/6\.png cannot be used: it is a link that leaves the tree"):
        load("folder", tmp_path / "data", folder="x")
    (tree / "a" / "6.png").unlink()
    for target in (tmp_path / "secret" / "s", tree):
        (tree / "b").symlink_to(target)
        with pytest.raises(DataBroken, match="x/b cannot be used: it is a link to a directory"):
            load("folder", tmp_path / "data", folder="x")
        (tree / "b").unlink()
    os.mkfifo(tree / "a" / "7.png")
    with pytest.raises(DataBroken, match=r"x/a/7\.png cannot be used: it is not a regular file"):
        load("folder", tmp_path / "data", folder="x")


def test_the_directory_itself_may_be_a_link_that_the_owner_made(tmp_path: Path) -> None:
    write_tree(tmp_path / "elsewhere", {f"a/{n}.png": n for n in range(5)})
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x").symlink_to(tmp_path / "elsewhere")
    assert len(load("folder", tmp_path / "data", folder="x").train) == 4


def test_more_images_than_there_is_room_for_are_refused_and_none_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tree(tmp_path / "x", {f"a/{n:02}.png": n for n in range(15)})
    monkeypatch.setattr(reader, "LARGEST", 11 * 32 * 32 * 3)
    with pytest.raises(DataBroken, match=r"12 of its images take 36,864 bytes at 32 x 32 .* smaller"):
        load("folder", tmp_path, folder="x")
    assert len(load("folder", tmp_path, folder="x", size=30).train) == 12


def test_the_survey_lists_trees_of_images_and_nothing_else(tmp_path: Path) -> None:
    _pets(tmp_path, "train")
    _pets(tmp_path, "test")
    write_tree(tmp_path / "shades", {f"{name}/{n}.png": n for name in "ab" for n in range(5)})
    write_tree(tmp_path / "MNIST", {"a/1.png": 1})
    (tmp_path / "empty" / "a").mkdir(parents=True)
    (tmp_path / ".cache" / "a").mkdir(parents=True)
    folders = [one for one in survey(tmp_path) if one.name == "folder"]
    assert [(one.folder, one.classes) for one in folders] == [("pets", ("cat", "dog")), ("shades", ("a", "b"))]
    assert all(one.present and one.where == one.folder and one.trouble is None for one in folders)
    assert [one.images for one in folders] == [8, 10]

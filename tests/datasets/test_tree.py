"""What of a tree of images is used: its parts, classes and files; and nothing is passed over without a word."""

import os
import unicodedata
from pathlib import Path

import pytest

from emergescope.datasets import DataSet, Listing, load, missing, survey
from emergescope.errors import DataBroken
from tests.data_sets import write_tree

FIVE = {f"{name}/{n}.png": n for name in ("cat", "dog") for n in range(5)}


def _load(root: Path) -> DataSet:
    return load("folder", root, folder="x", size=8)


def _listed(root: Path) -> Listing:
    (listing,) = (one for one in survey(root) if one.name == "folder")
    return listing


def _refusal(root: Path) -> str:
    """What is wrong with the tree: loading, listing and submitting say the same."""
    with pytest.raises(DataBroken) as caught:
        _load(root)
    assert _listed(root).trouble == missing("folder", root, "x") == caught.value.detail
    return caught.value.detail


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("Training", "Testing"),
        ("Train", "Test"),
        ("TRAIN", "test"),
        ("train", "valid"),
        ("train", "Validation"),
        ("training_set", "test_set"),
        ("train-data", "val data"),
        ("seg_train", "seg_test"),
        ("train/train", "test/test"),
        ("data/x/Training", "data/x/Testing"),
    ],
)
def test_parts_of_a_tree_have_usual_names_in_any_case(tmp_path: Path, train: str, test: str) -> None:
    write_tree(tmp_path / "x" / train, FIVE)
    write_tree(tmp_path / "x" / test, {"dog/1.png": 99})
    data = _load(tmp_path)
    assert (data.classes, len(data.train), len(data.test)) == (("cat", "dog"), 10, 1)
    assert data.test.labels.tolist() == [1]
    assert (_listed(tmp_path).classes, _listed(tmp_path).images) == (("cat", "dog"), 11)
    if "/" not in train and (train, test) != ("train", "val"):
        assert data.notes == (f"{train} is for training, {test} for tests",)


def test_val_comes_before_test_and_what_is_beside_them_is_named(tmp_path: Path) -> None:
    for part in ("train", "val", "test", "labels"):
        write_tree(tmp_path / "x" / part, FIVE)
    data = _load(tmp_path)
    assert data.classes == ("cat", "dog")
    assert data.notes == ("beside train and val, not used: labels, test",)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (
            ("Training", "cat"),
            "x cannot be used: it has a directory Training, and neither val nor test: put the images",
        ),
        (
            ("cat", "dog", "Test"),
            "x cannot be used: it has a directory Test, and none for training: put the directories",
        ),
        (("Train", "Training", "test"), "each of Train and Training could be meant: call the right one train"),
    ],
)
def test_a_part_without_its_other_is_refused_with_what_to_do(tmp_path: Path, names: list[str], words: str) -> None:
    write_tree(tmp_path / "x", {f"{name}/{n}.png": n for name in names for n in range(5)})
    assert words in _refusal(tmp_path)


def test_a_class_may_be_called_night_train(tmp_path: Path) -> None:
    write_tree(
        tmp_path / "x", {f"{name}/{n}.png": n for name in ("night train", "trainer", "contest") for n in range(5)}
    )
    assert _load(tmp_path).classes == ("contest", "night train", "trainer")


@pytest.mark.parametrize("below", ["x", "a/b/c"])
def test_a_tree_in_one_more_folder_is_found(tmp_path: Path, below: str) -> None:
    write_tree(tmp_path / "x" / below, FIVE)
    write_tree(tmp_path / "x", {"__MACOSX/x/cat/1.png": 1})
    (tmp_path / "x" / "README.md").write_text("about")
    data = _load(tmp_path)
    assert (data.classes, len(data.train), len(data.test)) == (("cat", "dog"), 8, 2)
    assert data.notes[0] == f"its images lie further down, in x/{below}"


def test_one_class_with_its_images_further_down_stays_one_class(tmp_path: Path) -> None:
    write_tree(tmp_path / "x", {f"cat/images/{n}.png": n for n in range(5)})
    assert _load(tmp_path).classes == ("cat",)
    with pytest.raises(
        DataBroken, match="x cannot be used: it has one class only, cat, and 2 are needed: put a directory"
    ):
        load("folder", tmp_path, folder="x", classes=2)


def test_what_is_passed_over_is_said_and_changes_no_data(tmp_path: Path) -> None:
    write_tree(tmp_path / "x", FIVE)
    plain = _load(tmp_path)
    assert plain.notes == ()
    write_tree(tmp_path / "x", {"1.png": 1, "cat/@eaDir/1.jpg/SYNOPHOTO_THUMB_M.jpg": 1, "cat/._1.png": 1})
    for name in (
        "cat/Thumbs.db",
        "cat/.DS_Store",
        ".ipynb_checkpoints/a/1.png",
        "cat/1.txt",
        "dog/boxes.txt",
        "dog/a.json",
    ):
        (tmp_path / "x" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "x" / name).write_bytes(b"BM and P6 are how pictures begin, and this is none")
    for name in ("eel", "fox/deep"):
        (tmp_path / "x" / name).mkdir(parents=True)
    for n in range(95):
        (tmp_path / "x" / "cat" / f"{n}.HEIC").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    (tmp_path / "x" / "dog" / "logo.svg").write_text("<svg/>")
    data = _load(tmp_path)
    assert (data.digest, data.classes) == (plain.digest, ("cat", "dog"))
    assert data.notes == _listed(tmp_path).notes == (
        "96 pictures passed over, of kinds that are not read (95 .heic, 1 .svg; 95 of 100 in cat, 1 of 6 in dog): "
        "save them as JPEG or PNG",
        "3 files passed over, no pictures (2 .txt, 1 .json)",
        "1 picture passed over, outside of the directories of the classes",
        "2 directories passed over, without images: x/eel, x/fox",
        "passed over, as systems and programs leave it behind: .DS_Store, ._*, .ipynb_checkpoints, …",
    )  # fmt: skip


def test_a_class_of_pictures_of_which_none_can_be_read_is_refused(tmp_path: Path) -> None:
    write_tree(tmp_path / "x", FIVE)
    (tmp_path / "x" / "eel").mkdir()
    (tmp_path / "x" / "eel" / "1.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    assert _refusal(tmp_path) == (
        "x/eel cannot be used: its pictures are of kinds that are not read here (1 .heic): save them as JPEG or PNG"
    )


def test_what_a_file_is_shows_by_how_it_begins(tmp_path: Path) -> None:
    write_tree(tmp_path / "x", FIVE)
    kinds = {"a.png": "a", "b.jpg": "b.jfif_large", "c.gif": "c.heic", "d.webp": "d.img", "e.tif": "e.dng"}
    kinds |= {"f.avif": "f.avif", "g.jp2": "g.jp2", "h.bmp": "h.dat", "i.ppm": "i"}
    write_tree(tmp_path / "x" / "eel", dict.fromkeys(kinds, 7))
    for name, other in kinds.items():
        os.rename(tmp_path / "x" / "eel" / name, tmp_path / "x" / "eel" / other)
    data = _load(tmp_path)
    assert (data.train.labels.tolist().count(2), data.test.labels.tolist().count(2)) == (7, 1)
    assert data.notes[0].startswith("1 picture passed over, of kinds that are not read (1 .dng; 1 of 9 in eel)")


def test_names_with_accents_are_found_however_they_are_spelt(tmp_path: Path) -> None:
    composed, decomposed = (unicodedata.normalize(form, "Äpfel") for form in ("NFC", "NFD"))
    write_tree(tmp_path / decomposed / "train" / composed, {"1.png": 1})
    write_tree(tmp_path / decomposed / "test" / decomposed, {"1.png": 1})
    assert load("folder", tmp_path, folder=composed).classes == (composed,)
    assert missing("folder", tmp_path, decomposed) is None


def test_a_part_may_be_a_link_to_another_and_none_leaves_the_tree(tmp_path: Path) -> None:
    write_tree(tmp_path / "x" / "train", FIVE)
    (tmp_path / "x" / "val").symlink_to("train")
    assert len(_load(tmp_path).test) == 10
    (tmp_path / "x" / "val").unlink()
    write_tree(tmp_path.parent / "elsewhere", FIVE)
    (tmp_path / "x" / "val").symlink_to(tmp_path.parent / "elsewhere")
    assert "x/val cannot be used: it is a link that leaves the tree" in _refusal(tmp_path)


def test_a_link_that_leads_back_ends(tmp_path: Path) -> None:
    write_tree(tmp_path / "x" / "wrapped", FIVE)
    (tmp_path / "x" / "wrapped" / "cat" / "up").symlink_to(tmp_path / "x")
    assert "x/wrapped/cat/up cannot be used: it is a link to a directory" in _refusal(tmp_path)
    (tmp_path / "x" / "wrapped" / "cat" / "up").unlink()
    (tmp_path / "x" / "train").symlink_to(".")
    (tmp_path / "x" / "test").symlink_to(".")
    assert _load(tmp_path).classes == ("cat", "dog")

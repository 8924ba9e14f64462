"""Names and links in a tree of images that no tree should have: refused or read, and nothing told that is not asked."""

import json
import os
from pathlib import Path

import pytest

from emergescope.datasets import load, missing, survey
from emergescope.errors import DataBroken, DataMissing
from tests.data_sets import write_tree


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_tree(tmp_path / "pets", {f"{name}/{n}.png": n for name in ("cat", "dog") for n in range(5)})
    return tmp_path


def _folders(root: Path) -> list[str | None]:
    return [one.folder for one in survey(root) if one.name == "folder"]


def test_a_link_to_itself_is_a_broken_picture_and_hides_nothing(root: Path) -> None:
    for link in (root / "ring", root / "MNIST", root / "pets" / "elk"):
        link.symlink_to(link.name)
        assert _folders(root) == ["pets"]
        assert len(load("folder", root, folder="pets").train) == 8
        assert missing("mnist", root) is not None
        link.unlink()
    (root / "pets" / "cat" / "9.png").symlink_to("9.png")
    with pytest.raises(DataBroken, match=r"^pets/cat/9\.png cannot be used: it cannot be read"):
        load("folder", root, folder="pets")


def test_no_message_says_where_the_directory_lies(root: Path) -> None:
    for content in (b"no picture", b"\x89PNG\r\n\x1a\n", b"BM" + bytes(60)):
        (root / "pets" / "cat" / "3.png").write_bytes(content)
        with pytest.raises(DataBroken) as caught:
            load("folder", root, folder="pets")
        assert str(root) not in caught.value.detail


def test_names_that_are_no_text_are_told_as_far_as_they_are(root: Path) -> None:
    os.rename(root / "pets" / "cat", os.fsencode(root / "pets") + b"/c\xfft")
    data = load("folder", root, folder="pets")
    assert data.classes == ("c\ufffdt", "dog")
    (listed,) = (one for one in survey(root) if one.folder == "pets")
    assert listed.classes == data.classes
    (Path(os.fsdecode(os.fsencode(root / "pets") + b"/c\xfft")) / "1.png").write_bytes(b"no picture")
    with pytest.raises(DataBroken) as caught:
        load("folder", root, folder="pets")
    json.dumps(caught.value.detail).encode()
    assert caught.value.detail.encode().startswith("pets/c\ufffdt/1.png cannot be used".encode())


def test_directories_that_lie_too_deep_are_refused(root: Path) -> None:
    below = [root / "well"]
    while len(below) < 1500:
        below.append(below[-1] / "d")
    for directory in below:
        os.mkdir(directory)
    try:
        refusal = "well cannot be used: its directories lie too deep in each other"
        assert missing("folder", root, "well") == refusal
        assert _folders(root) == ["pets"]  # there is no picture in it
        (below[-1] / "1.png").write_bytes(b"")
        assert [(one.folder, one.trouble) for one in survey(root)[-2:]] == [("pets", None), ("well", refusal)]
    finally:
        (below[-1] / "1.png").unlink(missing_ok=True)
        for directory in reversed(below):
            os.rmdir(directory)


def test_a_link_below_is_not_followed_to_find_pictures_and_one_to_a_tree_is(root: Path) -> None:
    (root / "empty").mkdir()
    (root / "empty" / "link").symlink_to(root / "pets")
    (root / "friends").symlink_to("pets")
    assert _folders(root) == ["friends", "pets"]


@pytest.mark.parametrize("name", ["𝒜" * 100, "a" * 100, "é" * 100, "a\u0301"])
def test_a_name_that_no_directory_can_have_is_missing(root: Path, name: str) -> None:
    assert missing("folder", root, name) is not None
    with pytest.raises(DataMissing):
        load("folder", root, folder=name)

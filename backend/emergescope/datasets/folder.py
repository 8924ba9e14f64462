"""Any tree of images, as torchvision's ImageFolder reads it: a directory for each class, with images at any depth.

Beside that, what trees in use have: `train` with `val` or `test` (the first that is there), and Tiny ImageNet's `val`,
whose classes are in a list. A tree without `train` is split: every fifth image of a class is for tests.
"""

import os
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter, ValidationError

from emergescope.datasets.files import LARGEST, DataSet, Images, names_in
from emergescope.datasets.source import FolderName
from emergescope.datasets.tree import Labelled, Tree, look, same
from emergescope.errors import DataBroken, DataMissing

_EXAMINED = 64  # pictures of a tree whose headers are read to list it
_LARGEST_EXAMINED = 2**26  # bytes: to read the header of some formats takes all of the file
_NAME: TypeAdapter[str] = TypeAdapter(FolderName)


def read_folder(root: Path, folder: str, size: int, classes: int = 1) -> DataSet:
    """The tree `folder` in `root`, scaled to size x size in colour. Raises DataMissing, DataBroken."""
    # Imported here, with Pillow: whoever trains on other data does without.
    from emergescope.datasets.pictures import in_words  # noqa: PLC0415

    tree = find_tree(root, folder, classes)
    peculiar: Counter[str] = Counter()
    train, test = (_images(tree, labelled, size, peculiar) for labelled in (tree.train, tree.test))
    notes = (*tree.notes, *in_words(peculiar, f"{len(train) + len(test):,} pictures"))
    return DataSet.of("folder", folder, tree.classes, train, test, notes)


def find_tree(root: Path, folder: str, classes: int = 1) -> Tree:
    """What of a tree is used; it must have so many classes. Reads no picture. Raises DataMissing, DataBroken."""
    tree = look(find_folder(root, folder), folder)
    if len(tree.classes) < classes:
        raise DataBroken(
            f"{folder} cannot be used: it has one class only, {tree.classes[0]}, and {classes} are needed: "
            "put a directory for each class into it"
        )
    return tree


def examine(tree: Tree) -> list[str]:
    """What is to be said of its pictures, by the headers of some of them, evenly spaced. Raises DataBroken."""
    from emergescope.datasets.pictures import examine_picture, in_words  # noqa: PLC0415

    every = [path for path, _ in (*tree.train, *tree.test)]
    some = [file for file in map(tree.file, every[:: -(-len(every) // _EXAMINED)]) if file.size <= _LARGEST_EXAMINED]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peculiar = Counter(found for file in some for found in examine_picture(file))
    return in_words(peculiar, f"{len(some):,} pictures" + ("" if len(some) == len(every) else " that were looked at"))


def find_folder(root: Path, folder: str) -> Path:
    """Where a tree of that name lies, which is that of a single directory. Raises DataMissing."""
    if not is_folder_name(folder):
        raise DataMissing(f"{folder!r} is not the name of a directory in the directory of data sets")
    alike = [folder, *(name for name in names_in(root) if same(name) == same(folder))]
    # Of a path that cannot even be looked at, pathlib would raise.
    if (path := next((root / name for name in alike if os.path.isdir(root / name)), None)) is None:
        raise DataMissing(
            f"there is no folder {folder} in the directory of data sets: put a directory of that name there, with one "
            "directory of images for each class"
        )
    return path.resolve()


def is_folder_name(name: str) -> bool:
    """Whether a configuration may name it."""
    try:
        _NAME.validate_python(name)
    except ValidationError:
        return False
    return True


def _images(tree: Tree, labelled: Sequence[Labelled], size: int, peculiar: Counter[str]) -> Images:
    """Read them, and count their peculiarities."""
    from emergescope.datasets.pictures import read_picture  # noqa: PLC0415

    if (needed := len(labelled) * size**2 * 3) > LARGEST:
        raise DataBroken(
            f"{tree.name} cannot be used: {len(labelled):,} of its images take {needed:,} bytes at {size} x {size} "
            f"pixels, and {LARGEST:,} are the limit: choose a smaller picture size, or take fewer images"
        )
    pixels = np.empty((len(labelled), size, size, 3), np.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, of pictures that are odd and yet can be read
        for place, (path, _) in enumerate(labelled):
            pixels[place], found = read_picture(tree.file(path), size)
            peculiar.update(found)
    return Images(pixels, np.array([label for _, label in labelled], np.int64))

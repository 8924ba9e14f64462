"""Any tree of images, as torchvision's ImageFolder reads it: a directory for each class, with images at any depth.

Beside that, what trees in use have: `train` with `val` or `test` (the first that is there), and Tiny ImageNet's `val`,
whose classes are in a list. A tree without `train` is split: every fifth image of a class is for tests.
"""

import os
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emergescope.datasets.files import LARGEST, DataFile
from emergescope.datasets.records import DataSet, Images, Pixels
from emergescope.errors import DataBroken, DataMissing

EXTENSIONS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")
_FORMATS = ("JPEG", "PNG", "PPM", "BMP", "TIFF", "WEBP")  # others, by such a name, could have programs run
_LARGEST_PICTURE = 50_000_000  # pixels of one image before it is scaled
_LIST, _LISTED = "val_annotations.txt", "images"  # Tiny ImageNet's
_LARGEST_LIST = 10**8  # bytes
_FIFTH = 5
_REMEDY = "Mend it or take it out of the tree"

Labelled = tuple[Path, int]  # an image, and the number of its class


def read_folder(root: Path, folder: str, size: int) -> DataSet:
    """The tree `folder` in `root`, scaled to size x size in colour. Raises DataMissing, DataBroken."""
    tree = _Tree(find_folder(root, folder), folder, size)
    train, test, classes = tree.split()
    return DataSet.of("folder", folder, classes, tree.images(train), tree.images(test))


def find_folder(root: Path, folder: str) -> Path:
    """Where a tree of that name lies, which is that of a single directory. Raises DataMissing."""
    if not is_folder_name(folder):
        raise DataMissing(f"{folder!r} is not the name of a directory in the directory of data sets")
    path = root / folder
    if not os.path.isdir(path):  # of a path that cannot even be looked at, pathlib would raise
        raise DataMissing(
            f"there is no folder {folder} in the directory of data sets: put a directory of that name there, with one "
            "directory of images for each class"
        )
    return path.resolve()


def is_folder_name(name: str) -> bool:
    """Whether it is one step down, to what is not hidden: what a configuration may name."""
    return re.fullmatch(r"\w[\w .-]{0,99}", name) is not None


def class_names(tree: Path) -> tuple[str, ...]:
    """Names of the directories that are classes of a tree; none where it is no tree of images."""
    base = tree / "train" if os.path.isdir(tree / "train") else tree
    try:
        names = sorted(name for name in os.listdir(base) if not name.startswith(".") and os.path.isdir(base / name))
    except OSError:
        return ()
    return tuple(map(_text, names)) if names and _shows_images(base / names[0]) else ()


def _shows_images(directory: Path, patience: int = 1000) -> bool:
    for _, _, names in os.walk(directory):
        if any(map(_is_image, names)):
            return True
        patience -= 1 + len(names)
        if patience < 0:
            break
    return False


@dataclass(frozen=True)
class _Tree:
    base: Path
    name: str
    size: int

    def split(self) -> tuple[list[Labelled], list[Labelled], tuple[str, ...]]:
        """(images for training, for tests, names of the classes)."""
        if not os.path.isdir(self.base / "train"):
            return self._fifths()
        train, classes = self._labelled(self.base / "train")
        for part in ("val", "test"):
            if os.path.isdir(self.base / part):
                return train, self._tests(self.base / part, classes), classes
        raise self._broken(self.base, "it has a directory train, and neither val nor test")

    def _fifths(self) -> tuple[list[Labelled], list[Labelled], tuple[str, ...]]:
        every, classes = self._labelled(self.base)
        train: list[Labelled] = []
        test: list[Labelled] = []
        counts = [0] * len(classes)
        for path, label in every:
            counts[label] += 1
            (train if counts[label] % _FIFTH else test).append((path, label))
        if not test:
            raise self._broken(self.base, "none of its classes has five images, of which one would be for tests")
        return train, test, classes

    def images(self, labelled: Sequence[Labelled]) -> Images:
        pixels = np.empty((len(labelled), self.size, self.size, 3), np.uint8)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, of pictures that are odd and yet can be read
            for place, (path, _) in enumerate(labelled):
                pixels[place] = self._picture(path)
        return Images(pixels, np.array([label for _, label in labelled], np.int64))

    def _labelled(self, base: Path) -> tuple[list[Labelled], tuple[str, ...]]:
        classes = tuple(name for name, is_directory in self._entries(base) if is_directory)
        if not classes:
            raise self._broken(base, "it has no directories, one for each class")
        found: list[Labelled] = []
        for label, name in enumerate(classes):
            before = len(found)
            for path in self._walk(base / name):
                found.append((path, label))
                self._check_room(len(found))
            if len(found) == before:
                raise self._broken(base / name, f"it has no images ({', '.join(EXTENSIONS)})")
        return found, tuple(map(_text, classes))

    def _tests(self, base: Path, classes: tuple[str, ...]) -> list[Labelled]:
        numbers = {name: number for number, name in enumerate(classes)}
        if (base / _LIST).exists():
            return list(self._listed(base, numbers))
        found, names = self._labelled(base)
        if unknown := sorted(set(names) - numbers.keys()):
            raise self._broken(base / unknown[0], "train has no class of that name")
        return [(path, numbers[names[label]]) for path, label in found]

    def _listed(self, base: Path, numbers: dict[str, int]) -> Iterator[Labelled]:
        """Tiny ImageNet: a line for each image, its name and its class and more, between tabs."""
        file = self._file(base / _LIST)
        if (size := file.size) > _LARGEST_LIST:
            raise file.broken(f"it has {size:,} bytes, too many for a list")
        with file.opened() as stream:
            lines = stream.read(size).decode("utf-8", "replace").splitlines()
        self._check_room(len(lines))
        if not lines:
            raise file.broken("it is empty")
        for number, line in enumerate(lines, 1):
            name, label, *_ = [*line.split("\t"), "", ""]
            if not is_folder_name(name) or label not in numbers:
                raise file.broken(f"line {number} does not name an image and a class of train")
            yield base / _LISTED / name, numbers[label]

    def _walk(self, directory: Path) -> Iterator[Path]:
        """Images at any depth: those of a directory first, then those below, each in the order of their names."""
        waiting = [directory]
        while waiting:
            here = waiting.pop()
            entries = self._entries(here)
            yield from (here / name for name, is_directory in entries if not is_directory and _is_image(name))
            waiting += [here / name for name, is_directory in reversed(entries) if is_directory]

    def _entries(self, directory: Path) -> list[tuple[str, bool]]:
        """(name, is a directory), sorted; none that is hidden. Links to directories could lead anywhere, and back."""
        try:
            names = sorted(name for name in os.listdir(directory) if not name.startswith("."))
        except OSError as error:
            raise self._broken(directory, f"it cannot be read ({error.strerror})") from None
        found = [(name, os.path.isdir(directory / name)) for name in names]
        for name, is_directory in found:
            if is_directory and os.path.islink(directory / name):
                raise self._broken(directory / name, "it is a link to a directory, and such links are not followed")
        return found

    def _picture(self, path: Path) -> Pixels:
        # Imported here: it is for folders alone, and whoever lists data sets or trains on others does without.
        from PIL import Image, UnidentifiedImageError  # noqa: PLC0415

        if not Path(os.path.realpath(path)).is_relative_to(self.base):
            raise self._broken(path, "it is a link that leaves the tree, and such links are not followed")
        file = self._file(path)
        with file.opened() as stream:
            try:
                image = Image.open(stream, formats=_FORMATS)
                if image.width * image.height > _LARGEST_PICTURE:
                    raise ValueError(f"it has {image.width} x {image.height} pixels, too many")
                scaled = image.convert("RGB").resize((self.size, self.size), Image.Resampling.BILINEAR)
            except UnidentifiedImageError:  # says where the file lies, which others need not know
                raise file.broken("it is not an intact picture of a kind that is read here") from None
            except Exception as error:  # what a broken picture raises depends on its format, and on the version
                raise file.broken(f"it is not an intact picture ({error})") from None
            return np.asarray(scaled)

    def _check_room(self, count: int) -> None:
        if (needed := count * self.size**2 * 3) > LARGEST:
            raise self._broken(
                self.base,
                f"it has {count:,} images and perhaps more, which take {needed:,} bytes at {self.size} x {self.size} "
                f"pixels, and {LARGEST:,} are the limit: choose a smaller picture size, or take fewer images",
            )

    def _file(self, path: Path) -> DataFile:
        return DataFile(path, self._shown(path), f"{_REMEDY}.")

    def _shown(self, path: Path) -> str:
        return _text(Path(self.name) / path.relative_to(self.base))

    def _broken(self, path: Path, why: str) -> DataBroken:
        return DataBroken(f"{self._shown(path)} cannot be used: {why}")


def _text(name: str | Path) -> str:
    """A name as it can be written down: file names may hold bytes that are no text."""
    return os.fsencode(name).decode("utf-8", "replace")


def _is_image(name: str) -> bool:
    return name.lower().endswith(EXTENSIONS)

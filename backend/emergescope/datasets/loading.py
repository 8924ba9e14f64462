"""`load`: a data set by its name, from the files that hold it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from emergescope.datasets.cifar import read_batches
from emergescope.datasets.files import DataFile
from emergescope.datasets.folder import find_tree, read_folder
from emergescope.datasets.idx import read_idx
from emergescope.datasets.records import DataSet, Images
from emergescope.datasets.samples import mnist_5k
from emergescope.datasets.sources import SOURCES, VARIABLE, Source, find
from emergescope.datasets.svhn import read_svhn
from emergescope.errors import DataBroken, DataMissing

_Read = Callable[[Source, Sequence[DataFile]], tuple[Images, Images]]


def load(name: str, root: Path | None, *, folder: str | None = None, size: int = 32, classes: int = 1) -> DataSet:
    """A data set from the directory of data sets `root`, where it needs one; nothing is downloaded.

    folder   for the data set "folder": the name of a tree of images in `root`
    size     and the side in pixels that its images are scaled to
    classes  and how many of them it must have, at least

    The same files give the same arrays. Raises DataMissing for what is not there, DataBroken for what cannot be used.
    """
    if name == "folder" and root is not None:
        return read_folder(root, folder or "", size, classes)
    if (lacking := missing(name, root)) is not None:
        raise DataMissing(lacking)
    if root is None or name == "mnist-5k":
        return mnist_5k()
    source = SOURCES[name]
    train, test = _READERS[name](source, find(source, root).files)
    return DataSet.of(source.name, source.title, source.classes, train, test)


def missing(name: str, root: Path | None, folder: str | None = None, classes: int = 1) -> str | None:
    """What is missing to load a data set and how to get it, as a sentence; None where nothing is. Reads no images."""
    if name == "mnist-5k":
        return None
    if root is None:
        return f"there is no directory of data sets to find {name} in: set {VARIABLE} or --data-dir"
    if name == "folder":
        return _missing_folder(root, folder or "", classes)
    if name not in SOURCES:
        return f"there is no data set {name!r}: choose one of mnist-5k, {', '.join(SOURCES)} and folder"
    source, found = SOURCES[name], find(SOURCES[name], root)
    what = "is not there" if found.place is None else f"is not complete, for {', '.join(found.missing)} is missing"
    return f"the data set {source.title} {what}: {source.how}" if found.missing else None


def _missing_folder(root: Path, folder: str, classes: int) -> str | None:
    try:
        find_tree(root, folder, classes)
    except (DataMissing, DataBroken) as error:
        return error.detail
    return None


def _idx(source: Source, files: Sequence[DataFile]) -> tuple[Images, Images]:
    train_images, train_labels, test_images, test_labels = files
    classes = len(source.classes)
    return (
        read_idx(train_images, train_labels, source.shape, classes),
        read_idx(test_images, test_labels, source.shape, classes),
    )


def _cifar(source: Source, files: Sequence[DataFile]) -> tuple[Images, Images]:
    *train, test = files
    classes = len(source.classes)
    return read_batches(train, source.shape, classes), read_batches([test], source.shape, classes)


def _svhn(source: Source, files: Sequence[DataFile]) -> tuple[Images, Images]:
    train, test = files
    classes = len(source.classes)
    return read_svhn(train, source.shape, classes), read_svhn(test, source.shape, classes)


_READERS: Mapping[str, _Read] = {"mnist": _idx, "fashion-mnist": _idx, "cifar10": _cifar, "svhn": _svhn}

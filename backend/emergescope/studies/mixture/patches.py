"""Natural inputs: patches of photographs, those for tests from parts of them that training never sees."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

_TRAINING = 3, 4  # the left three quarters of a photograph
_LUMINANCE = 0.2126, 0.7152, 0.0722  # of red, green and blue (Rec. 709)


def grey(pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The luminance of pictures [..., 3], as [...]."""
    luminance: npt.NDArray[np.uint8] = (pictures @ np.array(_LUMINANCE)).round().astype(np.uint8)
    return luminance


def draw_patches(
    photographs: Sequence[npt.NDArray[np.uint8]], n: int, side: int, chance: torch.Generator, *, test: bool
) -> npt.NDArray[np.uint8]:
    """n square patches [n, side, side, ...] at random places of random photographs [h, w, ...].

    Those for training lie in the left three quarters of a photograph, those for tests in the right one.
    """
    which = torch.randint(len(photographs), (n,), generator=chance).tolist()
    places = torch.rand(n, 2, generator=chance, dtype=torch.float64).tolist()
    patches = np.empty((n, side, side, *photographs[0].shape[2:]), np.uint8)
    for patch, index, (down, right) in zip(patches, which, places, strict=True):
        photograph = photographs[index]
        height, width = photograph.shape[:2]
        cut = width * _TRAINING[0] // _TRAINING[1]
        first, last = (cut, width) if test else (0, cut)
        top, left = int(down * (height - side + 1)), first + int(right * (last - first - side + 1))
        patch[:] = photograph[top : top + side, left : left + side]
    return patches

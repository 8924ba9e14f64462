"""Neurons as pictures, in a grid: the gallery's picture of a run whose inputs are images. Used by make_pictures.py.

A weight is drawn as ink on clear ground, orange where it is positive and blue where it is negative, so that one file
suits light and dark paper; weights for colours are drawn as colours on grey.
"""

import base64
import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from emergescope.recording.events import Frame

COLUMNS, GAP = 5, 2  # pictures in a line, as many lines; pixels between them
LEVELS = 7  # of ink for each sign: fifteen colours, four bits a pixel
POSITIVE, NEGATIVE = (226, 108, 26), (62, 134, 208)

Pixels = npt.NDArray[np.uint8]


def chosen(last: Frame) -> npt.NDArray[np.intp]:
    """The neurons of all grids of a run: evenly spread, in order of their signal cosine at the end."""
    there = len(last.tensors["weights"])
    order = np.argsort(-np.nan_to_num(last.tensors["signal_cosine"][:there]), kind="stable")
    return order[np.unique(np.linspace(0, there - 1, COLUMNS**2).round().astype(int))]


def grid(frame: Frame, neurons: npt.NDArray[np.intp], side: float) -> str:
    """An SVG image, `side` units wide."""
    weights = frame.tensors["weights"][neurons]
    height, width = weights.shape[1:3]
    lines = -(-len(neurons) // COLUMNS)
    size = (lines * (height + GAP) - GAP, COLUMNS * (width + GAP) - GAP, *weights.shape[3:])
    paper = np.full(size, 128, np.uint8)
    for place, pixels in enumerate(weights):
        y, x = place // COLUMNS * (height + GAP), place % COLUMNS * (width + GAP)
        paper[y : y + height, x : x + width] = pixels
    data = base64.b64encode(_colours(paper) if paper.ndim == 3 else _ink(paper)).decode()
    tall = side * size[0] / size[1]
    return f'<image width="{side:g}" height="{tall:g}" href="data:image/png;base64,{data}"/>'


def _ink(weights: Pixels) -> bytes:
    """A PNG with a palette: the stronger a weight, the less is seen through it."""
    level = np.rint((weights.astype(float) - 128) / 127 * LEVELS).astype(int)
    picture = Image.fromarray((level + LEVELS).astype(np.uint8), "P")
    picture.putpalette([*NEGATIVE * LEVELS, 128, 128, 128, *POSITIVE * LEVELS])
    alpha = bytes(round(255 * abs(i) / LEVELS) for i in range(-LEVELS, LEVELS + 1))
    return _png(picture, transparency=alpha, bits=4)


def _colours(weights: Pixels) -> bytes:
    return _png(Image.fromarray(weights // 8 * 8 + 4, "RGB"))


def _png(picture: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True, **options)
    return file.getvalue()

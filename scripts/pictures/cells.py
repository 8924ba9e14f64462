"""Pictures made of cells: members as pictures, a matrix, and how values are spread over time.

A value is drawn as ink on clear ground, orange where it is positive and blue where it is negative, so that one file
suits light and dark paper; pictures in colour are drawn as colours on grey.
"""

import base64
import io
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from emergescope.recording.display import Axis, Display
from emergescope.recording.events import Frame

from .svg import HEIGHT, SIDE, WIDTH, Places, document, extent, side_by_side, spread, themed

COLUMNS, GAP = 5, 2  # pictures in a line, as many lines; pixels between them
LEVELS = 7  # of ink for each sign: fifteen colours, four bits a pixel
POSITIVE, NEGATIVE = (226, 108, 26), (62, 134, 208)
MOST = 120  # rows, and columns, of a matrix
WIDER = 5  # times, at most, that a column of a small group is as wide as one of the largest
BAND = 6  # below a matrix, for the colours of groups
STEPS = 220  # columns of a picture over time

Values = npt.NDArray[np.floating[Any]]


def images(frames: Sequence[Frame], _: Display, show: Mapping[str, Any]) -> str:
    """The same members as pictures in three grids: evenly spread, in order of the value that marks them at the end."""
    there = len(frames[-1].tensors[show["tensor"]])
    by = frames[-1].tensors[show["mark"]["tensor"]][:there]
    members = spread(np.argsort(-np.nan_to_num(by), kind="stable"), COLUMNS**2)
    return document(side_by_side(_grid(frame.tensors[show["tensor"]][members]) for frame in frames), "", ("", ""))


def matrix(frames: Sequence[Frame], display: Display, show: Mapping[str, Any]) -> str:
    """Three matrices on one scale: rows by their order, columns by their groups, whose colours stand below them."""
    tensor, name = display.tensors[show["tensor"]], show["tensor"]
    low, high = extent((frame.tensors[name] for frame in frames), show.get("range", (tensor.low, tensor.high)))
    foot, limit = (0.0, max(-low, high)) if low < 0 else (low, high)
    axis = display.axes.get(show["columns"])
    parts = []
    for frame in frames:
        values = frame.tensors[name].astype(float).reshape(len(frame.tensors[name]), -1)
        by = -np.nan_to_num(frame.tensors[show["order"]]) if "order" in show else np.zeros(len(values))
        rows, (columns, bands) = np.argsort(by, kind="stable"), _columns(axis, values.shape[1])
        cells = (values[np.ix_(spread(rows, MOST), columns)] - foot) / ((limit - foot) or 1)
        edge = HEIGHT - BAND if bands else HEIGHT
        picture = _image(_ink(cells), SIDE, edge, 'preserveAspectRatio="none" style="image-rendering:pixelated"')
        colours = (f'<path class="{c}" d="M{a:.1f} {HEIGHT - 2}H{b:.1f}"/>' for c, a, b in bands)
        parts.append("\n".join([picture, *colours, f'<path class="frame" d="M0 0H{SIDE}V{edge}H0Z"/>']))
    groups = {group.colour: group.colour for group in axis.groups} if axis else {}
    style = "path{fill:none;stroke-width:4}.frame{stroke-width:1;vector-effect:non-scaling-stroke}"
    return document(side_by_side(parts), style, themed(".CLASS{stroke:COLOUR}", {**groups, "frame": "hairline"}))


def density(frames: Sequence[Frame], _: Display, show: Mapping[str, Any]) -> str:
    """How the values of all members are spread, from the first step to the last."""
    low, high = show["range"]
    bins = int(show["bins"])
    steps = [frame.step for frame in frames]
    shown = [frames[i] for i in np.searchsorted(steps, np.linspace(steps[0], steps[-1], STEPS), "right") - 1]
    counts = np.stack([np.histogram(frame.tensors[show["tensor"]], bins, (low, high))[0] for frame in shown], 1)
    share = counts / np.maximum(1, counts.sum(0))
    strength = np.where(counts > 0, np.minimum(1, 0.2 + 1.6 * np.sqrt(share)), 0)  # as in the page
    sign = np.where(np.linspace(low, high, bins) < 0, -1, 1)[:, None]
    how = 'preserveAspectRatio="none" style="image-rendering:pixelated"'
    return document([_image(_ink((sign * strength)[::-1]), WIDTH, HEIGHT, how)], "", ("", ""))


def _columns(axis: Axis | None, p: int) -> tuple[Places, list[tuple[str, float, float]]]:
    """Columns of a matrix from left to right, those of small groups several times; and (colour, from, to) of groups."""
    groups = [
        (group.colour, np.array([m for m in group.members if m < p], int)) for group in (axis.groups if axis else ())
    ]
    grouped = {member for _, members in groups for member in members}
    parts = [*groups, ("", np.array([i for i in range(p) if i not in grouped], int))]
    largest = max(len(members) for _, members in parts)
    times = [1 if len(m) in (0, largest) else int(np.clip(p // (4 * len(m)), 1, WIDER)) for _, m in parts]
    wide = [np.repeat(spread(m, MOST) if len(m) else m, n) for (_, m), n in zip(parts, times, strict=True)]
    ends = np.cumsum([0, *map(len, wide)]) * SIDE / sum(map(len, wide))
    spans = zip(parts, pairwise(ends), strict=True)
    return np.concatenate(wide), [(colour, a, b) for (colour, _), (a, b) in spans if colour and b > a]


def _grid(pictures: npt.NDArray[np.uint8]) -> str:
    height, width = pictures.shape[1:3]
    lines = -(-len(pictures) // COLUMNS)
    size = (lines * (height + GAP) - GAP, COLUMNS * (width + GAP) - GAP, *pictures.shape[3:])
    paper = np.full(size, 128, np.uint8)
    for place, pixels in enumerate(pictures):
        y, x = place // COLUMNS * (height + GAP), place % COLUMNS * (width + GAP)
        paper[y : y + height, x : x + width] = pixels
    coloured = paper.ndim == 4 - 1
    png = _png(Image.fromarray(paper // 8 * 8 + 4, "RGB")) if coloured else _ink((paper.astype(float) - 128) / 127)
    return _image(png, SIDE, SIDE * size[0] / size[1])


def _image(png: bytes, width: float, height: float, how: str = "") -> str:
    data = base64.b64encode(png).decode()
    return (
        f'<image width="{width:g}" height="{height:g}" {how}{" " if how else ""}href="data:image/png;base64,{data}"/>'
    )


def _ink(values: Values) -> bytes:
    """A PNG with a palette, of values from -1 to 1: the stronger one is, the less is seen through it."""
    level = np.rint(np.clip(np.nan_to_num(values), -1, 1) * LEVELS).astype(int)
    picture = Image.fromarray((level + LEVELS).astype(np.uint8), "P")
    picture.putpalette([*NEGATIVE * LEVELS, 128, 128, 128, *POSITIVE * LEVELS])
    alpha = bytes(round(255 * abs(i) / LEVELS) for i in range(-LEVELS, LEVELS + 1))
    return _png(picture, transparency=alpha, bits=4)


def _png(picture: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True, **options)
    return file.getvalue()

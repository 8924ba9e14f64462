"""Motifs: pictures put together from an odd number of strokes, corners and blobs, the relevant patterns of a dictionary
of pictures. Data only: pictures.py draws them.
"""

from typing import Final, Literal, NamedTuple

SIDE: Final = 20  # pixels of the square canvas
MOST_PICTURES: Final = 80  # patterns that can be drawn so that they overlap little, whatever the seed

Motif = Literal["face", "house", "boat"]


class Part(NamedTuple):
    """A line of `radius` through `points` (x, y), or a blob around one; in pixels from the upper left one's middle."""

    name: str
    points: tuple[tuple[float, float], ...]
    radius: float = 0.5


MOTIFS: Final[dict[Motif, tuple[Part, ...]]] = {
    "face": (
        Part("left eye", ((6, 6.5),), 1.5),
        Part("right eye", ((13, 6.5),), 1.5),
        Part("nose", ((9.5, 8.5), (9.5, 12))),
        Part("left of the mouth", ((4, 12), (5.5, 14.5), (8.7, 15.8))),
        Part("right of the mouth", ((15, 12), (13.5, 14.5), (10.3, 15.8))),
    ),
    "boat": (
        Part("mast", ((9, 2), (9, 12))),
        Part("large sail", ((11, 3), (16, 11), (11, 11))),
        Part("small sail", ((7, 5), (3, 11), (7, 11))),
        Part("deck", ((5, 14), (14, 14))),
        Part("hull", ((3, 14), (6, 17), (13, 17), (16, 14))),
    ),
    "house": (
        Part("left of the roof", ((2, 9), (9, 2))),
        Part("right of the roof", ((10, 2), (17, 9))),
        Part("left wall", ((4, 10), (4, 17))),
        Part("right wall", ((15, 10), (15, 17))),
        Part("floor", ((5, 17), (14, 17))),
        Part("door", ((6, 16), (6, 12), (9, 12), (9, 16))),
        Part("window", ((12, 13),), 1.2),
    ),
}

"""The gallery's pictures: what the hero of a display draws, as a small SVG. Used by make_pictures.py."""

from collections.abc import Sequence

import numpy as np

from emergescope.recording.display import Display
from emergescope.recording.events import Frame

from . import cells, charts, points

OVER_TIME = {"curves": charts.curves, "density": cells.density}
MOMENTS = {"points": points.points, "images": cells.images, "matrix": cells.matrix, "bars": charts.bars}
TURNS = {"points": "colour", "images": "mark"}  # what tells how far members have turned


def picture(frames: Sequence[Frame], display: Display) -> str:
    """The SVG of a film."""
    hero = next((panel for panel in display.panels if panel.hero), display.panels[0])
    if hero.kind in OVER_TIME:
        return OVER_TIME[hero.kind](frames, display, hero.show)
    moved = hero.show.get(TURNS.get(hero.kind, ""), hero.show)["tensor"]
    known = [frame for frame in frames if moved in frame.tensors]
    return MOMENTS[hero.kind]([known[0], halfway(known, moved), known[-1]], display, hero.show)


def halfway(frames: Sequence[Frame], name: str) -> Frame:
    """The last frame before half of the way of a tensor from its start is behind, but not the first; where it stays as
    it is, the one in the middle.
    """
    values = [np.nan_to_num(frame.tensors[name].astype(float)) for frame in frames]
    there = len(values[0])  # members may be added as stages begin
    way = np.array([np.abs(value[:there] - values[0]).mean() for value in values])
    if not way.any():
        return frames[len(frames) // 2]
    return frames[max(1, int(np.argmax(way > way.max() / 2)) - 1)]

"""The neurons' map of one run, from frame to frame: each starts at the one before it. Used by the cameras."""

import math

import torch
from torch import Tensor

from emergescope.toolkit.layout import Layout, dissimilarity, first_positions, mds, procrustes

_FIRST_ITERATIONS = 300
_ITERATIONS = 40


class MapMaker:
    """Remembers the last map.

    last  [n + 2, 2] positions of the neurons and of the two stars; None before the first
    """

    def __init__(self) -> None:
        self.last: Tensor | None = None

    def draw(self, unit: Tensor, signal: Tensor) -> Layout:
        """The map of the rows of `unit` [n, c], which have norm 1, and, as its last two points, of +-`signal` [c]."""
        points = torch.cat([unit, signal[None], -signal[None]]).float()
        if not bool(points.isfinite().all()):
            return Layout(points.new_full((points.shape[0], 2), math.nan), math.nan)
        delta = dissimilarity(points)
        if self.last is None:
            layout = mds(delta, first_positions(points, signal.float()), _FIRST_ITERATIONS)
            # The first map is turned so that +s lies to the right and -s to the left of the middle.
            onto, weight = torch.zeros_like(layout.positions), torch.zeros(len(points), device=points.device)
            onto[-2, 0], onto[-1, 0], weight[-2:] = 1.0, -1.0, 1.0
        else:
            layout = mds(delta, self.last, _ITERATIONS)
            # The two landmarks together weigh as much as all neurons, so that the stars stay where one looks for them.
            onto, weight = self.last, torch.ones(len(points), device=points.device)
            weight[-2:] = (len(points) - 2) / 2
        self.last = procrustes(layout.positions, onto, weight)
        return Layout(self.last, layout.stress)

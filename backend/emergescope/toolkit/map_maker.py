"""The neurons' map: metric MDS of cosine dissimilarities (figure 2 of the paper), steady from frame to frame.

Minimises raw stress sum_{i<j} (delta_ij - |x_i - x_j|)^2 with delta_ij = 1 - cos(w_i, w_j) by SMACOF (de Leeuw 1977)
with relaxed updates (de Leeuw and Heiser 1980). Each map starts at the one before it and is rotated, reflected and
shifted onto it, so that what moves on the screen has moved in the network.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from emergescope.toolkit.spectrum import eigenvectors

_FIRST_ITERATIONS = 300
_ITERATIONS = 40
_CLOSE = 1e-12
_PATIENCE = 3


@dataclass(frozen=True)
class Layout:
    """A map of n points: positions [n, 2], and stress-1, sqrt(sum (delta - d)^2 / sum delta^2), 0 for a perfect map."""

    positions: Tensor
    stress: float


class MapMaker:
    """Draws the map of one run, from frame to frame: each starts at the one before it.

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


def dissimilarity(unit: Tensor) -> Tensor:
    """1 - cos for every pair of rows of `unit` [n, d] (unit vectors), [n, n]."""
    delta = torch.mm(unit, unit.T).neg_().add_(1).clamp_(min=0)
    delta.fill_diagonal_(0)
    return delta


def first_positions(unit: Tensor, axis: Tensor) -> Tensor:
    """A start for the first map, [n, 2]: x along the unit vector `axis` [d], y along the main direction besides.

    The random cloud at initialisation has many maps of nearly equal stress; starting at this one, a neuron that leans
    towards +s begins on its side.
    """
    x = unit @ axis
    rest = unit - x[:, None] * axis
    # The smaller of the two matrices of inner products has the same spectrum: pixels of a picture can be many.
    wide = rest.shape[0] < rest.shape[1]
    values, vectors = eigenvectors(rest @ rest.T if wide else rest.T @ rest)
    main = vectors[:, int(values.argmax())]
    # Where all points lie on the axis, rest is rounding error, and so small that its eigenvectors may not be found.
    y = torch.nan_to_num(main * values.max().clamp(min=0).sqrt() if wide else rest @ main)
    y = y * torch.where(y[y.abs().argmax()] < 0, -1.0, 1.0)
    positions = torch.stack([x, y], 1)
    return positions / positions.square().mean(0).sqrt().clamp(min=1e-6) * 0.5


def mds(delta: Tensor, start: Tensor, iterations: int, tolerance: float = 1e-4) -> Layout:
    """Metric MDS of `delta` [n, n] from `start` [n, 2].

    Stops after three iterations that each gain less than `tolerance` of the raw stress.
    """
    n = delta.shape[0]
    x = start - start.mean(0)
    total = float(delta.square().sum(dtype=torch.float64)) / 2
    ratio = torch.empty_like(delta)
    before, idle = float("inf"), 0
    for iteration in range(iterations):
        moved, raw = _guttman(delta, x, ratio, total)
        idle = idle + 1 if raw >= before * (1 - tolerance) else 0
        if idle == _PATIENCE:
            break
        before = min(before, raw)
        # Twice the step never raises the stress and takes about half as many iterations, but where points sit on top
        # of each other it can swing between two equally good maps: every other step is the plain one.
        x = 2 * moved - x if iteration % 2 == 0 else moved
    _, raw = _guttman(delta, x, ratio, total)
    stress = (max(raw, 0.0) / total) ** 0.5 if total > 0 and n > 1 else 0.0
    return Layout(x, stress)


def _guttman(delta: Tensor, x: Tensor, ratio: Tensor, total: float) -> tuple[Tensor, float]:
    """The Guttman transform of x, and the raw stress at x. Uses `ratio` [n, n] as scratch."""
    n = x.shape[0]
    norms = x.square().sum(1)
    torch.addmm(norms[None, :], x, x.T, alpha=-2, out=ratio)
    # delta / d, with pairs at the same place pulling nowhere
    ratio.add_(norms[:, None]).clamp_(min=_CLOSE).rsqrt_().mul_(delta)
    rows = ratio.sum(1, keepdim=True)
    bx = rows * x - ratio @ x
    squared_distances = n * float(norms.sum(dtype=torch.float64)) - float(x.sum(0).square().sum(dtype=torch.float64))
    cross = float((x * bx).sum(dtype=torch.float64))
    return bx / n, total + squared_distances - 2 * cross


def procrustes(points: Tensor, onto: Tensor, weight: Tensor) -> Tensor:
    """`points` [n, 2] rotated, reflected and shifted (never scaled) onto `onto`, least squares with `weight` [n]."""
    weight = weight / weight.sum()
    centre, target = weight @ points, weight @ onto
    u, _, vt = torch.linalg.svd((points - centre).T @ (weight[:, None] * (onto - target)))
    turned: Tensor = (points - centre) @ (u @ vt)
    return turned + target

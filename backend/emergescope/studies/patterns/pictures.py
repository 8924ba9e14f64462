"""A dictionary whose patterns are pictures: the parts of a motif, and other strokes, corners and blobs around them."""

import math

import torch
from torch import Tensor

from emergescope.errors import FieldError, InvalidConfig
from emergescope.studies.patterns.config import DictionaryProblem
from emergescope.studies.patterns.motif import MOTIFS, SIDE, Part

# Bounds on overlap: of two patterns, and of one that is not of the motif with the sum of the parts. What overlaps with
# the sum makes it harder to count the parts in a picture.
MOST_COHERENCE = 0.5
MOST_SIGNAL = 0.1
_TRIES = 20_000


def draw_pictures(
    problem: DictionaryProblem, generator: torch.Generator
) -> tuple[Tensor, tuple[int, ...], tuple[str, ...]]:
    """(matrix [400, D] float64, unit columns; the sorted columns of the motif's parts, at random places; names of all).

    Other patterns are drawn until there are D, no two with an inner product above MOST_COHERENCE, and none with one
    above MOST_SIGNAL with s, the sum of the parts. Raises InvalidConfig when that takes too long.
    """
    parts = MOTIFS[problem.motif]
    relevant = _unit(torch.stack([ink(part) for part in parts]))
    found, names = _background(problem.D - len(parts), relevant, generator)
    places = torch.randperm(problem.D, generator=generator)[: len(parts)].sort().values.tolist()
    columns, all_names = [*found], names
    for place, picture, part in zip(places, relevant, parts, strict=True):
        columns.insert(place, picture)
        all_names.insert(place, part.name)
    return torch.stack(columns, 1), tuple(places), tuple(all_names)


def ink(part: Part) -> Tensor:
    """The part as a picture [400]: 1 on the line, 0 off it, and in between where a pixel lies across its edge."""
    line = torch.arange(SIDE, dtype=torch.float64)
    pixels = torch.cartesian_prod(line, line).flip(1)  # (x, y), row by row
    distance = torch.full((SIDE**2,), math.inf, dtype=torch.float64)
    points = torch.tensor(part.points, dtype=torch.float64)
    for start, end in zip(points, points[1:] if len(points) > 1 else points, strict=False):
        along, offset = end - start, pixels - start
        share = (offset @ along / (along @ along).clamp(min=1e-12)).clamp(0, 1)
        distance = torch.minimum(distance, (offset - share[:, None] * along).norm(dim=1))
    return (part.radius + 0.5 - distance).clamp(0, 1)


def _background(count: int, relevant: Tensor, generator: torch.Generator) -> tuple[Tensor, list[str]]:
    """`count` pictures [count, 400] that keep to the bounds, and their names."""
    k, signal = len(relevant), relevant.sum(0)
    known = torch.cat([relevant, relevant.new_zeros(count, SIDE**2)])
    names: list[str] = []
    for _ in range(_TRIES):
        if len(names) == count:
            return known[k:], names
        part = _some_part(generator)
        if not all(part.radius <= c <= SIDE - 1 - part.radius for point in part.points for c in point):
            continue
        picture = _unit(ink(part)[None])[0]
        if picture @ signal <= MOST_SIGNAL and (known @ picture).max() <= MOST_COHERENCE:
            known[k + len(names)] = picture
            names.append(f"{part.name} {sum(name.startswith(part.name) for name in names) + 1}")
    message = f"no D = {k + count} pictures were found that overlap little: lower D"
    raise InvalidConfig(message, [FieldError("/problem/D", message)])


def _some_part(generator: torch.Generator) -> Part:
    """A stroke, corner or blob anywhere, also across the edge of the canvas."""
    kind, x, y, size, turn, bend = torch.rand(6, generator=generator, dtype=torch.float64).tolist()
    x, y = (SIDE - 1) * x, (SIDE - 1) * y
    if kind < 0.2:
        return Part("blob", ((x, y),), 1 + 0.6 * size)
    name, opening = ("stroke", math.pi) if kind < 0.6 else ("corner", math.pi * (1 + bend) / 3)
    arm, angle = 2 + 2 * size, 2 * math.pi * turn
    first, second = ((x + arm * math.cos(a), y + arm * math.sin(a)) for a in (angle, angle + opening))
    return Part(name, (first, (x, y), second))


def _unit(rows: Tensor) -> Tensor:
    norms: Tensor = rows.norm(dim=1, keepdim=True)
    return rows / norms

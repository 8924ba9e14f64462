"""Members as dots on a map, at three moments on one scale: dots that would hide each other are one."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from emergescope.recording.display import Display
from emergescope.recording.events import Frame

from .svg import ROUND, SIDE, document, side_by_side, spread, token

MARGIN = 24  # inside a map
MEMBERS = 200
LEVELS = 9  # colours, from -1 over the centre to 1
SERIES = [token(f"series-{n}") for n in range(1, 5)]  # of categories
STARS = ("negative", "positive", "ink-muted", "series-2")  # colours of landmarks
STOPS = [token(f"diverging-{at}") for at in ("negative", "negative-half", "centre-mark", "positive-half", "positive")]
Places = npt.NDArray[np.float64]  # [n, 2]
HIDES = 2.0  # dots closer than this are drawn as one


def points(frames: Sequence[Frame], _: Display, show: Mapping[str, Any]) -> str:
    """The first map of the panel, with its landmarks."""
    seen = [places for frame in frames for places in (_places(frame, show), _landmarks(frame, show))]
    ranges = show["maps"][0].get("ranges")
    reach = float(max(np.abs(places).max() for places in seen if places.size))
    low, high = np.array(ranges, float).T if ranges else np.array([[-reach, -reach], [reach, reach]])
    scale = (SIDE - 2 * MARGIN) / (high - low)
    maps = [
        f'<g transform="translate({SIDE / 2:g} {SIDE / 2:g})">\n{_map(frame, show, (low + high) / 2, scale)}\n</g>'
        for frame in frames
    ]
    return document(side_by_side(maps), ROUND, [_colours(show, theme) for theme in (0, 1)])


def _places(frame: Frame, show: Mapping[str, Any]) -> Places:
    """[n, 2] of the members, in units of the map."""
    one = show["maps"][0]
    if "positions" in one:
        return frame.tensors[one["positions"]].astype(float)
    return np.stack([frame.tensors[one[axis]] for axis in "xy"], 1).astype(float)


def _landmarks(frame: Frame, show: Mapping[str, Any]) -> Places:
    marks = show.get("landmarks", {})
    at = marks.get("at", {}).get(show["maps"][0]["id"])
    found = frame.tensors[marks["tensor"]] if "tensor" in marks else np.array(at or [])
    return found.astype(float).reshape(-1, 2)


def _by_category(show: Mapping[str, Any]) -> bool:
    """Whether colours are those of categories."""
    return bool(show["colour"].get("scale") == "categories")


def _stars(show: Mapping[str, Any]) -> list[str]:
    """Colours that landmarks may have."""
    return list(dict.fromkeys((*STARS, *show.get("landmarks", {}).get("colours", ()))))


def _map(frame: Frame, show: Mapping[str, Any], centre: Places, scale: Places) -> str:
    """Dots, drawn from the centre of the colour scale outwards, and the stars above them."""
    paths = []
    for dot in sorted(_merge(_dots(frame, show, centre, scale)), key=lambda dot: abs(dot.value)):
        level = round(dot.value) if _by_category(show) else round((dot.value + 1) / 2 * (LEVELS - 1))
        paths.append(f'<path class="c{level}" stroke-width="{2 * dot.area**0.5:.1f}" d="M{dot.x:.1f} {dot.y:.1f}h0"/>')
    landmarks = (_landmarks(frame, show) - centre) * scale
    for colour, (x, y) in zip(show.get("landmarks", {}).get("colours", ()), landmarks, strict=True):
        paths.append(f'<path class="s{_stars(show).index(colour)}" d="{_star(float(x), float(-y), 8)}"/>')
    return "\n".join(paths)


@dataclass
class _Dot:
    """A member, or several on one spot: `area` in squared units (over pi), `value` that colours it."""

    x: float
    y: float
    value: float
    area: float


def _dots(frame: Frame, show: Mapping[str, Any], centre: Places, scale: Places) -> list[_Dot]:
    colours = frame.tensors[show["colour"]["tensor"]]
    low, high = show["colour"].get("range", (-1, 1))
    rows = spread(np.arange(len(colours)), MEMBERS)
    places = (_places(frame, show)[rows] - centre) * scale
    sized = frame.tensors[show["size"]["tensor"]] if "size" in show else np.zeros(len(colours))
    size = np.abs(np.nan_to_num(sized[rows]))
    radius = 1.6 + 1.6 * size / max(float(size.max()), 1e-12)
    values = np.nan_to_num(colours[rows]).astype(float)
    if not _by_category(show):
        values = np.clip((2 * values - low - high) / (high - low), -1, 1)
    return [
        _Dot(float(x), float(-y), float(value), float(r) ** 2)
        for (x, y), value, r in zip(places, values, radius, strict=True)
    ]


def _merge(dots: Sequence[_Dot]) -> list[_Dot]:
    """Dots that would hide each other become one whose area is the sum of theirs: a crowd on one spot stays a crowd."""
    merged: list[_Dot] = []
    for dot in dots:
        near = next((m for m in merged if math.hypot(m.x - dot.x, m.y - dot.y) < HIDES), None)
        if near is None:
            merged.append(dot)
            continue
        area = near.area + dot.area
        for name in ("x", "y", "value"):
            mean = (getattr(near, name) * near.area + getattr(dot, name) * dot.area) / area
            setattr(near, name, mean)
        near.area = area
    return merged


def _star(x: float, y: float, radius: float) -> str:
    corners = []
    for i in range(10):
        r, angle = radius if i % 2 == 0 else 0.42 * radius, math.pi * (i / 5 - 0.5)
        corners.append(f"{x + r * math.cos(angle):.1f} {y + r * math.sin(angle):.1f}")
    return f"M{'L'.join(corners)}Z"


def _colours(show: Mapping[str, Any], theme: int) -> str:
    stops, paper = [stop[theme] for stop in STOPS], token("paper")[theme]
    stars = [(at, token(name)[theme]) for at, name in enumerate(_stars(show))]
    scale = [_blend(stops, level / (LEVELS - 1)) for level in range(LEVELS)]
    colours = [colour[theme] for colour in SERIES] if _by_category(show) else scale
    levels = [f".c{level}{{stroke:{colour}}}" for level, colour in enumerate(colours)]
    return "\n".join(levels + [f".s{at}{{fill:{colour};stroke:{paper};stroke-width:1.5}}" for at, colour in stars])


def _blend(stops: Sequence[str], share: float) -> str:
    """The colour at `share` (0 to 1) of a scale of equally spaced stops."""
    left = min(int(share * (len(stops) - 1)), len(stops) - 2)
    part = share * (len(stops) - 1) - left
    low, high = (np.array([int(stop[i : i + 2], 16) for i in (1, 3, 5)]) for stop in stops[left : left + 2])
    return "#" + "".join(f"{value:02x}" for value in (low + (high - low) * part).round().astype(int))

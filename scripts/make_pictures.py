"""Draws the gallery's pictures from real runs: each preset's neurons at the start, half-way and at the end.

    python scripts/make_pictures.py [PRESET ...]

Writes frontend/pictures/<id with / as ->.svg, for all presets unless some are named. A picture holds its colours for
light and for dark paper, and at most 200 of the neurons; where inputs are images, 25 neurons as pictures; of a teacher
and its student, curves. Presets that promise no values have not been run, and have no picture. Data sets are looked for
in EMERGESCOPE_DATA_DIR; presets whose data are not there keep the picture that they have.
"""

import argparse
import math
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from picture_curves import chart
from picture_grid import chosen, grid

from emergescope.catalog.overrides import apply_overrides
from emergescope.catalog.registry import get_preset, load_presets
from emergescope.datasets import VARIABLE
from emergescope.engine import run
from emergescope.errors import DataMissing
from emergescope.recording.events import Captured, Frame

FOLDER = Path(__file__).resolve().parent.parent / "frontend" / "pictures"
NEURONS = 200
SIDE, GAP, MARGIN = 200, 30, 24  # of one map, between maps, inside a map; in units of the drawing
LEVELS = 9  # colours, from -s over the centre to +s: the diverging scale of frontend/styles/tokens.css
LIGHT = ("#1b5fa8", "#7ba9d6", "#a3a9b1", "#eaa066", "#cc5500")
DARK = ("#63a9f3", "#3f6d9e", "#727a85", "#a8622c", "#ff8f3e")
HIDES = 2.0  # dots closer than this are drawn as one


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw the gallery's pictures from real runs.")
    parser.add_argument("presets", nargs="*", metavar="PRESET", help="ids of presets; all of them when none is named")
    FOLDER.mkdir(exist_ok=True)
    place = os.environ.get(VARIABLE)
    promising = [identifier for identifier, preset in load_presets().items() if preset.expected]
    for identifier in parser.parse_args().presets or promising:
        # Probes cost time and are not in the picture; they draw from their own generator, so the run is the same.
        config = apply_overrides(get_preset(identifier).config, {"capture.probe_every": 0})
        try:
            events = run(config, data_dir=Path(place) if place else None)
            frames = [event.frame for event in events if isinstance(event, Captured)]
        except DataMissing as error:
            print(f"{identifier}: {error}")
            continue
        file = FOLDER / f"{identifier.replace('/', '-')}.svg"
        file.write_text(picture(frames), "utf-8")
        print(f"{file.name}: {file.stat().st_size / 1000:.1f} kB")


def picture(frames: list[Frame]) -> str:
    """The SVG of a film."""
    if any("injected_accuracy" in frame.metrics for frame in frames):
        return chart(frames)
    return triptych([frames[0], halfway(frames), frames[-1]])


def halfway(frames: list[Frame]) -> Frame:
    """The last frame before the mean |cos| is halfway up, but not the first; the middle one where nothing rises."""
    means = np.array([np.abs(frame.tensors["signal_cosine"]).mean() for frame in frames])
    if means.max() - means[0] < 0.2:
        return frames[len(frames) // 2]
    return frames[max(1, int(np.argmax(means > (means[0] + means.max()) / 2)) - 1)]


def triptych(frames: list[Frame]) -> str:
    """The SVG of three maps on one scale, or of three grids of neurons, side by side."""
    parts = grids(frames) if "weights" in frames[0].tensors else maps(frames)
    drawn = "\n".join(f'<g transform="translate({i * (SIDE + GAP)} 0)">\n{part}\n</g>' for i, part in enumerate(parts))
    width = 3 * SIDE + 2 * GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {SIDE}" width="{width}" height="{SIDE}">\n'
        f"<style>\n{styles(LIGHT, '#ffffff')}\n"
        f"@media (prefers-color-scheme: dark) {{\n{styles(DARK, '#0f1215')}\n}}\n</style>\n"
        f"{drawn}\n</svg>\n"
    )


def grids(frames: list[Frame]) -> list[str]:
    neurons = chosen(frames[-1])
    return [grid(frame, neurons, SIDE) for frame in frames]


def maps(frames: list[Frame]) -> list[str]:
    reach = max(float(np.abs(frame.tensors[name]).max()) for frame in frames for name in ("layout", "landmarks"))
    scale = (SIDE / 2 - MARGIN) / reach
    return [
        f'<g transform="translate({SIDE / 2:g} {SIDE / 2:g})">\n{neuron_map(frame, scale)}\n</g>' for frame in frames
    ]


def neuron_map(frame: Frame, scale: float) -> str:
    """Dots, drawn from the centre of the colour scale outwards, and the stars at +s and -s above them."""
    paths = []
    for dot in sorted(merge(dots(frame, scale)), key=lambda dot: abs(dot.cosine)):
        level = round((dot.cosine + 1) / 2 * (LEVELS - 1))
        paths.append(f'<path class="c{level}" stroke-width="{2 * dot.area**0.5:.1f}" d="M{dot.x:.1f} {dot.y:.1f}h0"/>')
    for level, (x, y) in zip((LEVELS - 1, 0), frame.tensors["landmarks"] * scale, strict=True):
        paths.append(f'<path class="s{level}" d="{star(float(x), float(-y), 8)}"/>')
    return "\n".join(paths)


@dataclass
class Dot:
    """One neuron, or several on one spot: `area` in squared units (over pi), `cosine` with s."""

    x: float
    y: float
    cosine: float
    area: float


def dots(frame: Frame, scale: float) -> list[Dot]:
    rows = np.unique(np.linspace(0, len(frame.tensors["signal_cosine"]) - 1, NEURONS).round().astype(int))
    places = frame.tensors["layout"][rows] * scale
    cosine = np.nan_to_num(frame.tensors["signal_cosine"][rows])
    size = np.abs(np.nan_to_num(frame.tensors["output_weight"][rows]))
    radius = 1.6 + 1.6 * size / max(float(size.max()), 1e-12)
    return [
        Dot(float(x), float(-y), float(c), float(r) ** 2) for (x, y), c, r in zip(places, cosine, radius, strict=True)
    ]


def merge(dots: list[Dot]) -> list[Dot]:
    """Dots that would hide each other become one whose area is the sum of theirs: a crowd on one spot stays a crowd."""
    merged: list[Dot] = []
    for dot in dots:
        near = next((m for m in merged if math.hypot(m.x - dot.x, m.y - dot.y) < HIDES), None)
        if near is None:
            merged.append(dot)
            continue
        area = near.area + dot.area
        for name in ("x", "y", "cosine"):
            mean = (getattr(near, name) * near.area + getattr(dot, name) * dot.area) / area
            setattr(near, name, mean)
        near.area = area
    return merged


def star(x: float, y: float, radius: float) -> str:
    corners = []
    for i in range(10):
        r, angle = radius if i % 2 == 0 else 0.42 * radius, math.pi * (i / 5 - 0.5)
        corners.append(f"{x + r * math.cos(angle):.1f} {y + r * math.sin(angle):.1f}")
    return f"M{'L'.join(corners)}Z"


def styles(stops: tuple[str, ...], paper: str) -> str:
    rules = ["path{fill:none;stroke-linecap:round;stroke-linejoin:round}"]
    for level in range(LEVELS):
        rules.append(f".c{level}{{stroke:{blend(stops, level / (LEVELS - 1))}}}")
    for level, colour in ((0, stops[0]), (LEVELS - 1, stops[-1])):
        rules.append(f".s{level}{{fill:{colour};stroke:{paper};stroke-width:1.5}}")
    return "\n".join(rules)


def blend(stops: tuple[str, ...], share: float) -> str:
    """The colour at `share` (0 to 1) of a scale of equally spaced stops."""
    left = min(int(share * (len(stops) - 1)), len(stops) - 2)
    part = share * (len(stops) - 1) - left
    low, high = (np.array([int(stop[i : i + 2], 16) for i in (1, 3, 5)]) for stop in stops[left : left + 2])
    return "#" + "".join(f"{value:02x}" for value in (low + (high - low) * part).round().astype(int))


if __name__ == "__main__":
    main()

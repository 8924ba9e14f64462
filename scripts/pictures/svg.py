"""What all pictures share: their size, and the page's own colours for light and for dark paper, from tokens.css."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

TOKENS = (Path(__file__).resolve().parents[2] / "frontend" / "styles" / "tokens.css").read_text("utf-8")
SIDE, GAP = 200, 30  # of one part of three, and between them; in units of the drawing
WIDTH, HEIGHT = 3 * SIDE + 2 * GAP, SIDE
ROUND = "path{fill:none;stroke-linecap:round;stroke-linejoin:round}"

Places = npt.NDArray[np.intp]


def document(parts: Iterable[str], style: str, themed: Sequence[str]) -> str:
    """The SVG of what is drawn; `themed` are the rules for light and for dark paper."""
    light, dark = themed
    drawn = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">\n'
        f"<style>\n{style}\n{light}\n@media (prefers-color-scheme:dark){{\n{dark}\n}}\n</style>\n{drawn}\n</svg>\n"
    )


def side_by_side(parts: Iterable[str]) -> list[str]:
    """Three parts, each where it belongs."""
    return [f'<g transform="translate({i * (SIDE + GAP)} 0)">\n{part}\n</g>' for i, part in enumerate(parts)]


def token(name: str) -> tuple[str, str]:
    """The colours of a token for light and for dark paper."""
    found = re.search(rf"--{name}: light-dark\((#\w+), (#\w+)\)", TOKENS)
    assert found, f"tokens.css has no colour {name}"
    return found[1], found[2]


def themed(rules: str, names: Mapping[str, str]) -> tuple[str, str]:
    """`rules` once for each class and its token, "CLASS" and "COLOUR" filled in, for light and for dark paper."""
    light, dark = (
        "\n".join(rules.replace("CLASS", name).replace("COLOUR", token(colour)[i]) for name, colour in names.items())
        for i in (0, 1)
    )
    return light, dark


def spread(members: Places, most: int) -> Places:
    """At most so many of them, evenly spread, in their order."""
    chosen: Places = members[np.unique(np.linspace(0, len(members) - 1, most).round().astype(int))]
    return chosen


def extent(arrays: Iterable[npt.ArrayLike], said: Sequence[Any] = (None, None)) -> tuple[float, float]:
    """Where values lie: as it is said, else as they are seen."""
    values = np.concatenate([np.ravel(np.asarray(one, float)) for one in arrays])
    finite = values[np.isfinite(values)]
    seen = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    low, high = (float(end) if end is not None else value for end, value in zip(said, seen, strict=True))
    return low, high

"""How an experiment is drawn: the pictures that its preset declares, or usual ones, and what its lines look like."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field

from emergescope.config.base import Record
from emergescope.recording.display import Display

_COLOURS = ("series-1", "series-2", "series-3", "series-4", "ink", "ink-muted")
_STILLS = ("points", "images", "matrix")  # kinds of panels that a frame alone fills


class Curves(Record):
    """Metrics over steps, the seeds drawn together. With lines for the members there is a chart for each group, and
    one of the metrics is shown at a time, the first at the start; with lines for the metrics, a chart for each member.
    """

    kind: Literal["curves"] = "curves"
    title: str
    metrics: Annotated[tuple[str, ...], Field(min_length=1)]
    lines: Literal["members", "metrics"] = "members"
    range: tuple[float, float] | None = None
    text: str = ""


class Frames(Record):
    """A panel of the runs at a few steps beside each other, and below each what `metrics` were there, over all seeds.

    map  one of the maps of a panel that has several; the first where it does not say
    """

    kind: Literal["frames"] = "frames"
    title: str
    panel: str
    map: str = ""
    steps: Annotated[tuple[int | Literal["end"], ...], Field(min_length=1, max_length=6)]
    metrics: tuple[str, ...] = ()


Picture = Annotated[Curves | Frames, Field(discriminator="kind")]


def usual_pictures(display: Display) -> tuple[Curves | Frames, ...]:
    """What is drawn of runs that are shown like this, where nobody says it."""
    telling = tuple(name for name, one in display.metrics.items() if one.emphasis or one.vital)
    hero = next((panel for panel in display.panels if panel.hero and panel.kind in _STILLS), None)
    curves = Curves(title="Over training", metrics=telling) if telling else None
    frames = Frames(title=hero.title, panel=hero.id, steps=(0, "end"), metrics=telling[:2]) if hero else None
    return tuple(one for one in (curves, frames) if one is not None)


def unknown_in(picture: Curves | Frames, display: Display) -> Iterator[str]:
    """What a picture speaks of that such runs do not have."""
    yield from (f"a metric {name!r}" for name in picture.metrics if name not in display.metrics)
    if isinstance(picture, Frames):
        panel = next((panel for panel in display.panels if panel.id == picture.panel), None)
        if panel is None or panel.kind not in _STILLS:
            yield f"a panel {picture.panel!r} of the kind {', '.join(_STILLS)}"
        elif picture.map and picture.map not in [one["id"] for one in panel.show.get("maps", ())]:
            yield f"a map {picture.map!r} of its panel {picture.panel!r}"


def looks(displays: Sequence[Display]) -> list[tuple[str, str]]:
    """(colour, dash) of the lines of such runs: of the first facets that differ and say one, else by their order."""
    found: list[tuple[str, str]] = []
    for one in displays:
        colour, dash = "", "solid"
        for place, facet in reversed(list(enumerate(one.facets))):
            others = {other.facets[place].value for other in displays if len(other.facets) > place}
            if len(others) > 1:
                colour, dash = facet.colour or colour, facet.dash or dash
        found.append((colour, dash))
    free = iter([colour for colour in _COLOURS if colour not in {colour for colour, _ in found}])
    taken: set[tuple[str, str]] = set()
    for place, look in enumerate(found):
        if look in taken or not look[0]:
            found[place] = (next(free, _COLOURS[place % len(_COLOURS)]), look[1])
        taken.add(found[place])
    return found

"""Curves over steps, and bars at three moments, in the page's own colours."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from emergescope.recording.display import Display, Metric
from emergescope.recording.events import Frame

from .svg import HEIGHT, ROUND, SIDE, TOKENS, WIDTH, document, extent, side_by_side, themed

LEFT, TOP, BOTTOM = 82, 14, 180  # of the plot
TEXT, APART = 22, 22  # size of letters in a narrow card, and between the lines that name curves
LETTER = 0.56  # of that size, how wide they are
WIDE = 600  # pixels on the screen from which the drawing is a wide card's, where letters need less of it
THIN, THICK = 1.5, 2.5  # pixels on the screen
BARS = 10  # units above them, for what stands out
SMALLEST = 1e-12  # that a logarithm is taken of

Points = Sequence[tuple[float, float]]


def curves(frames: Sequence[Frame], display: Display, show: Mapping[str, Any]) -> str:
    """The metrics of the first pane that cards show, or all, over the steps at which there are any of them; a dashed
    line where a stage begins.
    """
    pane = show["panes"][0]
    asked = pane["metrics"] if isinstance(pane, Mapping) else pane
    measured = {name for frame in frames for name in asked if frame.metrics.get(name) is not None}
    named = {name: display.metrics[name] for name in asked if name in measured}
    metrics = {name: metric for name, metric in named.items() if metric.emphasis} or named
    known = [frame for frame in frames if any(frame.metrics.get(name) is not None for name in metrics)]
    log = all(metric.scale == "log" for metric in metrics.values())
    level = (lambda value: float(np.log10(max(value, SMALLEST)))) if log else float
    values = [level(value) for frame in known for name in metrics if (value := frame.metrics.get(name)) is not None]
    ends = [
        [end for metric in metrics.values() if (end := getattr(metric, side)) is not None] for side in ("low", "high")
    ]
    low, high = extent([values], (None, None) if log else (min(ends[0], default=None), max(ends[1], default=None)))
    first, last = known[0].step, known[-1].step
    names = [metric.short or metric.title for metric in metrics.values()]
    right = WIDTH - 16 - TEXT * LETTER * max(map(len, names))

    def x(step: float) -> float:
        return LEFT + (right - LEFT) * (step - first) / ((last - first) or 1)

    def y(value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * (value - low) / ((high - low) or 1)

    lines = {
        name: [(x(one.step), y(level(value))) for one in known if (value := one.metrics.get(name)) is not None]
        for name in metrics
    }
    share = all(metric.unit == "share" for metric in metrics.values())
    ticks = [(y(value), _tick(10**value if log else value, share)) for value in (low, (low + high) / 2, high)]
    begin = [x(a.step) for a, b in pairwise(known) if a.phase != b.phase and a.step > first]
    parts = [
        *(f'<path class="grid" d="M{LEFT} {height:.1f}H{right:.1f}"/>' for height, _ in ticks),
        *(_text(LEFT - 8, height, words, "end") for height, words in ticks),
        *(f'<path class="border" d="M{place:.1f} {TOP}V{BOTTOM}"/>' for place in begin),
        *(_line(metrics[name], points) for name, points in lines.items()),
        *(
            _text(right + 8, height, name, colour=metric.colour)
            for name, metric, height in zip(
                names, metrics.values(), _apart([p[-1][1] for p in lines.values()]), strict=True
            )
        ),
    ]
    used = {name: name for name in sorted({"ink-muted", *(metric.colour for metric in metrics.values())})}
    rules = [
        f"{coloured}\n{lines_}"
        for coloured, lines_ in zip(
            themed("path.CLASS{stroke:COLOUR}text.CLASS{fill:COLOUR}", used),
            themed(".CLASS{stroke:COLOUR}", {"grid": "hairline", "border": "line"}),
            strict=True,
        )
    ]
    font = re.search(r"--font: (.+);", TOKENS)
    assert font
    style = (
        f"{ROUND}path{{vector-effect:non-scaling-stroke}}\n.border{{stroke-dasharray:4 4}}\n"
        f"text{{font:{TEXT}px {font[1]};dominant-baseline:central}}\n"
        f"@media (min-width:{WIDE}px){{text{{font-size:{TEXT * 0.55:g}px}}}}"
    )
    return document(parts, style, rules)


def bars(frames: Sequence[Frame], display: Display, show: Mapping[str, Any]) -> str:
    """A bar for each member at three moments, on one scale; lines where they are beside something, or by a theory."""
    log = show.get("scale") == "log"

    def levels(values: Any) -> Any:
        numbers = np.ravel(np.asarray(values, float))
        return np.log10(np.maximum(numbers, SMALLEST)) if log else numbers

    now = [levels(frame.tensors[show["tensor"]]) for frame in frames]
    beside = show.get("beside")
    besides = [now[0] if beside == "start" else levels(frame.tensors[beside]) for frame in frames] if beside else []
    theory = [np.broadcast_to(levels(show["theory"]), now[0].shape)] * len(frames) if "theory" in show else []
    low, high = extent([*now, *besides, *theory])
    low, high = (max(low, high - 4), high) if log else (min(low, 0), max(high, 0))
    axis = display.axes.get(show.get("axis", ""))
    colour_of = {member: group.colour for group in (axis.groups if axis else ()) for member in group.members}

    def y(value: float) -> float:
        return HEIGHT - 1 - (HEIGHT - BARS) * (min(max(value, low), high) - low) / ((high - low) or 1)

    foot = y(low if log else 0)
    parts = []
    for i, values in enumerate(now):
        step = SIDE / len(values)
        thick = step * (0.8 if step > 3 else 1)
        drawn: dict[str, list[str]] = {}
        for member, value in enumerate(values):
            if np.isfinite(value):
                bar = f"M{member * step:.1f} {foot:.1f}V{y(value):.1f}h{thick:.1f}V{foot:.1f}Z"
                drawn.setdefault(colour_of.get(member, "background"), []).append(bar)
        marks = {
            name: [f"M{m * step:.1f} {y(v):.1f}h{thick:.1f}" for m, v in enumerate(lines[i]) if np.isfinite(v)]
            for name, lines in (("beside", besides), ("theory", theory))
            if lines
        }
        paths = [f'<path class="{name}" d="{"".join(path)}"/>' for name, path in {**drawn, **marks}.items()]
        parts.append("\n".join([f'<path class="grid" d="M0 {foot:.1f}H{SIDE}"/>', *paths]))
    filled = {name: name for name in sorted({"background", *colour_of.values()})}
    rules = [
        f"{full}\n{lines_}"
        for full, lines_ in zip(
            themed("path.CLASS{fill:COLOUR}", filled),
            themed(".CLASS{stroke:COLOUR}", {"grid": "hairline", "beside": "ink", "theory": "series-2"}),
            strict=True,
        )
    ]
    return document(side_by_side(parts), "path{fill:none}", rules)


def _tick(value: float, share: bool) -> str:
    text = f"{100 * value if share else value:.3g}"
    return f"{text} %" if share and value == 1 else text


def _apart(heights: Sequence[float]) -> list[float]:
    """Heights for the names of curves that end at `heights`: in their order, APART or more between them, all inside."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    placed = [heights[i] for i in order]
    for _ in placed:
        for i in range(1, len(placed)):
            lacking = APART - (placed[i] - placed[i - 1])
            if lacking > 0:
                placed[i - 1] -= lacking / 2
                placed[i] += lacking / 2
    lowest = TEXT / 2  # what is above it would be cut off
    for i, place in enumerate(placed):
        placed[i] = max(place, lowest)
        lowest = placed[i] + APART
    return [place for _, place in sorted(zip(order, placed, strict=True))]


def _line(metric: Metric, points: Points) -> str:
    places = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    width = THICK if metric.strong else THIN
    return f'<path class="{metric.colour}" stroke-width="{width:g}" d="M{places}"/>'


def _text(x: float, y: float, words: str, anchor: str = "start", colour: str = "ink-muted") -> str:
    return f'<text class="{colour}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{words}</text>'

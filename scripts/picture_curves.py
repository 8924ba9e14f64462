"""Curves of a teacher and its student: the gallery's picture of a run on a mixture. Used by make_pictures.py.

How well the teacher learns the data, then, over the steps of the student, how well the student learns each part of the
mixture beside direct training. Colours are the page's own, read from its style sheet.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from emergescope.recording.events import Frame

TOKENS = (Path(__file__).resolve().parent.parent / "frontend" / "styles" / "tokens.css").read_text("utf-8")
WIDTH, HEIGHT = 660, 200  # of the drawing, as of three maps
LEFT, RIGHT, TOP, BOTTOM = 82, 552, 14, 162  # of the plot
TEXT, APART = 22, 22  # size of letters in a narrow card, and between the lines that name curves
WIDE = 600  # pixels on the screen from which the drawing is a wide card's, where letters need less of it
# metric: (name, token of its colour, width in pixels on the screen): as studies/mixture/display.py has them
STUDENT = {
    "direct_accuracy": ("direct", "ink", 1.5),
    "data_accuracy": ("data", "series-1", 2.5),
    "injected_accuracy": ("injected", "series-2", 2.5),
}
TEACHER = ("teacher", "ink-muted", 1.5)
LINES = {"grid": "hairline", "border": "line"}


def chart(frames: Sequence[Frame]) -> str:
    """The SVG of a film: accuracies from 0 to 1 over steps, with a line where the student begins."""
    last = frames[-1].step
    begins = max(frame.step for frame in frames if frame.phase != "student")
    curves = {metric: _points(frames, metric, last) for metric in STUDENT}
    teacher = _points([frame for frame in frames if frame.phase != "student"], "teacher_accuracy", last)
    names, border = _spread([points[-1][1] for points in curves.values()]), _x(begins, last)
    parts = [
        *(f'<path class="grid" d="M{LEFT} {_y(share):.1f}H{RIGHT}"/>' for share in (0, 0.5, 1)),
        *(_text(LEFT - 8, _y(share), word, "end") for share, word in ((0, "0"), (0.5, "50"), (1, "100 %"))),
        f'<path class="border" d="M{border:.1f} {TOP}V{BOTTOM + 8}"/>',
        _text(border, BOTTOM + 22, "the student begins"),
        _line(TEACHER, teacher),
        _text(border - 10, teacher[-1][1] + APART, TEACHER[0], "end", TEACHER[1]),
        *(_line(STUDENT[metric], points) for metric, points in curves.items()),
        *(
            _text(RIGHT + 8, y, name, colour=colour)
            for (name, colour, _), y in zip(STUDENT.values(), names, strict=True)
        ),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">\n'
        f"<style>\n{_styles()}\n</style>\n" + "\n".join(parts) + "\n</svg>\n"
    )


def _x(step: int, last: int) -> float:
    return LEFT + (RIGHT - LEFT) * step / last


def _y(share: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * share


def _points(frames: Sequence[Frame], metric: str, last: int) -> list[tuple[float, float]]:
    """Places of a metric wherever it was measured and finite."""
    measured = [(frame.step, frame.metrics.get(metric)) for frame in frames]
    return [(_x(step, last), _y(value)) for step, value in measured if value is not None]


def _spread(heights: Sequence[float]) -> list[float]:
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


def _line(look: tuple[str, str, float], points: Sequence[tuple[float, float]]) -> str:
    _, colour, width = look
    places = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return f'<path class="{colour}" stroke-width="{width:g}" d="M{places}"/>'


def _text(x: float, y: float, words: str, anchor: str = "start", colour: str = "ink-muted") -> str:
    return f'<text class="{colour}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{words}</text>'


def _styles() -> str:
    used = sorted({colour for _, colour, _ in (*STUDENT.values(), TEACHER)})
    light, dark = (
        "\n".join(
            [f"path.{name}{{stroke:{_token(name)[i]}}}text.{name}{{fill:{_token(name)[i]}}}" for name in used]
            + [f".{name}{{stroke:{_token(token)[i]}}}" for name, token in LINES.items()]
        )
        for i in (0, 1)
    )
    font = re.search(r"--font: (.+);", TOKENS)
    assert font
    return (
        "path{fill:none;vector-effect:non-scaling-stroke;stroke-linecap:round;stroke-linejoin:round}\n"
        ".border{stroke-dasharray:4 4}\n"
        f"text{{font:{TEXT}px {font[1]};dominant-baseline:central}}\n"
        f"@media (min-width:{WIDE}px){{text{{font-size:{TEXT * 0.55:g}px}}}}\n"
        f"{light}\n@media (prefers-color-scheme:dark){{\n{dark}\n}}"
    )


def _token(name: str) -> tuple[str, str]:
    """The colours of a token for light and for dark paper."""
    found = re.search(rf"--{name}: light-dark\((#\w+), (#\w+)\)", TOKENS)
    assert found, f"tokens.css has no colour {name}"
    return found[1], found[2]

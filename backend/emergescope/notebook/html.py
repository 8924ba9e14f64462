"""A film as HTML for the page of a notebook, whose colours it takes. Whatever people write is escaped."""

import math
from collections.abc import Iterator
from html import escape

from emergescope.notebook.film import Curve, Film, in_words

_WIDTH, _HEIGHT = 300, 120  # of a picture; the curve keeps these distances from its edges
_LEFT, _RIGHT, _TOP, _BOTTOM = 54, 4, 24, 20
_FRAME = 620  # pixels that the lab needs to show its large panel and the timeline
# As styles/tokens.css has them, light and dark; whatever else is drawn has the colour of the page's text.
_COLOURS = {
    "positive": "light-dark(#c85200, #ff9447)",
    "negative": "light-dark(#1b5fa8, #6aaef5)",
    "background": "light-dark(#868d97, #7c8490)",
    "series-1": "light-dark(#007d5c, #2fc79a)",
    "series-2": "light-dark(#a8487f, #e39bc4)",
    "series-3": "light-dark(#8a7a00, #e8dc4a)",
    "series-4": "light-dark(#2b8fc4, #56b4e9)",
    "good": "light-dark(#15803d, #4ac07a)",
    "warn": "light-dark(#8a5a00, #e8b23c)",
    "bad": "light-dark(#b42318, #ff7b6e)",
}
# Browsers do not tell a frame of another origin whether the page around it is light or dark: its text does.
_THEME = """<script>(() => {
const here = document.currentScript.parentElement;
const theme = Math.max(...getComputedStyle(here).color.match(/\\d+/g).slice(0, 3)) > 128 ? "dark" : "light";
here.style.colorScheme = theme;
for (const frame of here.querySelectorAll("iframe")) frame.src += `&theme=${theme}`;
})()</script>"""


def to_html(film: Film, address: str | None = None, *, framed: bool = False) -> str:
    """`address` is where the lab shows it, in a frame if it may."""
    head = f"<strong>{escape(film.name)}</strong> · {escape(film.state)}"
    still = _still(film)
    if address is not None:
        safe = escape(address)
        head += f' · <a href="{safe}" target="_blank" rel="noopener">Open the lab</a>'
        if framed:
            size = f"display:block;width:100%;height:{_FRAME}px;border:0"
            frame = f'<iframe src="{safe}?present=1" title="Film of {escape(film.name)}" style="{size}"></iframe>'
            # For whoever reads it once the server is away.
            folded = '<details style="margin-top:8px"><summary style="margin-bottom:8px">As of now, without the server'
            still = f"{frame}{folded}</summary>{still}</details>"
    return f'<div style="max-width:80rem"><p style="margin:0.5em 0">{head}</p>{still}{_THEME}</div>'


def _still(film: Film) -> str:
    """Its curves, and a table."""
    pictures = "".join(map(_picture, film.curves))
    rows = "".join(
        f'<tr><th scope="row" style="text-align:left;font-weight:normal">{escape(title)}</th>'
        f'<td style="text-align:right;font-variant-numeric:tabular-nums">{escape(value)}</td></tr>'
        for title, value in film.numbers
    )
    table = f'<table style="margin:0.5em 0">{rows}</table>' if rows else ""
    return f'<div style="display:flex;flex-wrap:wrap;gap:16px">{pictures}</div>{table}'


def _picture(curve: Curve) -> str:
    """A small chart, with its extremes written beside it."""
    measured = [value for value in curve.values if value is not None]
    if not measured:
        return ""
    log = curve.scale == "log" and min(measured) > 0
    bounds = [] if log else [bound for bound in (curve.low, curve.high) if bound is not None]
    low, high = min([*measured, *bounds]), max([*measured, *bounds])
    last = in_words(measured[-1], curve.unit)
    title, colour = escape(curve.title), _COLOURS.get(curve.colour, "currentColor")
    lines = "".join(
        f'<path d="{path}" fill="none" style="stroke:{colour}" stroke-width="1.5" stroke-linejoin="round"/>'
        for path in _paths(curve, low, high, log)
    )
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    said = [
        (0, 14, "start", title, 1.0),
        (right, 14, "end", escape(last), 1.0),
        (_LEFT - 6, _TOP + 8, "end", escape(in_words(high, curve.unit)), 0.65),
        (_LEFT - 6, bottom, "end", escape(in_words(low, curve.unit)), 0.65),
        (_LEFT, _HEIGHT - 5, "start", f"step {curve.steps[0]}", 0.65),
        (right, _HEIGHT - 5, "end", str(curve.steps[-1]), 0.65),
    ]
    words = "".join(
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="currentColor" opacity="{opacity}">{text}</text>'
        for x, y, anchor, text, opacity in said
    )
    axis = f'<path d="M{_LEFT} {bottom}H{right}" stroke="currentColor" opacity="0.25"/>'
    return (
        f'<svg role="img" aria-label="{title}: {escape(last)} at step {curve.steps[-1]}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-size="12" font-family="system-ui, sans-serif">'
        f"{axis}{lines}{words}</svg>"
    )


def _paths(curve: Curve, low: float, high: float, log: bool) -> Iterator[str]:
    """The pieces of a curve between values that are lacking; a piece of one point is a dot."""
    first, last = curve.steps[0], curve.steps[-1]
    left, width, height = _LEFT, _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
    bottom, span = (math.log(low), math.log(high / low)) if log else (low, high - low)

    def place(step: int, value: float) -> str:
        up = ((math.log(value) if log else value) - bottom) / span if span else 0.5
        return f"{left + width * (step - first) / max(1, last - first):.1f} {_TOP + height * (1 - up):.1f}"

    piece: list[str] = []
    for step, value in zip([*curve.steps, last], [*curve.values, None], strict=True):
        if value is not None:
            piece.append(place(step, value))
        elif piece:
            yield f"M{'L'.join(piece if len(piece) > 1 else piece * 2)}"
            piece = []

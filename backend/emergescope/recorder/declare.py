"""How numbers and tensors are shown of which nobody said how: metrics by their names, tensors by their rank."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from emergescope.errors import InvalidConfig
from emergescope.recording.display import DTYPES, Axis, Facet, Metric, Panel, Tensor
from emergescope.recording.events import Array
from emergescope.toolkit.layer_display import Parts

_KINDS = {"f": "F", "i": "I", "u": "U", "b": "BOOL"}
_LOSSES = ("loss", "nll", "perplexity", "error", "energy")
_SHARES = ("acc", "accuracy", "precision", "recall", "auc", "f1")
_COLOURS = ("series-1", "series-2", "series-3", "series-4", "ink")
_APART = 4  # panes of metrics that have nothing in common
_LONGEST = 60  # characters of a value in a list
_FACETS = 12
_MOST_MEMBERS = 4096  # of an axis that is drawn as cells or bars


def metric_of(name: str, value: float | None, place: int) -> Metric:
    """A metric of which only its name and its first value are known."""
    words = name.lower().replace("/", "_").replace("-", "_").replace(".", "_").split("_")
    colour = _COLOURS[place % len(_COLOURS)]
    if _is_loss(name):
        return Metric(name, group="loss", colour=colour, vital=True, emphasis=place == 0)
    if value is not None and 0 <= value <= 1 and any(word in _SHARES for word in words):
        return Metric(name, unit="share", low=0, high=1, group="accuracy", colour=colour, emphasis=True)
    return Metric(name, group=name, colour=colour)


def curves_of(metrics: Mapping[str, Metric], leading: Sequence[str]) -> Panel | None:
    """Accuracies above, with what is `leading` of the layers, then losses, then all others each for itself."""
    bounded = [name for name, one in metrics.items() if one.unit == "share" or name in leading]
    losses = [name for name, one in metrics.items() if name not in bounded and _is_loss(name)]
    hidden = [n for n, one in metrics.items() if one.group == "alignment" and n not in leading]  # of layers
    others = [name for name in metrics if name not in (*bounded, *losses, *hidden)]
    apart, rest = others[:_APART], others[_APART:]
    panes = [("share, cosine", bounded), ("loss", losses), *((metrics[name].title, [name]) for name in apart)]
    told = [(title, names) for title, names in [*panes, ("others", rest)] if names]
    if not told:
        return None
    show = {"panes": [{"metrics": names, "title": title, "share": 1 / len(told)} for title, names in told]}
    return Panel("curves", "curves", "How does training go?", show, text="What the loop itself has measured.")


def _is_loss(name: str) -> bool:
    return any(word in name.lower() for word in _LOSSES)


def facets_of(settings: Mapping[str, Any]) -> tuple[Facet, ...]:
    """What tells two recordings apart: their settings, as far as those are plain."""
    plain = {name: one for name, one in settings.items() if isinstance(one, str | int | float | bool)}
    found = ((name, f"{one:g}" if isinstance(one, float) else str(one)[:_LONGEST]) for name, one in plain.items())
    return tuple(Facet(f"settings.{name}", name, value, f"{name} {value}") for name, value in [*found][:_FACETS])


def as_kept(array: Array) -> Array:
    """Numbers as frames keep them: those that safetensors has no name for in the next larger kind."""
    kind, size = array.dtype.kind, array.dtype.itemsize
    if kind == "u" and size > 1:
        return array.astype(np.int64 if size >= 4 else np.int32)
    return array.astype(np.float64) if kind == "f" and size > 8 else array


def parts_of(name: str, array: Array) -> Parts:
    """Axes, the tensor, and a panel that draws it, by its rank. Raises InvalidConfig for what no panel draws."""
    kind = _KINDS[array.dtype.kind]
    dtype = kind if kind == "BOOL" else f"{kind}{8 * array.dtype.itemsize}"
    shape, own = array.shape, f"tensor {name}"
    if dtype not in DTYPES or 0 in shape or not shape:
        raise InvalidConfig(f"the tensor {name!r} is {dtype} {list(shape)}: give one that holds something")
    panel: Panel | None
    match shape:
        case (n,):
            axes = {own: _axis(n)}
            panel = Panel(own, "bars", name, {"tensor": name, "axis": own, "title": name})
        case (n, 2):
            axes = {own: _axis(n)}
            place = {"id": "positions", "title": name, "positions": name}
            panel = Panel(own, "points", name, {"axis": own, "maps": [place], "trails": True})
        case (_, _):
            rows, columns = f"{own}, rows", f"{own}, columns"
            axes = {rows: _axis(shape[0], "row"), columns: _axis(shape[1], "column")}
            panel = Panel(own, "matrix", name, {"tensor": name, "rows": rows, "columns": columns, "title": name})
        case (n, _, _) | (n, _, _, 3):
            axes = {own: _axis(n, "picture")}
            panel = Panel(own, "images", name, {"tensor": name, "axis": own})
        case _:
            axes, panel = {}, None
    if panel is not None and max(one.shown for one in axes.values()) > _MOST_MEMBERS:
        axes, panel = {}, None  # it is kept, and there is no room to draw it
    places = _places(shape, [*axes])
    tensor = Tensor(dtype, places, always=False)
    return Parts(axes=axes, tensors={name: tensor}, panels=() if panel is None else (panel,))


def _axis(n: int, noun: str = "entry") -> Axis:
    return Axis(noun, "entries" if noun == "entry" else f"{noun}s", n, n)


def _places(shape: tuple[int, ...], axes: list[str]) -> tuple[str | int, ...]:
    return (*axes, *shape[len(axes) :])


def joined(parts: Iterable[Parts]) -> Parts:
    """All of them as one."""
    whole = Parts()
    for one in parts:
        whole = Parts(
            {**whole.metrics, **one.metrics},
            {**whole.axes, **one.axes},
            {**whole.tensors, **one.tensors},
            (*whole.panels, *one.panels),
            {**whole.glossary, **one.glossary},
        )
    return whole

"""What a display, or a frame, has that the display does not declare; fields that panels do not have. Knows no torch."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from emergescope.recording.display import COLOURS, DTYPES, Display, Panel
from emergescope.recording.events import Array, Frame
from emergescope.recording.plain import at

# Fields of each kind of panel (docs/display.md): the kind of thing that a value names, "" for none; or fields of its
# own; or one of both.
_PLAIN = ""
_GROUPS = {"name": _PLAIN, "low": _PLAIN, "high": _PLAIN, "colour": "colour"}
_COLOUR = {"tensor": "tensor", "groups": _GROUPS, **dict.fromkeys(("scale", "range", "title", "names"), _PLAIN)}
_MAP = {
    **dict.fromkeys(("positions", "x", "y"), "tensor"),
    **dict.fromkeys(("id", "title", "text", "extent", "scale", "titles", "ranges", "bound"), _PLAIN),
}
_FIELDS: Mapping[str, Mapping[str, Any]] = {
    "points": {
        "axis": "axis",
        "maps": _MAP,
        "colour": _COLOUR,
        "size": ("tensor", {"tensor": "tensor", "title": _PLAIN}),
        "landmarks": {"tensor": "tensor", "at": _PLAIN, "names": _PLAIN, "colours": "colour"},
        "trails": _PLAIN,
        "readouts": {"tensor": "tensor", "title": _PLAIN},
    },
    "matrix": {
        **{"tensor": "tensor", "rows": "axis", "columns": "axis", "order": "tensor", "first": "tensor"},
        **dict.fromkeys(("range", "title", "first_title", "ticks"), _PLAIN),
    },
    "curves": {"panes": ("metric", {"metrics": "metric", "title": _PLAIN, "share": _PLAIN})},
    "density": {
        "tensor": "tensor",
        "groups": _GROUPS,
        "lines": {"tensor": "tensor", "title": _PLAIN, "colour": "colour"},
        **dict.fromkeys(("range", "bins", "title", "lines_title"), _PLAIN),
    },
    "bars": {
        **{"tensor": "tensor", "axis": "axis", "beside": "tensor"},
        **dict.fromkeys(("scale", "title", "theory", "theory_title"), _PLAIN),
    },
    "images": {
        **{"tensor": "tensor", "axis": "axis", "scale": "tensor", "mark": _COLOUR, "pairs": _PLAIN, "anew": _PLAIN},
        "orders": {"id": _PLAIN, "title": _PLAIN, "by": "tensor", "split": "tensor"},
        "beside": {"tensor": "tensor", "names": _PLAIN},
        "references": {"axis": "axis", "sums": _PLAIN},
    },
    "comparison": {
        "event": "event",
        **dict.fromkeys(("list", "name", "group", "predicted", "measured", "deviation", "title"), _PLAIN),
    },
}
_NEEDED = {
    "points": ("axis", "maps"),
    "matrix": ("tensor", "rows", "columns"),
    "curves": ("panes",),
    "density": ("tensor", "range"),
    "bars": ("tensor",),
    "images": ("tensor", "axis"),
    "comparison": ("event",),
}
_CALLED = {"event": "kind of event", "word": "word of the glossary", "colour": "colour of the theme"}
_KINDS = {"float": "F", "bfloat": "BF", "int": "I", "uint": "U", "bool": "BOOL"}  # in safetensors
_Named = tuple[str, str, str, str]  # where, as a JSON pointer; who speaks, of what kind of thing, and its name


def undeclared(frame: Frame, display: Display) -> Iterator[str]:
    """What of a frame is not as its display declares it, each in a sentence."""
    tensors = {name: (_dtype_of(tensor), tensor.shape) for name, tensor in frame.tensors.items()}
    return misfits(display, frame.step, frame.metrics, tensors, frame.says)


def misfits(
    display: Display,
    step: int,
    metrics: Collection[str],
    tensors: Mapping[str, tuple[str, Sequence[int]]],
    says: Collection[str],
) -> Iterator[str]:
    """The same of names of metrics and of panels that it says something of, and of tensors by dtype (as safetensors
    calls it) and shape.
    """
    of = f"of the frame of step {step}"
    for name in set(metrics) - display.metrics.keys():
        yield f"its display does not declare the metric {name!r} {of}: declare it, or leave it out"
    for name, (found, shape) in tensors.items():
        if name not in display.tensors:
            yield f"its display does not declare the tensor {name!r} {of}: declare it, or leave it out"
            continue
        declared = display.tensors[name]
        bounds = [
            (0 if isinstance(axis, str) and display.axes[axis].at_most else size, size)
            for axis, size in zip(declared.shape, display.shape_of(name), strict=True)
        ]
        alike = found == declared.dtype and len(shape) == len(bounds)
        if not alike or any(not low <= n <= high for n, (low, high) in zip(shape, bounds, strict=True)):
            said = ", ".join(str(high) if low == high else f"at most {high}" for low, high in bounds)
            is_now = f"the tensor {name!r} {of} is {found} {[*shape]}"
            yield f"{is_now}, and its display declares {declared.dtype} [{said}]: correct one of them"
    for panel in set(says) - {panel.id for panel in display.panels}:
        yield f"its display has no panel {panel!r}, and {of[3:]} says something of it: declare it, or leave it out"


def _dtype_of(tensor: Array) -> str:
    """As safetensors calls it; NumPy's own name where frames have no such numbers."""
    name = tensor.dtype.name
    kind = name.rstrip("0123456789")
    found = _KINDS.get(kind, kind) + name.removeprefix(kind)
    return found if found in DTYPES else name


def unknown(display: Display) -> Iterator[str]:
    """Each in a sentence."""
    yield from (sentence for _, sentence in undeclared_names(display))


def undeclared_names(display: Display) -> Iterator[tuple[str, str]]:
    """Each as a JSON pointer to who speaks, and a sentence."""
    known: Mapping[str, Collection[str]] = {
        "axis": display.axes,
        "tensor": display.tensors,
        "metric": display.metrics,
        "event": display.events,
        "word": display.glossary,
        "colour": COLOURS,
    }
    for where, who, kind, name in dict.fromkeys(_named(display)):
        if kind not in known:
            yield where, f"{who} has {name!r}, and there is no such field"
        elif name not in known[kind]:
            yield where, f"{who} names {name!r}, which is no {_CALLED.get(kind, kind)}"
    for place, panel in enumerate(display.panels):
        where, who = f"/panels/{place}/show", f"the panel {panel.id!r}"
        lacking = [key for key in _NEEDED[panel.kind] if key not in panel.show]
        yield from ((where, f"{who} does not say its {key!r}") for key in lacking)
        ids = [one.get("id") for one in panel.show.get("maps", ())]
        elsewhere = [name for name in panel.show.get("landmarks", {}).get("at", {}) if name not in ids]
        yield from ((where, f"{who} has landmarks at {name!r}, which is no map of it") for name in elsewhere)


def renamed(panel: Panel, names: Mapping[str, Mapping[str, str]]) -> Panel:
    """The panel where things have other names: by kind ("tensor", "axis", ...), what each is called now."""
    return replace(panel, show=_renamed(_FIELDS[panel.kind], panel.show, names))


def _renamed(fields: Any, value: Any, names: Mapping[str, Mapping[str, str]]) -> Any:
    if isinstance(value, list | tuple):
        return [_renamed(fields, one, names) for one in value]
    plain, inside = fields if isinstance(fields, tuple) else (fields, fields)
    if isinstance(value, Mapping) and isinstance(inside, Mapping):
        return {key: _renamed(inside.get(key, _PLAIN), one, names) for key, one in value.items()}
    return names.get(plain, {}).get(value, value) if isinstance(value, str) and isinstance(plain, str) else value


def _named(display: Display) -> Iterator[_Named]:
    for name, tensor in display.tensors.items():
        where, who = at("/tensors", name), f"the shape of the tensor {name!r}"
        yield from ((where, who, "axis", one) for one in tensor.shape if isinstance(one, str))
    for name, axis in display.axes.items():
        where, who = at("/axes", name), f"the axis {name!r}"
        if axis.part_of is not None:
            yield where, who, "axis", axis.part_of
        yield from ((where, who, "colour", group.colour) for group in axis.groups)
    for name, metric in display.metrics.items():
        yield at("/metrics", name), f"the metric {name!r}", "colour", metric.colour
    for place, facet in enumerate(display.facets):
        if facet.colour:
            yield at("/facets", place), f"the facet {facet.key!r}", "colour", facet.colour
    for place, panel in enumerate(display.panels):
        where, who = at("/panels", place), f"the panel {panel.id!r}"
        yield from ((where, who, "word", word) for word in panel.words)
        named = _of(who, _FIELDS[panel.kind], panel.show)
        yield from ((f"{where}/show", *one) for one in named)


def _of(who: str, fields: Any, value: Any) -> Iterator[tuple[str, str, str]]:
    """What `value` names, whose `fields` these are."""
    if isinstance(value, list | tuple):
        for one in value:
            yield from _of(who, fields, one)
        return
    plain, inside = fields if isinstance(fields, tuple) else (fields, fields)
    if isinstance(value, Mapping) and isinstance(inside, Mapping):
        for key, one in value.items():
            if key in inside:
                yield from _of(who, inside[key], one)
            else:
                yield who, "field", key
    elif isinstance(value, str) and isinstance(plain, str) and plain and (plain, value) != ("tensor", "start"):
        yield who, plain, value

"""A display that anybody may have written, from JSON: types, sizes and names are checked. Knows no torch."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from emergescope.recording.declared import undeclared_names
from emergescope.recording.display import DTYPES, Axis, Display, Panel, Tensor
from emergescope.recording.plain import LARGEST, Wrong, at, is_name, oversized, refuse

_MOST_SHOWN = 1_000_000  # members of an axis
_MOST_DIMENSIONS = 8
_MOST_BINS = 1000

_Range = tuple[float, float]


class _Show(BaseModel):
    """Of a part of a panel, which fields have which type; which there are, and what they name, is in declared.py."""

    model_config = ConfigDict(strict=True, extra="allow", allow_inf_nan=False)


class _Titled(_Show):
    tensor: str | None = None
    title: str = ""


class _Group(_Show):
    name: str
    low: float | None = None
    high: float | None = None


class _Colour(_Titled):
    scale: Literal["diverging", "sequential", "categories"] = "diverging"
    range: _Range | None = None
    names: list[str] = []
    groups: list[_Group] = []


class _Bar(_Show):
    length: float
    text: str = ""


class _Map(_Show):
    id: str
    title: str = ""
    text: str = ""
    positions: str | None = None
    x: str | None = None
    y: str | None = None
    extent: float | None = None
    scale: _Bar | None = None
    titles: tuple[str, str] | None = None
    ranges: tuple[_Range, _Range] | None = None
    bound: float | None = None


class _Landmarks(_Show):
    tensor: str | None = None
    at: dict[str, list[_Range]] = {}
    names: list[str] = []
    colours: list[str] = []


class _Points(_Show):
    axis: str
    maps: Annotated[list[_Map], Field(min_length=1)]
    colour: _Colour | None = None
    size: str | _Titled | None = None
    landmarks: _Landmarks = _Landmarks()
    trails: bool = False
    readouts: list[_Titled] = []


class _Tick(_Show):
    value: float
    text: str = ""
    note: str = ""


class _Matrix(_Titled):
    rows: str
    columns: str
    order: str | None = None
    first: str | None = None
    first_title: str = ""
    range: _Range | None = None
    ticks: list[_Tick] = []


class _Pane(_Show):
    metrics: list[str]
    title: str = ""
    share: float | None = None


class _Curves(_Show):
    panes: list[list[str] | _Pane]


class _Density(_Titled):
    tensor: str
    range: _Range
    bins: Annotated[int, Field(ge=1, le=_MOST_BINS)] = 1
    groups: list[_Group] = []
    lines: list[_Titled] = []
    lines_title: str = ""


class _Bars(_Titled):
    axis: str | None = None
    beside: str | None = None
    scale: Literal["linear", "log"] = "linear"
    theory: float | list[float] | None = None
    theory_title: str = ""


class _Order(_Show):
    id: str
    title: str = ""
    by: str
    split: str | None = None


class _Beside(_Show):
    tensor: str
    names: list[str] = []


class _Sum(_Show):
    name: str
    columns: list[int]


class _References(_Show):
    axis: str
    sums: list[_Sum] = []


class _Images(_Titled):
    axis: str
    scale: str | None = None
    mark: _Colour | None = None
    orders: list[_Order] = []
    pairs: bool = False
    anew: list[str] = []
    beside: list[_Beside] = []
    references: _References | None = None


class _Comparison(_Show):
    event: str
    list: str | None = None
    name: str | None = None
    group: str | None = None
    predicted: str | None = None
    measured: str | None = None
    deviation: str | None = None
    title: str = ""


_SHOWS: Mapping[str, type[_Show]] = {
    "points": _Points,
    "matrix": _Matrix,
    "curves": _Curves,
    "density": _Density,
    "bars": _Bars,
    "images": _Images,
    "comparison": _Comparison,
}
_display = cache(lambda: TypeAdapter(Display))


def read_display(data: object) -> Display:
    """The display that `as_json` has made `data` of. Raises InvalidConfig with pointers; unknown keys are ignored."""
    refuse(oversized(data))
    try:
        display = _display().validate_json(json.dumps(data, allow_nan=False), strict=True)
    except (TypeError, ValueError) as error:
        refuse(_mistyped(error, ""))
        raise
    for check in (_panels, _lists, _declarations, undeclared_names):
        refuse(check(display))
    return display


def _mistyped(error: Exception, pointer: str) -> Iterator[Wrong]:
    if not isinstance(error, ValidationError):
        yield pointer, f"this is not JSON: {error}"
        return
    for item in error.errors(include_url=False, include_input=False):
        # Of a union pydantic names the member that it has tried: no part of the data has such a name.
        path = [part for part in item["loc"] if not (isinstance(part, str) and re.search(r"[\[(]|^_[A-Z]", part))]
        yield pointer + "".join(at("", part) for part in path), re.sub("^Input ", "this ", item["msg"])


def _panels(display: Display) -> Iterator[Wrong]:
    """What is wrong with panels, each by itself and beside the others."""
    ids: set[str] = set()
    lines: set[str] = set()
    for place, panel in enumerate(display.panels):
        where = f"/panels/{place}"
        if not is_name(panel.id) or panel.id in ids:
            yield f"{where}/id", f"the id {panel.id[:40]!r} is that of another panel, or no name: choose another"
        ids.add(panel.id)
        try:
            _SHOWS[panel.kind].model_validate_json(json.dumps(panel.show), strict=True)
        except ValidationError as error:
            yield from _mistyped(error, f"{where}/show")
            continue
        if panel.kind == "density":
            yield from _density(panel, where, lines)
    if sum(panel.hero for panel in display.panels) > 1:
        yield "/panels", "one panel is the hero, at most"


def _density(panel: Panel, where: str, lines: set[str]) -> Iterator[Wrong]:
    """`lines`: tensors that are lines already; the index has one mean of each."""
    low, high = panel.show["range"]
    if not low < high:
        yield f"{where}/show/range", "a range begins below its end"
    for line in panel.show.get("lines", ()):
        if "tensor" not in line or line["tensor"] in lines:
            yield f"{where}/show/lines", "each line says its tensor, and no tensor is a line twice"
        else:
            lines.add(line["tensor"])


def _lists(display: Display) -> Iterator[Wrong]:
    if display.paper is not None and not re.match(r"https?://", display.paper.url):
        yield "/paper/url", "an address begins with https://"
    for name, axis in display.axes.items():
        for pointer, message in _axis(axis):
            yield at("/axes", name) + pointer, message
        follows: str | None = name
        for _ in display.axes:
            whole = None if follows is None else display.axes.get(follows)
            follows = None if whole is None else whole.part_of
        if follows in display.axes:
            yield at("/axes", name) + "/part_of", "these axes are parts of each other"


def _axis(axis: Axis) -> Iterator[Wrong]:
    if not 0 <= axis.shown <= min(axis.total, _MOST_SHOWN):
        yield "/shown", f"so many are shown: 0 to the total, and {_MOST_SHOWN:,} at most"
    for field in ("names", "short", "numbers"):
        if (given := getattr(axis, field)) is not None and len(given) != axis.shown:
            yield f"/{field}", f"there are {len(given):,} of them for {axis.shown:,} that are shown"
    for place, group in enumerate(axis.groups):
        if any(not 0 <= member < axis.shown for member in group.members):
            yield f"/groups/{place}/members", f"members are places among those shown, 0 to {axis.shown - 1}"


def _declarations(display: Display) -> Iterator[Wrong]:
    for name, tensor in display.tensors.items():
        for pointer, message in _tensor(tensor):
            yield at("/tensors", name) + pointer, message


def _tensor(tensor: Tensor) -> Iterator[Wrong]:
    if tensor.dtype not in DTYPES:
        yield "/dtype", f"a dtype is one of {', '.join(DTYPES)}"
    if len(tensor.shape) > _MOST_DIMENSIONS:
        yield "/shape", f"a tensor has {_MOST_DIMENSIONS} dimensions at most"
    if any(isinstance(size, int) and not 0 <= size <= LARGEST for size in tensor.shape):
        yield "/shape", "a size is not negative"

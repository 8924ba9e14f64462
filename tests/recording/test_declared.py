"""A display names nothing that it does not declare, and its panels have the fields of their kind."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from emergescope.recording.declared import renamed, unknown
from emergescope.recording.display import COLOURS, Axis, Display, EventKind, Facet, Group, Metric, Panel, Tensor

DISPLAY = Display(
    "A run",
    {"loss": Metric("loss")},
    {"rows": Axis("row", "rows", 4, 4), "first": Axis("row", "rows", 2, 4, part_of="rows")},
    {"a": Tensor("F32", ("rows",)), "map": Tensor("F32", ("rows", 2)), "pictures": Tensor("U8", ("first", 2, 2))},
    events={"found": EventKind("Found", "found")},
    glossary={"row": "A row."},
)
COLOUR = {"tensor": "a", "scale": "diverging", "groups": [{"name": "high", "low": 1, "colour": "positive"}]}
SOUND: dict[str, dict[str, Any]] = {
    "points": {
        "axis": "rows",
        "maps": [{"id": "map", "title": "map", "positions": "map"}, {"id": "plane", "title": "", "x": "a", "y": "a"}],
        "colour": COLOUR,
        "size": {"tensor": "a", "title": "a"},
        "landmarks": {"tensor": "map", "at": {"plane": [[0, 1]]}, "names": ["here"], "colours": ["ink"]},
        "readouts": [{"tensor": "a", "title": "a"}],
    },
    "matrix": {
        "tensor": "map",
        "rows": "rows",
        "columns": "first",
        "order": "a",
        "first": "a",
        "ticks": [{"value": 0}],
    },
    "curves": {"panes": [["loss"], {"metrics": ["loss"], "title": "loss", "share": 0.5}]},
    "density": {"tensor": "a", "range": [0, 1], "lines": [{"tensor": "a", "title": "", "colour": "ink"}]},
    "bars": {"tensor": "a", "axis": "rows", "beside": "start", "theory": [0, 1, 2, 3]},
    "images": {
        "tensor": "pictures",
        "axis": "first",
        "scale": "a",
        "mark": COLOUR,
        "orders": [{"id": "by", "title": "By", "by": "a", "split": "a"}],
        "beside": [{"tensor": "pictures", "names": ["one"]}],
        "references": {"axis": "rows", "sums": [{"name": "all", "columns": [0, 1]}]},
    },
    "comparison": {"event": "found", "list": "parts", "name": "name"},
}


def told(kind: str, **changes: Any) -> list[str]:
    panel = Panel("p", kind, "", {**SOUND[kind], **changes}, words=("row",))  # type: ignore[arg-type]
    return list(unknown(replace(DISPLAY, panels=(panel,))))


@pytest.mark.parametrize("kind", SOUND)
def test_what_is_declared_is_known(kind: str) -> None:
    assert told(kind) == []


@pytest.mark.parametrize(
    ("kind", "changes", "name"),
    [
        ("points", {"axis": "columns"}, "'columns', which is no axis"),
        ("points", {"maps": [{"id": "plane", "positions": "b"}]}, "'b', which is no tensor"),
        ("points", {"maps": [{"id": "plane", "x": "a", "y": "b"}]}, "'b', which is no tensor"),
        ("points", {"size": "b"}, "'b', which is no tensor"),
        ("points", {"size": {"tensor": "b"}}, "'b', which is no tensor"),
        ("points", {"colour": {**COLOUR, "tensor": "b"}}, "'b', which is no tensor"),
        ("points", {"colour": {"groups": [{"colour": "#ff0000"}]}}, "'#ff0000', which is no colour of the theme"),
        ("points", {"landmarks": {"colours": ["red"]}}, "'red', which is no colour of the theme"),
        ("points", {"landmarks": {"at": {"parts": []}}}, "landmarks at 'parts', which is no map of it"),
        ("points", {"readouts": [{"tensor": "b"}]}, "'b', which is no tensor"),
        ("matrix", {"order": "b"}, "'b', which is no tensor"),
        ("matrix", {"first": "b"}, "'b', which is no tensor"),
        ("matrix", {"columns": "columns"}, "'columns', which is no axis"),
        ("curves", {"panes": [["accuracy"]]}, "'accuracy', which is no metric"),
        ("curves", {"panes": [{"metrics": ["accuracy"]}]}, "'accuracy', which is no metric"),
        ("density", {"lines": [{"tensor": "b"}]}, "'b', which is no tensor"),
        ("density", {"colour": "ink"}, "has 'colour', and there is no such field"),
        ("bars", {"beside": "b"}, "'b', which is no tensor"),
        ("images", {"scale": "b"}, "'b', which is no tensor"),
        ("images", {"mark": {"tensor": "b"}}, "'b', which is no tensor"),
        ("images", {"orders": [{"by": "a", "split": "b"}]}, "'b', which is no tensor"),
        ("images", {"beside": [{"tensor": "b"}]}, "'b', which is no tensor"),
        ("images", {"references": {"axis": "columns"}}, "'columns', which is no axis"),
        ("comparison", {"event": "lost"}, "'lost', which is no kind of event"),
    ],
)
def test_what_is_not_declared_is_found(kind: str, changes: dict[str, Any], name: str) -> None:
    (sentence,) = told(kind, **changes)
    assert sentence.startswith("the panel 'p' ")
    assert sentence.endswith(name)


@pytest.mark.parametrize("kind", SOUND)
def test_a_panel_without_what_it_draws_is_found(kind: str) -> None:
    panel = Panel("p", kind, "")  # type: ignore[arg-type]
    assert any("does not say its" in sentence for sentence in unknown(replace(DISPLAY, panels=(panel,))))


def test_what_lies_outside_of_panels_is_found() -> None:
    part = Axis("row", "rows", 2, 4, groups=(Group("odd", "brown", (1,)),), part_of="columns")
    metrics, facets = {"loss": Metric("loss", colour="blue")}, (Facet("a", "a", "a", colour="pink"),)
    panels = (Panel("p", "bars", "", SOUND["bars"], words=("column",)),)
    found = unknown(
        replace(DISPLAY, axes={**DISPLAY.axes, "first": part}, metrics=metrics, facets=facets, panels=panels)
    )
    names = [re.findall(r"names '(\w+)'", sentence)[0] for sentence in found]
    assert names == ["columns", "brown", "blue", "pink", "column"]


def test_colours_are_those_of_the_theme() -> None:
    tokens = Path(__file__).resolve().parents[2] / "frontend" / "styles" / "tokens.css"
    assert set(re.findall(r"^  --([\w-]+):", tokens.read_text("utf-8"), re.MULTILINE)) >= COLOURS


@pytest.mark.parametrize("kind", SOUND)
def test_a_panel_follows_when_things_are_renamed(kind: str) -> None:
    """Of several layers each has panels of its own: all that a panel names, and nothing else, is called otherwise."""
    panel = Panel("p", kind, "panel", SOUND[kind])  # type: ignore[arg-type]
    names = {
        "axis": {name: f"x.{name}" for name in DISPLAY.axes},
        "tensor": {name: f"x.{name}" for name in DISPLAY.tensors},
    }
    of: dict[str, Any] = {
        "axes": {
            f"x.{name}": replace(one, part_of=one.part_of and f"x.{one.part_of}") for name, one in DISPLAY.axes.items()
        },
        "tensors": {
            f"x.{name}": replace(one, shape=tuple(f"x.{n}" if isinstance(n, str) else n for n in one.shape))
            for name, one in DISPLAY.tensors.items()
        },
    }
    assert [*unknown(replace(DISPLAY, panels=(panel,)))] == []
    assert [*unknown(replace(DISPLAY, panels=(renamed(panel, names),), **of))] == []
    back = {of_kind: {new: old for old, new in some.items()} for of_kind, some in names.items()}
    assert json.dumps(renamed(renamed(panel, names), back).show) == json.dumps(panel.show)

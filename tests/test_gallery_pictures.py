"""The gallery's pictures: whose run has one, how large they are, and what is drawn of the hero of a display."""

import base64
import io
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from scripts.pictures import picture
from scripts.pictures.cells import NEGATIVE, POSITIVE
from scripts.pictures.charts import APART, BARS, BOTTOM, LEFT, TEXT, TOP
from scripts.pictures.svg import HEIGHT, WIDTH

from emergescope.catalog.gallery import load_cards
from emergescope.recording.display import Axis, Display, Group, Metric, Panel, Tensor
from emergescope.recording.events import Frame

FOLDER = Path(__file__).resolve().parent.parent / "frontend" / "pictures"
SVG = "{http://www.w3.org/2000/svg}"
FILES = {file.stem: file for file in FOLDER.glob("*.svg") if file.stem != "icon"}


def test_presets_that_promise_values_have_a_picture_and_no_others() -> None:
    """But for variants, which stand on the card of another, and for what takes more than ten minutes."""
    promising = {card.preset.id: card for card in load_cards().values() if card.preset.expected and card.captions}
    needed = {name for name, card in promising.items() if card.variant_of is None and card.preset.seconds <= 600}
    assert {name.replace("/", "-") for name in needed} <= FILES.keys() <= {name.replace("/", "-") for name in promising}


@pytest.mark.parametrize("name", FILES)
def test_a_picture_is_small_and_whole(name: str) -> None:
    assert FILES[name].stat().st_size <= 60_000
    root = ElementTree.parse(FILES[name]).getroot()
    assert root.attrib["viewBox"] == "0 0 660 200"


LOOKS = {
    "direct": Metric("learned directly", "direct", "share", 0, 1, emphasis=True),
    "data": Metric("data part", "data", "share", 0, 1, emphasis=True, strong=True, colour="series-1"),
    "injected": Metric("injected part", "injected", "share", 0, 1, emphasis=True, strong=True, colour="series-2"),
    "teacher": Metric("teacher", "", "share", 0, 1, colour="ink-muted"),
}


def shown(kind: Any, **show: Any) -> Display:
    """A display whose hero is of that kind, with three members in a row, of which the last is the relevant one."""
    groups = (Group("relevant", "positive", (2,)), Group("others", "background", (0, 1)))
    axes = {"inputs": Axis("input", "inputs", 3, 3, groups=groups), "rows": Axis("row", "rows", 2, 2)}
    tensors = {
        "w": Tensor("F32", ("rows", "inputs")),
        "norm": Tensor("F32", ("rows",)),
        "b": Tensor("F32", ("inputs",)),
    }
    first = Panel("first", "curves", "", {"panes": [["teacher"]]})
    return Display("", LOOKS, axes, tensors, (first, Panel("hero", kind, "", show, hero=True)))


def frame(step: int, phase: str = "", tensors: dict[str, Any] | None = None, **metrics: float | None) -> Frame:
    return Frame(step, phase, metrics, {}, {name: np.array(one, "f4") for name, one in (tensors or {}).items()})


def film(late: float | None = 0.9, **more: float | None) -> list[Frame]:
    learned: dict[str, Any] = {"direct": 0.9, "injected": 0.4}
    last: dict[str, Any] = {**learned, "data": 0.9, **more}
    return [
        frame(0, "start", teacher=0.0),
        frame(10, "teacher", teacher=0.8),
        frame(10, "student", data=0.5, **learned),
        frame(15, "student", data=0.5, **learned),
        frame(20, "late", data=late, **learned),
        frame(40, "late", **last),
    ]


def drawn(frames: list[Frame]) -> tuple[dict[str, str], dict[str, tuple[float, float]]]:
    """(path of each line by the token of its colour, place of each name)."""
    root = ElementTree.fromstring(picture(frames, shown("curves", panes=[{"metrics": list(LOOKS)}, ["teacher"]])))
    paths = {path.attrib["class"]: path.attrib["d"] for path in root.iter(f"{SVG}path")}
    places = {str(text.text): (float(text.attrib["x"]), float(text.attrib["y"])) for text in root.iter(f"{SVG}text")}
    return paths, places


def test_curves_of_what_cards_show_lie_where_steps_and_values_say() -> None:
    paths, names = drawn(film())
    right = names["injected"][0] - 8
    x = {step: LEFT + (right - LEFT) * (step - 10) / 30 for step in (10, 15, 20, 40)}  # since there are any of them
    y = {share: BOTTOM - (BOTTOM - TOP) * share for share in (0, 0.4, 0.5, 1)}
    assert "ink-muted" not in paths
    places = ((10, 0.4), (15, 0.4), (20, 0.4), (40, 0.4))
    assert paths["series-2"] == "M" + "L".join(f"{x[step]:.1f} {y[share]:.1f}" for step, share in places)
    assert paths["border"].startswith(f"M{x[15]:.1f} ")  # the end of a stage
    assert [names[tick][1] for tick in ("0", "50", "100 %")] == pytest.approx([y[0], y[0.5], y[1]], abs=0.1)
    assert names["injected"][1] == pytest.approx(y[0.4], abs=0.1)
    assert right + 8 + len("injected") * TEXT / 2 < WIDTH


def test_curves_leave_out_what_is_not_finite() -> None:
    whole, broken = (drawn(film(late))[0]["series-1"] for late in (0.9, None))
    assert (whole.count("L"), broken.count("L")) == (3, 2)


def test_names_of_curves_that_end_together_stand_apart_in_their_order() -> None:
    _, names = drawn(film(direct=0.9, data=0.91))
    assert names["direct"][1] - names["data"][1] == pytest.approx(APART, abs=0.2)


def test_names_of_curves_that_end_at_the_top_are_not_cut_off() -> None:
    _, names = drawn(film(direct=1.0, data=1.0, injected=1.0))
    heights = sorted(names[name][1] for name in ("direct", "data", "injected"))
    assert heights == pytest.approx([TEXT / 2 + i * APART for i in range(3)], abs=0.2)


def pixels(image: ElementTree.Element) -> Any:
    """Red, green, blue and alpha of each pixel."""
    data = base64.b64decode(image.attrib["href"].partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA")).astype(int)


def test_a_matrix_is_drawn_at_three_moments_its_rows_in_order_and_its_small_groups_first() -> None:
    start, end = [[0, 0, 0], [0, 0, 0]], [[-1, 0, 4], [float("nan"), 2, -4]]
    middle = [[0, 0, 1], [0, 0, 0]]
    frames = [frame(i, tensors={"w": w, "norm": [1, 2]}) for i, w in enumerate([start, middle, middle, end])]
    show = {"tensor": "w", "rows": "rows", "columns": "inputs", "order": "norm"}
    root = ElementTree.fromstring(picture(frames, shown("matrix", **show)))
    first, half, last = (pixels(image) for image in root.iter(f"{SVG}image"))
    assert first[..., 3].max() == 0
    assert half[1, 0, 3] == pytest.approx(255 / 4, abs=20)  # of one scale
    assert [tuple(last[0, i]) for i in (0, 2)] == [(*NEGATIVE, 255), (*POSITIVE, pytest.approx(128, abs=20))]
    assert (tuple(last[1, 0]), last[0, 1, 3]) == ((*POSITIVE, 255), 0)
    bands = [path.attrib["class"] for path in root.iter(f"{SVG}path")]
    assert bands == ["positive", "background", "frame"] * 3


def test_bars_of_three_moments_have_one_scale() -> None:
    frames = [frame(i, tensors={"b": b}) for i, b in enumerate([[1, 1, 1], [1, 1, 1], [1, float("nan"), 4]])]
    root = ElementTree.fromstring(picture(frames, shown("bars", tensor="b", axis="inputs", beside="start")))
    paths = [(path.attrib["class"], path.attrib["d"]) for path in root.iter(f"{SVG}path")]
    tops = [[(name, float(top)) for top in re.findall(r"M[\d.]+ 199.0V([\d.]+)h", path)] for name, path in paths]
    found = [top for tops_of in tops for top in tops_of]
    foot, quarter, whole = HEIGHT - 1, HEIGHT - 1 - (HEIGHT - BARS) / 4, BARS - 1
    assert foot == 199
    assert found[:3] == [("background", quarter), ("background", quarter), ("positive", quarter)]
    assert found[-2:] == [("background", quarter), ("positive", whole)]
    assert [path.count("M") for name, path in paths if name == "beside"] == [3, 3, 3]


def test_a_density_is_of_all_steps_and_signed() -> None:
    frames = [frame(0, tensors={"norm": [0.1, 0.1]}), frame(10, tensors={"norm": [-0.9, 0.9]})]
    root = ElementTree.fromstring(picture(frames, shown("density", tensor="norm", range=[-1, 1], bins=4)))
    (image,) = root.iter(f"{SVG}image")
    drawing = pixels(image)
    assert [tuple(drawing[row, 0, :3]) for row in range(4) if drawing[row, 0, 3]] == [POSITIVE]
    assert [tuple(drawing[row, -1, :3]) for row in range(4) if drawing[row, -1, 3]] == [POSITIVE, NEGATIVE]


def test_colours_are_the_pages_own() -> None:
    tokens = (FOLDER.parent / "styles" / "tokens.css").read_text("utf-8")
    for file in sorted(FOLDER.glob("paper-figure-4-*.svg")):
        light, dark = file.read_text("utf-8").split("@media (prefers-color-scheme:dark)")
        for token in ("ink", "ink-muted", "series-1", "series-2"):
            colours = re.search(rf"--{token}: light-dark\((#\w+), (#\w+)\)", tokens)
            assert colours is not None
            assert f"path.{token}{{stroke:{colours[1]}}}" in light, f"{file.name}: make pictures"
            assert f"path.{token}{{stroke:{colours[2]}}}" in dark, f"{file.name}: make pictures"

"""The gallery's pictures: whose run has one, how large they are, and what the curves of a mixture draw."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from scripts.picture_curves import APART, BOTTOM, LEFT, RIGHT, TEXT, TOP, chart

from emergescope.catalog.registry import load_presets, study_of
from emergescope.recording.events import Frame

FOLDER = Path(__file__).resolve().parent.parent / "frontend" / "pictures"
FILES = {file.stem: file for file in FOLDER.glob("*.svg") if file.stem != "icon"}


def test_presets_that_promise_values_have_a_picture_and_no_others() -> None:
    promising = {
        identifier.replace("/", "-")
        for identifier, preset in load_presets().items()
        if preset.expected and study_of(preset.config).captions(preset.config)
    }
    assert set(FILES) == promising


@pytest.mark.parametrize("name", FILES)
def test_a_picture_is_small_and_whole(name: str) -> None:
    assert FILES[name].stat().st_size <= 60_000
    root = ElementTree.parse(FILES[name]).getroot()
    assert root.attrib["viewBox"] == "0 0 660 200"


def frame(step: int, phase: str, **metrics: float | None) -> Frame:
    return Frame(step, phase, metrics, {}, {})


def film(data: float | None = 0.9) -> list[Frame]:
    student = {"direct_accuracy": 0.9, "injected_accuracy": 0.4, "teacher_accuracy": 0.8}
    return [
        frame(0, "start", teacher_accuracy=0.0),
        frame(10, "teacher", teacher_accuracy=0.8),
        frame(15, "student", data_accuracy=0.5, **student),
        frame(20, "student", data_accuracy=data, **student),
        frame(40, "student", data_accuracy=0.9, **student),
    ]


def drawn(frames: list[Frame]) -> tuple[dict[str, str], dict[str, float]]:
    """(path of each line by the token of its colour, height of each name)."""
    root = ElementTree.fromstring(chart(frames))
    space = "{http://www.w3.org/2000/svg}"
    paths = {path.attrib["class"]: path.attrib["d"] for path in root.iter(f"{space}path")}
    return paths, {str(text.text): float(text.attrib["y"]) for text in root.iter(f"{space}text")}


def test_curves_lie_where_steps_and_accuracies_say() -> None:
    paths, names = drawn(film())
    x = {step: LEFT + (RIGHT - LEFT) * step / 40 for step in (0, 10, 15, 20, 40)}
    y = {share: BOTTOM - (BOTTOM - TOP) * share for share in (0, 0.4, 0.5, 0.8, 0.9)}
    assert paths["ink-muted"] == f"M{x[0]:.1f} {y[0]:.1f}L{x[10]:.1f} {y[0.8]:.1f}"  # the teacher, while it learns
    places = ((15, 0.5), (20, 0.9), (40, 0.9))
    assert paths["series-1"] == "M" + "L".join(f"{x[step]:.1f} {y[share]:.1f}" for step, share in places)
    assert paths["border"].startswith(f"M{x[10]:.1f} ")
    assert names["injected"] == pytest.approx(y[0.4], abs=0.1)


def test_curves_leave_out_what_is_not_finite() -> None:
    whole, broken = (drawn(film(data))[0]["series-1"] for data in (0.9, None))
    assert (whole.count("L"), broken.count("L")) == (2, 1)


def test_names_of_curves_that_end_together_stand_apart_in_their_order() -> None:
    *_, last = film()
    frames = [*film()[:-1], frame(40, "student", **{**last.metrics, "data_accuracy": 0.91})]
    _, names = drawn(frames)
    assert names["direct"] - names["data"] == pytest.approx(APART, abs=0.2)


def test_names_of_curves_that_end_at_the_top_are_not_cut_off() -> None:
    ends = dict.fromkeys(("direct_accuracy", "data_accuracy", "injected_accuracy"), 1.0)
    _, names = drawn([*film()[:-1], frame(40, "student", **ends)])
    heights = sorted(names[name] for name in ("direct", "data", "injected"))
    assert heights == pytest.approx([TEXT / 2 + i * APART for i in range(3)], abs=0.2)


def test_colours_are_the_pages_own() -> None:
    tokens = (FOLDER.parent / "styles" / "tokens.css").read_text("utf-8")
    for file in sorted(FOLDER.glob("paper-figure-4-*.svg")):
        light, dark = file.read_text("utf-8").split("@media (prefers-color-scheme:dark)")
        for token in ("ink", "ink-muted", "series-1", "series-2"):
            colours = re.search(rf"--{token}: light-dark\((#\w+), (#\w+)\)", tokens)
            assert colours is not None
            assert f"path.{token}{{stroke:{colours[1]}}}" in light, f"{file.name}: make pictures"
            assert f"path.{token}{{stroke:{colours[2]}}}" in dark, f"{file.name}: make pictures"

"""The index: columns over all frames, histograms of the density panels, and what a frame lacks."""

import json
from dataclasses import replace

import numpy as np
from safetensors.numpy import load

from emergescope.recording.codec import INDEX_FORMAT, IndexRow, encode_index, read_metadata, row_as_json, sketch
from emergescope.recording.display import Axis, Display, Metric, Panel, Tensor

DISPLAY = Display(
    "A run",
    {"loss": Metric("loss")},
    {"rows": Axis("row", "rows", 4, 4)},
    {"a": Tensor("F32", ("rows",), -1, 1), "b": Tensor("F16", ("rows",), 0, 2)},
    (
        Panel("one", "density", "a", {"tensor": "a", "range": [-1, 1], "bins": 4}),
        Panel("map", "points", "no density"),
        Panel("two", "density", "b", {"tensor": "b", "range": [0, 2], "bins": 2}),
    ),
)


def test_histograms_count_what_is_a_number_and_lies_within() -> None:
    a = np.array([-1, -0.6, 0.1, 1], np.float32)
    b = np.array([np.nan, np.inf, 5, 1.5], np.float16)
    counts = np.frombuffer(sketch(DISPLAY, {"a": a, "b": b}), "<u2")
    assert counts.tolist() == [2, 0, 1, 1, 0, 1]
    assert np.frombuffer(sketch(DISPLAY, {"b": b}), "<u2").tolist() == [0, 0, 0, 0, 0, 1]


def test_columns_have_a_row_for_each_frame() -> None:
    full = sketch(DISPLAY, {"a": np.zeros(4, np.float32), "b": np.ones(4, np.float16)})
    rows = (
        IndexRow(0, 0, "start", True, {}, full),
        IndexRow(1, 5, "features", False, {"loss": 0.5}, None),
        IndexRow(3, 9, "features", True, {"loss": None, "other": 2.0}, b"of another version"),
    )
    blob = encode_index("r", DISPLAY, rows)
    assert blob == encode_index("r", DISPLAY, rows)
    metadata = read_metadata(blob, INDEX_FORMAT)
    assert json.loads(metadata["stages"]) == ["start", "features"]
    columns = {name: column.tolist() for name, column in load(blob).items()}
    assert columns["seq"] == [0, 1, 3]
    assert columns["step"] == [0, 5, 9]
    assert columns["stage"] == [0, 1, 1]
    assert columns["there"] == [1, 0, 1]
    np.testing.assert_equal(columns["metrics.loss"], [np.nan, 0.5, np.inf])  # no number at step 9
    np.testing.assert_equal(columns["metrics.other"], [np.nan, np.nan, 2.0])
    assert columns["density.one"] == [[0, 0, 4, 0], [0] * 4, [0] * 4]
    assert columns["density.two"] == [[0, 4], [0, 0], [0, 0]]


def test_a_run_without_frames_has_an_index_all_the_same() -> None:
    columns = load(encode_index("r", DISPLAY, ()))
    assert columns["seq"].shape == (0,)
    assert columns["density.one"].shape == (0, 4)
    assert load(encode_index("r", Display("no panels", {}), ()))["step"].shape == (0,)


def test_a_row_travels_as_json() -> None:
    row = IndexRow(2, 7, "features", True, {"loss": None}, sketch(DISPLAY, {"a": np.zeros(4, np.float32)}))
    assert row_as_json(DISPLAY, row) == {
        "seq": 2,
        "step": 7,
        "stage": "features",
        "metrics": {"loss": None},
        "density": {"one": [0, 0, 4, 0], "two": [0, 0]},
        "means": {},
    }


def test_means_of_lines_stand_beside_the_histograms() -> None:
    lines = [{"tensor": "b", "title": "b", "colour": "ink"}]
    panel = Panel("one", "density", "a", {"tensor": "a", "range": [-1, 1], "bins": 4, "lines": lines})
    display = replace(DISPLAY, panels=(panel,))
    a, b = np.zeros(4, np.float32), np.array([1, 2, 3, 4], np.float16)
    kept = [
        sketch(display, {"a": a, "b": b}),
        sketch(display, {"a": a}),
        sketch(display, {"a": a, "b": np.full(4, np.nan, np.float16)}),
        sketch(DISPLAY, {"a": a})[:8],  # as earlier versions kept it
        None,
    ]
    rows = [IndexRow(seq, seq, "features", True, {}, one) for seq, one in enumerate(kept)]
    columns = load(encode_index("r", display, rows))
    np.testing.assert_equal(columns["mean.b"], np.array([2.5, np.nan, np.inf, np.nan, np.nan], np.float32))
    assert columns["density.one"].tolist() == [[0, 0, 4, 0]] * 4 + [[0] * 4]
    assert [row_as_json(display, row)["means"] for row in rows] == [{"b": 2.5}, {}, {"b": None}, {}, {}]

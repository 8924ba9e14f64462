"""The index: columns over all frames, histograms of the density panels, and what a frame lacks."""

import json
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import load, save

from emergescope.errors import FrameError
from emergescope.recording.codec import (
    INDEX_FORMAT,
    IndexRow,
    decode_index,
    encode_index,
    read_metadata,
    row_as_json,
    sketch,
)
from emergescope.recording.display import Axis, Display, Metric, Panel, Tensor
from emergescope.recording.events import Array

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


def test_rows_come_back_out_of_the_index() -> None:
    full = sketch(DISPLAY, {"a": np.zeros(4, np.float32), "b": np.ones(4, np.float16)})
    rows = [
        IndexRow(0, 0, "start", True, {}, full),
        IndexRow(1, 5, "features", False, {"loss": 0.1, "other": -2.0}, full),
        IndexRow(3, 9, "start", True, {"loss": None}, sketch(DISPLAY, {})),
    ]
    blob = encode_index("r", DISPLAY, rows)
    assert decode_index(blob, DISPLAY) == ("r", rows)
    other = Display("no panels", {})
    bare = [replace(row, sketch=None) for row in rows]
    assert decode_index(blob, other) == ("r", bare)
    assert decode_index(encode_index("r", other, bare), DISPLAY) == ("r", bare)
    assert decode_index(encode_index("r", DISPLAY, ()), DISPLAY) == ("r", [])


@pytest.mark.parametrize(
    ("columns", "metadata", "words"),
    [
        ({"seq": np.zeros((2, 1), np.int32)}, {}, "'seq' of the index is int32 [2, 1], not int32 [2]"),
        ({"step": np.zeros(3, np.int32)}, {}, "'step' of the index is int32 [3]"),
        ({"there": np.zeros(2, np.float32)}, {}, "'there' of the index is float32 [2], not uint8 [2]"),
        ({"metrics.loss": np.zeros(2, np.float16)}, {}, "'metrics.loss' of the index is float16"),
        ({"stage": np.array([0, 7], np.uint16)}, {}, "IndexError"),
        ({}, {"stages": '{"0": 1}'}, "no list of texts"),
        ({}, {"stages": "[" * 100_000}, "the index cannot be read"),
        ({}, {"version": "9"}, "index version '9' is not readable here"),
        ({}, {"format": "emergescope.frame"}, "not the bytes of a index"),
    ],
)
def test_an_index_that_does_not_fit_is_refused(columns: dict[str, Array], metadata: dict[str, str], words: str) -> None:
    rows = [IndexRow(seq, seq, "features", True, {"loss": 1.0}, None) for seq in range(2)]
    blob = encode_index("r", DISPLAY, rows)
    spoilt = save({**load(blob), **columns}, {**read_metadata(blob, INDEX_FORMAT), **metadata})
    with pytest.raises(FrameError) as refused:
        decode_index(spoilt, DISPLAY)
    assert words in refused.value.detail


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

"""Frames as bytes: what goes in comes out, equal frames are equal bytes, and nothing else is taken for a frame."""

import json
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from emergescope.errors import FrameError
from emergescope.recording.codec import decode, encode, read_metadata
from emergescope.recording.events import Frame

GOLDEN = Path(__file__).parent.parent / "golden"

numbers = st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))
tensors = st.one_of(
    arrays.arrays(np.float32, arrays.array_shapes(max_dims=2, min_side=0, max_side=5), elements=st.floats(width=32)),
    arrays.arrays(np.float16, arrays.array_shapes(max_dims=2, min_side=0, max_side=5), elements=st.floats(width=16)),
)
frames = st.builds(
    Frame,
    step=st.integers(0, 10**9),
    phase=st.text(max_size=20),
    metrics=st.dictionaries(st.text(max_size=8), numbers, max_size=4),
    layout=st.fixed_dictionaries({"method": st.just("mds"), "stress": numbers}),
    tensors=st.dictionaries(st.text("abcdefgh_", min_size=1, max_size=8), tensors, max_size=4),
)


@given(frames, st.integers(0, 10**6))
def test_what_goes_in_comes_out(frame: Frame, seq: int) -> None:
    blob = encode(frame, "run", seq)
    run, got, back = decode(blob)
    assert (run, got) == ("run", seq)
    assert (back.step, back.phase, back.metrics, back.layout) == (frame.step, frame.phase, frame.metrics, frame.layout)
    assert set(back.tensors) == set(frame.tensors)
    for name, tensor in frame.tensors.items():
        assert back.tensors[name].dtype == tensor.dtype
        np.testing.assert_array_equal(back.tensors[name], tensor)
    assert encode(back, "run", seq) == blob


@given(st.binary(max_size=200))
def test_other_bytes_are_refused(blob: bytes) -> None:
    with pytest.raises(FrameError):
        decode(blob)


def _frame() -> Frame:
    return Frame(7, "features", {"loss": 0.5}, {"method": "mds", "stress": 0.1}, {"bias": np.ones(3, np.float32)})


def test_a_frame_cut_short_is_refused() -> None:
    blob = encode(_frame(), "run", 0)
    for length in range(len(blob)):
        with pytest.raises(FrameError):
            decode(blob[:length])


def test_other_formats_and_versions_are_refused() -> None:
    other = safetensors.numpy.save({"x": np.zeros(2, np.float32)}, {"format": "pt"})
    with pytest.raises(FrameError, match="format"):
        decode(other)
    newer = encode(_frame(), "run", 0).replace(b'"version":"1"', b'"version":"2"')
    with pytest.raises(FrameError, match="version '2'"):
        decode(newer)


def test_tensors_begin_at_multiples_of_four() -> None:
    """JavaScript reads them in place as Float32Array, which needs that."""
    blob = encode(_frame(), "a-run", 12)
    header = int.from_bytes(blob[:8], "little")
    assert header % 8 == 0
    listed = json.loads(blob[8 : 8 + header])
    assert all(item["data_offsets"][0] % 4 == 0 for name, item in listed.items() if name != "__metadata__")


@pytest.mark.parametrize("name", ["quick", "diverged"])
def test_golden_frames_still_read_as_they_did(name: str) -> None:
    """The same files are read by js/net/frame.js in the browser tests and compared with the same numbers."""
    blob = (GOLDEN / f"{name}.safetensors").read_bytes()
    expected = json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))
    assert dict(read_metadata(blob)) == expected["metadata"]
    loaded = safetensors.numpy.load(blob)
    assert set(loaded) == set(expected["tensors"])
    for tensor, item in expected["tensors"].items():
        values = np.array([np.nan if v is None else v for v in item["values"]], dtype=np.float64)
        assert list(loaded[tensor].shape) == item["shape"]
        np.testing.assert_array_equal(loaded[tensor].astype(np.float64).ravel(), values)
    run, seq, frame = decode(blob)
    assert encode(frame, run, seq) == blob


def test_half_floats_that_numpy_lacks_are_read_as_the_numbers_that_they_are() -> None:
    metadata = {"format": "emergescope.frame", "version": "1", "run": "r", "seq": "0", "step": "1", "phase": "on"}
    header = {
        "__metadata__": {**metadata, "metrics": "{}", "layout": "{}"},
        "h": {"dtype": "BF16", "shape": [2, 1], "data_offsets": [0, 4]},
    }
    text = json.dumps(header).encode()
    _, _, frame = decode(len(text).to_bytes(8, "little") + text + b"\x80\x3f\x20\xc0")
    assert frame.tensors["h"].tolist() == [[1.0], [-2.5]]

"""Bytes of a frame that anybody may have made: read with all that they say, or refused with a sentence."""

import json
from typing import Any

import numpy as np
import pytest

from emergescope.errors import FrameRefused
from emergescope.recording.codec import encode, sketch
from emergescope.recording.display import Axis, Display, Metric, Panel, Tensor
from emergescope.recording.events import Frame
from emergescope.recording.received import receive

LINES = [{"tensor": "h", "title": "h", "colour": "ink"}]
DISPLAY = Display(
    "A run",
    {"loss": Metric("loss")},
    {"rows": Axis("row", "rows", 4, 4), "some": Axis("one", "some", 4, 4, at_most=True)},
    {
        "a": Tensor("F32", ("rows",), -1, 1),
        "h": Tensor("BF16", ("some",)),
        "n": Tensor("I64", (2, 2)),
        "is": Tensor("BOOL", (1,)),
    },
    (Panel("one", "density", "a", {"tensor": "a", "range": [-1, 1], "bins": 4, "lines": LINES}),),
)
HEADER = {"format": "emergescope.frame", "version": "1", "run": "r", "seq": "3", "step": "7", "phase": "on"}
HEADER |= {"metrics": '{"loss": 0.5}', "layout": "{}"}


def blob(metadata: dict[str, Any], tensors: dict[str, Any] | None = None, data: bytes = b"") -> bytes:
    text = json.dumps({"__metadata__": metadata, **(tensors or {})}).encode()
    return len(text).to_bytes(8, "little") + text + data


def tensor(dtype: str, shape: list[int], begin: int, end: int) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def test_a_frame_of_the_camera_is_read_as_it_was_encoded() -> None:
    a = np.array([-1, 0, 0.1, 1], np.float32)
    frame = Frame(7, "on", {"loss": None}, {"method": "mds"}, {"a": a, "n": np.eye(2, dtype=np.int64)}, {"one": "So."})
    encoded = encode(frame, "r", 3)
    read = receive(encoded, DISPLAY, "r", 3)
    assert (read.seq, read.step, read.phase, read.metrics, read.blob) == (3, 7, "on", {"loss": None}, encoded)
    assert read.sketch == sketch(DISPLAY, {"a": a})


def test_every_dtype_of_safetensors_counts() -> None:
    tensors = {"h": tensor("BF16", [2], 0, 4), "is": tensor("BOOL", [1], 4, 5)}
    read = receive(blob(HEADER, tensors, b"\x80\x3f\x00\x40\x01"), DISPLAY, "r", 3)  # 1 and 2
    assert read.sketch == sketch(DISPLAY, {"h": np.array([1, 2], np.float32)})
    none = receive(blob(HEADER, {"h": tensor("BF16", [0], 0, 0)}), DISPLAY, "r", 3)
    assert none.sketch == sketch(DISPLAY, {})


@pytest.mark.parametrize(
    ("damaged", "words"),
    [
        (b"", "cut short"),
        ((2**63).to_bytes(8, "little") + b"{}", "no bytes of safetensors"),
        ((100_000).to_bytes(8, "little") + b"[" * 100_000, "header is not JSON"),
        (blob({**HEADER, "version": "2"}), "version '2' is not readable here"),
        (blob({**HEADER, "run": "other"}), "a frame of another run, 'other', and not of 'r'"),
        (blob({**HEADER, "seq": "4"}), "these are the bytes of frame 4 of run r, not of frame 3"),
        (blob({**HEADER, "seq": "-1"}), "its seq '-1' is not between 0 and"),
        (blob({**HEADER, "seq": "١"}), "its seq '١' is not between"),
        (blob({**HEADER, "step": "9" * 400}), "is not between 0 and"),
        (blob({**HEADER, "phase": "a\nb"}), "its phase is no name"),
        (blob({**HEADER, "phase": ["on"]}), "its metadata 'phase' is no string"),
        (blob({name: text for name, text in HEADER.items() if name != "phase"}), "'phase'"),
        (blob({**HEADER, "metrics": '{"loss": NaN}'}), "its metrics are not all finite numbers, or null"),
        (blob({**HEADER, "metrics": '{"loss": 1e999}'}), "its metrics are not all finite"),
        (blob({**HEADER, "metrics": f'{{"loss": 1{"0" * 400}}}'}), "its metrics are not all finite"),
        (blob({**HEADER, "metrics": '{"loss": true}'}), "its metrics are not all finite"),
        (blob({**HEADER, "metrics": "[" * 100_000}), "its metrics are not all finite"),
        (blob({**HEADER, "metrics": '{"gain": 1}'}), "does not declare the metric 'gain'"),
        (blob({**HEADER, "layout": "[]"}), "its layout is no object"),
        (blob({**HEADER, "says": '{"one": 3}'}), "are not all texts"),
        (blob({**HEADER, "says": '{"two": "So."}'}), "has no panel 'two'"),
        (blob(HEADER, {"b": tensor("F32", [4], 0, 16)}, bytes(16)), "does not declare the tensor 'b'"),
        (blob(HEADER, {"a": tensor("F64", [4], 0, 32)}, bytes(32)), "is F64 [4], and its display declares F32 [4]"),
        (blob(HEADER, {"a": tensor("F32", [3], 0, 12)}, bytes(12)), "is F32 [3], and its display declares F32 [4]"),
        (blob(HEADER, {"h": tensor("BF16", [5], 0, 10)}, bytes(10)), "declares BF16 [at most 4]"),
        (blob(HEADER, {"a": tensor("F32", [4], 0, 12)}, bytes(12)), "not the bytes of a safetensors file"),
        (blob(HEADER, {"a": tensor("F32", [4], 0, 16)}, bytes(8)), "not the bytes of a safetensors file"),
        (blob(HEADER, {"a": tensor("F32", [4], 0, 16)}, bytes(32)), "not the bytes of a safetensors file"),
        (blob(HEADER, {"a": tensor("F32", [2**62, 2**62], 0, 16)}, bytes(16)), "not the bytes of a safetensors file"),
        (blob(HEADER, {"a": "F32"}), "not the bytes of a safetensors file"),
    ],
)  # fmt: skip
def test_damaged_and_hostile_frames_are_refused_in_a_sentence(damaged: bytes, words: str) -> None:
    with pytest.raises(FrameRefused) as refused:
        receive(damaged, DISPLAY, "r", 3)
    assert words in refused.value.detail

"""js/net/frame.js reads the golden frames as Python does, and refuses what is not a frame."""

import base64
import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save

from emergescope.recording.codec import encode
from emergescope.recording.events import Frame
from tests.browser.conftest import Watched

GOLDEN = Path(__file__).parent.parent / "golden"

_READ = """async (encoded) => {
  const { readFrame } = await import("/js/net/frame.js");
  const bytes = Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0));
  try {
    const frame = readFrame(bytes.buffer);
    const tensors = {};
    for (const [name, tensor] of Object.entries(frame.tensors)) {
      tensors[name] = { shape: tensor.shape, values: Array.from(tensor.data, (v) => Number.isNaN(v) ? null : v) };
    }
    const { run, seq, step, phase, metrics, layout } = frame;
    return { run, seq, step, phase, metrics, layout, tensors };
  } catch (error) {
    return { error: error.name, message: error.message };
  }
}"""


@pytest.mark.browser
@pytest.mark.parametrize("name", ["quick", "diverged"])
def test_golden_frames_give_the_same_numbers(watched: Watched, name: str) -> None:
    blob = (GOLDEN / f"{name}.safetensors").read_bytes()
    expected = json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))
    read = watched.open("/").evaluate(_READ, base64.b64encode(blob).decode())
    metadata = expected["metadata"]
    assert (read["run"], read["phase"]) == (metadata["run"], metadata["phase"])
    assert (read["seq"], read["step"]) == (int(metadata["seq"]), int(metadata["step"]))
    assert read["metrics"] == json.loads(metadata["metrics"])
    assert read["layout"] == json.loads(metadata["layout"])
    assert read["tensors"] == expected["tensors"]


@pytest.mark.browser
def test_all_half_precision_numbers_are_read_exactly(watched: Watched) -> None:
    half = np.arange(65536, dtype=np.uint16).view(np.float16)
    blob = encode(Frame(0, "start", {}, {"method": "mds", "stress": 0.0}, {"alignment": half}), "run", 0)
    data = _READ.replace("Number.isNaN(v) ? null : v", "Number.isFinite(v) ? v : String(v)")
    values = watched.open("/").evaluate(data, base64.b64encode(blob).decode())["tensors"]["alignment"]["values"]
    for got, value in zip(values, half.astype(np.float64).tolist(), strict=True):
        if math.isnan(value):
            assert got == "NaN"
        elif math.isinf(value):
            assert got == ("Infinity" if value > 0 else "-Infinity")
        else:
            assert got == value


@pytest.mark.browser
def test_every_dtype_is_read(watched: Watched) -> None:
    numbers = [0, 1, 2, 100]
    signed, unsigned = ("int8", "int16", "int32", "int64"), ("uint8", "uint16", "uint32", "uint64")
    dtypes = (*signed, *unsigned, "float16", "bfloat16", "float32", "float64")
    tensors = {name: torch.tensor(numbers, dtype=getattr(torch, name)) for name in dtypes}
    tensors["bool"] = torch.tensor([True, False, True])
    metadata = {"format": "emergescope.frame", "version": "1", "run": "run", "seq": "0", "step": "0"}
    read = watched.open("/").evaluate(_READ, base64.b64encode(save(tensors, metadata)).decode())["tensors"]
    assert {name: found["values"] for name, found in read.items()} == {
        **dict.fromkeys(dtypes, numbers),
        "bool": [1, 0, 1],
    }


@pytest.mark.browser
def test_other_bytes_are_refused(watched: Watched) -> None:
    blob = (GOLDEN / "quick.safetensors").read_bytes()
    page = watched.open("/")
    newer = blob.replace(b'"version":"1"', b'"version":"2"')
    for wrong in (b"", b"short", blob[:100], blob[:-10], b"\xff" * 64, newer):
        read = page.evaluate(_READ, base64.b64encode(wrong).decode())
        assert read.get("error") == "FrameError", read
        assert read["message"]

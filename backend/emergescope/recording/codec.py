"""Frame <-> safetensors bytes. A frame is encoded once, in the worker; everyone else passes the bytes on."""

import json
from collections.abc import Mapping

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from emergescope.errors import FrameError
from emergescope.recording.events import Frame

FORMAT = "emergescope.frame"
VERSION = "1"


def encode(frame: Frame, run: str, seq: int) -> bytes:
    """The safetensors blob of `frame`, the `seq`-th of run `run`. The same frame gives the same bytes."""
    metadata = {
        "format": FORMAT,
        "version": VERSION,
        "run": run,
        "seq": str(seq),
        "step": str(frame.step),
        "phase": frame.phase,
        "metrics": json.dumps(dict(frame.metrics), allow_nan=False),
        "layout": json.dumps(dict(frame.layout), allow_nan=False),
    }
    if frame.says:
        metadata["says"] = json.dumps(dict(frame.says))
    blob = save({name: np.ascontiguousarray(t) for name, t in frame.tensors.items()}, metadata)
    return sort_metadata(blob)


def decode(blob: bytes) -> tuple[str, int, Frame]:
    """(run, seq, frame) of a blob. Raises FrameError for anything that is not a frame of this version."""
    header = read_metadata(blob)
    try:
        tensors = load(blob)
        frame = Frame(
            step=int(header["step"]),
            phase=header["phase"],
            metrics=json.loads(header["metrics"]),
            layout=json.loads(header["layout"]),
            tensors=tensors,
            says=json.loads(header.get("says", "{}")),
        )
        return header["run"], int(header["seq"]), frame
    except (SafetensorError, KeyError, ValueError) as error:
        raise FrameError(f"the frame cannot be read: {error}") from error


def read_metadata(blob: bytes, expected: str = FORMAT, version: str = VERSION) -> Mapping[str, str]:
    """The `__metadata__` of a frame (or of another format), without its tensors. Raises FrameError."""
    header, _ = _split(blob)
    metadata = header.get("__metadata__")
    name = expected.rpartition(".")[2]
    if not isinstance(metadata, dict) or metadata.get("format") != expected:
        raise FrameError(f"these are not the bytes of a {name}: their format is not {expected!r}")
    if metadata.get("version") != version:
        raise FrameError(f"{name} version {metadata.get('version')!r} is not readable here; this reads {version!r}")
    return metadata


def _split(blob: bytes) -> tuple[dict[str, object], bytes]:
    length = int.from_bytes(blob[:8], "little")
    if len(blob) < 8 or length > len(blob) - 8:
        raise FrameError("the frame is cut short: its header is not whole")
    try:
        header = json.loads(blob[8 : 8 + length])
    except ValueError as error:
        raise FrameError(f"the frame's header is not JSON: {error}") from error
    if not isinstance(header, dict):
        raise FrameError("the frame's header is not a JSON object")
    return header, blob[8 + length :]


def sort_metadata(blob: bytes) -> bytes:
    """The same tensors with their header in a fixed order."""
    # safetensors writes metadata in hash order, which differs between processes: equal frames must be equal bytes.
    header, data = _split(blob)
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data

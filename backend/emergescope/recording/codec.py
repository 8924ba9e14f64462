"""Frames and their index <-> safetensors bytes. A frame is encoded once, in the worker; all others pass the bytes on.

The index is what is needed of all frames and nothing that is needed of one: steps, stages, metrics, and sketches of the
tensors, which are the histograms of the density panels, in their order. Knows no torch.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from safetensors import SafetensorError, deserialize
from safetensors.numpy import load, save

from emergescope.errors import FrameError
from emergescope.recording.display import DTYPES, Display, Panel
from emergescope.recording.events import Array, Frame, Numbers

FORMAT = "emergescope.frame"
INDEX_FORMAT = "emergescope.index"
VERSION = "1"  # of each
_COUNTS, _MEAN = np.dtype("<u2"), np.dtype("<f4")
_BINS = 40
_COLUMNS: dict[str, np.dtype[Any]] = {
    "seq": np.dtype("<i4"),
    "step": np.dtype("<i4"),
    "stage": np.dtype("<u2"),
    "there": np.dtype("u1"),
}
_METRICS = "metrics."  # begins the names of columns


def encode(frame: Frame, run: str, seq: int) -> bytes:
    """The safetensors blob of `frame`, the `seq`-th of run `run`. The same frame gives the same bytes."""
    said = {"metrics": frame.metrics, "layout": frame.layout} | ({"says": frame.says} if frame.says else {})
    metadata = {name: json.dumps(dict(value), allow_nan=False) for name, value in said.items()}
    metadata |= {"format": FORMAT, "version": VERSION, "run": run, "seq": str(seq)}
    metadata |= {"step": str(frame.step), "phase": frame.phase}
    return sort_metadata(save({name: np.ascontiguousarray(t) for name, t in frame.tensors.items()}, metadata))


def decode(blob: bytes) -> tuple[str, int, Frame]:
    """(run, seq, frame) of a blob. Raises FrameError for anything that is not a frame of this version."""
    header = read_metadata(blob)
    try:
        metrics, layout = json.loads(header["metrics"]), json.loads(header["layout"])
        says = json.loads(header.get("says", "{}"))
        found: dict[str, Any] = dict(deserialize(blob))  # type: ignore[no-untyped-call]
        tensors = {name: as_array(one) for name, one in found.items()}
        frame = Frame(int(header["step"]), header["phase"], metrics, layout, tensors, says)
        return header["run"], int(header["seq"]), frame
    except (SafetensorError, KeyError, ValueError) as error:
        raise FrameError(f"the frame cannot be read: {error}") from error


def as_array(one: Mapping[str, Any]) -> Array:
    """A tensor as safetensors deserializes it; BF16, which NumPy lacks, as float32, which has all its values."""
    dtype, shape, data = one["dtype"], one["shape"], one["data"]
    if dtype == "BF16":
        return (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4").reshape(shape)
    kind = "?" if dtype == "BOOL" else f"<{dtype[0].lower()}{DTYPES[dtype]}"  # I64 is <i8
    return np.frombuffer(data, kind).reshape(shape)


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
    except (ValueError, RecursionError) as error:
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


@dataclass(frozen=True)
class IndexRow:
    """A frame in the index. `there`: its bytes have not been thinned out."""

    seq: int
    step: int
    stage: str
    there: bool
    metrics: Numbers
    sketch: bytes | None


def densities(display: Display) -> list[Panel]:
    return [panel for panel in display.panels if panel.kind == "density"]


def sketch(display: Display, tensors: Mapping[str, Array]) -> bytes:
    """Histograms of a frame's tensors, zeros for a tensor that it lacks; what is no number is in no bin. Then means of
    the tensors that density panels draw as lines: NaN where one is not there, infinite where it is no number.
    """
    layout = _layout(display)
    table = np.zeros((), layout)
    for name in _lines(display):
        mean = float(tensors[name].astype(np.float64).mean()) if name in tensors else np.nan
        table[f"mean.{name}"] = mean if name not in tensors or np.isfinite(mean) else np.inf
    for panel in densities(display):
        if (tensor := tensors.get(panel.show["tensor"])) is not None:
            values = tensor.astype(np.float64, copy=False).ravel()
            bins, (low, high) = layout[f"density.{panel.id}"].shape[0], panel.show["range"]
            counts, _ = np.histogram(values, bins=bins, range=(low, high))
            table[f"density.{panel.id}"] = np.minimum(counts, np.iinfo(_COUNTS).max)
    return table.tobytes()


def encode_index(run: str, display: Display, rows: Sequence[IndexRow]) -> bytes:
    """One safetensors blob: seq, step, stage (a number; the metadata `stages` has the names), there, a column
    `metrics.NAME` for each metric, NaN where it was not measured and infinite where it is no number, `density.PANEL`
    [frames, bins], and `mean.TENSOR` of the tensors that density panels draw as lines.
    """
    stages = list(dict.fromkeys(row.stage for row in rows))
    columns: dict[str, Array] = {
        "seq": np.array([row.seq for row in rows], _COLUMNS["seq"]),
        "step": np.array([row.step for row in rows], _COLUMNS["step"]),
        "stage": np.array([stages.index(row.stage) for row in rows], _COLUMNS["stage"]),
        "there": np.array([row.there for row in rows], _COLUMNS["there"]),
    }
    for name in dict.fromkeys(name for row in rows for name in row.metrics):
        values = (row.metrics.get(name, np.nan) for row in rows)
        columns[_METRICS + name] = np.array([np.inf if v is None else v for v in values], np.float64)
    columns |= _sketch_columns(display, [row.sketch for row in rows])
    metadata = {"format": INDEX_FORMAT, "version": VERSION, "run": run, "stages": json.dumps(stages)}
    return sort_metadata(save(columns, metadata))


def decode_index(blob: bytes, display: Display) -> tuple[str, list[IndexRow]]:
    """(run, rows) of what `encode_index` made. Raises FrameError for anything else, whoever has made it.

    Numbers among the metrics come back as floats. Histograms of other panels than the display has are passed over.
    """
    header = read_metadata(blob, INDEX_FORMAT)
    try:
        columns, stages = load(blob), json.loads(header["stages"])
        metrics = {name.removeprefix(_METRICS): c for name, c in columns.items() if name.startswith(_METRICS)}
        count = columns["seq"].size
        dtypes = _COLUMNS | {_METRICS + name: np.dtype("<f8") for name in metrics}
        for name, dtype in dtypes.items():
            if columns[name].shape != (count,) or columns[name].dtype != dtype:
                found = f"{columns[name].dtype} {[*columns[name].shape]}"
                raise FrameError(f"the column {name!r} of the index is {found}, not {dtype} [{count}]")
        seqs, steps, places, there = (columns[name].tolist() for name in _COLUMNS)
        if not isinstance(stages, list) or not all(isinstance(stage, str) for stage in stages):
            raise FrameError("the stages of the index are no list of texts")
        values = zip(*(column.tolist() for column in metrics.values()), strict=True) if metrics else [()] * count
        numbers = [
            {name: value if math.isfinite(value) else None for name, value in row if not math.isnan(value)}
            for row in (zip(metrics, one, strict=True) for one in values)
        ]
        staged = [stages[place] for place in places]
        sketches = _sketches(columns, _layout(display), count)
        return header["run"], list(map(IndexRow, seqs, steps, staged, map(bool, there), numbers, sketches))
    except (SafetensorError, IndexError, KeyError, RecursionError, ValueError) as error:
        raise FrameError(f"the index cannot be read: {type(error).__name__}: {error}") from None


def _sketches(columns: Mapping[str, Array], layout: np.dtype[Any], count: int) -> list[bytes | None]:
    """What `_sketch_columns` has spread; None where it was made for another display."""
    names = layout.names or ()
    same = all(
        name in columns
        and (columns[name].dtype, columns[name].shape) == (layout[name].base, (count, *layout[name].shape))
        for name in names
    )
    if not same or not names:
        return [None] * count
    table = np.zeros(count, layout)
    for name in names:
        table[name] = columns[name]
    return [row.tobytes() for row in table]


def row_as_json(display: Display, row: IndexRow) -> dict[str, Any]:
    """A row for the stream."""
    found = {name: values[0] for name, values in _sketch_columns(display, [row.sketch]).items()}
    means = {name: float(found[f"mean.{name}"]) for name in _lines(display)}
    return {
        **{"seq": row.seq, "step": row.step, "stage": row.stage, "metrics": dict(row.metrics)},
        "density": {panel.id: found[f"density.{panel.id}"].tolist() for panel in densities(display)},
        "means": {name: mean if np.isfinite(mean) else None for name, mean in means.items() if not np.isnan(mean)},
    }


def _sketch_columns(display: Display, sketches: Sequence[bytes | None]) -> dict[str, Array]:
    layout = _layout(display)
    if not layout.names:
        return {}
    means = np.full(len(_lines(display)), np.nan, _MEAN).tobytes()
    counts = layout.itemsize - len(means)

    def whole(one: bytes | None) -> bytes:
        """One of another version of the display is as good as none; earlier versions kept no means."""
        if one is None or len(one) not in (counts, layout.itemsize):
            return bytes(counts) + means
        return one if len(one) == layout.itemsize else one + means

    table = np.frombuffer(b"".join(map(whole, sketches)), layout)
    return {name: np.ascontiguousarray(table[name]) for name in layout.names}


def _layout(display: Display) -> np.dtype[Any]:
    """Of a sketch: a histogram for each density panel, and a mean for each line of one."""
    bins = ((f"density.{panel.id}", _COUNTS, (int(panel.show.get("bins", _BINS)),)) for panel in densities(display))
    return np.dtype([*bins, *((f"mean.{name}", _MEAN) for name in _lines(display))])


def _lines(display: Display) -> list[str]:
    return [line["tensor"] for panel in densities(display) for line in panel.show.get("lines", ())]

"""What is needed of all frames and nothing that is needed of one: steps, stages, metrics, histograms.

A sketch is what the index keeps of a frame's tensors: the histograms of the density panels, in their order. Knows no
torch.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save

from emergescope.recording.codec import sort_metadata
from emergescope.recording.display import Display, Panel

FORMAT = "emergescope.index"
VERSION = "1"
_COUNTS = np.dtype("<u2")
_BINS = 40


@dataclass(frozen=True)
class IndexRow:
    """A frame in the index. `there`: its bytes have not been thinned out."""

    seq: int
    step: int
    stage: str
    there: bool
    metrics: Mapping[str, float | None]
    sketch: bytes | None


def densities(display: Display) -> list[Panel]:
    return [panel for panel in display.panels if panel.kind == "density"]


def sketch(display: Display, tensors: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Histograms of a frame's tensors; zeros for a tensor that it lacks. What is no number is in no bin."""
    return b"".join(_histogram(panel, tensors.get(panel.show["tensor"])).tobytes() for panel in densities(display))


def encode_index(run: str, display: Display, rows: Sequence[IndexRow]) -> bytes:
    """One safetensors blob: seq, step, stage (a number; the metadata `stages` has the names), there, a column
    `metrics.NAME` for each metric, NaN where it was not measured or is no number, and `density.PANEL` [frames, bins].
    """
    stages = list(dict.fromkeys(row.stage for row in rows))
    columns: dict[str, npt.NDArray[Any]] = {
        "seq": np.array([row.seq for row in rows], np.int32),
        "step": np.array([row.step for row in rows], np.int32),
        "stage": np.array([stages.index(row.stage) for row in rows], np.uint16),
        "there": np.array([row.there for row in rows], np.uint8),
    }
    for name in dict.fromkeys(name for row in rows for name in row.metrics):
        values = (row.metrics.get(name) for row in rows)
        columns[f"metrics.{name}"] = np.array([np.nan if v is None else v for v in values], np.float64)
    columns |= _density_columns(display, [row.sketch for row in rows])
    metadata = {"format": FORMAT, "version": VERSION, "run": run, "stages": json.dumps(stages)}
    return sort_metadata(save(columns, metadata))


def row_as_json(display: Display, row: IndexRow) -> dict[str, Any]:
    """A row for the stream."""
    found = _density_columns(display, [row.sketch])
    return {
        "seq": row.seq,
        "step": row.step,
        "stage": row.stage,
        "metrics": dict(row.metrics),
        "density": {name.removeprefix("density."): counts[0].tolist() for name, counts in found.items()},
    }


def _density_columns(display: Display, sketches: Sequence[bytes | None]) -> dict[str, npt.NDArray[Any]]:
    layout = np.dtype([(panel.id, _COUNTS, (_bins(panel),)) for panel in densities(display)])
    if not layout.names:
        return {}
    blank = bytes(layout.itemsize)
    # One of another version of the display is as good as none.
    whole = (found if found is not None and len(found) == layout.itemsize else blank for found in sketches)
    table = np.frombuffer(b"".join(whole), layout)
    return {f"density.{name}": np.ascontiguousarray(table[name]) for name in layout.names}


def _histogram(panel: Panel, tensor: npt.NDArray[Any] | None) -> npt.NDArray[Any]:
    if tensor is None:
        return np.zeros(_bins(panel), _COUNTS)
    low, high = panel.show["range"]
    values = tensor.astype(np.float64, copy=False).ravel()
    counts, _ = np.histogram(values[np.isfinite(values)], bins=_bins(panel), range=(low, high))
    found: npt.NDArray[Any] = np.minimum(counts, np.iinfo(_COUNTS).max).astype(_COUNTS)
    return found


def _bins(panel: Panel) -> int:
    return int(panel.show.get("bins", _BINS))

"""Frames and columns as NumPy arrays. Loaded by what needs them: the client alone does without NumPy."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load

from emergescope.errors import EmergescopeError, FrameError
from emergescope.recording.codec import INDEX_FORMAT, decode, read_metadata
from emergescope.recording.events import Array, Frame

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


@dataclass(frozen=True, kw_only=True)
class RunFrame(Frame):
    """A frame with its place: the `seq`-th of `run`. `frame["alignment"]` is one of its tensors."""

    run: str
    seq: int

    def __getitem__(self, name: str) -> Array:
        return self.tensors[name]


class Columns(Mapping[str, Array]):
    """Columns of equal length, by name: NumPy arrays. What has a row of numbers for each frame has two dimensions."""

    def __init__(self, columns: Mapping[str, Array]) -> None:
        self._columns = dict(columns)

    def __getitem__(self, name: str) -> Array:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        rows = len(next(iter(self._columns.values()), ()))
        return f"Columns({rows} rows: {', '.join(self._columns)})"

    def to_pandas(self) -> "pd.DataFrame":
        """As a DataFrame. Needs pandas."""
        try:
            import pandas as pd  # noqa: PLC0415
        except ImportError:
            raise EmergescopeError("a DataFrame needs pandas: pip install pandas") from None
        return pd.DataFrame(self._flat())

    def to_arrow(self) -> "pa.Table":
        """As a table of Arrow. Needs pyarrow."""
        try:
            import pyarrow as pa  # noqa: PLC0415
        except ImportError:
            raise EmergescopeError("a table of Arrow needs pyarrow: pip install pyarrow") from None
        return pa.table(self._flat())

    def _flat(self) -> dict[str, Any]:
        """Neither knows columns of two dimensions: one of these is a list of arrays."""
        return {name: one if one.ndim == 1 else list(one) for name, one in self._columns.items()}


def read_frame(blob: bytes) -> RunFrame:
    """Raises FrameError for anything that is not a frame of this version."""
    run, seq, frame = decode(blob)
    return RunFrame(**vars(frame), run=run, seq=seq)


def read_index(blob: bytes) -> Columns:
    """What is known of all frames: as docs/display.md has it, but `stage` by name and `there` as yes or no."""
    stages = json.loads(read_metadata(blob, INDEX_FORMAT)["stages"])
    columns = _tensors(blob)
    columns["stage"] = np.array([stages[number] for number in columns["stage"]], np.str_)
    columns["there"] = columns["there"].astype(bool)
    first = ("seq", "step", "stage", "there")  # safetensors knows no order
    return Columns({name: columns[name] for name in (*first, *sorted(columns.keys() - {*first}))})


def read_metrics(body: bytes) -> Columns:
    """Numbers; NaN where one was not measured, or was none."""
    whole = ("seq", "step")
    data = json.loads(body)
    return Columns({name: np.array(values, np.int64 if name in whole else np.float64) for name, values in data.items()})


def read_patterns(blob: bytes) -> dict[str, Array]:
    """Tensors by name."""
    return _tensors(blob)


def _tensors(blob: bytes) -> dict[str, Array]:
    try:
        return dict(load(blob))
    except SafetensorError as error:
        raise FrameError(f"the answer cannot be read: {error}") from error

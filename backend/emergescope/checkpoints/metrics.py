"""Numbers that a trainer has left beside its checkpoints: metrics.csv, or trainer_state.json of Hugging Face."""

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from emergescope.errors import WeightsError

_CSV: Final = "metrics.csv"
_STATE: Final = "trainer_state.json"
_LARGEST = 10**8  # bytes of a file
_MOST = 100  # metrics
_LONGEST = 100  # characters of a name
_STEPS = ("step", "global_step")
_EPOCH = ("epoch",)
_OTHERS = ("total_flos",)  # no measurements of the network
_OTHER_ENDS = ("_runtime", "_per_second")


@dataclass(frozen=True)
class Measured:
    """Rows of numbers by step, or by epoch, in order, and the file that they come from."""

    file: Path
    rows: tuple[tuple[float, Mapping[str, float]], ...]

    def between(self, after: int, upto: int) -> dict[str, float]:
        """The last value of each that was measured after one step, up to another."""
        found: dict[str, float] = {}
        for step, row in self.rows:
            if after < step <= upto:
                found |= row
        return found


def read_metrics(folder: Path, last: Path, *, epochs: bool) -> Measured | None:
    """Those in the folder, or in that of its last checkpoint; None without. Raises WeightsError that names the file.

    epochs  whether rows are told apart by their epochs, as checkpoints are
    """
    for file in (folder / _CSV, folder / _STATE, last.parent / _STATE):
        if file.is_file():
            try:
                rows = [*_kept(_rows(file), _EPOCH if epochs else _STEPS)]
            except (ValueError, RecursionError, csv.Error) as error:
                reason = str(error)[:200] or type(error).__name__
                raise WeightsError(f"{file} is damaged ({reason}): mend it, or take it away") from None
            except OSError as error:
                raise WeightsError(f"{file} cannot be read ({error.strerror})") from None
            return Measured(file, tuple(sorted(rows, key=lambda row: row[0])))
    return None


def _rows(file: Path) -> Iterable[Mapping[str, Any]]:
    if (size := file.stat().st_size) > _LARGEST:
        raise ValueError(f"{size:,} bytes, and {_LARGEST:,} are the most")
    text = file.read_text("utf-8-sig")
    if file.name == _CSV:
        return csv.DictReader(io.StringIO(text, newline=""))
    found = json.loads(text)
    history = found.get("log_history", []) if isinstance(found, dict) else None
    if not isinstance(history, list) or not all(isinstance(row, dict) for row in history):
        raise ValueError("its log_history is no list of objects")
    return history


def _kept(rows: Iterable[Mapping[Any, Any]], keys: Sequence[str]) -> Iterator[tuple[float, dict[str, float]]]:
    """What of rows is a number, with its step, called by one of `keys`; rows without one say nothing of any frame."""
    names: dict[str, None] = {}
    for row in rows:
        step = next((value for key in keys if (value := _number(row.get(key))) is not None), None)
        if step is None or math.isnan(step):
            continue
        values = {name: value for name, one in row.items() if _is_name(name) and (value := _number(one)) is not None}
        names |= dict.fromkeys(values)
        shown = {name for name, _ in zip(names, range(_MOST), strict=False)}
        yield step, {name: value for name, value in values.items() if name in shown}


def _is_name(name: object) -> bool:
    if not isinstance(name, str) or name in (*_STEPS, *_EPOCH, *_OTHERS) or name.endswith(_OTHER_ENDS):
        return False
    return 0 < len(name) <= _LONGEST and name.isprintable()


def _number(value: object) -> float | None:
    """As a number, also of text; NaN for one that is not finite, None for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else math.nan

"""Frames beside their display: what of one is not declared; and reading the bytes of one that anybody may have written.

Knows no torch.
"""

import json
import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
import safetensors

from emergescope.errors import FrameError
from emergescope.recording.codec import read_metadata, sketch
from emergescope.recording.display import DTYPES, Display
from emergescope.recording.events import Array, FrameReady, Numbers

MOST = 2**31 - 1  # that a step or seq may be: a database knows no larger one
_LONGEST_STAGE = 60
_NUMBER = re.compile(r"0|[1-9][0-9]{0,9}")
_UNKEEPABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


def misfits(
    display: Display,
    step: int,
    metrics: Collection[str],
    tensors: Mapping[str, tuple[str, Sequence[int]]],
    says: Collection[str],
) -> Iterator[str]:
    """What of a frame is not as its display declares it, each in a sentence.

    tensors  dtype, as safetensors calls it, and shape of each
    """
    of = f"of the frame of step {step}"
    for name in set(metrics) - display.metrics.keys():
        yield f"its display does not declare the metric {name!r} {of}: declare it, or leave it out"
    for name, (found, shape) in tensors.items():
        if name not in display.tensors:
            yield f"its display does not declare the tensor {name!r} {of}: declare it, or leave it out"
            continue
        declared = display.tensors[name]
        bounds = [
            (0 if isinstance(axis, str) and display.axes[axis].at_most else size, size)
            for axis, size in zip(declared.shape, display.shape_of(name), strict=True)
        ]
        alike = found == declared.dtype and len(shape) == len(bounds)
        if not alike or any(not low <= n <= high for n, (low, high) in zip(shape, bounds, strict=True)):
            said = ", ".join(str(high) if low == high else f"at most {high}" for low, high in bounds)
            is_now = f"the tensor {name!r} {of} is {found} {[*shape]}"
            yield f"{is_now}, and its display declares {declared.dtype} [{said}]: correct one of them"
    for panel in set(says) - {panel.id for panel in display.panels}:
        yield f"its display has no panel {panel!r}, and {of[3:]} says something of it: declare it, or leave it out"


def read_frame(blob: bytes, run: str | None, display: Display) -> FrameReady:
    """The frame in `blob`, which anybody may have made: with all that it says, and its part of the index.

    run  the id of the run that it is to be of; None for any
    Raises FrameError, in a sentence, for what is no frame of this run, or is not as the display declares it.
    """
    header = read_metadata(blob)
    if not all(isinstance(value, str) for value in header.values()):
        raise FrameError("its metadata are not all texts")
    if run is not None and header.get("run") != run:
        raise FrameError(f"this is a frame of another run, {str(header.get('run'))[:40]!r}, and not of {run!r}")
    seq, step, stage = _number(header, "seq"), _number(header, "step"), header.get("phase", "")
    check_stage(stage)
    metrics, says = _metrics(header), _object(header, "says", "{}")
    _object(header, "layout")
    if not all(isinstance(text, str) for text in says.values()):
        raise FrameError("what it says of its panels is no text")
    try:
        found = safetensors.deserialize(blob)  # type: ignore[no-untyped-call]
    except safetensors.SafetensorError as error:
        raise FrameError(f"its tensors cannot be read: {error}") from None
    tensors: dict[str, tuple[str, Sequence[int]]] = {n: (one["dtype"], one["shape"]) for n, one in found}
    for sentence in misfits(display, step, metrics, tensors, says):
        raise FrameError(sentence)
    arrays = {name: array for name, one in found if (array := _array(one)).size}
    with np.errstate(all="ignore"):
        return FrameReady(seq, step, stage, metrics, blob, sketch(display, arrays))


def check_stage(name: str) -> None:
    """Raises FrameError for what is no name of a stage."""
    if not 0 < len(name) <= _LONGEST_STAGE or _UNKEEPABLE.search(name):
        raise FrameError(f"its phase is no text of 1 to {_LONGEST_STAGE} characters on one line")


def _number(header: Mapping[str, Any], name: str) -> int:
    said = header.get(name)
    if not isinstance(said, str) or not _NUMBER.fullmatch(said) or int(said) > MOST:
        raise FrameError(f"its {name} is no number from 0 to {MOST:,}: {str(said)[:40]!r}")
    return int(said)


def _metrics(header: Mapping[str, Any]) -> Numbers:
    metrics = _object(header, "metrics")
    for name, value in metrics.items():
        if value is not None and not _is_finite(value):
            wrong = f"its metric {name[:100]!r} is {str(value)[:40]}"
            raise FrameError(f"{wrong}, which is no number: null stands for what is not finite")
    return metrics


def _is_finite(value: object) -> bool:
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False


def _object(header: Mapping[str, Any], name: str, otherwise: str | None = None) -> dict[str, Any]:
    """A JSON object among the metadata."""

    def refuse(constant: str) -> NoReturn:
        raise FrameError(f"it has {constant} for {name}, which is no number: null stands for what is not finite")

    try:
        found = json.loads(header.get(name, otherwise) or "", parse_constant=refuse)
    except (TypeError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise FrameError(f"what it has for {name} is no JSON object")
    return found


def _array(one: Mapping[str, Any]) -> Array:
    """A tensor as NumPy knows it; BF16 as float32, which has all its values."""
    dtype, shape, data = one["dtype"], one["shape"], one["data"]
    if dtype == "BF16":
        return (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4").reshape(shape)
    kind = "?" if dtype == "BOOL" else f"<{dtype[0].lower()}{DTYPES[dtype]}"  # I64 is <i8
    return np.frombuffer(data, kind).reshape(shape)

"""Frames and tensors that anybody may have made: checked as far as anything relies on them. Knows no torch."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

import numpy as np
from safetensors import SafetensorError, deserialize
from safetensors.numpy import load, save

from emergescope.config.base import check_name
from emergescope.errors import FrameError, FrameRefused
from emergescope.recording.codec import VERSION, as_array, read_metadata, sketch, sort_metadata
from emergescope.recording.declared import misfits
from emergescope.recording.display import Display
from emergescope.recording.events import FrameReady

MOST = 2**31 - 1  # that a step or seq may be: a database knows no larger one
PATTERNS_FORMAT = "emergescope.patterns"
LONGEST_STAGE = 60  # characters
_LONGEST_SAYING = 2000  # characters of a sentence
_MOST_HEADER = 4_000_000  # bytes of names, metrics and sentences
_MOST_LAYOUT = 20  # values
_NUMBER = re.compile("0|[1-9][0-9]{0,9}")


def receive(blob: bytes, display: Display, run: str, seq: int) -> FrameReady:
    """The frame `seq` of a run, ready to be kept, from its bytes. Raises FrameRefused with what is wrong with it."""
    frame = read_frame(blob, display, run)
    if frame.seq != seq:
        raise FrameRefused(f"these are the bytes of frame {frame.seq} of run {run}, not of frame {seq}")
    return frame


def read_frame(blob: bytes, display: Display, run: str | None) -> FrameReady:
    """The frame in these bytes, with all that it says, and its part of the index. Raises FrameRefused.

    run  the id of the run that it is to be of; None for any
    """
    with _refusing():
        _check_header(blob)
        said = read_metadata(blob)
        for name, value in said.items():
            if not isinstance(value, str):
                raise FrameRefused(f"its metadata {name[:40]!r} is no string")
        if run is not None and said["run"] != run:
            raise FrameRefused(
                f"these are the bytes of a frame of another run, {said['run'][:40]!r}, and not of {run!r}"
            )
        seq, step = _whole(said, "seq"), _whole(said, "step")
        check_stage(said["phase"])
        metrics, layout, says = map(_parsed, (said["metrics"], said["layout"], said.get("says", "{}")))
        found: dict[str, Any] = dict(deserialize(blob))  # type: ignore[no-untyped-call]
        tensors: dict[str, tuple[str, Sequence[int]]] = {n: (one["dtype"], one["shape"]) for n, one in found.items()}
        unfit = _unfit(metrics, layout, says)
        wrong = next(chain(unfit, misfits(display, step, metrics, tensors, says)), None)
        if wrong is not None:
            raise FrameRefused(wrong)
        arrays = {name: array for name, one in found.items() if (array := as_array(one)).size}
        with np.errstate(all="ignore"):  # whatever numbers there are
            seen = sketch(display, arrays)
    return FrameReady(seq, step, said["phase"], metrics, blob, seen)


def check_stage(name: str) -> None:
    """Raises FrameRefused for what is no name of a stage."""
    if not _is_line(name, LONGEST_STAGE):
        raise FrameRefused(f"its phase is no name of at most {LONGEST_STAGE} characters")


def receive_patterns(blob: bytes, run: str, most: int) -> bytes:
    """The bytes of at most so many tensors that frames are compared with, as readers know them. Raises FrameRefused.

    What does not say that it is patterns is written anew, and says so.
    """
    with _refusing():
        _check_header(blob)
        tensors = load(blob)
        if len(tensors) > most:
            raise FrameRefused(f"there are {len(tensors):,} tensors, and this server takes {most:,} at most")
        try:
            read_metadata(blob, PATTERNS_FORMAT)
            return blob
        except FrameError:
            metadata = {"format": PATTERNS_FORMAT, "version": VERSION, "run": run}
            return sort_metadata(save(tensors, metadata))


@contextmanager
def _refusing() -> Iterator[None]:
    """What readers say of bytes that they cannot read."""
    try:
        yield
    except FrameRefused:
        raise
    except FrameError as error:
        raise FrameRefused(error.detail) from None
    except (SafetensorError, RecursionError, KeyError, TypeError, ValueError) as error:
        raise FrameRefused(f"these are not the bytes of a safetensors file of a frame: {str(error)[:200]}") from None


def _check_header(blob: bytes) -> None:
    """Before it is read as JSON."""
    if int.from_bytes(blob[:8], "little") > _MOST_HEADER:
        raise FrameRefused(f"its header is longer than {_MOST_HEADER:,} bytes, or these are no bytes of safetensors")


def _whole(said: Mapping[str, str], name: str) -> int:
    if not _NUMBER.fullmatch(said[name]) or int(said[name]) > MOST:
        raise FrameRefused(f"its {name} {said[name][:40]!r} is not between 0 and {MOST:,}")
    return int(said[name])


def _parsed(text: str) -> Any:
    """A part of the metadata that is JSON itself; None for what is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _unfit(metrics: Any, layout: Any, says: Any) -> Iterator[str]:
    """What of a frame's metadata cannot be kept, each in a sentence."""
    if not isinstance(metrics, Mapping) or not all(map(_is_number, metrics.values())):
        yield "its metrics are not all finite numbers, or null for what is not finite"
    if not isinstance(layout, Mapping) or len(layout) > _MOST_LAYOUT or not all(map(_is_plain, layout.values())):
        yield f"its layout is no object of at most {_MOST_LAYOUT} texts and numbers"
    if not isinstance(says, Mapping) or not all(_is_text(text, _LONGEST_SAYING) for text in says.values()):
        yield f"what it says of panels are not all texts of at most {_LONGEST_SAYING:,} characters"


def _is_number(value: Any) -> bool:
    """As metrics are; JSON's whole numbers may be larger than any float."""
    if value is None:
        return True
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False


def _is_plain(value: Any) -> bool:
    return _is_number(value) or _is_text(value, _LONGEST_SAYING)


def _is_text(value: Any, longest: int) -> bool:
    return isinstance(value, str) and len(value) <= longest


def _is_line(value: Any, longest: int) -> bool:
    try:
        return _is_text(value, longest) and bool(check_name(value))
    except ValueError:
        return False

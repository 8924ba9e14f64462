"""Frames and tensors that anybody may have made: checked as far as anything relies on them. Knows no torch."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from typing import Any

from safetensors import SafetensorError
from safetensors.numpy import load, save

from emergescope.config.base import check_name
from emergescope.errors import FrameError, FrameRefused
from emergescope.recording.codec import VERSION, decode, read_metadata, sketch, sort_metadata
from emergescope.recording.declared import undeclared
from emergescope.recording.display import Display
from emergescope.recording.events import Frame, FrameReady

MOST = 2**31 - 1  # that a step or seq may be: a database knows no larger one
PATTERNS_FORMAT = "emergescope.patterns"
LONGEST_STAGE = 60  # characters
_LONGEST_SAYING = 2000  # characters of a sentence
_MOST_HEADER = 4_000_000  # bytes of names, metrics and sentences
_MOST_LAYOUT = 20  # values


def receive(blob: bytes, display: Display, run: str, seq: int) -> FrameReady:
    """The frame `seq` of a run, ready to be kept, from its bytes. Raises FrameRefused with what is wrong with it."""
    with _refusing():
        of, number, frame = _decode(blob)
        if (of, number) != (run, seq):
            raise FrameRefused(f"these are the bytes of frame {number} of run {of[:40]!r}, not of frame {seq} of {run}")
        wrong = next(chain(_unfit(frame), undeclared(frame, display)), None)
        if wrong is not None:
            raise FrameRefused(wrong)
        seen = sketch(display, frame.tensors)
    return FrameReady(seq, frame.step, frame.phase, frame.metrics, blob, seen)


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


def _decode(blob: bytes) -> tuple[str, int, Frame]:
    _check_header(blob)
    for name, value in read_metadata(blob).items():
        if not isinstance(value, str):
            raise FrameRefused(f"its metadata {name[:40]!r} is no string")
    return decode(blob)


def _unfit(frame: Frame) -> Iterator[str]:
    """What of a frame's metadata cannot be kept, each in a sentence."""
    if not 0 <= frame.step <= MOST:
        yield f"its step {frame.step} is not between 0 and {MOST:,}"
    if not _is_line(frame.phase, LONGEST_STAGE):
        yield f"its phase is no name of at most {LONGEST_STAGE} characters"
    if not isinstance(frame.metrics, Mapping) or not all(map(_is_number, frame.metrics.values())):
        yield "its metrics are not all finite numbers, or null for what is not finite"
    layout, says = frame.layout, frame.says
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

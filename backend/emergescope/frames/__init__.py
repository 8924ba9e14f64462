"""Frames: the record, its bytes, and when to take one."""

from emergescope.frames.codec import decode, encode, read_metadata
from emergescope.frames.frame import Frame

__all__ = ["Frame", "decode", "encode", "read_metadata"]

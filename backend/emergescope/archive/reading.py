"""Reading a run from a zip or a directory that may come from anywhere: all of it is verified before any is used.

Frames are read one at a time, once to be verified and once more when they are used: a run may be larger than memory.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import safetensors
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from emergescope.archive import head as heads
from emergescope.archive.files import EVENTS, INDEX, PATTERNS, RUN, SUMS, frame_name, seq_of
from emergescope.archive.head import Count, Run
from emergescope.archive.members import Members, open_members
from emergescope.catalog.parse import parse_config
from emergescope.catalog.registry import study_of
from emergescope.errors import ArchiveError, FrameError, InvalidConfig
from emergescope.recording.codec import IndexRow, decode_index
from emergescope.recording.declared import misfits
from emergescope.recording.display import Display
from emergescope.recording.events import FrameReady, Happened
from emergescope.recording.received import check_stage, read_frame

_SUM = re.compile(r"([0-9a-f]{64})  ([^\n]+)")
_MOST_EVENTS = 100_000


class Archive:
    """A run that has been verified. `rows` are all frames in order, those that were thinned out among them."""

    def __init__(self, members: Members) -> None:
        self._members = members
        self._sums = self._read_sums()
        self.run = heads.from_json(self._file(RUN))
        if self.run.status == "running":
            raise ArchiveError(f"{RUN}: this run is not over")
        self._display = _display(self.run)
        self.rows = self._read_rows()
        self.events = self._read_events()
        self.patterns = self._read_patterns()
        for _ in self.frames():
            pass
        self._check_end()

    def frames(self) -> Iterator[FrameReady]:
        """The frames that are there, in order, each verified as it is read."""
        for row in self.rows:
            if row.there:
                yield self._frame(row)

    def _file(self, name: str) -> bytes:
        content = self._members.read(name)
        if hashlib.sha256(content).hexdigest() != self._sums[name]:
            raise ArchiveError(f"{name} is damaged: its checksum is another one than {SUMS} says")
        return content

    def _read_sums(self) -> dict[str, str]:
        sums: dict[str, str] = {}
        for line in _lines(self._members.read(SUMS), SUMS):
            found = _SUM.fullmatch(line)
            if found is None or found[2] in sums:
                raise ArchiveError(f"{SUMS}: {line[:100]!r} is no checksum of a file, or the second one of it")
            sums[found[2]] = found[1]
        there = self._members.sizes.keys() - {SUMS}
        for name in sorted(there - sums.keys()):
            raise ArchiveError(f"{name} has no checksum in {SUMS}")
        for name in sorted(sums.keys() - there):
            raise ArchiveError(f"{name[:100]!r} is missing: {SUMS} has its checksum")
        return sums

    def _read_rows(self) -> list[IndexRow]:
        with _of(INDEX):
            run, rows = decode_index(self._file(INDEX), self._display)
            if run != self.run.id:
                raise FrameError(f"this is the index of another run, {run[:40]!r}, and not of {self.run.id!r}")
            last = -1
            for place, row in enumerate(rows):
                if row.seq != place:
                    raise FrameError(f"frame {row.seq} stands where {place} is due")
                if row.step <= last:
                    raise FrameError(f"frame {row.seq} is of step {row.step}, and the one before of step {last}")
                last = row.step
                if not row.there:  # of the others it is the frames that are used
                    for sentence in misfits(self._display, row.step, row.metrics, {}, ()):
                        raise FrameError(sentence)
                    check_stage(row.stage)
        for name in self._members.sizes:
            if (seq := seq_of(name)) is not None and not (seq < len(rows) and rows[seq].there):
                raise ArchiveError(f"{name} is there, and the index says that it is not")
        for row in rows:
            if row.there and frame_name(row.seq) not in self._members.sizes:
                raise ArchiveError(f"{frame_name(row.seq)} is missing: the index says that it is there")
        return rows

    def _frame(self, row: IndexRow) -> FrameReady:
        name = frame_name(row.seq)
        with _of(name):
            # Up to where a fork begins, its frames are those of the runs that it comes from.
            origin = self.run.origin
            inherited = origin is not None and row.step <= origin["step"]
            frame = read_frame(self._file(name), self._display, None if inherited else self.run.id)
            if (frame.seq, frame.step) != (row.seq, row.step):
                said = f"it says that it is frame {frame.seq}, of step {frame.step}"
                raise FrameError(f"{said}, and the index that it is frame {row.seq}, of step {row.step}")
            return frame

    def _read_events(self) -> Sequence[Happened]:
        if EVENTS not in self._members.sizes:
            return ()
        events = []
        for number, line in enumerate(_lines(self._file(EVENTS), EVENTS)):
            name = f"{EVENTS}, line {number + 1}"
            if number >= _MOST_EVENTS:
                raise ArchiveError(f"{name}: {_MOST_EVENTS:,} events are the most that is read")
            try:
                said = _Event.model_validate(heads.read_json(line.encode(), name))
            except ValidationError as error:
                raise ArchiveError(f"{name}: {heads.first_of(error)}") from None
            events.append(Happened(said.step, said.kind, said.text, said.data))
        return tuple(events)

    def _read_patterns(self) -> bytes | None:
        if PATTERNS not in self._members.sizes:
            return None
        blob = self._file(PATTERNS)
        try:
            safetensors.deserialize(blob)  # type: ignore[no-untyped-call]
        except safetensors.SafetensorError as error:
            raise ArchiveError(f"{PATTERNS}: its tensors cannot be read: {error}") from None
        return blob

    def _check_end(self) -> None:
        run, last = self.run, self.rows[-1].step if self.rows else 0
        if run.step < last:
            raise ArchiveError(f"{RUN}: it ends at step {run.step}, and its last frame is of step {last}")


class _Event(BaseModel):
    model_config = ConfigDict(strict=True, allow_inf_nan=False)

    step: Count
    kind: Annotated[str, Field(min_length=1, max_length=40)]
    text: Annotated[str, Field(max_length=100_000)]
    data: dict[str, Any] | None = None


@contextmanager
def read_run(place: Path | BinaryIO) -> Iterator[Archive]:
    """A run in a zip, by its path or as an open file, or in a directory. Raises ArchiveError that says where it is
    damaged.
    """
    with open_members(place) as members:
        yield Archive(members)


@contextmanager
def _of(name: str) -> Iterator[None]:
    """What is wrong with the content of a file names the file."""
    try:
        yield
    except FrameError as error:
        raise ArchiveError(f"{name}: {error.detail}") from None


def _display(run: Run) -> Display:
    try:
        config = parse_config(run.config)
    except InvalidConfig as error:
        raise ArchiveError(f"{RUN}: its settings cannot be read here: {error.detail}") from None
    try:
        return study_of(config).display(config, run.facts)
    except Exception as error:  # whatever facts of somebody else's make of it
        reason = f"{type(error).__name__}: {error}"[:200]
        raise ArchiveError(f"{RUN}: what is known of it does not fit the study {config.study}: {reason}") from None


def _lines(content: bytes, name: str) -> list[str]:
    """Lines of a text. Raises ArchiveError where the last one is cut short."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise ArchiveError(f"{name} is no text in UTF-8: {error.reason}") from None
    if text and not text.endswith("\n"):
        raise ArchiveError(f"{name} is cut short: its last line has no end")
    return text.split("\n")[:-1]

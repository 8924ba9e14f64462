"""A run as a directory that grows while the run goes on. Whatever ends the program, it goes on after the last whole
frame; and nothing that was recorded is overwritten. docs/files.md says what lies in it.
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn, Self

from emergescope.archive import head as heads
from emergescope.archive.display import display_of
from emergescope.archive.files import (
    EVENTS,
    INDEX,
    NAMES,
    PATTERNS,
    RUN,
    SUMS,
    append_line,
    frame_name,
    is_part,
    seq_of,
    sums_text,
    write_whole,
)
from emergescope.archive.head import End, Head, Json, Run
from emergescope.errors import ArchiveError, FrameError, InvalidConfig
from emergescope.recording.codec import IndexRow, decode, encode_index, read_metadata, sketch
from emergescope.recording.events import FrameReady, Happened

__all__ = ["Head", "RunDirectory"]


class RunDirectory:
    """A run as a directory, to be written by one program at a time. Begin one, or open one begun earlier.

    What it cannot write raises EmergescopeError; what it is given out of turn, InvalidConfig.
    """

    def __init__(self, path: Path, run: Run, next_seq: int, last_step: int | None, over: bool) -> None:
        self.path = path
        self.next_seq = next_seq
        self.last_step = last_step  # None before the first frame
        self.over = over
        self._run = run

    @classmethod
    def begin(cls, path: Path, head: Head) -> Self:
        """Make the directory. Raises InvalidConfig where there is anything in it."""
        try:
            path.mkdir(parents=True, exist_ok=True)
            found = next(path.iterdir(), None)
        except OSError as error:
            raise InvalidConfig(f"{path} cannot be used ({error.strerror}): choose another directory") from None
        if found is not None:
            raise InvalidConfig(f"{path} is not an empty directory ({found.name} is there): choose another")
        run = heads.begun(head)
        write_whole(path / RUN, heads.to_json(run))
        return cls(path, run, 0, None, over=False)

    @classmethod
    def open(cls, path: Path) -> Self:
        """One begun earlier, to go on after its last whole frame. Raises InvalidConfig that says what is wrong."""
        try:
            return cls._open(path)
        except (ArchiveError, FrameError) as error:
            raise InvalidConfig(f"{path} is not the beginning of a run: {error.detail}") from None
        except OSError as error:
            raise InvalidConfig(f"{path} cannot be used ({error.strerror}): choose another directory") from None

    @classmethod
    def _open(cls, path: Path) -> Self:
        names = sorted(file.name for file in path.iterdir())
        if RUN not in names:
            raise ArchiveError(f"it has no {RUN}")
        foreign = [n for n in names if not (is_part(n) or seq_of(n) is not None or n in NAMES)]
        if foreign:
            raise ArchiveError(f"{foreign[0]} is no file of a run")
        run, over = heads.from_json((path / RUN).read_bytes()), SUMS in names
        seqs = sorted(seq for name in names if (seq := seq_of(name)) is not None)
        if seqs != [*range(len(seqs))]:
            lacking = next(seq for seq in range(len(seqs)) if seq != seqs[seq])
            raise ArchiveError(f"{frame_name(lacking)} is missing among its frames")
        last = None
        if seqs:
            found = read_metadata((path / frame_name(seqs[-1])).read_bytes())
            if found.get("run") != run.id or found.get("seq") != str(seqs[-1]) or "step" not in found:
                raise ArchiveError(f"{frame_name(seqs[-1])} is not frame {seqs[-1]} of run {run.id}")
            last = int(found["step"])
        for name in filter(is_part, names):
            (path / name).unlink()
        opened = cls(path, run, len(seqs), last, over)
        if not over:
            opened._begin_anew()
        return opened

    def _begin_anew(self) -> None:
        """Have it be as one that goes on: without what was written of an end, and without half an event."""
        (self.path / INDEX).unlink(missing_ok=True)
        if self._run.status != "running":
            self._write_run(status="running", error=None, finished_at=None)
        with suppress(FileNotFoundError), open(self.path / EVENTS, "r+b") as file:
            whole = file.read().rfind(b"\n") + 1
            file.truncate(whole)

    @property
    def head(self) -> Head:
        return self._run.head

    def known(self, facts: Json, tensors: bytes | None) -> None:
        """Keep what is known at the start: facts, and reference tensors (safetensors bytes)."""
        self._check_open()
        if tensors is not None:
            file = self.path / PATTERNS
            if file.exists() and self.next_seq and file.read_bytes() != tensors:
                self._refuse(f"its {PATTERNS} has other tensors, and frames were recorded beside them")
            write_whole(file, tensors)
        self._write_run(facts=dict(facts))

    def add_frame(self, frame: FrameReady) -> None:
        """Keep the next frame. Its seq must be `next_seq`, and its step above `last_step`."""
        self._check_open()
        if frame.seq != self.next_seq:
            self._refuse(f"frame {frame.seq} came where {self.next_seq} is due")
        if self.last_step is not None and frame.step <= self.last_step:
            self._refuse(f"frame {frame.seq} is of step {frame.step}, and the one before of step {self.last_step}")
        write_whole(self.path / frame_name(frame.seq), frame.blob)
        self.next_seq, self.last_step = frame.seq + 1, frame.step

    def add_event(self, event: Happened) -> None:
        self._check_open()
        said = {"step": event.step, "kind": event.kind, "text": event.text, "data": event.data and dict(event.data)}
        append_line(self.path / EVENTS, heads.write_json(said))

    def rewind(self) -> None:
        """Begin the run again: frames give way, one by one, to those that come now, and other events are told."""
        self._check_open()
        self.next_seq, self.last_step = 0, None
        (self.path / EVENTS).unlink(missing_ok=True)

    def finish(
        self,
        status: End,
        *,
        seconds: float | None = None,
        error: Json | None = None,
        expected: Sequence[Json] | None = None,
        besides: Json | None = None,
    ) -> None:
        """Write what is written at the end: how it went, the index, and checksums of all.

        besides  what run.json is to say beside the run
        """
        self._check_open()
        for file in list(self.path.iterdir()):
            if (seq := seq_of(file.name)) is not None and seq >= self.next_seq:
                file.unlink()  # of an attempt that was begun again
        sums: dict[str, str] = {}
        write_whole(self.path / INDEX, self._index(sums))
        changes: dict[str, Any] = {"seconds": seconds, "error": error and dict(error)}
        if expected is not None:
            changes["expected"] = [dict(item) for item in expected]
        self._write_run(besides, status=status, finished_at=datetime.now(UTC), **changes)
        for name in NAMES - {SUMS}:
            if (self.path / name).exists():
                sums[name] = hashlib.sha256((self.path / name).read_bytes()).hexdigest()
        write_whole(self.path / SUMS, sums_text(sums))
        self.over = True

    def _index(self, sums: dict[str, str]) -> bytes:
        """The index of all frames, which are read for it one at a time; their checksums and the latest metrics, too."""
        display, rows = display_of(self.head), list[IndexRow]()
        metrics: dict[str, float | None] = {}
        for seq in range(self.next_seq):
            blob = (self.path / frame_name(seq)).read_bytes()
            sums[frame_name(seq)] = hashlib.sha256(blob).hexdigest()
            _, _, frame = decode(blob)
            seen = sketch(display, frame.tensors)
            rows.append(IndexRow(seq, frame.step, frame.phase, True, frame.metrics, seen))
            metrics |= frame.metrics
        if rows:
            self._run = self._run.model_copy(
                update={"step": rows[-1].step, "phase": rows[-1].stage, "metrics": metrics}
            )
        return encode_index(self.head.id, display, rows)

    def _write_run(self, besides: Json | None = None, **changes: Any) -> None:
        self._run = self._run.model_copy(update=changes)
        write_whole(self.path / RUN, heads.to_json(self._run, besides))

    def _check_open(self) -> None:
        if self.over:
            self._refuse("the run is over, and nothing recorded is changed")

    def _refuse(self, why: str) -> NoReturn:
        raise InvalidConfig(f"{self.path}: {why}")

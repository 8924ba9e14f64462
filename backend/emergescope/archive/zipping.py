"""A run as one file, made a part at a time: nobody holds all of it, and the same run gives the same bytes."""

import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from io import BufferedIOBase
from typing import BinaryIO, Final, cast

from emergescope.archive import head as heads
from emergescope.archive.files import EVENTS, INDEX, PATTERNS, RUN, SUMS, frame_name, sums_text
from emergescope.archive.head import Run
from emergescope.recording.events import Happened

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # of every member; a zip knows no earlier time
_UNIX, _PLAIN_FILE = 3, 0o100644 << 16


class RunZip:
    """The zip of a run; frames, each with its seq, are asked for one at a time as `parts` are taken, once.

    tag  another one for other bytes: a frame that was recorded never changes, and the index says which are there
    """

    def __init__(
        self,
        run: Run,
        frames: Iterable[tuple[int, bytes]],
        events: Iterable[Happened],
        index: bytes,
        patterns: bytes | None,
    ) -> None:
        self._frames = frames
        self._others = {RUN: heads.to_json(run), INDEX: index}
        if told := b"".join(map(event_line, events)):
            self._others[EVENTS] = told
        if patterns is not None:
            self._others[PATTERNS] = patterns
        self._sums = {name: hashlib.sha256(content).hexdigest() for name, content in self._others.items()}
        self.tag = hashlib.sha256(sums_text(self._sums)).hexdigest()[:32]

    def parts(self) -> Iterator[bytes]:
        """Its bytes."""
        others, sums, written = dict(self._others), dict(self._sums), _Parts()
        with zipfile.ZipFile(cast(BinaryIO, written), "w", zipfile.ZIP_STORED) as archive:
            for seq, blob in self._frames:
                sums[frame_name(seq)] = hashlib.sha256(blob).hexdigest()
                _store(archive, frame_name(seq), blob)
                yield written.take()
            others[SUMS] = sums_text(sums)
            for name in sorted(others):
                _store(archive, name, others[name])
                yield written.take()
        yield written.take()


def event_line(event: Happened) -> bytes:
    """An event as a line of events.jsonl."""
    data = None if event.data is None else dict(event.data)
    return heads.write_json({"step": event.step, "kind": event.kind, "text": event.text, "data": data})


def _store(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    member = zipfile.ZipInfo(name, _EPOCH)
    member.create_system, member.external_attr = _UNIX, _PLAIN_FILE
    archive.writestr(member, content)


class _Parts(BufferedIOBase):
    """Takes what is written until it is taken away; it cannot be gone back in."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, part: bytes, /) -> int:  # type: ignore[override]
        self._parts.append(bytes(part))
        return len(part)

    def take(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken

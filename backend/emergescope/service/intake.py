"""Recordings that recorders without a server leave in a directory: taken in while they grow. They stay as they are."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from emergescope import logs
from emergescope.archive.files import EVENTS, PATTERNS, RUN, frame_name
from emergescope.archive.head import Run, from_json, read_json
from emergescope.catalog.recordings import STUDY
from emergescope.errors import ArchiveError, EmergescopeError, StoreError
from emergescope.recording.events import Happened
from emergescope.service.recordings import Beginning, Recordings
from emergescope.store.recordings import Recording

QUIET = 600.0  # seconds without anything new after which a recording is given up
_MOST_HEAD = 10_000_000  # bytes of run.json
_MOST_LINE = 1_000_000  # bytes of an event

_log = logs.get(__name__)


@dataclass(frozen=True)
class _Seen:
    """What changes whenever anything does. `is_quiet`: long after the last change."""

    changed: float
    size: int  # of the events: lines are added without a change of the directory
    is_quiet: bool


class Intake:
    """Looks into `root`, if there is one, each time for what is new since."""

    def __init__(self, recordings: Recordings, root: Path | None) -> None:
        self._recordings = recordings
        self._root = root
        self._seen: dict[Path, _Seen] = {}
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Have a look end with the frame that it is at."""
        self._stopped.set()

    def look(self) -> None:
        """Take in what is new. Raises StoreError; what cannot be used is in the log, once."""
        for path in self._directories():
            seen = _look_of(path)
            if self._stopped.is_set() or seen is None or seen == self._seen.get(path):
                continue
            try:
                done = self._take_in(path, seen)
            except StoreError:
                raise
            except (EmergescopeError, OSError) as error:
                done = True
                _log.warning("recording not taken in", directory=path.name, reason=str(error))
            if done:
                self._seen[path] = seen

    def _directories(self) -> list[Path]:
        try:
            found = sorted(self._root.iterdir()) if self._root is not None else []
            return [path for path in found if path.is_dir() and not path.is_symlink()]
        except OSError:  # there is none yet
            return []

    def _take_in(self, path: Path, seen: _Seen) -> bool:
        """Whether that was all that there is by now."""
        run = from_json(_read(path / RUN, _MOST_HEAD))
        if run.config.get("study") != STUDY.id:
            raise ArchiveError(f"{path.name} is of another study than recordings: bring it in with emergescope import")
        store = self._recordings.store
        recording = store.find(run.id)
        if recording is None:
            if store.is_known(run.id):  # it is sent as well, was brought in otherwise, or was deleted here
                return True
            recording = self._recordings.take_in(_beginning(run))
        if recording.record.status in ("succeeded", "cancelled"):
            return True
        if recording.record.status == "failed" and not recording.lost and run.status == "running":
            recording = self._recordings.take_in(_beginning(run))  # it ended so, and was opened once more
        try:
            for _ in self._news(path, run.id, recording):
                if self._stopped.is_set():
                    return False
        except EmergescopeError as error:
            if isinstance(error, StoreError):
                raise
            reason = error.detail
            self._recordings.lose(run.id, 0.0, lambda recording, heard_at: f"{path.name}: {reason}")
            raise
        if run.status in ("succeeded", "failed", "cancelled"):
            message = (run.error or {}).get("message")
            self._recordings.finish(run.id, None, run.status, message and str(message), run.seconds)
        elif seen.is_quiet:
            self._recordings.lose(run.id, 0.0, lambda recording, heard_at: _quiet(path, seen))
        return True

    def _news(self, path: Path, run_id: str, recording: Recording) -> Iterator[None]:
        """Take in what is new, a step at a time."""
        if not recording.has_patterns and (path / PATTERNS).exists():
            self._recordings.add_patterns(run_id, None, (path / PATTERNS).read_bytes())
        for seq in count(recording.record.frames_next):
            file = path / frame_name(seq)
            if not file.exists():
                break
            self._recordings.add_frame(run_id, None, seq, file.read_bytes())
            yield
        if events := _events(path / EVENTS, recording.events):
            self._recordings.add_events(run_id, None, recording.events, events)


def _look_of(path: Path) -> _Seen | None:
    """None of what is no recording (yet)."""
    try:
        files = [path.stat(), (path / RUN).stat()]
        events = [(path / EVENTS).stat()] if (path / EVENTS).exists() else []
    except OSError:
        return None
    changed = max(file.st_mtime for file in (*files, *events))
    return _Seen(changed, sum(file.st_size for file in events), datetime.now(UTC).timestamp() - changed >= QUIET)


def _read(path: Path, most: int) -> bytes:
    if path.stat().st_size > most:
        raise ArchiveError(f"{path.name} has more than {most:,} bytes")
    return path.read_bytes()


def _events(path: Path, after: int) -> list[Happened]:
    """Events from number `after` on; of a line that is being written nothing is read yet."""
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")[:-1]
    return [_event(line, after + place) for place, line in enumerate(lines[after:])]


def _event(line: bytes, number: int) -> Happened:
    event: Any = read_json(line[:_MOST_LINE], f"event {number} in {EVENTS}")
    try:
        return Happened(event["step"], event["kind"], event["text"], event.get("data"))
    except (KeyError, TypeError, AttributeError):
        raise ArchiveError(f"event {number} in {EVENTS} is none: it has a step, a kind and a text") from None


def _beginning(run: Run) -> Beginning:
    return Beginning(
        id=run.id,
        name=run.name,
        display=run.config.get("display", {}),
        settings=run.config.get("settings"),
        tags=run.tags,
        total_steps=run.total_steps,
        facts=run.facts,
        created_at=run.created_at,
    )


def _quiet(path: Path, seen: _Seen) -> str:
    last = datetime.fromtimestamp(seen.changed, UTC)
    return f"nothing new in {path.name} since {last:%Y-%m-%d %H:%M:%S} UTC: should there be more, the recording goes on"

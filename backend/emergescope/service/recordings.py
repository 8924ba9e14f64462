"""Runs that a loop of somebody else's makes: begin or go on, frames, events, the end; and what becomes of one whose
recorder is not heard of any more. No worker has them, and nothing that is done with queued runs is done with them.
"""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from emergescope import logs
from emergescope.catalog.parse import parse_config
from emergescope.catalog.recordings import STUDY
from emergescope.catalog.registry import study_of
from emergescope.config.ids import new_id
from emergescope.errors import InvalidConfig, NotFound
from emergescope.recording.display import Display
from emergescope.recording.events import Happened
from emergescope.recording.plain import Wrong, is_name, oversized, refuse
from emergescope.recording.received import MOST, receive, receive_patterns
from emergescope.service.notifications import Notifications
from emergescope.service.records import now
from emergescope.store.recordings import Outcome, Recording, RecordingStore
from emergescope.store.records import NewRun
from emergescope.store.shapes import Facts, RunRecord
from emergescope.store.store import Store

LEASE = 30.0  # seconds of silence after which a recording is given up
LONGEST_KIND = 40  # characters of the kind of an event
MOST_EVENTS = 5000  # of a recording: each viewer is told all of them

_log = logs.get(__name__)


@dataclass(frozen=True)
class RecordingRules:
    """What this server takes of one recording, and how many seconds of silence."""

    max_tensors: int = 200  # of a frame
    max_metrics: int = 500
    max_film: int = 10**18  # bytes of all frames
    lease: float = LEASE


@dataclass(frozen=True)
class Beginning:
    """A recording as its recorder says it; without an id or a claim, which are drawn then."""

    name: str
    display: Mapping[str, Any]
    id: str | None = None
    claim: str | None = None
    settings: Mapping[str, Any] | None = None
    tags: Sequence[str] = ()
    total_steps: int | None = None
    facts: Mapping[str, Any] | None = None
    created_at: datetime | None = None
    notes: str = ""


class Recordings:
    """Raises Conflict for another claim or out of turn, NotFound, FrameRefused, InvalidConfig."""

    def __init__(
        self, store: Store, notifications: Notifications, count: Callable[[int], None], rules: RecordingRules
    ) -> None:
        self.rules = rules
        self.store = RecordingStore(store, rules.lease, self._is_back)
        self._notifications = notifications
        self._count = count  # the bytes of each frame that is kept

    def begin(self, beginning: Beginning) -> tuple[Recording, str]:
        """Begin a recording, or go on with one; and its claim."""
        claim = beginning.claim or secrets.token_hex(16)
        return self._begin(beginning, claim, directory=False), claim

    def take_in(self, beginning: Beginning) -> Recording:
        """Begin a recording that lies in a directory, or go on with it."""
        return self._begin(beginning, None, directory=True)

    def _begin(self, beginning: Beginning, claim: str | None, *, directory: bool) -> Recording:
        data = {"study": STUDY.id, "display": beginning.display, "settings": beginning.settings or {}}
        for name in ("settings", "facts"):
            refuse((f"/{name}{pointer}", message) for pointer, message in oversized(getattr(beginning, name)))
        refuse(_wrong_facts(beginning.facts))
        config = parse_config(data)
        self._check_size(study_of(config).display(config, None))
        new = NewRun(
            id=beginning.id or new_id(),
            name=beginning.name,
            preset=None,
            tags=beginning.tags,
            config=config.model_dump(mode="json"),
            total_steps=beginning.total_steps or 0,
            expected=(),
            created_at=beginning.created_at or now(),
        )
        recording = self.store.begin(new, claim, beginning.facts, directory=directory)
        if recording.is_new:
            _log.info("recording begun", run=new.id)
        self._notifications.changed(new.id)
        return recording

    def _check_size(self, display: Display) -> None:
        for what, found, most in (
            ("tensors", len(display.tensors), self.rules.max_tensors),
            ("metrics", len(display.metrics), self.rules.max_metrics),
        ):
            if found > most:
                message = f"it has {found:,} {what}, and this server takes {most:,} at most"
                raise InvalidConfig.at(f"/display/{what}", message)

    def add_frame(self, run_id: str, claim: str | None, seq: int, blob: bytes) -> tuple[int, bool]:
        """Keep a frame: the seq that is due now, and whether it was not there before."""
        display = _display(json.dumps(self.store.config(run_id), sort_keys=True))
        frame = receive(blob, display, run_id, seq)
        due, is_new = self.store.add_frame(run_id, claim, frame, self.rules.max_film)
        if is_new:
            self._count(len(blob))
            self._notifications.notify(run_id)
        return due, is_new

    def add_patterns(self, run_id: str, claim: str | None, blob: bytes) -> None:
        self.store.add_patterns(run_id, claim, receive_patterns(blob, run_id, self.rules.max_tensors))
        self._notifications.changed(run_id)

    def add_events(self, run_id: str, claim: str | None, first: int, events: Sequence[Happened]) -> int:
        """How many there are now."""
        for place, event in enumerate(events):
            refuse((f"/events/{place}{pointer}", message) for pointer, message in _wrong_event(event))
        count = self.store.add_events(run_id, claim, first, events, MOST_EVENTS)
        self._notifications.changed(run_id)
        return count

    def beat(self, run_id: str, claim: str) -> None:
        self.store.beat(run_id, claim)

    def finish(
        self, run_id: str, claim: str | None, status: Outcome, message: str | None, seconds: float | None
    ) -> RunRecord:
        run = self.store.finish(run_id, claim, status, message, seconds)
        _log.info(f"recording {status}", run=run_id, status=status, step=run.step)
        self._notifications.changed(run_id)
        return run

    def look_after(self, present: float) -> None:
        """Give up those of which nothing was heard for a lease, if this server has itself been there for as long."""
        if present < self.rules.lease:
            return
        for run_id in self.store.silent(self.rules.lease):
            self.lose(run_id, self.rules.lease, _silent)

    def lose(self, run_id: str, longest: float, say: Callable[[Recording, datetime], str]) -> None:
        """Give a recording up of which nothing was heard for so long."""
        with suppress(NotFound):  # deleted meanwhile
            if self.store.lose(run_id, longest, say):
                _log.warning("recording given up", run=run_id)
                self._notifications.changed(run_id)

    def _is_back(self, run_id: str) -> None:
        _log.info("recording goes on", run=run_id)
        self._notifications.changed(run_id)


def _silent(recording: Recording, heard_at: datetime) -> str:
    after = "before its first frame" if recording.last_step is None else f"after step {recording.last_step:,}"
    when = f"{heard_at:%Y-%m-%d %H:%M:%S} UTC"
    return f"its recorder was last heard at {when}, {after}: should it come back, the recording goes on"


def _wrong_event(event: Any) -> Iterator[Wrong]:
    said: dict[str, object] = {"kind": event.kind, "text": event.text, "data": event.data}
    yield from oversized(said)
    if not isinstance(event.step, int) or not 0 <= event.step <= MOST:
        yield "/step", f"a step is a whole number from 0 to {MOST:,}"
    if not isinstance(event.kind, str) or not (is_name(event.kind) and len(event.kind) <= LONGEST_KIND):
        yield "/kind", f"a kind is a name of at most {LONGEST_KIND} characters"
    if not isinstance(event.text, str):
        yield "/text", "a text is needed"
    if not isinstance(event.data, Mapping | None):
        yield "/data", "data are an object, or null"


def _wrong_facts(facts: Mapping[str, Any] | None) -> Iterator[Wrong]:
    """Sections that are usual have the shape that is usual."""
    try:
        Facts.model_validate(facts or {})
    except ValidationError as error:
        for item in error.errors(include_url=False, include_input=False):
            yield "/facts" + "".join(f"/{part}" for part in item["loc"]), item["msg"]


@lru_cache(maxsize=256)
def _display(settings: str) -> Display:
    """By the settings of a recording, which never change: frames come many times a second."""
    config = parse_config(json.loads(settings))
    return study_of(config).display(config, None)

"""The thread that makes frames of snapshots and keeps them in a directory, in order; the loop waits for neither."""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import torch
from pydantic import ValidationError

from emergescope.archive.directory import Head, RunDirectory
from emergescope.archive.files import EVENTS, PATTERNS, frame_name
from emergescope.archive.head import begun
from emergescope.catalog.recordings import RecordingConfig
from emergescope.errors import EmergescopeError, InvalidConfig
from emergescope.recorder.asked import Asked
from emergescope.recorder.copies import Shot
from emergescope.recorder.endings import End
from emergescope.recorder.film import Film, step_back
from emergescope.recorder.forks import at_work
from emergescope.recorder.held_back import HeldBack
from emergescope.recorder.waiting import Waiting
from emergescope.recording.codec import decode, encode, sketch
from emergescope.recording.display import Display
from emergescope.recording.events import FrameReady, Happened


class Sender(Protocol):
    """Is told when there is something new in the directory."""

    def begin(self, head: Head) -> None: ...
    def wake(self) -> None: ...
    def finish(self, end: End, seconds: float) -> None: ...


class Keeper:
    """Keeps a recording at `path`, or goes on with `begun`. What goes wrong is told to `say`, by its kind.

    lost  frames that could not be made or kept
    """

    def __init__(
        self,
        asked: Asked,
        head: Head,
        path: Path,
        begun: RunDirectory | None,
        waiting: Waiting[Shot | Happened],
        say: Callable[[str, str], None],
        sender: Sender | None,
    ) -> None:
        self._asked, self._head, self._path, self._begun = asked, head, path, begun
        self._waiting, self._say, self._sender = waiting, say, sender
        self._directory: RunDirectory | None = None
        self._film: Film | None = None
        self._early: list[Happened] = []  # events before the first frame
        self._held = HeldBack(path) if asked.by_last and begun is None else None
        self._end = End(None)
        self._since = time.monotonic()
        self._compared: bytes | None = None  # the directions of the last snapshot, where they are those of all
        self.lost = 0
        self._thread = threading.Thread(target=self._run, name="emergescope-recorder", daemon=True)

    @staticmethod
    def head_of(identifier: str, name: str, asked: Asked, tags: tuple[str, ...]) -> Head:
        """What is known of a recording before its first frame. Raises InvalidConfig."""
        head = Head(identifier, name, {}, asked.total_steps, datetime.now(UTC), tags=tags)
        try:
            begun(head)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise InvalidConfig(
                f"{first['loc'][0]} of a recording: {first['msg'].removeprefix('Value error, ')}"
            ) from None
        return head

    @property
    def frames(self) -> int:
        """That are kept."""
        found = self._directory or self._begun
        return 0 if found is None else found.next_seq

    @property
    def steps_held(self) -> list[int]:
        """Of snapshots of which no frame can be made before the last one is there."""
        return [] if self._held is None else self._held.steps

    def start(self) -> None:
        if not self._thread.is_alive():
            self._thread.start()

    def finish(self, end: End) -> None:
        """Keep what waits, and end the recording so."""
        self._end = end
        self._waiting.close()
        if self._thread.ident is not None:
            self._thread.join()

    @torch.inference_mode()
    def _run(self) -> None:
        with at_work():
            step_back()
        while (item := self._waiting.get()) is not None:
            with at_work():
                self._try_to_keep(item)
        try:
            if self._held is not None and self._end.status is not None:
                self._reveal(self._held)
            self._over()
        except Exception as error:
            self._say("finish", f"the recording in {self._path} could not be ended: {_reason(error)}")

    def _try_to_keep(self, item: Shot | Happened) -> None:
        try:
            if self._held is not None and isinstance(item, Shot):
                self._held.add(item)
            else:
                self._keep(item)
        except Exception as error:  # nothing that only looks may end the loop
            self.lost += isinstance(item, Shot)
            at = f"step {item.step} of the recording is lost" if isinstance(item, Shot) else "an event is lost"
            self._say(f"kept {type(error).__name__}", f"{at}: {_reason(error)}")

    def _reveal(self, held: HeldBack) -> None:
        """Make all frames, now that the last snapshot is there."""
        self._held = None
        if steps := held.steps:
            last = Film(self._asked, lambda kind, text: None)  # what is wrong with it is told of the first one
            self._compared = last.begin(held.get(steps[-1]), ()).patterns
        for shot in held:
            self._try_to_keep(shot)
        held.remove()

    def _keep(self, item: Shot | Happened) -> None:
        if isinstance(item, Happened):
            if self._directory is None:
                self._early.append(item)
            else:
                self._tell(self._directory, (item,))
            return
        directory, film = self._started(item)
        look = film.take(item)
        seq = directory.next_seq
        blob, frame = encode(look.frame, self._head.id, seq), look.frame
        seen = b"" if film.display is None else sketch(film.display, frame.tensors)
        directory.add_frame(FrameReady(seq, frame.step, frame.phase, frame.metrics, blob, seen))
        self._tell(directory, look.events)

    def _tell(self, directory: RunDirectory, events: tuple[Happened, ...]) -> None:
        for event in events:
            directory.add_event(event)
        if self._sender is not None:
            self._sender.wake()

    def _started(self, shot: Shot) -> tuple[RunDirectory, Film]:
        """The directory and the film, begun with the first snapshot: only then is known what there is to show."""
        if self._directory is not None and self._film is not None:
            return self._directory, self._film
        film = Film(self._asked, self._say)
        kinds = dict.fromkeys(event.kind for event in self._early)
        if self._begun is None:
            beginning = film.begin(shot, kinds, self._compared)
            said = {"display": beginning.display, "settings": dict(self._asked.settings)}
            config = RecordingConfig.model_validate(said)
            self._head = replace(self._head, config=config.model_dump(mode="json"), facts=beginning.facts)
            self._path.parent.mkdir(parents=True, exist_ok=True)
            directory = RunDirectory.begin(self._path, self._head)
            try:
                directory.known(beginning.facts, beginning.patterns)
            except EmergescopeError as error:  # a disk that is full for a moment; frames go on without it
                self._say("directions", f"what neurons are compared with is not kept: {error.detail}")
        else:
            directory, self._head = self._begun, self._begun.head
            patterns = self._path / PATTERNS
            kept = patterns.read_bytes() if patterns.exists() else None
            film.begin(shot, kinds, kept, Display.from_json(self._head.config["display"]))
            if directory.next_seq:
                _, _, last = decode((self._path / frame_name(directory.next_seq - 1)).read_bytes())
                film.follow(last, _told(self._path / EVENTS))
        self._directory, self._film = directory, film
        if self._sender is not None:
            self._sender.begin(self._head)
        early, self._early = self._early, []
        self._tell(directory, tuple(early))
        return directory, film

    def _over(self) -> None:
        directory = self._directory or self._begun
        if directory is None or self._end.status is None:
            return
        seconds, error = time.monotonic() - self._since, None
        if self._end.message:
            said = {"message": self._end.message, "step": directory.last_step, "traceback": self._end.traceback}
            error = said if self._end.status == "failed" else {**said, "traceback": ""}
        directory.finish(self._end.status, seconds=seconds, error=error)
        if self._sender is not None:
            if self._directory is None:  # it goes on, and no snapshot was due
                self._sender.begin(directory.head)
            self._sender.finish(self._end, seconds)


def _told(events: Path) -> Mapping[str, int | None]:
    """The steps of kinds of events that have been told."""
    found: dict[str, int | None] = {}
    for line in events.read_bytes().splitlines() if events.exists() else ():
        said: dict[str, Any] = json.loads(line)
        found.setdefault(said["kind"], said["step"])
    return found


def _reason(error: Exception) -> str:
    if isinstance(error, EmergescopeError):
        return error.detail
    return f"{type(error).__name__}: {error}"

"""Sends a recording from its directory to a server: whatever becomes of the server or the network, all of it arrives,
in order, once. The directory is what is true; the server is asked what it lacks.
"""

import encodings.idna  # noqa: F401 - the first name of a host would load it, in a thread: see forks.py
import json
import os
import random
import secrets
import shutil
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from emergescope.archive.directory import Head
from emergescope.archive.files import EVENTS, PATTERNS, frame_name
from emergescope.notebook.sources import run_on_server
from emergescope.recorder.endings import End
from emergescope.recorder.recorder import Told, Waiter

_BACKOFF = (0.5, 30.0)  # seconds between two attempts, at first and at most
_BEAT = 8.0  # seconds after which a server hears that we are still here
_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
_EVENTS_AT_ONCE = 100
_LONGEST = 4000  # characters of a message
_LEAVE = 5.0  # seconds for what is under way
_AGAIN = {408, 425, 429}  # beside those of 500 and above


class _Away(Exception):
    """The server cannot be reached, or cannot take it now."""


class _Refused(Exception):
    """It will not take it, however often it is asked."""


class _Behind(Exception):
    """It has something else than we thought."""


class Sending(Waiter):
    """Begin it once the directory at `path` has been begun, and wake it when there is more in it.

    keep  the directory stays when all of it is there
    """

    def __init__(self, url: str, token: str | None, path: Path, told: Told, *, keep: bool) -> None:
        self._url, self._path, self._told, self._keep = url.rstrip("/"), path, told, keep
        self._headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._claim_file = path.with_name(f"{path.name}.claim")
        self._head: Head | None = None
        self._end: tuple[End, float] | None = None
        self._woken, self._over, self._stopping = threading.Event(), threading.Event(), threading.Event()
        self._sent = False  # all of it
        self._away = self._registered = False
        self._next_seq = self._next_event = 0
        self._stuck = 0  # how often the server had something else, without a frame in between
        # Started while threads still can be: a short loop may be over before its first frame is made.
        self._thread = threading.Thread(target=self._run, name="emergescope-sender", daemon=True)
        self._thread.start()

    def begin(self, head: Head) -> None:
        """The directory has been begun with this."""
        self._claim = self._read_claim()
        self._head = head
        self._woken.set()

    def wake(self) -> None:
        """There is more in the directory."""
        self._woken.set()

    def finish(self, end: End, seconds: float) -> None:
        """There will be no more."""
        self._end = (end, seconds)
        self._woken.set()

    def wait(self, timeout: float | None) -> None:
        """Until all is there, or for so many seconds; then say what is to be done."""
        if timeout is not None:
            self._over.wait(timeout)
        self._stopping.set()
        self._woken.set()
        if timeout is None or self._head is None:
            self._thread.join(_LEAVE)
        elif not self._sent:
            later = f"emergescope import {self._path} --url {self._url}"
            self._told.note(f"not all of it is on {self._url}; {self._path} has it all. To send it: {later}")
        elif not self._keep:
            shutil.rmtree(self._path, ignore_errors=True)
        if self._sent:
            self._claim_file.unlink(missing_ok=True)

    def shown(self, run_id: str) -> str | None:
        """What is there of it as HTML; None where there is nothing yet, or the server is away."""
        return run_on_server(self._url, self._headers, run_id)

    def _run(self) -> None:
        while self._head is None and not self._stopping.is_set():
            self._woken.wait()
        pause = _BACKOFF[0]
        with httpx.Client(base_url=self._url, headers=self._headers, timeout=_TIMEOUT) as client:
            while not (self._sent or self._stopping.is_set()):
                try:
                    self._send(client)
                except (_Away, httpx.TransportError) as error:
                    if not self._away:
                        kept = f"frames are kept in {self._path} and sent once it is back"
                        self._told.note(f"the server {self._url} is away ({_reason(error)}): {kept}")
                    self._away, self._registered = True, False
                    self._stopping.wait(pause * random.uniform(0.5, 1.0))
                    pause = min(2 * pause, _BACKOFF[1])
                    continue
                except _Behind:
                    self._registered = False
                except Exception as error:  # nothing more can be done here: the directory has it all
                    reason = str(error) if isinstance(error, _Refused) else _reason(error)
                    self._told.wrong("refused", f"nothing more is sent to {self._url}: {reason}")
                    break
                pause = _BACKOFF[0]
        self._over.set()

    def _send(self, client: httpx.Client) -> None:
        """All that there is; then wait for more, or end."""
        if not self._registered:
            self._register(client)
        self._woken.clear()
        ended = self._end  # before one looks for more
        while not self._stopping.is_set() and (file := self._path / frame_name(self._next_seq)).exists():
            self._ask(client, "PUT", f"frames/{self._next_seq}", content=file.read_bytes())
            self._next_seq += 1
            self._stuck = 0
        self._send_events(client)
        if ended is None:
            if not self._woken.wait(_BEAT):
                self._ask(client, "POST", "beat")
            return
        end, seconds = ended
        said: dict[str, Any] = {"status": end.status, "seconds": seconds}
        self._ask(client, "POST", "finish", json=said | ({"message": end.message[:_LONGEST]} if end.message else {}))
        self._sent = True

    def _register(self, client: httpx.Client) -> None:
        head = self._head
        assert head is not None
        said = {
            "id": head.id,
            "claim": self._claim,
            "name": head.name,
            "display": head.config["display"],
            "settings": head.config["settings"],
            "tags": list(head.tags),
            "total_steps": head.total_steps or None,
            "facts": head.facts,
            "created_at": head.created_at.isoformat(),
        }
        answer = self._ask(client, "POST", "", json={key: value for key, value in said.items() if value is not None})
        self._next_seq = int(answer["next_seq"])
        if self._next_seq == 0 and (patterns := self._path / PATTERNS).exists():
            self._ask(client, "PUT", "patterns", content=patterns.read_bytes())
        self._next_event, self._registered = 0, True
        if self._away:
            self._away = False
            self._told.note(f"the server {self._url} is back")

    def _send_events(self, client: httpx.Client) -> None:
        file = self._path / EVENTS
        lines = [line for line in file.read_bytes().split(b"\n")[:-1] if line] if file.exists() else []
        while self._next_event < len(lines):
            some = lines[self._next_event : self._next_event + _EVENTS_AT_ONCE]
            said = {"first": self._next_event, "events": [json.loads(line) for line in some]}
            self._ask(client, "POST", "events", json=said)
            self._next_event += len(some)

    def _ask(self, client: httpx.Client, method: str, part: str, **more: Any) -> Mapping[str, Any]:
        """The answer, if it has one. Raises what becomes of it otherwise."""
        assert self._head is not None
        address = f"/api/recordings/{self._head.id}/{part}" if part else "/api/recordings"
        answer = client.request(method, address, headers={"Emergescope-Claim": self._claim}, **more)
        status = answer.status_code
        if answer.is_success:
            found = answer.json() if answer.content else {}
            return found if isinstance(found, dict) else {}
        if status >= 500 or status in _AGAIN:
            raise _Away(f"it answered {status}")
        detail = _detail(answer)
        if status == 409 and part.startswith("frames/") and self._stuck == 0:
            self._stuck += 1
            raise _Behind(detail)
        if status in (404, 410) and part:
            raise _Refused("the recording was deleted there")
        raise _Refused(f"{detail} ({status})")

    def _read_claim(self) -> str:
        """A secret by which the server knows us again, also in another process that goes on with this directory."""
        with suppress(OSError):
            if claim := self._claim_file.read_text("ascii").strip():
                return claim
        claim = secrets.token_hex(16)
        with open(os.open(self._claim_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(claim)
        return claim


def _detail(answer: httpx.Response) -> str:
    try:
        found = answer.json()
        return str(found.get("detail") or found.get("title") or answer.reason_phrase)
    except (ValueError, AttributeError):
        return answer.reason_phrase


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__

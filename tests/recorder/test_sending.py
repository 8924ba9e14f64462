"""With a server, all of a recording arrives there, in order, once, whatever becomes of the server meanwhile."""

import json
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emergescope.recorder import Recorder, record, sending
from emergescope.recorder.endings import RecordingWarning
from emergescope.recording.codec import decode
from tests.api.server_process import ServerProcess
from tests.recorder.films import frames, run_of, steps

EYE = np.eye(4)


class Relay:
    """The address of a server, behind which there is one or not: `upstream` is its port, 0 while it is away."""

    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Have the server be away, in the middle of whatever it does."""
        self.upstream = 0
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.cut()
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._listening.accept()
                if self.upstream == 0:
                    caller.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self.upstream))
                self._open += [caller, server]
                for one, other in ((caller, server), (server, caller)):
                    threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(2**16):
            other.sendall(data)
    for end in (one, other):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("server"))
    yield server
    server.stop()


@pytest.fixture
def relay(server: ServerProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Relay]:
    monkeypatch.setattr(sending, "_BACKOFF", (0.02, 0.1))
    monkeypatch.setenv("EMERGESCOPE_DATA", str(tmp_path))
    relay = Relay(server.port)
    yield relay
    relay.close()


def _told(block: Callable[[], None]) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RecordingWarning)
        block()
    return [str(one.message).removeprefix("recording 'run': ") for one in caught]


def _snapshots(rec: Recorder, count: int, first: int = 0) -> None:
    for step in range(first, first + count):
        rec.snapshot(step, EYE + step, metrics={"loss": 1.0 / (step + 1)})


def _until(there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _count(server: ServerProcess, rec: Recorder) -> int:
    answer = server.client.get(f"/api/runs/{rec.id}")
    return int(answer.json()["frames"]["count"]) if answer.is_success else 0


def _blob(server: ServerProcess, rec: Recorder, seq: int) -> bytes:
    return server.client.get(f"/api/runs/{rec.id}/frames/{seq}").content


@pytest.mark.slow
def test_a_recording_is_a_run_of_the_server(server: ServerProcess, relay: Relay, tmp_path: Path) -> None:
    asked: dict[str, Any] = {"directions": EYE, "relevant": [0], "settings": {"lr": 0.1}, "tags": ["mine"]}
    with record("A loop of mine", url=relay.url, total_steps=4, **asked, strict=True) as rec:
        _snapshots(rec, 5)
        rec.event(4, "hello", "said hello")
    run = server.run(str(rec.id))
    assert (run["name"], run["status"], run["tags"]) == ("A loop of mine", "succeeded", ["mine"])
    assert run["frames"]["count"] == 5
    assert run["config"]["settings"] == {"lr": 0.1}
    assert [event["kind"] for event in run["events"]][-1] == "hello"
    assert [decode(_blob(server, rec, seq))[2].step for seq in range(5)] == [*range(5)]
    assert server.client.get(f"/api/runs/{rec.id}/patterns").status_code == 200
    assert [*(tmp_path / "sending").iterdir()] == []  # all of it is there


@pytest.mark.slow
def test_a_server_that_is_away_in_the_middle(server: ServerProcess, relay: Relay, tmp_path: Path) -> None:
    path, seconds = tmp_path / "run", list[float]()

    def loop() -> None:
        with record("run", url=relay.url, directory=path) as rec:
            _snapshots(rec, 3)
            _until(lambda: _count(server, rec) == 3)
            relay.cut()
            began = time.monotonic()
            _snapshots(rec, 30, first=3)
            rec.event(32, "alone", "nobody was there")
            seconds.append(time.monotonic() - began)
            _until(lambda: len(frames(path)) == 33)
            relay.upstream = server.port

    away, back = _told(loop)
    assert f"the server {relay.url} is away" in away
    assert f"frames are kept in {path} and sent once it is back" in away
    assert back == f"the server {relay.url} is back"
    identifier = run_of(path)["id"]
    run = server.run(identifier)
    assert (run["status"], run["frames"]["count"]) == ("succeeded", 33)
    assert [event["kind"] for event in run["events"]] == ["alone"]
    for seq in (0, 2, 3, 17, 32):
        kept = (path / f"{seq:06d}.safetensors").read_bytes()
        assert server.client.get(f"/api/runs/{identifier}/frames/{seq}").content == kept
    assert not path.with_name("run.claim").exists()


@pytest.mark.slow
def test_one_that_was_left_goes_on_where_the_server_has_it(server: ServerProcess, relay: Relay, tmp_path: Path) -> None:
    path = tmp_path / "run"
    first = record("run", url=relay.url, directory=path)
    _snapshots(first, 3)
    _until(lambda: _count(server, first) == 3)
    relay.cut()
    _snapshots(first, 2, first=3)
    first.leave()  # as if it were killed
    assert run_of(path)["status"] == "running"
    relay.upstream = server.port
    with record("run", url=relay.url, directory=path, resume=True, strict=True) as again:
        _snapshots(again, 8)
    assert again.id == first.id
    assert steps(path) == [*range(8)]
    assert [decode(_blob(server, again, seq))[2].step for seq in range(8)] == [*range(8)]
    assert server.run(str(again.id))["status"] == "succeeded"


@pytest.mark.slow
def test_one_that_is_deleted_there_is_kept_here(server: ServerProcess, relay: Relay, tmp_path: Path) -> None:
    path = tmp_path / "run"

    def loop() -> None:
        with record("run", url=relay.url, directory=path) as rec:
            _snapshots(rec, 2)
            _until(lambda: _count(server, rec) == 2)
            server.client.post(f"/api/runs/{rec.id}/cancel")
            deleted = server.client.delete(f"/api/runs/{rec.id}")
            if deleted.status_code == 409:  # it is running: what an operator would see
                pytest.skip("a recording that goes on cannot be deleted")
            _snapshots(rec, 2, first=2)

    told = _told(loop)
    assert told[0] == f"nothing more is sent to {relay.url}: the recording was deleted there"
    assert steps(path) == [*range(4)]


def test_without_a_server_the_loop_ends_in_time_and_leaves_the_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "_BACKOFF", (0.02, 0.1))
    nobody = Relay(0)

    def loop() -> None:
        rec = record("run", url=nobody.url, directory=tmp_path / "run")
        _snapshots(rec, 3)
        rec.finish(timeout=0.1)

    *_, last = _told(loop)
    send = f"emergescope import {tmp_path / 'run'} --url {nobody.url}"
    assert last == f"not all of it is on {nobody.url}; {tmp_path / 'run'} has it all. To send it: {send}"
    assert run_of(tmp_path / "run")["status"] == "succeeded"
    assert steps(tmp_path / "run") == [0, 1, 2]
    nobody.close()


class _Answers(BaseHTTPRequestHandler):
    """Answers with `codes` in their order, each once, the last for ever; 0 is what a recorder hopes for."""

    codes: list[int]
    asked: list[tuple[str, str, str | None]]

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append((self.command, self.path, self.headers.get("Authorization")))
        code = self.codes.pop(0) if len(self.codes) > 1 else self.codes[0]
        said = {"id": "x", "next_seq": 0, "lease": 30} if code == 0 else {"detail": "not you"}
        body = json.dumps(said).encode()
        self.send_response(code or 201)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = _answer

    def log_message(self, *_: Any) -> None:
        pass


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        ([403], "nothing more is sent to {}: not you (403)"),
        ([0, 0, 422], "nothing more is sent to {}: not you (422)"),
        ([0, 0, 0, 410], "nothing more is sent to {}: the recording was deleted there"),
        ([503, 429, 0], "the server {} is back"),
        ([0, 0, 409, 0], None),  # asked again, it knows what is due
        ([0, 0, 409, 0, 0, 409], "nothing more is sent to {}: not you (409)"),
    ],
)
def test_what_the_server_answers(
    codes: list[int], said: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "_BACKOFF", (0.02, 0.1))
    asked: list[tuple[str, str, str | None]] = []
    handler = type("Answers", (_Answers,), {"codes": [*codes], "asked": asked})
    with HTTPServer(("127.0.0.1", 0), handler) as answering:
        threading.Thread(target=answering.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{answering.server_port}"

        def loop() -> None:
            rec = record("run", url=url, token="a secret", directory=tmp_path / "run")
            _snapshots(rec, 3)
            rec.finish(timeout=20)

        told = _told(loop)
        answering.shutdown()
    assert steps(tmp_path / "run") == [0, 1, 2]
    assert {token for _, _, token in asked} == {"Bearer a secret"}
    if said is None:
        assert told == []
    else:
        assert said.format(url) in told

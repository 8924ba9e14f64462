"""Logs: one event a line with its facts as fields, other libraries' warnings among them, and nothing secret."""

import io
import json
import logging
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from emergescope import logs
from tests.api.server_process import ServerProcess
from tests.conftest import TINY

SECRET = "correct-horse-battery"


@pytest.fixture
def lines(request: pytest.FixtureRequest) -> Iterator[Callable[[], list[str]]]:
    """What this package logs from debug on, as lines in the format that the test names."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter(request.param))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lambda: stream.getvalue().splitlines()
    root.setLevel(before)
    root.removeHandler(handler)


@pytest.fixture
def untouched() -> Iterator[None]:
    """Logging of the process as it was before the test."""
    root, ours = logging.getLogger(), logging.getLogger("emergescope")
    before = (root.handlers, root.level, ours.level, threading.excepthook)
    yield
    logging.captureWarnings(False)
    root.handlers, root.level, ours.level, threading.excepthook = before


def fail() -> None:
    hidden = SECRET
    raise ValueError(f"{len(hidden)} letters")


@pytest.mark.parametrize("lines", ["json"], indirect=True)
def test_json(lines: Callable[[], list[str]]) -> None:
    log = logs.get("emergescope.service")
    log.info("run finished", run="k3v9", status="succeeded", seconds=2.5, loss=float("nan"), text="two\nlines")
    try:
        fail()
    except ValueError:
        log.exception("frame lost", run="k3v9")
        logging.getLogger("uvicorn.error").exception("Exception in %s", "application")
    finished, lost, foreign = map(json.loads, lines())
    assert list(finished)[:4] == ["time", "level", "event", "logger"]
    assert finished.pop("time").endswith("Z")
    assert finished == {
        "level": "info", "event": "run finished", "logger": "emergescope.service", "run": "k3v9",
        "status": "succeeded", "seconds": 2.5, "loss": None, "text": "two\nlines",
    }  # fmt: skip
    assert (lost["level"], lost["event"], lost["run"]) == ("error", "frame lost", "k3v9")
    assert (foreign["level"], foreign["event"]) == ("error", "Exception in application")
    for line in (lost, foreign):
        assert line["exception"].endswith(f"ValueError: {len(SECRET)} letters")


@pytest.mark.parametrize("lines", ["text"], indirect=True)
def test_text(lines: Callable[[], list[str]]) -> None:
    logs.get("emergescope.service").info("run finished", run="k3v9", seconds=2.5, text="two\nlines")
    (line,) = lines()
    assert line.split(" ", 1)[1] == r"[info] run finished [emergescope.service] run=k3v9 seconds=2.5 text='two\nlines'"
    try:
        fail()
    except ValueError:
        logs.get("emergescope.service").exception("frame lost")
    assert lines()[-1] == f"ValueError: {len(SECRET)} letters"
    assert SECRET not in "".join(lines()), "tracebacks have no local variables"


@pytest.mark.usefixtures("untouched")
def test_everything_of_a_process_goes_one_way(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("info", "json")
    logs.get("emergescope.jobs").info("shown")
    logs.get("emergescope.jobs").debug("below the level")
    logging.getLogger("uvicorn.error").info("a viewer with its query")
    logging.getLogger("uvicorn.error").warning("invalid request")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("careful", UserWarning, stacklevel=1)
    thread = threading.Thread(target=fail, name="slot")
    thread.start()
    thread.join()
    found = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["level"] for line in found] == ["info", "warning", "warning", "error"]
    assert [line["event"] for line in found[:2]] == ["shown", "invalid request"]
    assert "careful" in found[2]["event"]
    assert (found[3]["event"], found[3]["thread"]) == ("a thread failed", "slot")
    assert "ValueError" in found[3]["exception"]


def test_a_server_logs_requests_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMERGESCOPE_LOG_LEVEL", "debug")
    monkeypatch.setenv("EMERGESCOPE_LOG_FORMAT", "json")
    server = ServerProcess(tmp_path)
    headers = {"Authorization": f"Bearer {SECRET}", "Cookie": f"session={SECRET}"}
    try:
        run = server.submit(TINY, name=SECRET)
        with server.stream(run, f"token={SECRET}") as stream:
            for _ in stream:
                pass
        server.client.get("/api/runs", params={"q": SECRET}, headers=headers)
        server.client.post(f"/api/runs/{run}/cancel?token={SECRET}", headers=headers)
        server.client.post("/api/runs", content=f'{{"{SECRET}": "{SECRET}"')
        server.client.get("/a%0Ab%1B")
    finally:
        server.stop()
    text = capfd.readouterr().err
    assert SECRET not in text
    found: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    requests = [line for line in found if line["event"] == "request"]
    assert all(line["ms"] >= 0 for line in requests)
    changes = [(r["method"], r["path"], r["status"]) for r in requests if r["level"] == "info"]
    assert changes == [
        ("POST", "/api/runs", 201),
        ("POST", f"/api/runs/{run}/cancel", 409),
        ("POST", "/api/runs", 422),
    ]
    reads = [(r["path"], r["status"]) for r in requests if r["level"] == "debug"]
    assert ("/api/runs", 200) in reads
    assert ("/a%0Ab%1B", 404) in reads

"""Two servers on one PostgreSQL: each shows what the other trains, does what is wanted there, and takes it over."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from tests.api.server_process import ServerProcess
from tests.api.test_crash import SECONDS, film, undisturbed
from tests.conftest import LONG, TINY
from tests.postgres import PostgresServer

from emergescope.recording.codec import read_metadata


@pytest.fixture(scope="module")
def pair(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer
) -> Iterator[tuple[ServerProcess, ServerProcess]]:
    """The last test kills one of them."""
    url = postgres.create()
    servers = [ServerProcess(tmp_path_factory.mktemp(name), database_url=url) for name in "ab"]
    yield servers[0], servers[1]
    for server in servers:
        if server.process.is_running():
            server.stop()
    postgres.drop(url)


def leader(servers: tuple[ServerProcess, ServerProcess], run_id: str) -> tuple[ServerProcess, ServerProcess]:
    """(the server that runs it, the other one)"""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        busy = [server.client.get("/api/health").json()["workers"]["busy"] for server in servers]
        if sum(busy) == 1:
            return (servers[0], servers[1]) if busy[0] else (servers[1], servers[0])
        time.sleep(0.05)
    raise AssertionError(f"nobody runs {run_id}")


@pytest.mark.parametrize(("verb", "status"), [("pause", "paused"), ("cancel", "cancelled")])
def test_asking_the_other_server(pair: tuple[ServerProcess, ServerProcess], verb: str, status: str) -> None:
    run_id = pair[0].submit(LONG)
    _, other = leader(pair, run_id)
    assert other.client.post(f"/api/runs/{run_id}/{verb}").status_code == 202
    asked = time.monotonic()
    found: dict[str, Any] = {}
    while found.get("status") != status:
        found = other.run(run_id)
        assert time.monotonic() - asked < 10, found["status"]
        time.sleep(0.05)
    assert found["wanted"] is None


def test_both_work_on_one_queue(pair: tuple[ServerProcess, ServerProcess]) -> None:
    runs = [pair[n % 2].submit({**TINY, "seed": n}) for n in range(8)]
    for n, run_id in enumerate(runs):
        run = pair[(n + 1) % 2].wait_for(run_id)
        assert run["status"] == "succeeded"
        assert film(pair[n % 2], run_id) == undisturbed(run)


def test_a_viewer_of_the_other_server_and_a_takeover(pair: tuple[ServerProcess, ServerProcess]) -> None:
    run_id = pair[0].submit(SECONDS)
    a, b = leader(pair, run_id)
    seen: dict[int, bytes] = {}
    with b.stream(run_id) as stream:
        while len(seen) < 30:
            message = stream.recv(timeout=60)
            if isinstance(message, bytes):
                seen[int(read_metadata(message)["seq"])] = message
        assert b.run(run_id)["status"] == "running"  # live, not replayed: it is still at it
        a.kill()
        killed = time.monotonic()
        while not any(death for death in b.run(run_id)["deaths"]):
            assert time.monotonic() - killed < 15, "nobody took the run over"
            time.sleep(0.1)
        for message in stream:  # the same viewer, on the same connection, to the end
            if isinstance(message, bytes):
                seen[int(read_metadata(message)["seq"])] = message
    run = b.run(run_id)
    assert (run["status"], run["resumes"]) == ("succeeded", 1)
    assert film(b, run_id) == seen == undisturbed(run)

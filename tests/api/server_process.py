"""A server in a process of its own, to be killed. Used by the tests of the interface."""

import atexit
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
from tests.forked import start, workers_below
from websockets.sync.client import ClientConnection, connect

_PROGRAM = """
import sys
from pathlib import Path
from emergescope.api import serve
from emergescope.settings import Settings
serve(Settings.load(port=int(sys.argv[1]), data=Path(sys.argv[2]), workers=int(sys.argv[3]), max_body=10_000))
"""


class ServerProcess:
    """A running server with data in `data`; `client` speaks to it. Further settings by their names.

    port         as that of one that was there before; any free one without
    own_workers  whether its workers are below it, as those of users are
    """

    program = _PROGRAM

    def __init__(
        self, data: Path, workers: int = 1, *, port: int = 0, own_workers: bool = False, **settings: str
    ) -> None:
        with socket.create_server(("127.0.0.1", port)) as free:
            self.port: int = free.getsockname()[1]
        environment = {f"EMERGESCOPE_{name.upper()}": value for name, value in settings.items()}
        arguments = self.program, [str(self.port), str(data), str(workers)]
        self._forked = start(_run, arguments, Path.cwd(), os.environ | environment, own_children=own_workers)
        self.process = psutil.Process(self._forked.pid)
        atexit.register(self._end)  # whatever a test has left: pytest would wait for it
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=30)
        deadline = time.monotonic() + 60
        while not self._answers():
            assert self.process.is_running(), "the server did not start"
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def submit(self, overrides: dict[str, Any], **fields: Any) -> str:
        """Submit a run of `quick` and return its id."""
        response = self.client.post("/api/runs", json={"preset": "quick", "overrides": overrides, **fields})
        assert response.status_code == 201, response.text
        return str(response.json()["id"])

    def run(self, run_id: str) -> dict[str, Any]:
        run: dict[str, Any] = self.client.get(f"/api/runs/{run_id}").json()
        return run

    def stream(self, run_id: str, query: str = "") -> ClientConnection:
        url = f"ws://127.0.0.1:{self.port}/api/runs/{run_id}/stream?{query}"
        return connect(url, max_size=None, compression=None)

    def wait_for(self, run_id: str) -> dict[str, Any]:
        """The run once it is over: the stream ends then."""
        with self.stream(run_id, "mode=latest") as stream:
            for _ in stream:
                pass
        return self.run(run_id)

    def workers(self) -> list[psutil.Process]:
        return workers_below(self.process)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.client.close()

    def stop(self) -> None:
        """End it as an operator does."""
        self.process.terminate()
        self.process.wait(timeout=20)
        self.client.close()

    def _end(self) -> None:
        if self.process.is_running():
            self.process.kill()

    def _answers(self) -> bool:
        try:
            return self.client.get("/api/health").status_code == 200
        except httpx.TransportError:
            return False


def _run(program: str, arguments: list[str]) -> None:
    sys.argv = ["-c", *arguments]
    exec(program, {"__name__": "__main__"})

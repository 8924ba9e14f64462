"""One real server with one worker for the tests of the interface, and a run that is over."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.api.server_process import ServerProcess
from tests.conftest import TINY


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("api"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def client(server: ServerProcess) -> httpx.Client:
    return server.client


@pytest.fixture(scope="session")
def finished(server: ServerProcess) -> dict[str, Any]:
    """A run that is over."""
    run = server.wait_for(server.submit(TINY, name="Finished", tags=["kept"]))
    assert run["status"] == "succeeded"
    return run

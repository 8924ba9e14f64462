"""A server with a token, below a path as behind a proxy, and clients of it."""

from collections.abc import Iterator

import pytest

from emergescope import Client
from emergescope.client import Run
from tests.api.server_process import ServerProcess
from tests.conftest import TINY

TOKEN = "a-token-of-the-tests-1234"
PREFIX = "/user/me@x.org/proxy/8470"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("client"), token=TOKEN, root_path=PREFIX)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def url(server: ServerProcess) -> str:
    return f"http://127.0.0.1:{server.port}{PREFIX}"


@pytest.fixture(scope="session")
def client(url: str) -> Iterator[Client]:
    with Client(url, TOKEN) as client:
        yield client


@pytest.fixture(scope="session")
def finished(client: Client) -> Run:
    """A run that is over."""
    run = client.wait(client.submit("quick", TINY, name="Finished", tags=["kept"]))
    assert run.status == "succeeded"
    return run

"""Whatever goes wrong is a sentence that says what to do, in one tree of exceptions."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from emergescope import Client
from emergescope.client import ClientError, Run
from emergescope.client.errors import (
    Invalid,
    Missing,
    NoAnswer,
    NotEmergescope,
    NotPossible,
    OtherName,
    TokenNeeded,
    Unavailable,
    refusal,
)
from emergescope.client.server import Server
from emergescope.client.streams import UpdateStream
from emergescope.errors import FieldError, InvalidConfig
from tests.api.server_process import ServerProcess
from tests.client.conftest import TOKEN


def test_what_the_server_refuses_has_its_sentence_status_and_pointers(client: Client, finished: Run) -> None:
    with pytest.raises(Invalid, match="odd k") as wrong:
        client.submit("quick", {"problem.k": 4})
    assert (wrong.value.status, wrong.value.title) == (422, "Invalid configuration")
    assert [field.pointer for field in wrong.value.fields] == ["/overrides/problem/k"]
    assert isinstance(wrong.value, InvalidConfig)  # as where it is refused on this machine
    assert isinstance(wrong.value, ClientError)
    calls: list[tuple[Callable[[], object], type[ClientError], str]] = [
        (lambda: client.submit("quikc"), Invalid, "did you mean 'quick'"),
        (lambda: client.get("nobody"), Missing, "there is no run 'nobody'"),
        (lambda: client.frame(finished, 10_000), Missing, "10000"),
        (lambda: next(client.frames("nobody")), Missing, "there is no run 'nobody'"),
        (lambda: client.wait("no/body?x=1#y"), Missing, ""),
        (lambda: client.resume(finished), NotPossible, finished.id),
        (lambda: client.fork(finished, -1), Invalid, "/step"),
    ]
    for call, kind, words in calls:
        with pytest.raises(kind) as caught:
            call()
        assert words in caught.value.detail
    with pytest.raises(InvalidConfig, match="the id of the run is empty"):
        client.get("")


def test_the_token_is_asked_for(url: str, finished: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EMERGESCOPE_TOKEN", raising=False)
    for token, words in ((None, "asks for its token"), ("another-token-of-16", "does not take this token")):
        with Client(url, token) as other, pytest.raises(TokenNeeded, match=f"{words}: set EMERGESCOPE_TOKEN to") as no:
            next(other.frames(finished))
        assert no.value.status == 401
    monkeypatch.setenv("EMERGESCOPE_TOKEN", f" {TOKEN}\n")
    monkeypatch.setenv("EMERGESCOPE_URL", f"{url}/")
    with Client() as other:
        assert other.url == url
        assert other.get(finished) == finished
        assert TOKEN not in repr(other) + repr(vars(other))


def test_where_no_server_is(monkeypatch: pytest.MonkeyPatch) -> None:
    with Client("http://127.0.0.1:1") as nowhere:
        for call in (nowhere.presets, lambda: next(nowhere.frames("x")), lambda: nowhere.wait("x")):
            with pytest.raises(NoAnswer, match=r"no server answers at http://127.0.0.1:1 \(.*\): start one with"):
                call()
    monkeypatch.delenv("EMERGESCOPE_URL", raising=False)
    assert Server.find().url == "http://127.0.0.1:8470"


def test_a_server_of_another_name(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path)
    with Client(f"http://0.0.0.0:{server.port}") as other, pytest.raises(OtherName, match="EMERGESCOPE_ALLOWED_HOSTS"):
        other.presets()
    server.stop()


@pytest.fixture
def stranger() -> Iterator[str]:
    """Something else that answers."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            moved = self.path.startswith("/moved")
            self.send_response(302 if moved else 200)
            if moved:
                self.send_header("Location", "https://elsewhere.example/")
            self.end_headers()
            self.wfile.write(b"<h1>It works</h1>")

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_what_is_no_server_of_ours(stranger: str) -> None:
    with Client(stranger) as other, pytest.raises(NotEmergescope, match="is no Emergescope server: check the address"):
        other.get("x")
    with Client(f"{stranger}/moved") as other, pytest.raises(NotEmergescope, match=r"to https://elsewhere\.example/"):
        other.get("x")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("localhost:8470", "is no address of a server: write it as http://127.0.0.1:8470"),
        ("ftp://host", "is no address of a server"),
        ("http://host:port", "is no URL"),
        ("http://host/?token=secret-of-sixteen", "give the token by EMERGESCOPE_TOKEN"),
        ("http://me:secret-of-sixteen@host", "give the token by EMERGESCOPE_TOKEN"),
    ],
)
def test_addresses_that_are_none(url: str, words: str) -> None:
    with pytest.raises(InvalidConfig) as wrong:
        Client(url)
    assert words in wrong.value.detail
    assert "secret" not in wrong.value.detail


def test_a_token_that_cannot_be_sent() -> None:
    with pytest.raises(InvalidConfig, match="a token has ASCII letters") as wrong:
        Client("http://host", "geheim ä")
    assert "geheim" not in wrong.value.detail


@pytest.mark.parametrize(
    ("status", "kind"),
    [(429, Unavailable), (503, Unavailable), (507, Unavailable), (410, Missing), (413, Invalid), (500, ClientError)],
)
def test_each_status_has_its_class(status: int, kind: type[ClientError]) -> None:
    problem = {"title": "Full", "detail": "no room", "errors": [{"pointer": "/x", "message": "less"}]}
    error = refusal(status, json.dumps(problem).encode(), "http://host", has_token=False)
    assert type(error) is kind or status == 500
    assert (error.status, error.title, error.detail) == (status, "Full", "no room")
    assert getattr(error, "fields") == (FieldError("/x", "less"),)  # noqa: B009 - not every ClientError has them
    behind_a_proxy = refusal(502, b"<html>bad gateway</html>", "http://host", has_token=False)
    assert behind_a_proxy.detail.startswith("the server at http://host answers 502")


def test_a_server_that_does_not_come_back_is_given_up(finished: Run) -> None:
    stream = UpdateStream(Server("http://host", None), finished, patience=0.0)
    assert stream.lost(OSError()) > 0  # however long ago the last message came
    with pytest.raises(NoAnswer, match="has not been heard for 0 s"):
        stream.lost(OSError())
    patient = UpdateStream(Server("http://host", None), finished, patience=60.0)
    pauses = [patient.lost(OSError()) for _ in range(8)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (0.1, 2.0)
    for code, kind in ((4400, Invalid), (4401, TokenNeeded), (4404, Missing)):
        with pytest.raises(kind):
            patient.closed(code, "a reason")
    patient.closed(1012, "the server stops")  # to come again

"""Signing in and out: what the cookie is and where it comes from; the token itself is told once and nowhere else."""

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path

import httpx
import psutil
import pytest
from fastapi import FastAPI
from tests.api.asgi import Answer, call
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from emergescope.api import create_app
from emergescope.api.token import Key
from emergescope.settings import Settings

TOKEN, OTHER = "a-token-of-32-characters-at-least", "another-token-that-is-not-the-one"
FRONTEND = Path(__file__).parents[2] / "frontend"


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """A server with a token; its workers are not started."""
    return create_app(Settings.load(token=TOKEN))


def sign_in(app: FastAPI, token: object, **options: str) -> Answer:
    headers = {"content-type": "application/json"}
    return call(app, "POST", "/api/session", headers, body=json.dumps({"token": token}).encode(), **options)


def cookie_of(answer: Answer) -> tuple[str, SimpleCookie]:
    """What a browser sends back, and the cookie with its attributes."""
    jar = SimpleCookie(answer.headers["set-cookie"])
    (name,) = jar
    return f"{name}={jar[name].value}", jar


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_token_is_exchanged_for_a_cookie(app: FastAPI, scheme: str) -> None:
    answer = sign_in(app, TOKEN, scheme=scheme)
    assert (answer.status, answer.body) == (204, b"")
    cookie, jar = cookie_of(answer)
    (morsel,) = jar.values()
    assert (morsel["httponly"], morsel["samesite"].lower(), morsel["path"]) == (True, "strict", "/")
    assert bool(morsel["secure"]) == (scheme == "https")
    assert (morsel["max-age"], morsel["expires"]) == ("", "")  # gone with the browser
    assert TOKEN not in cookie
    assert call(app, "GET", "/api/session", {"cookie": cookie}).status == 204
    assert call(app, "GET", "/api/catalog", {"cookie": cookie}).status == 200


@pytest.mark.parametrize("token", [OTHER, "", TOKEN[:-1], TOKEN + " ", "\u00e9" * 16])
def test_another_token_gives_none(app: FastAPI, token: str) -> None:
    answer = sign_in(app, token)
    assert (answer.status, "set-cookie" in answer.headers) == (401, False)
    assert token == "" or token.encode() not in answer.body


def test_a_body_that_is_no_sign_in_is_refused(app: FastAPI) -> None:
    assert sign_in(app, 7).status == sign_in(app, "x" * 2000).status == 422


def test_signing_out_takes_the_cookie_away(app: FastAPI) -> None:
    signed_in, _ = cookie_of(sign_in(app, TOKEN))
    answer = call(app, "DELETE", "/api/session", {"cookie": signed_in})
    cookie, jar = cookie_of(answer)
    assert answer.status == 204
    assert [morsel["max-age"] for morsel in jar.values()] == ["0"]
    assert cookie.split("=")[0] == signed_in.split("=")[0]


def test_servers_with_the_same_token_accept_the_same_cookie_and_others_do_not() -> None:
    twin, stranger = (create_app(Settings.load(token=token)) for token in (TOKEN, OTHER))
    cookie, _ = cookie_of(sign_in(twin, TOKEN))
    assert call(create_app(Settings.load(token=TOKEN)), "GET", "/api/session", {"cookie": cookie}).status == 204
    assert call(stranger, "GET", "/api/session", {"cookie": cookie}).status == 401
    assert Key(TOKEN).cookie != Key(OTHER).cookie, "on one machine, they would sign each other's visitors out"


def test_a_server_without_a_token_has_no_sessions() -> None:
    app = create_app(Settings.load())
    assert sign_in(app, TOKEN).status == 404
    assert call(app, "GET", "/api/session").status == 204
    assert "set-cookie" not in call(app, "DELETE", "/api/session").headers


@pytest.mark.parametrize(
    ("path", "query", "location"),
    [
        ("/", "", "/"),
        ("/runs", "q=a%20b&theme=dark", "/runs?q=a+b&theme=dark"),
        ("/runs/\u00e9", "", "/runs/%C3%A9"),
        ("//evil.example/", "", "/evil.example/"),
        ("/\\evil.example", "", "/%5Cevil.example"),
    ],
)
def test_an_address_with_the_token_signs_in_and_goes_on_without_it(
    app: FastAPI, path: str, query: str, location: str
) -> None:
    answer = call(app, "GET", path, query="&".join(filter(None, [f"token={TOKEN}", query])))
    assert (answer.status, answer.headers["location"]) == (303, location)
    assert answer.headers["cache-control"] == "no-store"
    assert cookie_of(answer)[0] == cookie_of(sign_in(app, TOKEN))[0]


def test_an_address_with_another_token_leads_to_the_page_for_signing_in(app: FastAPI) -> None:
    answer = call(app, "GET", "/runs", query=f"token={OTHER}")
    assert (answer.status, "set-cookie" in answer.headers) == (401, False)
    assert b'id="sign-in"' in answer.body
    assert OTHER.encode() not in answer.body


def test_all_that_the_page_for_signing_in_is_made_of_needs_no_token(app: FastAPI) -> None:
    page = (FRONTEND / "sign-in.html").read_text("utf-8")
    files = re.findall(r'(?:href|src)="([^"]+)"', page)
    for script in (name for name in files if name.endswith(".js")):  # those that come in on the way are read as well
        imports = re.findall(r'^import .* from "(\.[^"]+)"', (FRONTEND / script[1:]).read_text("utf-8"), re.M)
        files += [os.path.normpath(f"{os.path.dirname(script)}/{name}") for name in imports]
    assert len(files) == 9
    for name in files:
        assert call(app, "GET", name).status == 200, name
    assert call(app, "GET", "/js/app/main.js").status == 401


@dataclass
class Served:
    """`emergescope serve` as a process. `url` is the address that it printed."""

    process: psutil.Popen
    url: httpx.URL
    printed: str

    def stop(self) -> str:
        """All that it wrote, to both outputs."""
        self.process.terminate()
        self.printed += self.process.communicate(timeout=30)[0]
        return self.printed


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    command = [sys.executable, "-m", "emergescope", "serve", "--host", "0.0.0.0", "--port", "0", "--workers", "1"]
    environment = {**os.environ, "EMERGESCOPE_LOG_LEVEL": "debug", "EMERGESCOPE_TOKEN": ""}
    process = psutil.Popen(
        [*command, "--data", str(tmp_path)], env=environment, stdout=-1, stderr=-2, text=True, bufsize=1
    )
    printed = ""
    while (found := re.search(r"http://\S+", printed)) is None:
        line = process.stdout.readline()
        assert line, printed
        printed += line
    yield Served(process, httpx.URL(found[0]), printed)
    if process.is_running():
        process.kill()
    process.wait()
    process.stdout.close()


def test_the_token_of_a_server_is_printed_once_and_never_logged(served: Served) -> None:
    assert served.url.host == "127.0.0.1", "not 0.0.0.0, which no browser can open everywhere"
    token = served.url.params["token"]
    assert len(token) >= 43  # 256 bits
    base = f"http://127.0.0.1:{served.url.port}"
    with httpx.Client(base_url=base, timeout=30) as client:
        _wait_for(client)
        assert client.get("/api/runs").status_code == client.get("/").status_code == 401
        assert client.get("/api/runs", params={"token": token}).status_code == 401
        bearer = {"Authorization": f"Bearer {token}"}
        assert client.get("/api/runs", headers=bearer).json()["items"] == []
        welcome = client.get("/", params={"token": token}, headers={"X-Forwarded-Proto": "https"})
        assert (welcome.status_code, welcome.headers["location"]) == (303, "/")
        assert "; secure" in welcome.headers["set-cookie"].lower(), "a proxy that ends TLS is believed"
        client.post("/api/session", json={"token": token}).raise_for_status()
        assert client.get("/").status_code == 200
        assert client.post("/api/runs", json={"preset": token}).status_code == 422
        cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in client.cookies.items())}
        address = f"ws://127.0.0.1:{served.url.port}/api/runs/nosuch/stream"
        assert _close_code(address) == _close_code(f"{address}?token={token}") == 4401
        assert _close_code(address, cookie) == _close_code(address, bearer) == 4404
        client.delete("/api/session").raise_for_status()
        assert client.get("/api/runs").status_code == 401
    printed = served.stop()
    assert "/api/runs" in printed, "the log was meant to be on"
    assert printed.count(token) == 1


def _wait_for(client: httpx.Client) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            assert client.get("/api/health").status_code == 200
            return
        except httpx.TransportError:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.05)


def _close_code(address: str, headers: dict[str, str] | None = None) -> int:
    with connect(address, additional_headers=headers) as stream, pytest.raises(ConnectionClosed) as closed:
        stream.recv(timeout=10)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code

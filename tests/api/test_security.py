"""Nobody gets past the guards: a table over every address of the application, whatever it is."""

import json
import re
from collections.abc import Iterator, Mapping

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount
from tests.api.asgi import INSIDE, Answer, call, hollow

from emergescope.api import create_app
from emergescope.api.token import Key
from emergescope.errors import InvalidConfig
from emergescope.settings import Settings

TOKEN, OTHER = "a-token-of-32-characters-at-least", "another-token-that-is-not-the-one"
BEARER = {"authorization": f"Bearer {TOKEN}"}
SAFE = {"GET", "HEAD"}


def _settings(**given: str) -> Settings:
    return Settings.load(**{"host": "0.0.0.0", "token": TOKEN, **given})


def _local(**given: str) -> Settings:
    return Settings.load(host="127.0.0.1", **given)


def _endpoints() -> Iterator[tuple[str, str]]:
    """(method, path) of all there is; "WEBSOCKET" for a socket."""
    for context in iter_route_contexts(create_app(_local()).routes):
        path = re.sub(r"\{[^}]*\}", "x", context.path or "")
        if isinstance(context.original_route, Mount):
            yield "GET", f"{path}/x"
        elif context.methods is None:
            yield "WEBSOCKET", path
        else:
            for method in sorted(context.methods):
                yield method, path


ENDPOINTS = sorted(set(_endpoints()))
# Whoever asks may know whether the server is there, and sign in.
OPEN = {("GET", f"/api/{name}") for name in ("health", "live", "ready")} | {
    ("POST", "/api/session"),
    ("DELETE", "/api/session"),
}
GUARDED = [endpoint for endpoint in ENDPOINTS if endpoint not in OPEN]
every_endpoint = pytest.mark.parametrize(("method", "path"), ENDPOINTS)
every_guarded_endpoint = pytest.mark.parametrize(("method", "path"), GUARDED)


@pytest.fixture(scope="module")
def guarded() -> FastAPI:
    """The guards of a server that others can reach, with nothing behind them."""
    return hollow(create_app(_settings()))


@pytest.fixture(scope="module")
def local() -> FastAPI:
    """The guards of a server on this machine alone, without a token."""
    return hollow(create_app(_local(allowed_hosts="Lab.example, notebook.example")))


def is_in(answer: Answer) -> bool:
    return answer.status in (200, 1000) and INSIDE in (answer.body, answer.headers.get("x-place", "").encode())


def cookie(token: str) -> dict[str, str]:
    key = Key(token)
    return {"cookie": f"{key.cookie}={key.session}"}


def test_the_table_is_complete() -> None:
    for endpoint in [
        ("GET", "/"), ("GET", "/runs/x"), ("GET", "/docs"), ("GET", "/openapi.json"), ("GET", "/js/x"),
        ("GET", "/vendor/swagger/x"), ("GET", "/vendor/plotly.min.js"), ("WEBSOCKET", "/api/runs/x/stream"),
        ("POST", "/api/runs"), ("DELETE", "/api/runs/x"), ("POST", "/api/experiments"), ("GET", "/api/catalog"),
    ]:  # fmt: skip
        assert endpoint in ENDPOINTS


CREDENTIALS: dict[str, Mapping[str, str]] = {
    "none": {},
    "a wrong token": {"authorization": f"Bearer {OTHER}"},
    "half of the token": {"authorization": f"Bearer {TOKEN[:16]}"},
    "no scheme": {"authorization": TOKEN},
    "another scheme": {"authorization": f"Basic {TOKEN}"},
    "an empty token": {"authorization": "Bearer "},
    "not ASCII": {"authorization": "Bearer \u00e9\u00e8"},
    "the cookie of another server": cookie(OTHER),
    "a forged cookie": {"cookie": f"{Key(TOKEN).cookie}={Key(OTHER).session}"},
    "the token as a cookie": {"cookie": f"{Key(TOKEN).cookie}={TOKEN}"},
    "an empty cookie": {"cookie": f"{Key(TOKEN).cookie}="},
}


@every_guarded_endpoint
@pytest.mark.parametrize("headers", CREDENTIALS.values(), ids=CREDENTIALS)
def test_without_the_token_nothing_is_reached(
    guarded: FastAPI, method: str, path: str, headers: Mapping[str, str]
) -> None:
    answer = call(guarded, method, path, headers)
    assert INSIDE not in (answer.body, answer.headers.get("x-place", "").encode())
    if method == "WEBSOCKET":
        assert (answer.status, answer.accepted) == (4401, True)
        return
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    if path.startswith("/api/"):
        problem = json.loads(answer.body)
        assert answer.headers["content-type"] == "application/problem+json"
        assert (problem["title"], problem["status"]) == ("Unauthorized", 401)


@every_guarded_endpoint
def test_a_token_in_the_query_is_for_pages_alone(guarded: FastAPI, method: str, path: str) -> None:
    answer = call(guarded, method, path, query=f"token={TOKEN}")
    page = method in SAFE and not re.match(r"/(api|assets|js|styles|pictures|vendor)/|/openapi.json|/metrics", path)
    assert answer.status == (303 if page else 4401 if method == "WEBSOCKET" else 401)


@every_endpoint
@pytest.mark.parametrize("headers", [BEARER, cookie(TOKEN), {**cookie(TOKEN), "authorization": "Basic of-a-proxy"}])
def test_who_knows_the_token_is_let_in(guarded: FastAPI, method: str, path: str, headers: Mapping[str, str]) -> None:
    assert is_in(call(guarded, method, path, headers))


@pytest.mark.parametrize(("method", "path"), sorted(OPEN))
def test_what_anyone_may_ask(guarded: FastAPI, method: str, path: str) -> None:
    assert is_in(call(guarded, method, path))


@every_endpoint
@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://localhost:1", "http://localhost.evil.example", "x:y", "http://[::1"],
)
@pytest.mark.parametrize("server", ["guarded", "local"])
def test_pages_of_another_origin_change_nothing_and_open_no_socket(
    request: pytest.FixtureRequest, server: str, method: str, path: str, origin: str
) -> None:
    answer = call(request.getfixturevalue(server), method, path, {**BEARER, "origin": origin})
    if method in SAFE:
        assert is_in(answer)  # what they cannot read: nothing here allows it to other origins
        assert "access-control-allow-origin" not in answer.headers
    elif method == "WEBSOCKET":
        assert (answer.status, answer.accepted) == (4403, False)
    else:
        assert answer.status == 403


@every_endpoint
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8470", "localhost.evil.example", "", "[::2]", "[", "a@b"]
)
def test_a_name_that_is_not_ours_reaches_nothing_on_this_machine(
    local: FastAPI, method: str, path: str, host: str
) -> None:
    answer = call(local, method, path, {"host": host})
    assert (answer.status, answer.accepted) == ((4403, False) if method == "WEBSOCKET" else (421, False))
    assert INSIDE not in (answer.body, answer.headers.get("x-place", "").encode())


@every_endpoint
def test_our_own_names_and_origin_are_let_in(local: FastAPI, method: str, path: str) -> None:
    for host in ("localhost", "LOCALHOST:8470", "127.0.0.1:8470", "[::1]:8470", "lab.example", "notebook.example:80"):
        assert is_in(call(local, method, path, {"host": host}))
        assert is_in(call(local, method, path, {"host": host, "origin": f"http://{host.lower()}"}))


def test_no_address_that_others_reach_without_a_token() -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1", "lab.example"):
        with pytest.raises(InvalidConfig, match="EMERGESCOPE_TOKEN"):
            create_app(Settings.load(host=host))
    for host in ("127.0.0.1", "127.0.0.2", "::1", "localhost"):
        create_app(Settings.load(host=host))


def test_what_is_shown_to_one_caller_is_kept_by_no_cache_for_others(guarded: FastAPI, local: FastAPI) -> None:
    assert call(guarded, "GET", "/api/runs", BEARER).headers["cache-control"] == "private, max-age=60"
    assert call(local, "GET", "/api/runs").headers["cache-control"] == "public, max-age=60"


PAGES = ["/", "/runs", "/compare", "/experiments/new", "/docs"]


@pytest.mark.parametrize(
    "path", [*PAGES, "/openapi.json", "/api/catalog", "/api/nothing", "/js/app/main.js", "/js/no.js"]
)
def test_every_answer_is_taken_for_what_it_says_and_pages_have_a_policy(path: str) -> None:
    answer = call(create_app(_local()), "GET", path)
    _is_safe(answer)
    assert answer.headers["referrer-policy"] == "same-origin"
    assert (answer.headers["content-type"].startswith("text/html")) == (path in PAGES)


def test_so_is_the_page_for_signing_in_and_what_fails() -> None:
    page = call(create_app(_settings()), "GET", "/runs/abc")
    _is_safe(page)
    assert (page.headers["referrer-policy"], page.headers["cache-control"]) == ("no-referrer", "no-store")
    app = create_app(_local())

    @app.get("/api/broken")
    def broken() -> None:
        raise ZeroDivisionError

    answer = call(app, "GET", "/api/broken")
    assert answer.status == 500
    _is_safe(answer)


def _is_safe(answer: Answer) -> None:
    assert answer.headers["x-content-type-options"] == "nosniff"
    if answer.headers["content-type"].startswith("text/html"):
        policy = answer.headers["content-security-policy"]
        for rule in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'self'"):
            assert rule in policy


@pytest.mark.parametrize(("embed", "allowed"), [("", ""), (" http://localhost:8888/, VSCODE-WEBVIEW:", None)])
def test_only_pages_that_are_named_may_show_ours_in_a_frame(embed: str, allowed: str | None) -> None:
    named = " http://localhost:8888 vscode-webview:" if allowed is None else allowed
    app = create_app(_settings(embed=embed))
    for path in ("/", "/docs", "/runs/x", "/no/such/page"):
        for headers in (BEARER, {}):  # without the token: the page for signing in
            answer = call(app, "GET", path, {"accept": "text/html", **headers})
            policy = answer.headers["content-security-policy"]
            assert policy.endswith(f"; frame-ancestors 'self'{named}")
            assert (policy.count("frame-ancestors"), policy.count("default-src 'self'")) == (1, 1)
    signed_in = call(app, "GET", "/", query=f"token={TOKEN}")
    assert "SameSite=strict" in signed_in.headers["set-cookie"]  # whoever may show it
    there = call(app, "POST", "/api/runs", {**BEARER, "origin": "http://localhost:8888"})
    assert there.status == 403  # to show it is not to speak for it

"""Below a path of a proxy: requests come with it and without it, and every address that is answered begins with it."""

import json
import re

import pytest
from fastapi import FastAPI
from tests.api.asgi import call
from tests.api.test_security import ENDPOINTS, TOKEN, cookie

from emergescope.api import create_app
from emergescope.errors import InvalidConfig
from emergescope.settings import Settings

ROOT = "/user/me@x.org/proxy/8470"
in_front = pytest.mark.parametrize("front", [ROOT, ""], ids=["passed on", "taken off"])


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app(Settings.load(root_path=f"{ROOT}/"))


@pytest.fixture(scope="module")
def guarded() -> FastAPI:
    return create_app(Settings.load(root_path=ROOT, token=TOKEN))


@in_front
@pytest.mark.parametrize("path", ["/", "/runs/x", "/docs"])
def test_pages_name_addresses_below_the_path_that_are_there(app: FastAPI, front: str, path: str) -> None:
    html = call(app, "GET", front + path).body.decode()
    addresses = re.findall(r"""(?:src|href)="([^"#]+)"|url: '([^']+)'""", html)
    assert len(addresses) > 3
    for address in map("".join, addresses):
        assert address.startswith(f"{ROOT}/"), address
        file, _, query = address.partition("?")
        for asked in (file, file.removeprefix(ROOT)):
            assert call(app, "GET", asked, query=query).status == 200, asked
    assert path == "/docs" or f'data-root="{ROOT}"' in html


@in_front
def test_the_interface_names_its_path(app: FastAPI, front: str) -> None:
    assert json.loads(call(app, "GET", f"{front}/openapi.json").body)["servers"] == [{"url": ROOT}]
    refused = call(app, "PUT", f"{front}/api/catalog")
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD")


@in_front
def test_redirects_lead_below_the_path(app: FastAPI, front: str) -> None:
    assert call(app, "GET", f"{front}/runs/").headers["location"] == f"http://localhost{ROOT}/runs"
    assert call(app, "GET", ROOT).headers["location"] == f"http://localhost{ROOT}/"


@in_front
def test_signing_in_is_for_the_path_alone(guarded: FastAPI, front: str) -> None:
    welcome = call(guarded, "GET", f"{front}/runs", query=f"token={TOKEN}&q=x")
    assert (welcome.status, welcome.headers["location"]) == (303, f"{ROOT}/runs?q=x")
    body, kind = json.dumps({"token": TOKEN}).encode(), {"content-type": "application/json"}
    signed_in = call(guarded, "POST", f"{front}/api/session", kind, body=body)
    for answer in (welcome, signed_in, call(guarded, "DELETE", f"{front}/api/session", cookie(TOKEN))):
        assert re.search(r"; path=([^;]+)", answer.headers["set-cookie"].lower())[1] == ROOT  # type: ignore[index]
    page = call(guarded, "GET", f"{front}/runs")
    assert page.status == 401
    for file in re.findall(r'(?:src|href)="([^"]+)"', page.body.decode()):
        assert call(guarded, "GET", file).status == call(guarded, "GET", file.removeprefix(ROOT)).status == 200, file


@in_front
def test_nobody_gets_past_the_guards(guarded: FastAPI, front: str) -> None:
    for method, path in [("GET", "/api/runs"), ("GET", "/js/app/main.js"), ("GET", "/metrics"), ("POST", "/api/runs")]:
        answer = call(guarded, method, front + path)
        assert (answer.status, answer.headers["content-type"]) == (401, "application/problem+json"), path
    assert call(guarded, "WEBSOCKET", f"{front}/api/runs/x/stream").status == 4401
    assert call(guarded, "GET", f"{front}/api/live").status == 200
    assert call(guarded, "GET", f"{front}/api/catalog", cookie(TOKEN)).status == 200


@pytest.mark.parametrize("path", sorted({path for _, path in ENDPOINTS} - {"/"}))
def test_a_path_that_is_one_of_ours_is_refused(path: str) -> None:
    for root in (path, f"{path}/more"):
        with pytest.raises(InvalidConfig, match="EMERGESCOPE_ROOT_PATH"):
            create_app(Settings.load(root_path=root))


def test_a_path_that_only_begins_alike_is_another_one() -> None:
    app = create_app(Settings.load(root_path="/lab"))
    assert call(app, "GET", "/laboratory/runs").status == 404
    assert call(app, "GET", "/lab/runs").status == 200

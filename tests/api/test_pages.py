"""The dashboard and the API pages are served from this machine alone, and browsers ask again after an upgrade."""

import os
import re
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest


@pytest.mark.parametrize("path", ["/", "/runs", "/runs/abc"])
def test_pages_of_the_dashboard(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert "<!doctype html>" in response.text.lower()
    policy = response.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src" not in policy, "scripts come from here only"


@pytest.mark.parametrize("path", ["/js/app/main.js", "/styles/base.css"])
def test_files_are_revalidated(client: httpx.Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-cache"
    assert client.get(path, headers={"If-None-Match": response.headers["etag"]}).status_code == 304


def test_plotly_comes_from_the_installed_package(client: httpx.Client) -> None:
    response = client.get("/vendor/plotly.min.js")
    assert b"plotly.js v" in response.content[:200]
    assert response.headers["cache-control"] == "no-cache"
    assert client.get("/vendor/plotly.min.js?v=1").headers["cache-control"] == "no-cache", "this is another version"
    newest = client.get(f"/vendor/plotly.min.js?v={version('plotly')}")
    assert "immutable" in newest.headers["cache-control"]


def test_the_api_pages_need_no_internet(client: httpx.Client) -> None:
    html = client.get("/docs").text
    for address in re.findall(r'(?:src|href)="([^"]+)"', html):
        assert address.startswith("/"), address
        assert client.get(address).status_code == 200
    assert "unsafe-inline" not in client.get("/docs").headers["content-security-policy"].split("script-src")[1]


def test_files_outside_are_not_served(client: httpx.Client) -> None:
    for path in ("/js/%2e%2e/%2e%2e/pyproject.toml", "/js/nothing.js"):
        assert client.get(path).status_code == 404


def test_each_page_comes_with_the_modules_that_it_will_ask_for(client: httpx.Client) -> None:
    """Else it would learn of them one after another, each from the last."""
    routes = dict(re.findall(r'pattern: /\^(\S+?)/, load: .*?import\("\.\./(pages/[^"]+)"\)', _read("js/app/main.js")))
    assert len(routes) == 7
    for pattern, module in routes.items():
        path = re.sub(r"\(\?<id>.*?\)", "x", pattern).replace("\\/", "/").replace("/?$", "").rstrip("$") or "/"
        preloaded = re.findall(r'rel="modulepreload" href="/assets/\w+/(js/[^"]+)"', client.get(path).text)
        assert f"js/{module}" in preloaded, path
        wanted = {name for one in preloaded for name in _imported(one)}
        assert wanted <= set(preloaded), path
        assert len(preloaded) == len(set(preloaded))


def _read(name: str) -> str:
    return (Path(__file__).parents[2] / "frontend" / name).read_text("utf-8")


def _imported(name: str) -> set[str]:
    """What a module imports at once, by paths as of its own."""
    found = re.findall(r'^(?:import|export)\b[^"]*?from "(\.[^"]+)"', _read(name), re.MULTILINE)
    return {os.path.normpath(os.path.join(os.path.dirname(name), other)) for other in found}

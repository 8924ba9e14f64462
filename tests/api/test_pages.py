"""The dashboard and the API pages are served from this machine alone, and browsers ask again after an upgrade."""

import re
from importlib.metadata import version

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

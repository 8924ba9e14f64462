"""What holds of every answer to GET: HEAD has its headers, a tag leads to 304, and text travels compressed."""

import gzip
import re
from typing import Any

import httpx
import pytest

FILES = (
    "/js/app/main.js",
    "/styles/base.css",
    "/pictures/quick.svg",
    "/vendor/plotly.min.js",
    "/vendor/swagger/favicon.png",
)
PAGES = ("/", "/runs", "/runs/x", "/experiments", "/experiments/new", "/experiments/x", "/compare", "/docs", "/nope")
COUNTS = {"etag", "content-length", "date"}  # of what has changed by the next request


@pytest.fixture(scope="module")
def assets(client: httpx.Client) -> list[str]:
    """The addresses that the page names."""
    found = re.findall(r'="(/[^"]+\.(?:js|css|svg)[^"]*)"', client.get("/").text)
    assert len(found) > 25
    return found


@pytest.fixture(scope="module")
def everything(client: httpx.Client, finished: dict[str, Any], assets: list[str]) -> list[str]:
    """All that can be asked for with GET: the whole interface, pages and files."""
    paths = client.get("/openapi.json").json()["paths"]
    templates = [path for path, operations in paths.items() if "get" in operations]
    given = {"run_id": finished["id"], "seq": "1", "experiment_id": "x"}
    found = [re.sub(r"\{(\w+)\}", lambda part: given[part[1]], template) for template in templates]
    assert len(found) > 12
    return [*found, "/openapi.json", *PAGES, *FILES, *assets[:3]]


def test_head_is_answered_as_get_without_the_body(client: httpx.Client, everything: list[str]) -> None:
    for path in everything:
        for encoding in ("gzip", "identity"):
            headers = {"Accept-Encoding": encoding}
            got, head = (client.request(method, path, headers=headers) for method in ("GET", "HEAD"))
            assert (head.status_code, head.content) == (got.status_code, b""), path
            left_out = COUNTS if path == "/metrics" else {"date"}
            ours, theirs = ({k: v for k, v in r.headers.items() if k not in left_out} for r in (head, got))
            assert ours.pop("content-length", None) in (None, theirs.pop("content-length", None)), path
            ours.pop("transfer-encoding", None), theirs.pop("transfer-encoding", None)
            assert ours == theirs, path


def test_what_one_has_is_not_sent_again(client: httpx.Client, everything: list[str]) -> None:
    for path in everything:
        answer = client.get(path)
        if answer.status_code != 200 or path == "/metrics":
            continue
        tag = answer.headers["etag"]
        assert answer.headers["cache-control"] in ("no-cache", "public, max-age=31536000, immutable"), path
        for known in (tag, f'"other", {tag}', "*"):
            again = client.get(path, headers={"If-None-Match": known})
            assert (again.status_code, again.content) == (304, b""), path
            assert again.headers["cache-control"] == answer.headers["cache-control"]
            assert again.headers["etag"].removeprefix("W/") == tag.removeprefix("W/")
        assert client.get(path, headers={"If-None-Match": '"other"'}).content == answer.content


def test_what_has_changed_is_sent(client: httpx.Client, finished: dict[str, Any]) -> None:
    path = f"/api/runs/{finished['id']}"
    tag = client.get(path).headers["etag"]
    client.patch(path, json={"notes": "another"}).raise_for_status()
    changed = client.get(path, headers={"If-None-Match": tag})
    assert (changed.status_code, changed.json()["notes"]) == (200, "another")
    client.patch(path, json={"notes": ""}).raise_for_status()


@pytest.mark.parametrize(
    "path", ["/", "/api/catalog", "/openapi.json", "/js/app/main.js", "/styles/tokens.css", "/pictures/quick.svg",
             "/docs", "/vendor/plotly.min.js", "/api/runs"],
)  # fmt: skip
def test_text_travels_compressed(client: httpx.Client, finished: dict[str, Any], path: str) -> None:
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    with client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
        sent = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(sent) == plain.content
    assert len(sent) < 0.75 * len(plain.content)
    for one in (plain, answer):
        assert one.headers["vary"] == "Accept-Encoding"
        assert one.headers["etag"].startswith("W/"), "the same tag names other bytes"


def test_frames_and_parts_of_files_do_not(client: httpx.Client, finished: dict[str, Any]) -> None:
    headers = {"Accept-Encoding": "gzip"}
    frame = client.get(f"/api/runs/{finished['id']}/frames/1", headers=headers)
    assert "content-encoding" not in frame.headers
    assert frame.headers["etag"] == f'"{finished["id"]}-1"'
    whole = client.get("/js/app/main.js").content
    part = client.get("/js/app/main.js", headers={**headers, "Range": "bytes=1000-3999"})
    assert (part.status_code, part.content) == (206, whole[1000:4000])
    assert "content-encoding" not in part.headers


def test_the_files_of_a_page_are_kept_for_good(client: httpx.Client, assets: list[str]) -> None:
    for address in assets:
        answer = client.get(address)
        assert (answer.status_code, "immutable" in answer.headers["cache-control"]) == (200, True), address
        earlier = re.sub(r"(/assets/|v=)[^/]+", r"\g<1>earlier", address)
        assert earlier != address
        found = client.get(earlier)
        assert (found.content, found.headers["cache-control"]) == (answer.content, "no-cache")
    for path in (
        "/assets/x/../../pyproject.toml",
        "/assets/x/%2e%2e/pyproject.toml",
        "/assets/x/js/no.js",
    ):
        assert client.get(path).status_code == 404, path


def test_people_are_shown_that_nothing_is_there_and_programs_are_told(client: httpx.Client) -> None:
    shown = client.get("/nope", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert (shown.status_code, '<main id="page"' in shown.text) == (404, True)
    assert shown.headers["content-type"].startswith("text/html")
    for path, accept in [
        ("/nope", "*/*"),
        ("/nope", "application/json"),
        ("/api/nope", "text/html"),
        ("/js/no", "text/html"),
    ]:
        told = client.get(path, headers={"Accept": accept})
        assert (told.status_code, told.headers["content-type"]) == (404, "application/problem+json")
        assert told.json()["status"] == 404


def test_what_may_be_asked_has_head_where_it_has_get(client: httpx.Client) -> None:
    refused = client.put("/api/runs")
    assert (refused.status_code, refused.headers["allow"]) == (405, "DELETE, GET, HEAD, POST")

"""Frames over REST are the worker's bytes, named by ETags, and kept for ever by caches."""

from struct import unpack_from
from typing import Any

import httpx
import pytest
from safetensors.numpy import load
from tests.api.test_runs import pointers

from emergescope.catalog.parse import parse_config
from emergescope.jobs.executor import Job
from emergescope.jobs.worker import execute
from emergescope.recording.codec import read_metadata
from emergescope.recording.events import FrameReady


def test_frames_are_the_bytes_of_the_worker(client: httpx.Client, finished: dict[str, Any]) -> None:
    run = finished["id"]
    sent = [m for m in execute(Job(run, parse_config(finished["config"])), 1) if isinstance(m, FrameReady)]
    listed = client.get(f"/api/runs/{run}/frames").json()
    assert listed == [{"seq": m.seq, "step": m.step, "bytes": len(m.blob)} for m in sent]
    for message in sent:
        response = client.get(f"/api/runs/{run}/frames/{message.seq}")
        assert response.content == message.blob
        assert response.headers["content-type"] == "application/octet-stream"
        assert "immutable" in response.headers["cache-control"]


def test_frames_page(client: httpx.Client, finished: dict[str, Any]) -> None:
    path = f"/api/runs/{finished['id']}/frames"
    assert [f["seq"] for f in client.get(f"{path}?after=2&limit=3").json()] == [3, 4, 5]
    assert client.get(f"{path}?after=9999").json() == []
    assert pointers(client.get(f"{path}?after=-2&limit=0"), 422) == ["/query/after", "/query/limit"]


def test_a_window_of_frames_is_the_same_bytes(client: httpx.Client, finished: dict[str, Any]) -> None:
    path = f"/api/runs/{finished['id']}/frames"
    found, body = {}, client.get(f"{path}/window?seq=3&count=4").content
    while body:
        seq, size = unpack_from("<II", body)
        found[seq], body = body[8 : 8 + size], body[8 + size :]
    assert found == {seq: client.get(f"{path}/{seq}").content for seq in (3, 4, 5, 6)}
    last = finished["frames"]["last_seq"]
    assert unpack_from("<I", client.get(f"{path}/window?seq={last}&count=9").content) == (last,)
    pointers(client.get(f"{path}/window?seq=9999"), 404)
    assert pointers(client.get(f"{path}/window?seq=-1&count=0"), 422) == ["/query/seq", "/query/count"]


def test_etags(client: httpx.Client, finished: dict[str, Any]) -> None:
    path = f"/api/runs/{finished['id']}/frames/3"
    tag = client.get(path).headers["etag"]
    for header in (tag, f'W/{tag}, "other"', "*"):
        again = client.get(path, headers={"If-None-Match": header})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_latest_frame(client: httpx.Client, finished: dict[str, Any]) -> None:
    response = client.get(f"/api/runs/{finished['id']}/frames/latest")
    assert read_metadata(response.content)["seq"] == str(finished["frames"]["last_seq"])
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["etag"] == f'"{finished["id"]}-{finished["frames"]["last_seq"]}"'


def test_a_frame_that_does_not_exist(client: httpx.Client, finished: dict[str, Any]) -> None:
    path = f"/api/runs/{finished['id']}/frames"
    pointers(client.get(f"{path}/9999"), 404)
    for seq in ("-1", "first"):
        assert pointers(client.get(f"{path}/{seq}"), 422)[0].startswith("/path/seq")


def test_metrics_are_columns(client: httpx.Client, finished: dict[str, Any]) -> None:
    path = f"/api/runs/{finished['id']}/metrics"
    columns = client.get(path).json()
    count = finished["frames"]["count"]
    assert columns["seq"] == list(range(count))
    assert {len(column) for column in columns.values()} == {count}
    assert {"loss", "signal_cosine_mean", "probe_accuracy"} <= set(columns)
    assert None in columns["probe_accuracy"], "a probe was taken at ends of phases only"
    assert client.get(f"{path}?after={count - 2}").json()["seq"] == [count - 1]


def test_patterns(client: httpx.Client, finished: dict[str, Any]) -> None:
    response = client.get(f"/api/runs/{finished['id']}/patterns")
    problem = finished["config"]["problem"]
    assert load(response.content)["dictionary"].shape == (problem["d"], problem["D"])


@pytest.mark.parametrize("place", ["frames/{}", "frames?after={}", "metrics?after={}"])
def test_numbers_that_no_database_knows(client: httpx.Client, finished: dict[str, Any], place: str) -> None:
    assert client.get(f"/api/runs/{finished['id']}/{place.format(10**30)}").status_code == 422

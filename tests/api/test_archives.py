"""Runs as files over REST: one to carry away, one that is brought in."""

import json
import zipfile
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from tests.api.server_process import ServerProcess
from tests.archive.films import ID, frame, summed, write_run, zipped
from tests.conftest import LONG, TINY

ZIP = {"Content-Type": "application/zip"}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return write_run(tmp_path_factory.mktemp("run") / "whole")


def frames(client: httpx.Client, run_id: str) -> list[bytes]:
    found = client.get(f"/api/runs/{run_id}/frames", params={"limit": 10_000}).json()
    return [client.get(f"/api/runs/{run_id}/frames/{one['seq']}").content for one in found]


def bring_in(client: httpx.Client, content: bytes) -> httpx.Response:
    return client.post("/api/imports", content=content, headers=ZIP)


def test_a_run_is_carried_away_and_comes_back(server: ServerProcess, client: httpx.Client) -> None:
    run_id = server.submit(TINY, name="Grün", tags=["kept"])
    server.wait_for(run_id)
    before, film = client.get(f"/api/runs/{run_id}").json(), frames(client, run_id)
    exported = client.get(f"/api/runs/{run_id}/export")
    assert exported.status_code == 200
    assert exported.headers["content-type"] == "application/zip"
    assert exported.headers["content-disposition"] == f'attachment; filename="emergescope-{run_id}.zip"'
    assert "content-encoding" not in exported.headers
    refused = bring_in(client, exported.content)
    assert refused.status_code == 409
    assert refused.json()["detail"].startswith(f"there is a run {run_id} already")
    index = client.get(f"/api/runs/{run_id}/index").content
    assert client.delete(f"/api/runs/{run_id}").status_code == 204
    brought = bring_in(client, exported.content)
    assert brought.status_code == 201, brought.text
    assert brought.headers["location"] == f"/api/runs/{run_id}"
    after = brought.json()
    said, *_ = [event for event in after["events"] if event["kind"] == "imported"]
    assert said["text"].startswith("brought in as a file on ")
    after["events"].remove(said)
    assert after == before
    assert frames(client, run_id) == film
    assert client.get(f"/api/runs/{run_id}/index").content == index
    assert client.get(f"/api/runs/{run_id}/export").content == exported.content
    for asked in ("fork", "resume"):
        refused = client.post(f"/api/runs/{run_id}/{asked}", json={"step": 0})
        assert refused.status_code == 409
        assert "in which there are no checkpoints" in refused.json()["detail"]
    assert client.get(f"/api/runs/{run_id}").json()["status"] == "succeeded"


def test_a_recording_is_brought_in_larger_than_other_bodies(client: httpx.Client, files: dict[str, bytes]) -> None:
    """Which have 10,000 bytes at most on this server."""
    content = zipped(files)
    assert len(content) < 10_000
    large = zipped(summed({**files, "events.jsonl": files["events.jsonl"] * 100}))
    assert len(large) > 20_000
    brought = bring_in(client, large)
    assert brought.status_code == 201, brought.text
    run = brought.json()
    assert (run["id"], run["study"], run["status"], run["frames"]["count"]) == (ID, "recording", "failed", 6)
    assert run["display"]["can"] == []
    assert len(run["events"]) == 301
    assert frames(client, ID) == [frame(seq).blob for seq in range(6)]
    assert client.delete(f"/api/runs/{ID}").status_code == 204


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("000002.safetensors", b"x", "000002.safetensors is damaged: its checksum"),
        ("thesis.tex", b"mine", "'thesis.tex' is no file of a run"),
        (None, b"", "this is no zip that can be read"),
    ],
)
def test_what_is_damaged_is_refused(
    client: httpx.Client, files: dict[str, bytes], name: str | None, content: bytes, words: str
) -> None:
    refused = bring_in(client, b"nonsense" if name is None else zipped({**files, name: content}))
    assert refused.status_code == 422
    problem = refused.json()
    assert (problem["type"], problem["title"]) == ("urn:emergescope:archive-error", "Not a readable run file")
    assert words in problem["detail"]
    assert client.get(f"/api/runs/{ID}").status_code == 404


def test_what_goes_on_is_not_exported(server: ServerProcess, client: httpx.Client) -> None:
    run_id = server.submit(LONG)
    refused = client.get(f"/api/runs/{run_id}/export")
    assert refused.status_code == 409
    assert "can be exported once it is over, or paused" in refused.json()["detail"]
    client.post(f"/api/runs/{run_id}/cancel")
    server.wait_for(run_id)
    exported = client.get(f"/api/runs/{run_id}/export")
    assert exported.status_code == 200
    with zipfile.ZipFile(BytesIO(exported.content)) as archive:
        assert json.loads(archive.read("run.json"))["run"]["status"] == "cancelled"
    assert client.get("/api/runs/nothing/export").status_code == 404


def test_a_file_has_its_own_limit(tmp_path: Path, files: dict[str, bytes]) -> None:
    server = ServerProcess(tmp_path, max_film="5000")
    refused = bring_in(server.client, zipped(files))
    assert refused.status_code == 413
    assert "larger than 5,000 bytes" in refused.json()["detail"]
    server.stop()

"""The index of a run over the wire: whole, by what is new, and without a look at any frame."""

from typing import Any

import httpx
import numpy as np
from safetensors.numpy import load
from tests.api.server_process import ServerProcess
from tests.conftest import TINY

from emergescope.recording.codec import decode


def test_it_says_of_each_frame_what_the_frame_says(client: httpx.Client, finished: dict[str, Any]) -> None:
    path = f"/api/runs/{finished['id']}"
    answer = client.get(f"{path}/index")
    columns = load(answer.content)
    frames = [
        decode(client.get(f"{path}/frames/{item['seq']}").content)[2] for item in client.get(f"{path}/frames").json()
    ]
    assert columns["step"].tolist() == [frame.step for frame in frames]
    for name in ("loss", "test_accuracy", "signal_cosine_mean"):
        np.testing.assert_equal(
            columns[f"metrics.{name}"], [np.inf if (v := f.metrics.get(name, np.nan)) is None else v for f in frames]
        )
    for frame, counts in zip(frames, columns["density.density"], strict=True):
        expected, _ = np.histogram(frame.tensors["signal_cosine"].astype(float), 40, (-1, 1))
        assert counts.tolist() == expected.tolist()
    lengths = [frame.tensors["relevant_norm"].astype(float).mean() for frame in frames]
    np.testing.assert_allclose(columns["mean.relevant_norm"], lengths, rtol=1e-6)
    later = load(client.get(f"{path}/index", params={"after": 3}).content)
    assert later["seq"].tolist() == columns["seq"].tolist()[4:]
    assert client.get(f"{path}/index", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.get("/api/runs/unknown/index").status_code == 404


def test_the_display_comes_with_the_run(client: httpx.Client, finished: dict[str, Any]) -> None:
    display = client.get(f"/api/runs/{finished['id']}").json()["display"]
    assert display["summary"].startswith("Parity of 3 patterns among 20 · 100 neurons · seed ")
    assert [panel["id"] for panel in display["panels"] if panel["hero"]] == ["map"]
    assert display["metrics"]["test_accuracy"]["high"] == 1
    assert display["events"]["emerged"]["rank"] == "emergence"


def test_the_stream_sends_rows_to_those_who_want_no_frames(server: ServerProcess, finished: dict[str, Any]) -> None:
    run_id = server.submit(TINY)
    with server.stream(run_id, "mode=index") as stream:
        messages = [httpx.Response(200, content=m).json() for m in stream if isinstance(m, str)]
    rows = [message for message in messages if message["type"] == "row"]
    assert messages[-1]["type"] == "end"
    columns = load(server.client.get(f"/api/runs/{run_id}/index").content)
    assert [row["step"] for row in rows] == columns["step"].tolist()
    assert [row["density"]["density"] for row in rows] == columns["density.density"].tolist()

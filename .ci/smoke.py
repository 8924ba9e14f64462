"""Uses servers as a person would, each by its name, and then tells of it on port 8480. Run by compose.smoke.yml.

    smoke.py NAME=EXECUTOR...

Signs in, has `quick` trained by that executor, watches it live to its end, and reads each frame back.
"""

import json
import os
import struct
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from websockets.sync.client import connect

READY_BY = time.monotonic() + 300  # all servers; they start at the same time
AUTHORIZATION = {"Authorization": f"Bearer {os.environ['EMERGESCOPE_TOKEN']}"}


def call(url: str, body: dict[str, Any] | None = None, headers: dict[str, str] = AUTHORIZATION) -> bytes:
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(url, data, {"Content-Type": "application/json", **headers}), timeout=30) as answer:
        content: bytes = answer.read()
        return content


def refusal(url: str) -> int | None:
    """The status with which a call without the token is refused."""
    try:
        call(url, headers={})
    except HTTPError as error:
        return error.code
    return None


def wait_for(url: str) -> None:
    while True:
        try:
            call(url)
            return
        except (URLError, OSError) as error:
            if time.monotonic() > READY_BY:
                raise SystemExit(f"{url} is not ready: {error}") from None
            time.sleep(0.5)


def watch(host: str, run_id: str) -> list[bytes]:
    """The frames of a run as they are streamed, until it has succeeded."""
    frames: list[bytes] = []
    url = f"ws://{host}/api/runs/{run_id}/stream?after=-1&mode=all"
    with connect(url, additional_headers=AUTHORIZATION, max_size=None) as stream:
        while True:
            message = stream.recv(timeout=60)
            if isinstance(message, bytes):
                frames.append(message)
            elif (told := json.loads(message))["type"] == "end":
                assert told["status"] == "succeeded", told
                assert told["last_seq"] == len(frames) - 1, told
                return frames


def metadata(frame: bytes) -> dict[str, str]:
    """Of a safetensors blob, whose tensors must fill it to its end."""
    (length,) = struct.unpack_from("<Q", frame)
    header = json.loads(frame[8 : 8 + length])
    found: dict[str, str] = header.pop("__metadata__")
    assert max(tensor["data_offsets"][1] for tensor in header.values()) == len(frame) - 8 - length
    return found


def check(name: str, executor: str) -> str:
    host = f"{name}:8470"
    api = f"http://{host}/api"
    wait_for(f"{api}/ready")
    assert refusal(f"{api}/runs") == 401
    health = json.loads(call(f"{api}/health"))
    assert health["executor"] == executor, health
    began = time.monotonic()
    run_id = json.loads(call(f"{api}/runs", {"preset": "quick"}))["id"]
    frames = watch(host, run_id)
    assert len(frames) > 10
    for seq, frame in enumerate(frames):
        kept = call(f"{api}/runs/{run_id}/frames/{seq}")
        assert kept == frame, f"frame {seq} is another one than was streamed"
        facts = metadata(kept)
        assert (facts["run"], facts["seq"]) == (run_id, str(seq)), facts
    return f"{name}: a run on {executor}, {len(frames)} frames read back, {time.monotonic() - began:.1f} s"


def tell(report: str) -> None:
    """Serve the report: whoever is answered knows that all is well."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(report.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    HTTPServer(("", 8480), Answer).serve_forever()


if __name__ == "__main__":
    lines = []
    for server in sys.argv[1:]:
        print(f"using {server}", flush=True)
        lines.append(check(*server.split("=")))
        print(lines[-1], flush=True)
    tell("\n".join(lines))

"""Malformed HTTP bodies, requests and WebSocket frames: no crash, no answer of 500 and above, no traceback in one.

    python -m tests.soak.malformed --cases 10000

Each case is a valid request broken in one of the ways below, drawn from a seed that is told with what went wrong.
"""

import argparse
import base64
import json
import random
import socket
import struct
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.api.server_process import ServerProcess
from tests.conftest import TINY

_BODIES = (
    {"preset": "quick", "overrides": TINY, "name": "A run", "tags": ["a", "b"]},
    {"sweep": {"base": {"preset": "quick"}, "grid": {"method.m": [4, 8]}, "seeds": 2}},
    {"step": 3, "overrides": {"problem.structure": False}},
    {"name": "B", "notes": "some", "tags": []},
    {"token": "0123456789abcdef"},
)
_CALLS = (
    "POST /api/runs",
    "POST /api/experiments",
    "POST /api/runs/{run}/fork",
    "PATCH /api/runs/{run}",
    "POST /api/session",
)
_PATIENCE = 0.2  # seconds: of a body that is cut short the server awaits the rest
_NASTY = (
    "[" * 50_000,
    '{"a":' * 5_000,
    '{"preset": "quick", "overrides": ' + '{"a":' * 2_000 + "1" + "}" * 2_001,
    '{"preset": "\\ud800"}',
    '{"name": "\\u0000", "preset": "quick", "overrides": {"seed": 1e999}}',
    '{"preset": "quick", "overrides": {"seed": NaN, "problem.k": Infinity}}',
    '{"preset": "quick", "overrides": {"seed": ' + "9" * 5_000 + "}}",
    '{"step": 18446744073709551616}',
    '{"preset": "../../etc/passwd"}',
    '{"preset": "quick", "preset": {"__class__": "os.system"}}',
    '{"config": {"problem": {"labels": {"rule": "list", "counts": [' + "1," * 5_000 + "1]}}}}",
    '{"tags": ' + json.dumps(["x" * 70] * 500) + "}",
    '"' + "x" * 9_000,
    "null",
    "",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="emergescope-malformed-") as data:
        server = ServerProcess(Path(data), log_level="error")
        try:
            answers, wrong = attack(server, given.cases, given.seed)
        finally:
            server.stop()
    for answer, count in sorted(answers.items()):
        print(f"{count:>8}  {answer}")
    print(*(wrong or ["no crash, no answer of 500 and above, no traceback"]), sep="\n")
    return 1 if wrong else 0


def attack(server: ServerProcess, cases: int, seed: int) -> tuple[Counter[str], list[str]]:
    """What was answered how often, and what is wrong."""
    chance = random.Random(seed)
    run = server.submit(TINY)
    attacks: tuple[Callable[[random.Random, str], bytes], ...] = (_broken_body, _broken_request, _broken_socket)
    answers: Counter[str] = Counter()
    wrong: list[str] = []
    for case in range(cases):
        sent = chance.choices(attacks, (6, 2, 2))[0](chance, run)
        answer = _exchange(server.port, sent)
        status = answer.split(b" ", 2)[1].decode("latin-1") if answer.startswith(b"HTTP/") else "no answer"
        answers[status] += 1
        if status >= "500" and status != "no answer":
            wrong.append(f"case {case} of seed {seed}: {status} for {sent[:300]!r}")
        if b"Traceback" in answer or b"site-packages" in answer:
            wrong.append(f"case {case} of seed {seed}: a traceback in the answer to {sent[:300]!r}")
    if not server.process.is_running() or server.client.get("/api/health").status_code != 200:
        wrong.append("the server is gone")
    elif server.wait_for(run)["status"] != "succeeded":
        wrong.append("a run of the server did not survive")
    return answers, wrong


def _broken_body(chance: random.Random, run: str) -> bytes:
    text = chance.choice(_NASTY) if chance.random() < 0.3 else json.dumps(chance.choice(_BODIES))
    body = bytearray(text.encode())
    for _ in range(chance.randint(0, 4)):
        place = chance.randrange(len(body) + 1)
        match chance.randrange(4):
            case 0:
                del body[place:]
            case 1:
                body[place:place] = chance.randbytes(chance.randint(1, 6))
            case 2:
                body[place : place + chance.randint(1, 8)] = b""
            case _:
                body[place:place] = chance.choice(
                    (b"null", b"[]", b"{}", b"-1", b"1e400", b'"', b"\x00", b"\xff", b"\\u12")
                )
    call = chance.choice(_CALLS).replace("{run}", run)
    kind = chance.choice(
        ("application/json",) * 5 + ("text/plain", "multipart/form-data", "application/json; charset=utf-7")
    )
    length = len(body) + chance.choice((0,) * 20 + (1, -1)) if body else 0
    head = f"{call} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + bytes(body)


def _broken_request(chance: random.Random, run: str) -> bytes:
    query = "".join(chance.choice("&=%?/#\x7fa1-\u00e9") for _ in range(chance.randint(0, 30))).encode()
    path = chance.choice(
        (
            f"/api/runs/{run}/frames/{chance.randint(-5, 10**30)}",
            f"/api/runs/{run}/metrics",
            "/api/runs",
            "/js/../../x",
            "/%00",
        )
    )
    verb = chance.choice(("GET", "HEAD", "PUT", "OPTIONS", "TRACE", "G\x00T"))
    lines = [f"{verb} {path}?".encode() + query + b" HTTP/1.1", b"Host: 127.0.0.1", b"Connection: close"]
    for _ in range(chance.randint(0, 3)):
        names = (
            b"If-None-Match",
            b"Cookie",
            b"Authorization",
            b"Origin",
            b"Content-Length",
            b"Transfer-Encoding",
            b"Range",
        )
        lines.insert(2, chance.choice(names) + b": " + chance.randbytes(chance.randint(0, 40)).replace(b"\n", b""))
    return b"\r\n".join(lines) + b"\r\n\r\n" + chance.randbytes(chance.randint(0, 50))


def _broken_socket(chance: random.Random, run: str) -> bytes:
    key = base64.b64encode(chance.randbytes(chance.choice((16, 16, 16, 3)))).decode()
    after = chance.choice(("-1", "0", "x", "1" * 40, ""))
    head = (
        f"GET /api/runs/{run}/stream?after={after}&mode={chance.choice(('all', 'latest', 'none'))} HTTP/1.1\r\n"
        f"Host: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
        f"Sec-WebSocket-Version: {chance.choice(('13', '13', '13', '8'))}\r\n\r\n"
    ).encode()
    frames = b""
    for _ in range(chance.randint(0, 4)):
        payload = chance.randbytes(chance.randint(0, 200))
        masked = chance.random() < 0.8
        first = chance.randrange(256) if chance.random() < 0.5 else chance.choice((0x81, 0x82, 0x89, 0x88))
        size = len(payload) if len(payload) < 126 else 126
        frames += bytes([first, (0x80 if masked else 0) | size])
        frames += struct.pack(">H", len(payload)) if size == 126 else b""
        frames += (chance.randbytes(4) if masked else b"") + payload
    if chance.random() < 0.1:
        frames += bytes([0x82, 0xFF]) + struct.pack(">Q", 2**60)  # a frame of an exabyte is announced
    return head + frames


def _exchange(port: int, sent: bytes) -> bytes:
    """What comes back, up to some kilobytes, until the other end is done or nothing more comes."""
    found = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE) as connection:
            connection.sendall(sent)
            while len(found) < 20_000 and (part := connection.recv(65_536)):
                found += part
    except OSError:
        pass
    return found


if __name__ == "__main__":
    sys.exit(main())

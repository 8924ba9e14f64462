"""Extreme numbers, long texts and deep lists in every field of a request: no answer of 500 and above, no memory taken.

    python -m tests.soak.extremes --cases 300

The fields are those of the running server's OpenAPI document, and of the configurations' JSON Schema in its catalog.
Each case is a valid request with one value replaced, drawn from a seed that is told with what went wrong. What is
accepted all the same is looked at in every way, and cancelled.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from tests.api.server_process import ServerProcess
from tests.conftest import TINY

MOST_GROWTH = 50 * 10**6  # bytes that the server may take for all of it
_NUMBERS = (10**9, 10**30, -1, 2**63, 1e308, -1e308, 10**400, float("nan"), float("inf"))
_TEXTS = ("x" * 49_999, "\0", "%" * 9_999, "\ud800", "[" * 900)
_DEEP: Any = json.loads("[" * 400 + "]" * 400)
_SWEEP = {"base": {"preset": "quick", "overrides": TINY}, "grid": {"method.m": [4, 8]}, "seeds": 1}
_BODIES: dict[str, list[dict[str, Any]]] = {
    "Submission": [{"preset": "quick", "overrides": TINY, "name": "A run", "tags": ["a"]}],
    "Fork": [{"step": 3, "overrides": {}, "name": "A fork", "tags": ["a"]}],
    "Edit": [{"name": "B", "notes": "some", "tags": ["a"]}],
    "ExperimentSubmission": [
        {"sweep": _SWEEP, "name": "A sweep", "tags": ["a"]},
        {"preset": "paper/figure-2", "seeds": 1},
        {"preset": "paper/figure-2", "seeds": [0]},
        {"runs": [{"preset": "quick", "overrides": TINY}]},
    ],
}


class RoomyServer(ServerProcess):
    """A server that reads bodies of the usual size."""

    program = ServerProcess.program.replace(", max_body=10_000", "")


@dataclass(frozen=True)
class Place:
    """Where a value goes: a parameter of the address by name, or a place in `body` by its path."""

    method: str
    path: str
    kind: str  # "number" or "text"
    name: str = ""
    body: Any = None
    into: tuple[str | int, ...] = ()

    def request(self, value: Any, run: str, experiment: str) -> tuple[str, str, bytes]:
        path = self.path.replace("{run_id}", run).replace("{experiment_id}", experiment)
        if f"{{{self.name}}}" in self.path:
            path = self.path.replace(f"{{{self.name}}}", quote(_spoken(value), safe=""))
            path = path.replace("{run_id}", run)
        elif self.name:
            path += "?" + urlencode({self.name: _spoken(value)})
        body = b"" if self.body is None else json.dumps(_with(self.body, self.into, value)).encode()
        return self.method, path.replace("{seq}", "0"), body


def _spoken(value: Any) -> str:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else json.dumps(value)


def _with(body: Any, into: tuple[str | int, ...], value: Any) -> Any:
    if not into:
        return value
    copy: Any = dict(body) if isinstance(body, Mapping) else list(body)
    copy[into[0]] = _with(copy[into[0]], into[1:], value) if into[1:] else value
    return copy


def places(document: Mapping[str, Any], schema: Mapping[str, Any]) -> list[Place]:
    """Every place of a number or a text in what the server takes. `schema` is that of configurations."""
    found = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] in ("query", "path"):
                    kind = "number" if _has_number(parameter["schema"]) else "text"
                    found.append(Place(method, path, kind, parameter["name"]))
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            for body in _BODIES.get(content["schema"].get("$ref", "").rsplit("/", 1)[-1], ()) if content else ():
                found += [Place(method, path, kind, body=body, into=into) for into, kind in _leaves(body)]
    for dotted in sorted(set(_numbers(schema, schema, ""))):
        body = {"preset": "quick", "overrides": {**TINY, dotted: 0}}
        found.append(Place("post", "/api/runs", "number", body=body, into=("overrides", dotted)))
        body = {"sweep": {**_SWEEP, "grid": {dotted: [0]}}}
        found.append(Place("post", "/api/experiments", "number", body=body, into=("sweep", "grid", dotted, 0)))
    return found


def _leaves(value: Any, into: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Places in a body of numbers and texts, and of the bodies' parts, in whose place either may come."""
    if into:
        yield into, "number" if not isinstance(value, str) else "text"
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _leaves(item, (*into, key))


def _has_number(schema: Mapping[str, Any]) -> bool:
    return any(s.get("type") in ("integer", "number") for s in (schema, *schema.get("anyOf", ())))


def _numbers(schema: Mapping[str, Any], root: Mapping[str, Any], prefix: str) -> Iterator[str]:
    """Dotted paths of a configuration's numbers."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
    if _has_number(schema):
        yield prefix[:-1]
    for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _numbers(part, root, prefix)
    for name, part in schema.get("properties", {}).items():
        yield from _numbers(part, root, f"{prefix}{name}.")
    for part in (schema.get("items"), *schema.get("prefixItems", ())):
        if isinstance(part, Mapping):
            yield from _numbers(part, root, f"{prefix}0.")


@dataclass
class Report:
    """What was answered how often, what is wrong, the slowest answer, and the memory that the server took."""

    answers: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    growth: int = 0


def attack(server: ServerProcess, cases: int, seed: int) -> Report:
    chance = random.Random(seed)
    client = server.client
    run = server.submit(TINY)
    server.wait_for(run)
    experiment = client.post("/api/experiments", json={"sweep": _SWEEP}).json()["id"]
    document, schema = client.get("/openapi.json").json(), client.get("/api/catalog").json()["schema"]
    everywhere = [p for p in places(document, schema) if p.method != "delete"]
    report = Report()
    chosen = [everywhere[number % len(everywhere)] for number in range(cases)] if cases > len(everywhere) else None
    chosen = chosen or chance.sample(everywhere, cases)
    before = 0
    for case, place in enumerate(chosen):
        if case == len(chosen) // 10:  # what is loaded for the first time is loaded by now
            before = server.process.memory_info().rss
        values = (*_NUMBERS, *_NUMBERS, _DEEP) if place.kind == "number" else (*_TEXTS, 10**30, _DEEP)
        sent = place.request(chance.choice(values), run, experiment)
        answer = _ask(client, sent, report, f"case {case} of seed {seed}")
        if answer is not None and answer.status_code == 201:
            _look_at(client, answer.headers["Location"], report)
    report.growth = server.process.memory_info().rss - before
    if not server.process.is_running() or client.get("/api/ready").status_code != 200:
        report.wrong.append("the server is gone")
    return report


def _ask(
    client: httpx.Client, sent: tuple[str, str, bytes], report: Report, case: str = "afterwards"
) -> httpx.Response | None:
    method, path, body = sent
    told = f"{case}: {method.upper()} {path[:200]} {body[:300]!r}"
    begun = time.monotonic()
    try:
        answer = client.request(method, path, content=body, headers={"Content-Type": "application/json"})
    except httpx.HTTPError as error:
        report.wrong.append(f"{error!r} for {told}")
        return None
    report.slowest = max(report.slowest, (time.monotonic() - begun, told))
    report.answers[answer.status_code] += 1
    if answer.status_code >= 500:
        report.wrong.append(f"{answer.status_code} {answer.text[:300]} for {told}")
    if answer.status_code >= 400 and len(answer.content) > 20_000:
        report.wrong.append(f"a refusal of {len(answer.content):,} bytes for {told}")
    return answer


def _look_at(client: httpx.Client, path: str, report: Report) -> None:
    """What was accepted can be read, and ended."""
    below = ("", "/theory", "/metrics", "/frames") if "/runs/" in path else ("",)
    for way in below:
        _ask(client, ("get", path + way, b""), report)
    _ask(client, ("get", path[: path.rindex("/")], b""), report)
    _ask(client, ("post", f"{path}/cancel", b""), report)
    _ask(client, ("get", path, b""), report)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="emergescope-extremes-") as data:
        server = RoomyServer(Path(data), log_level="error")
        try:
            report = attack(server, given.cases, given.seed)
        finally:
            server.stop()
    for status, count in sorted(report.answers.items()):
        print(f"{count:>8}  {status}")
    seconds, what = report.slowest
    print(f"the server grew by {report.growth / 1e6:.1f} MB; the slowest answer took {seconds:.2f} s: {what}")
    if report.growth > MOST_GROWTH:
        report.wrong.append(f"the server grew by more than {MOST_GROWTH / 1e6:.0f} MB")
    print(*(report.wrong or ["no answer of 500 and above"]), sep="\n")
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())

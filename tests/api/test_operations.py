"""Probes say what is wrong, and /metrics what the server does; docs/operations.md names every metric."""

import asyncio
import re
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from tests.api.server_process import ServerProcess
from tests.conftest import LONG, TINY
from tests.jobs.inline import InlineExecutor

from emergescope import __version__
from emergescope.api import operations
from emergescope.api.access import Access
from emergescope.api.errors import handle_errors
from emergescope.api.operations import Metrics, Readiness
from emergescope.config.run import RunConfig
from emergescope.errors import StoreError
from emergescope.service.progress import BOUNDS
from emergescope.service.service import Service
from emergescope.store.store import Store

DOCS = Path(__file__).parents[2] / "docs" / "operations.md"


class Site:
    """The operations of a service whose runs train in the caller."""

    def __init__(self, data: Path, portal: BlockingPortal) -> None:
        self.executor = InlineExecutor()
        self.service = Service(Store(data), self.executor)
        app = FastAPI()
        handle_errors(app)
        app.include_router(operations.router)
        self.readiness = app.state.readiness = Readiness(self.service)
        metrics = app.state.metrics = Metrics()
        metrics.service = self.service
        app.add_middleware(Access, metrics=metrics)
        self._client = AsyncClient(transport=ASGITransport(app), base_url="http://127.0.0.1")
        self._portal = portal

    def get(self, path: str, method: str = "GET") -> httpx.Response:
        response: httpx.Response = self._portal.call(self._client.request, method, path)
        return response

    def families(self) -> dict[str, Metric]:
        return families(self.get("/metrics").text)

    def why_not_ready(self) -> str:
        response = self.get("/api/ready")
        assert response.status_code == 503
        assert response.headers["content-type"] == "application/problem+json"
        return str(response.json()["detail"])


@pytest.fixture
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture
def site(tmp_path: Path, portal: BlockingPortal) -> Iterator[Site]:
    site = Site(tmp_path, portal)
    yield site
    site.service.close()


def families(text: str) -> dict[str, Metric]:
    return {family.name: family for family in text_string_to_metric_families(text)}


def values(found: dict[str, Metric]) -> dict[str, float]:
    """{"name{label values}": value} of every sample."""
    return {f"{s.name}{{{','.join(s.labels.values())}}}": s.value for family in found.values() for s in family.samples}


def break_store(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(status: str) -> int:
        raise StoreError("the disk is full: free some space")

    monkeypatch.setattr(site.service.store, "count_runs", refuse)


def test_alive_and_ready(site: Site) -> None:
    for path, status in (("/api/live", "alive"), ("/api/ready", "ready")):
        response = site.get(path)
        assert (response.status_code, response.json()) == (200, {"status": status})


def test_not_ready_while_the_store_fails(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        break_store(site, broken)
        assert site.why_not_ready() == "the disk is full: free some space"
        assert site.get("/api/live").status_code == 200
    assert site.get("/api/ready").status_code == 200


def test_not_ready_while_the_store_hangs(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, goes_on = [], threading.Event()

    def hang(status: str) -> int:
        asked.append(status)
        goes_on.wait(60)
        return 0

    monkeypatch.setattr(operations, "_TIMEOUT", 0.02)
    with monkeypatch.context() as hanging:
        hanging.setattr(site.service.store, "count_runs", hang)
        for _ in range(3):
            assert "has not answered" in site.why_not_ready()
        assert len(asked) == 1, "probes do not pile up behind a database that hangs"
        goes_on.set()
    monkeypatch.setattr(operations, "_TIMEOUT", 60)
    assert site.get("/api/ready").status_code == 200


def test_probes_that_come_together_are_all_answered(site: Site, portal: BlockingPortal) -> None:
    async def probe() -> None:
        for _ in range(3):  # the second question of one begins before the others have read the answer to their first
            await site.readiness.check()

    async def probes() -> None:
        await asyncio.gather(*(probe() for _ in range(10)))

    portal.call(probes)


def test_not_ready_without_workers_or_while_closing(site: Site) -> None:
    site.executor.workers = 0
    assert "no workers" in site.why_not_ready()
    site.executor.workers = 1
    assert site.get("/api/ready").status_code == 200
    site.readiness.closing = True
    assert site.why_not_ready() == "the server is closing"


def test_metrics_are_read_off_the_service(site: Site, tiny: RunConfig) -> None:
    before = values(site.families())
    assert before["emergescope_runs{succeeded}"] == before["emergescope_frames_total{}"] == 0
    assert before[f"emergescope_build_info{{inline,{__version__}}}"] == 1
    view = site.service.submit(tiny, None, None, [])
    after = values(site.families())
    assert after["emergescope_store_up{}"] == 1
    assert after["emergescope_runs{succeeded}"] == after["emergescope_runs_ended_total{succeeded}"] == 1
    assert after["emergescope_frames_total{}"] == view.record.frames_count > 0
    assert after["emergescope_frame_bytes_total{}"] == view.record.frames_bytes
    assert after["emergescope_store_bytes{}"] > view.record.frames_bytes
    assert (after["emergescope_workers{}"], after["emergescope_workers_busy{}"]) == (1, 0)
    assert after["emergescope_queue_length{}"] == after["emergescope_viewers{}"] == 0
    assert after["emergescope_run_seconds_count{succeeded}"] == 1
    assert after["emergescope_run_seconds_sum{succeeded}"] > 0
    if sys.platform == "linux":
        assert after["process_resident_memory_bytes{}"] > 0


def test_counts_of_the_service_reach_their_metrics(site: Site) -> None:
    counts = site.service.counts
    counts.pauses, counts.resumes, counts.deaths = 2, 3, 4
    counts.ended("failed", BOUNDS[1])
    counts.ended("failed", BOUNDS[-1] + 1)
    found = site.families()
    after = values(found)
    assert after["emergescope_run_pauses_total{}"] == 2
    assert after["emergescope_run_resumes_total{}"] == 3
    assert after["emergescope_worker_deaths_total{}"] == 4
    buckets = [s for s in found["emergescope_run_seconds"].samples if s.labels.get("status") == "failed"]
    below = {s.labels["le"]: s.value for s in buckets if s.name.endswith("_bucket")}
    assert below == {**{str(bound): float(bound >= BOUNDS[1]) for bound in BOUNDS}, "+Inf": 2}


def test_metrics_outlive_the_store(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    break_store(site, monkeypatch)
    found = values(site.families())
    assert found["emergescope_store_up{}"] == 0
    assert "emergescope_frames_total{}" in found
    assert "emergescope_queue_length{}" not in found


def test_labels_are_bounded(site: Site) -> None:
    for number in range(30):
        site.get(f"/nowhere/{number}")
        site.get("/api/live", f"METHOD{number}")
        site.get(f"/api/live?{number}")
    found = site.families()
    seen = {
        (s.labels["method"], s.labels["route"], s.labels["status"]) for s in found["emergescope_http_requests"].samples
    }
    assert seen == {
        ("GET", "none", "4xx"),
        ("other", "/api/live", "4xx"),
        ("GET", "/api/live", "2xx"),
    }


def test_services_of_one_process_do_not_share_metrics(site: Site, tmp_path: Path, portal: BlockingPortal) -> None:
    other = Site(tmp_path / "other", portal)
    other.get("/api/live")
    assert values(other.families())["emergescope_http_requests_total{GET,/api/live,2xx}"] == 1
    other.service.close()
    assert site.families()["emergescope_http_requests"].samples == []


def scrape(client: httpx.Client, *awaited: str) -> dict[str, float]:
    """The values of a server. A request is counted after its answer, so those `awaited` may come a moment later."""
    deadline = time.monotonic() + 10
    while True:
        response = client.get("/metrics")
        assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        found = values(families(response.text))
        if all(name in found for name in awaited) or time.monotonic() > deadline:
            return found


def test_a_server_counts(server: ServerProcess, client: httpx.Client) -> None:
    before = scrape(client)
    run_id = server.submit(TINY)
    run = server.wait_for(run_id)
    client.get("/js/app/main.js")
    client.delete(f"/api/runs/{run_id}/nothing")
    after = scrape(
        client, "emergescope_http_requests_total{GET,/js,2xx}", "emergescope_http_requests_total{DELETE,none,4xx}"
    )

    def moved(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert moved("emergescope_frames_total{}") == run["frames"]["count"]
    assert moved("emergescope_frame_bytes_total{}") == run["frames"]["bytes"]
    assert moved("emergescope_runs{succeeded}") == moved("emergescope_runs_ended_total{succeeded}") == 1
    assert moved("emergescope_http_requests_total{POST,/api/runs,2xx}") >= 1
    assert moved("emergescope_http_requests_total{GET,/api/runs/{run_id},2xx}") >= 1
    assert moved("emergescope_http_request_seconds_count{GET,/api/runs/{run_id}}") >= 1
    assert moved("emergescope_http_requests_total{GET,/js,2xx}") >= 1
    assert moved("emergescope_http_requests_total{DELETE,none,4xx}") == 1


def test_viewers_are_counted_while_they_look(server: ServerProcess, client: httpx.Client) -> None:
    run_id = server.submit(LONG)
    before = scrape(client)["emergescope_viewers{}"]
    with server.stream(run_id) as stream:
        stream.recv()
        assert scrape(client)["emergescope_viewers{}"] == before + 1
    client.post(f"/api/runs/{run_id}/cancel")
    server.wait_for(run_id)


def test_the_table_in_docs_is_complete(site: Site) -> None:
    rows = re.findall(r"^\| `(emergescope_\w+)` \| (\w+) \| ([^|]*) \| (.+) \|$", DOCS.read_text("utf-8"), re.MULTILINE)
    site.get("/api/live")
    told = []
    for family in site.families().values():
        if family.name.startswith("emergescope_"):
            name = family.name + ("_total" if family.type == "counter" else "")
            labels = dict.fromkeys(label for sample in family.samples for label in sample.labels if label != "le")
            told.append((name, family.type, ", ".join(f"`{label}`" for label in labels), family.documentation))
    assert sorted(rows) == sorted(told)

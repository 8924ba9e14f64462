"""What /metrics tells Prometheus. Requests are counted as they come; all else is read off the service at each scrape.

docs/operations.md lists the metrics; a test holds the two together.
"""

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import get_args

from prometheus_client import ProcessCollector, core, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily
from prometheus_client.registry import Collector

from emergescope import __version__
from emergescope.errors import StoreError
from emergescope.service import Service
from emergescope.service.counts import BOUNDS, Counts
from emergescope.store import Status

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, that nothing reads

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics(Collector):
    """The metrics of one application, in a registry of its own; `service` is read when they are asked for."""

    def __init__(self) -> None:
        self.service: Service | None = None
        registry = self._registry = core.CollectorRegistry()
        self.viewers = core.Gauge("emergescope_viewers", "open streams", registry=registry)
        text = "requests by route as in the API's documentation"
        self._requests = core.Counter(
            "emergescope_http_requests", text, ("method", "route", "status"), registry=registry
        )
        text = "time from a request to the end of its answer"
        self._seconds = core.Histogram(
            "emergescope_http_request_seconds", text, ("method", "route"), buckets=_SECONDS, registry=registry
        )
        ProcessCollector(registry=registry)  # finds nothing where there is no /proc
        registry.register(self)

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """`route` and `method` must come from a small set: each pair is kept for ever."""
        self._requests.labels(method, route, f"{status // 100}xx").inc()
        self._seconds.labels(method, route).observe(seconds)

    def text(self) -> bytes:
        """All of them in Prometheus' text format. Reads the store."""
        return generate_latest(self._registry)

    def describe(self) -> Iterable[core.Metric]:
        return []  # without this, registering would read the store

    def collect(self) -> Iterator[core.Metric]:
        if self.service is None:
            return
        try:
            found = [*_now(self.service)]
        except StoreError:  # the rest is worth the more
            found = []
        text = "1 if the database answers and can be written, else 0"
        yield GaugeMetricFamily("emergescope_store_up", text, len(found) > 0 and _is_well(self.service))
        yield from found
        yield from _since_start(self.service.counts)


def _is_well(service: Service) -> bool:
    try:
        service.check()
    except StoreError:
        return False
    return True


def _now(service: Service) -> Iterator[core.Metric]:
    executor, workers, busy, waiting = service.load()
    about = {"executor": executor, "version": __version__}
    yield InfoMetricFamily("emergescope_build", "what runs here; always 1", about)
    runs = GaugeMetricFamily("emergescope_runs", "runs in the database", labels=["status"])
    for status in get_args(Status):
        runs.add_metric([status], service.reader.count_runs(status))
    yield runs
    for name, text, value in (
        ("workers", "runs that can train at the same time", workers),
        ("workers_busy", "runs that workers have", busy),
        ("queue_length", "runs that wait for a worker", waiting),
        ("store_bytes", "size of the database and its log on disk", service.store.database.size()),
    ):
        yield GaugeMetricFamily(f"emergescope_{name}", text, value)


def _since_start(counts: Counts) -> Iterator[core.Metric]:
    for name, text, value in (
        ("frames", "frames committed", counts.frames),
        ("frame_bytes", "bytes of the frames committed", counts.frame_bytes),
        ("run_pauses", "runs paused", counts.pauses),
        ("run_resumes", "runs taken up again, by a person or after a worker or server had stopped", counts.resumes),
        ("worker_deaths", "times that a worker or server died while it had a run", counts.deaths),
    ):
        yield CounterMetricFamily(f"emergescope_{name}", text, value)
    ends = CounterMetricFamily("emergescope_runs_ended", "runs that are over", labels=["status"])
    text = "time that runs trained until they were over"
    seconds = HistogramMetricFamily("emergescope_run_seconds", text, labels=["status"])
    for status, count in counts.ends.items():
        ends.add_metric([status], count)
    for status, durations in counts.durations.items():
        names = [*(str(bound) for bound in BOUNDS), "+Inf"]
        seconds.add_metric([status], list(zip(names, accumulate(durations.buckets), strict=True)), durations.total)
    yield ends
    yield seconds

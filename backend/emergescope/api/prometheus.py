"""What /metrics tells Prometheus. Requests are counted as they come; all else is read off the service at each scrape.

docs/operations.md lists the metrics; a test holds the two together.
"""

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from emergescope import __version__
from emergescope.errors import StoreError
from emergescope.service import Service
from emergescope.service.progress import BOUNDS, Counts
from emergescope.store import Status

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, that nothing reads

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """The metrics of one application, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.viewers = Gauge("emergescope_viewers", "open streams", registry=self._registry)
        self._requests = Counter(
            "emergescope_http_requests",
            "requests by route as in the API's documentation",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "emergescope_http_request_seconds",
            "time from a request to the end of its answer",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)  # finds nothing where there is no /proc
        self._collector: Collector | None = None

    def watch(self, service: Service) -> None:
        """Tell of `service` from here on, and of no other."""
        if self._collector is not None:
            self._registry.unregister(self._collector)
        self._collector = _OfService(service)
        self._registry.register(self._collector)

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """`route` and `method` must come from a small set: each pair is kept for ever."""
        self._requests.labels(method, route, f"{status // 100}xx").inc()
        self._seconds.labels(method, route).observe(seconds)

    def text(self) -> bytes:
        """All of them in Prometheus' text format. Reads the store."""
        return generate_latest(self._registry)


class _OfService(Collector):
    """Reads a service when it is asked."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def describe(self) -> Iterable[Metric]:
        return []  # without this, registering would read the store

    def collect(self) -> Iterator[Metric]:
        try:
            found = [*self._now()]
        except StoreError:  # the rest is worth the more
            found = []
        text = "1 if the database answers and can be written, else 0"
        yield GaugeMetricFamily("emergescope_store_up", text, len(found) > 0 and self._is_well())
        yield from found
        yield from _since_start(self._service.counts)

    def _is_well(self) -> bool:
        try:
            self._service.check()
        except StoreError:
            return False
        return True

    def _now(self) -> Iterator[Metric]:
        executor, workers, busy, waiting = self._service.load()
        about = {"executor": executor, "version": __version__}
        yield InfoMetricFamily("emergescope_build", "what runs here; always 1", about)
        runs = GaugeMetricFamily("emergescope_runs", "runs in the database", labels=["status"])
        for status in get_args(Status):
            runs.add_metric([status], self._service.reader.count_runs(status))
        yield runs
        yield GaugeMetricFamily("emergescope_workers", "runs that can train at the same time", workers)
        yield GaugeMetricFamily("emergescope_workers_busy", "runs that workers have", busy)
        yield GaugeMetricFamily("emergescope_queue_length", "runs that wait for a worker", waiting)
        size = self._service.store.database.size()
        yield GaugeMetricFamily("emergescope_store_bytes", "size of the database and its log on disk", size)


def _since_start(counts: Counts) -> Iterator[Metric]:
    for name, text, value in (
        ("frames", "frames committed", counts.frames),
        ("frame_bytes", "bytes of the frames committed", counts.frame_bytes),
        ("run_pauses", "runs paused", counts.pauses),
        ("run_resumes", "runs taken up again, by a person or after a worker or server had stopped", counts.resumes),
        ("worker_deaths", "times that a worker or server died while it had a run", counts.deaths),
    ):
        yield CounterMetricFamily(f"emergescope_{name}", text, value)
    ends = CounterMetricFamily("emergescope_runs_ended", "runs that are over", labels=["status"])
    seconds = HistogramMetricFamily(
        "emergescope_run_seconds", "time that runs trained until they were over", labels=["status"]
    )
    for status, count in counts.ends.items():
        ends.add_metric([status], count)
    for status, durations in counts.durations.items():
        names = [*(str(bound) for bound in BOUNDS), "+Inf"]
        seconds.add_metric([status], list(zip(names, accumulate(durations.buckets), strict=True)), durations.total)
    yield ends
    yield seconds

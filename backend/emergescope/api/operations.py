"""For those who run the server: whether it lives, whether it can serve, what it counts, and which data sets it has.

Requests are counted as they come; all else that /metrics tells Prometheus is read off the service at each scrape.
docs/operations.md lists the metrics; a test holds the two together.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import accumulate
from typing import Annotated, Any, Literal, get_args

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, ProcessCollector, core, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily
from prometheus_client.registry import Collector
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from emergescope import __version__
from emergescope.api.dependencies import part
from emergescope.api.errors import Problem
from emergescope.datasets import survey
from emergescope.errors import EmergescopeError, StoreError
from emergescope.service.progress import BOUNDS, Counts
from emergescope.service.service import Service
from emergescope.store.shapes import Status

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each, that nothing reads

router = APIRouter(tags=["server"])

_TIMEOUT = 2.0  # seconds for the database to answer
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Alive(BaseModel):
    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    status: Literal["ready"] = "ready"


class DataSetOut(BaseModel):
    id: str = Field(validation_alias="name", description="what a problem's `data` says", examples=["fashion-mnist"])
    folder: str | None = Field(description="what its `folder` says, for a tree of images", examples=[None])
    title: str = Field(examples=["Fashion-MNIST"])
    classes: list[str] = Field(examples=[["T-shirt/top", "Trouser"]])
    builtin: bool = Field(description="it comes with a package and needs no files")
    present: bool
    images: int | None = Field(description="where that is known without reading them", examples=[70_000])
    original: bool | None = Field(description="whether its files have the sums of the original ones")
    where: str | None = Field(description="below the server's directory of data sets", examples=["FashionMNIST/raw"])
    missing: list[str] = Field(description="files that are not there", examples=[["t10k-labels-idx1-ubyte.gz"]])
    trouble: str | None = Field(description="what is wrong with a file, where that shows without reading the images")
    notes: list[str] = Field(description="what of its files is passed over, or read as something else, in words")
    how: str = Field(description="how to get it")


class DataSetList(BaseModel):
    items: list[DataSetOut]


class Readiness:
    """Whether `service` can serve. It is asked one question at a time, however many probes come while it hangs."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._asked: asyncio.Task[int] | None = None
        self.closing = False

    async def check(self) -> None:
        """Raises HTTPException(503), which says what is wrong."""
        if self.closing:
            raise HTTPException(503, "the server is closing")
        if self._asked is None or self._asked.done():
            self._asked = asyncio.create_task(to_thread.run_sync(self._look))
        asked = self._asked  # another probe may ask the next question as soon as this one is answered
        done, _ = await asyncio.wait((asked,), timeout=_TIMEOUT)
        if not done:
            raise HTTPException(503, f"the database has not answered for {_TIMEOUT:g} seconds")
        try:
            workers = asked.result()
        except EmergescopeError as error:
            raise HTTPException(503, error.public) from None
        if workers == 0:
            raise HTTPException(503, "there are no workers to train runs")

    def _look(self) -> int:
        """How many workers there are. Raises StoreError."""
        self._service.check()
        return self._service.load()[1]


class Metrics(Collector):
    """The metrics of one application, in a registry of its own; `service` is read when they are asked for."""

    def __init__(self) -> None:
        self.service: Service | None = None
        own = self._registry = core.CollectorRegistry()
        self.viewers = core.Gauge("emergescope_viewers", "open streams", registry=own)
        text = "requests by route as in the API's documentation"
        self._requests = core.Counter("emergescope_http_requests", text, ("method", "route", "status"), registry=own)
        text = "time from a request to the end of its answer"
        self._seconds = core.Histogram(
            "emergescope_http_request_seconds", text, ("method", "route"), buckets=_SECONDS, registry=own
        )
        ProcessCollector(registry=own)  # finds nothing where there is no /proc
        own.register(self)

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
        found, is_well = list[core.Metric](), False
        with suppress(StoreError):  # the rest is worth the more
            found = [*_now(self.service)]
            self.service.check()
            is_well = True
        text = "1 if the database answers and can be written, else 0"
        yield GaugeMetricFamily("emergescope_store_up", text, is_well)
        yield from found
        yield from _since_start(self.service.counts)


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


@router.get("/api/live")
async def live() -> Alive:
    """Answers as long as the server does anything at all. A server that does not should be started again."""
    return Alive()


@router.get("/api/ready", responses={503: {"model": Problem, "description": "Not now; `detail` says why"}})
async def ready(readiness: Annotated[Readiness, part("readiness")]) -> Ready:
    """Whether requests should be sent here: the database answers and can be written, there are workers, and the server
    is not closing."""
    await readiness.check()
    return Ready()


_TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}


@router.get("/metrics", response_class=Response, responses=_TEXT)
def metrics(counted: Annotated[Metrics, part("metrics")]) -> Response:
    """For Prometheus, in its text format."""
    return Response(counted.text(), media_type=CONTENT_TYPE_PLAIN_0_0_4)


@router.get("/api/data")
def data_sets(request: Request) -> DataSetList:
    """Data sets of images that this server knows, there or not. On a Ray cluster, nodes may have others."""
    listings = survey(request.app.state.settings.data_dir)
    return DataSetList.model_validate({"items": listings}, from_attributes=True)

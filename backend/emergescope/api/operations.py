"""For those who run the server: whether it lives, whether it can serve, what it counts, and which data sets it has."""

import asyncio
from typing import Literal

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from emergescope.api.errors import Problem
from emergescope.api.prometheus import Metrics
from emergescope.datasets import survey
from emergescope.errors import EmergescopeError
from emergescope.service import Service

router = APIRouter(tags=["server"])

_PATIENCE = 2.0  # seconds for the database to answer


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
        done, _ = await asyncio.wait((self._asked,), timeout=_PATIENCE)
        if not done:
            raise HTTPException(503, f"the database has not answered for {_PATIENCE:g} seconds")
        try:
            workers = self._asked.result()
        except EmergescopeError as error:
            raise HTTPException(503, error.public) from None
        if workers == 0:
            raise HTTPException(503, "there are no workers to train runs")

    def _look(self) -> int:
        """How many workers there are. Raises StoreError."""
        self._service.check()
        _, workers, _, _ = self._service.load()
        return workers


@router.get("/api/live")
async def live() -> Alive:
    """Answers as long as the server does anything at all. A server that does not should be started again."""
    return Alive()


@router.get("/api/ready", responses={503: {"model": Problem, "description": "Not now; `detail` says why"}})
async def ready(request: Request) -> Ready:
    """Whether requests should be sent here: the database answers and can be written, there are workers, and the server
    is not closing."""
    readiness: Readiness = request.app.state.readiness
    await readiness.check()
    return Ready()


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(request: Request) -> Response:
    """For Prometheus, in its text format."""
    counted: Metrics = request.app.state.metrics
    return Response(counted.text(), media_type=CONTENT_TYPE_PLAIN_0_0_4)


@router.get("/api/data")
def data_sets(request: Request) -> DataSetList:
    """Data sets of images that this server knows, there or not. On a Ray cluster, nodes may have others."""
    listings = survey(request.app.state.settings.data_dir)
    return DataSetList.model_validate({"items": listings}, from_attributes=True)

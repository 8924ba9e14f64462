"""The application factory: puts store, executor, service and routers together. Nothing exists before it is called."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI

from emergescope import __version__
from emergescope.api import catalog, experiments, frames, runs, stream
from emergescope.api.guards import BodyLimit, SameOrigin
from emergescope.api.pages import add_pages
from emergescope.api.problems import correct_media_types, handle_errors
from emergescope.api.wakeups import Wakeups
from emergescope.jobs.pool import LocalPool
from emergescope.service import Experiments, Service
from emergescope.settings import Settings
from emergescope.store import Store

_DESCRIPTION = "Train a two-layer network and watch its features emerge. Frames are safetensors; see docs/."
_READERS = 4  # threads that read the store for all viewers together, one batch of frames each


def create_app(settings: Settings, store: Store | None = None) -> FastAPI:
    """An ASGI application; its lifespan starts workers, opens the database unless given `store`, and closes both."""
    app = FastAPI(
        title="Emergescope",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.settings, app.state.store = settings, store
    handle_errors(app)
    for router in (catalog.router, runs.router, experiments.router, frames.router, stream.router):
        app.include_router(router)
    add_pages(app)
    app.add_middleware(BodyLimit, limit=settings.max_body)
    app.add_middleware(SameOrigin)
    _describe(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    wakeups = Wakeups(asyncio.get_running_loop())
    store: Store = app.state.store or await to_thread.run_sync(Store, settings.data)
    service = Service(store, LocalPool(settings.workers, settings.threads), wakeups.ring)
    app.state.experiments = Experiments(service, settings.max_experiment_runs)
    app.state.wakeups, app.state.service, app.state.readers = wakeups, service, CapacityLimiter(_READERS)
    try:
        await to_thread.run_sync(service.start)
        yield
    finally:
        await to_thread.run_sync(service.close)


def _describe(app: FastAPI) -> None:
    original = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = correct_media_types(original())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]

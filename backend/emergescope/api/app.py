"""The application factory: puts store, executor, service and routers together. Nothing exists before it is called."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from anyio import to_thread
from fastapi import FastAPI

from emergescope import __version__
from emergescope.api import catalog, experiments, frames, operations, runs, stream, token
from emergescope.api.access import Access
from emergescope.api.answers import add_answers
from emergescope.api.broadcast import Broadcast, Wakeups
from emergescope.api.dependencies import Prefix, check_prefix
from emergescope.api.errors import correct_media_types, handle_errors
from emergescope.api.guards import add_guards
from emergescope.api.operations import Metrics, Readiness
from emergescope.api.pages import add_pages
from emergescope.catalog.limits import Limits
from emergescope.catalog.registry import find_studies
from emergescope.jobs.choose import make_executor
from emergescope.jobs.executor import Executor
from emergescope.service import Experiments, Service
from emergescope.settings import Settings
from emergescope.store import Rules, Store

_DESCRIPTION = "Train a two-layer network and watch its features emerge. Frames are safetensors; see docs/."


def create_app(settings: Settings, store: Store | None = None, executor: Executor | None = None) -> FastAPI:
    """An ASGI application; its lifespan opens the database and starts workers, unless given them, and closes both."""
    find_studies()  # those that are left out are named in the log at the start
    app = _Described(
        title="Emergescope",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.settings, app.state.metrics = settings, Metrics()
    app.state.store, app.state.executor = store, executor
    handle_errors(app)
    for routes in (catalog, runs, experiments, frames, stream, operations, token):
        app.include_router(routes.router)
    check_prefix(settings.root_path)
    add_pages(app)
    add_answers(app)
    add_guards(app, settings)
    app.add_middleware(Access, metrics=app.state.metrics)
    app.add_middleware(Prefix, prefix=settings.root_path)  # the last one is the outermost
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    wakeups = Wakeups(asyncio.get_running_loop())
    store: Store = app.state.store or await to_thread.run_sync(Store, settings.database)
    executor: Executor = app.state.executor or await to_thread.run_sync(executor_of, settings)
    limits = Limits(settings.max_memory, settings.max_steps, settings.max_work, settings.max_film, settings.max_queue)
    rules = Rules(settings.keep, settings.max_bytes)
    data_dir = settings.data_dir if settings.executor == "local" else None
    service = Service(store, executor, wakeups.wake, limits, rules, data_dir=data_dir)
    app.state.experiments = Experiments(service, settings.max_experiment_runs)
    app.state.service, app.state.broadcast = service, Broadcast(service, wakeups)
    app.state.readiness = Readiness(service)
    app.state.metrics.service = service
    try:
        await to_thread.run_sync(service.start)
        yield
    finally:
        app.state.readiness.closing = True
        await to_thread.run_sync(service.close)


def executor_of(settings: Settings) -> Executor:
    """The executor that the settings ask for. Raises InvalidConfig where it cannot be had."""
    return make_executor(settings.executor, settings.workers, settings.threads, settings.ray_address, settings.data_dir)


class _Described(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """The description, kept by FastAPI: to correct it once more changes nothing."""
        return correct_media_types(super().openapi())

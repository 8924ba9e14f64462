"""The application: store, executor, service and routers put together; and the server of our own, uvicorn, that runs it.
Nothing exists before one of them is called for.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from anyio import to_thread
from fastapi import FastAPI

from emergescope import __version__, logs
from emergescope.api import archives, catalog, experiments, operations, recordings, runs, stream, token
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
from emergescope.errors import EmergescopeError
from emergescope.jobs.choose import make_executor
from emergescope.jobs.executor import Executor
from emergescope.service.experiments import Experiments
from emergescope.service.recordings import RecordingRules
from emergescope.service.service import Service
from emergescope.settings import Settings
from emergescope.store.retention import Rules
from emergescope.store.store import Store

_DESCRIPTION = "Train a two-layer network and watch its features emerge. Frames are safetensors; see docs/."
# Seconds. A viewer that leaves a ping unanswered (it does not read, or its machine is gone) is closed with code 1011.
_PING_EVERY, _PONG_WITHIN = 20.0, 20.0
# Seconds in which a caller must take something of what is sent to it. Then the system cuts the connection: to whoever
# takes nothing, not even the close can be sent.
_TAKEN_WITHIN = 60.0


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
    data = (catalog.router, archives.router, runs.router, runs.previews, experiments.router, runs.frames)
    for router in (*data, recordings.router, stream.router, operations.router, token.router):
        app.include_router(router)
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
    recorded = RecordingRules(settings.max_tensors, settings.max_metrics, settings.max_film)
    inbox = settings.data / "recordings"
    service = Service(store, executor, wakeups.wake, limits, rules, data_dir=data_dir, recordings=recorded, inbox=inbox)
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


class _Server(uvicorn.Server):
    """Says when it answers. By then Ctrl-C is its own, so whoever has read that it does can stop it gracefully."""

    def __init__(self, config: uvicorn.Config, answers: Callable[[], None]) -> None:
        super().__init__(config)
        self._answers = answers

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._answers()


def make_server(
    settings: Settings,
    store: Store | None = None,
    executor: Executor | None = None,
    answers: Callable[[], None] = lambda: None,
) -> uvicorn.Server:
    """A server that is ready to `run()`. Ctrl-C and SIGTERM end it gracefully: viewers are closed with code 1012.

    answers  called once it does
    """
    return _Server(
        uvicorn.Config(
            create_app(settings, store, executor),
            ws_per_message_deflate=False,  # frames do not compress, and 50 viewers would each need a compressor
            ws_max_size=settings.max_body,
            ws_ping_interval=_PING_EVERY,
            ws_ping_timeout=_PONG_WITHIN,
            timeout_graceful_shutdown=3,  # a viewer that does not read its stream is cut off then
            log_config=None,  # what uvicorn has to say goes where logs.set_up sends it
            access_log=False,  # api/access.py has it
        ),
        answers,
    )


def listen(settings: Settings) -> socket.socket:
    """A bound socket: a port in use is a sentence that way, and not a traceback. Raises EmergescopeError."""
    host, port = settings.host, settings.port
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; connections have it from the socket that they came by
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(1000 * _TAKEN_WITHIN))
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        reason = error.strerror or str(error)
        raise EmergescopeError(f"cannot listen on {host}:{port} ({reason}): choose another --host or --port") from None
    return listening


def serve(settings: Settings) -> None:
    """Serve until the process is told to stop."""
    logs.set_up(settings.log_level, settings.log_format)
    make_server(settings).run(sockets=[listen(settings)])

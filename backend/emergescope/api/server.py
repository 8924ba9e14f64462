"""Runs the application with uvicorn. Used by the command line."""

import uvicorn

from emergescope import logs
from emergescope.api.app import create_app
from emergescope.jobs.executor import Executor
from emergescope.settings import Settings
from emergescope.store import Store


def make_server(settings: Settings, store: Store | None = None, executor: Executor | None = None) -> uvicorn.Server:
    """A server that is ready to `run()`. Ctrl-C and SIGTERM end it gracefully: viewers are closed with code 1012."""
    return uvicorn.Server(
        uvicorn.Config(
            create_app(settings, store, executor),
            host=settings.host,
            port=settings.port,
            ws_per_message_deflate=False,  # frames do not compress, and 50 viewers would each need a compressor
            ws_max_size=settings.max_body,
            timeout_graceful_shutdown=3,  # a viewer that does not read its stream is cut off then
            log_config=None,  # what uvicorn has to say goes where logs.set_up sends it
            access_log=False,  # api/access.py has it
        )
    )


def serve(settings: Settings) -> None:
    """Serve until the process is told to stop."""
    logs.set_up(settings.log_level, settings.log_format)
    make_server(settings).run()

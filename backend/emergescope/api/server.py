"""Listens, and runs the application with uvicorn. Used by the command line."""

import socket
from collections.abc import Callable

import uvicorn

from emergescope import logs
from emergescope.api.app import create_app
from emergescope.errors import EmergescopeError
from emergescope.jobs.executor import Executor
from emergescope.settings import Settings
from emergescope.store import Store

# Seconds. A viewer that leaves a ping unanswered (it does not read, or its machine is gone) is closed with code 1011.
_PING_EVERY, _PONG_WITHIN = 20.0, 20.0
# Seconds in which a caller must take something of what is sent to it. Then the system cuts the connection: to whoever
# takes nothing, not even the close can be sent.
_TAKEN_WITHIN = 60.0


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

"""Processes forked from one in which libraries are loaded already: each would take seconds to. Used by tests of
commands and of servers.
"""

import multiprocessing
import os
import time
from collections.abc import Callable, Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

_FORKED = multiprocessing.get_context("forkserver")
# Of others alone: what is ours may look at the environment as it is loaded.
_LIBRARIES = """
numpy torch safetensors.torch sqlalchemy.orm alembic.command typer rich.console structlog prometheus_client psutil
fastapi.openapi.docs uvicorn.protocols.http.auto uvicorn.protocols.websockets.auto uvicorn.lifespan.on pydantic_settings
"""
_FORKED.set_forkserver_preload(_LIBRARIES.split())


def start(
    target: Callable[..., object], arguments: tuple[Any, ...], cwd: Path, environment: Mapping[str, str]
) -> ForkServerProcess:
    """A process that calls `target`, in a directory and an environment of its own."""
    process = _FORKED.Process(target=_call, args=(target, arguments, cwd, dict(environment)))
    process.start()
    return process


def _call(target: Callable[..., object], arguments: tuple[Any, ...], cwd: Path, environment: dict[str, str]) -> None:
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    target(*arguments)

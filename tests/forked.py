"""Processes forked from one in which libraries and the server are loaded already: each would take seconds to. Used by
tests of commands and of servers.
"""

import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import Any

import psutil

from emergescope import studies
from emergescope.jobs.pool import NAME


def _studies() -> list[str]:
    (folder,) = studies.__path__
    return sorted(path.parent.name for path in Path(folder).glob("[!_]*/__init__.py"))


_FORKED = multiprocessing.get_context("forkserver")
_LIBRARIES = """
numpy torch safetensors.torch sqlalchemy.orm alembic.command typer rich.console structlog prometheus_client psutil
fastapi.openapi.docs uvicorn.protocols.http.auto uvicorn.protocols.websockets.auto uvicorn.lifespan.on pydantic_settings
"""
# What does not look at the environment while it is loaded: tests/test_architecture.py holds all but commands to that.
_OURS = ["emergescope.api.app", "emergescope.jobs.worker", *(f"emergescope.studies.{name}" for name in _studies())]
_FORKED.set_forkserver_preload([*_LIBRARIES.split(), *_OURS])


def start(
    target: Callable[..., object],
    arguments: tuple[Any, ...],
    cwd: Path,
    environment: Mapping[str, str],
    *,
    own_children: bool = True,
) -> ForkServerProcess:
    """A process that calls `target`, in a directory and an environment of its own; it writes where this one does.

    own_children  else what it has forked comes from where it comes from itself, with the libraries that are there
    """
    process = _FORKED.Process(target=_call, args=(target, arguments, cwd, dict(environment), own_children, _Outputs()))
    process.start()
    return process


def own_workers() -> list[psutil.Process]:
    """The workers of pools in this process; those of servers that are forked from where these are, are none."""
    return [
        psutil.Process(child.pid)
        for child in multiprocessing.active_children()
        if child.name.startswith("emergescope-worker")
    ]


def workers_below(process: psutil.Process) -> list[psutil.Process]:
    """The workers of a pool that are children of a process, or children of those."""
    found = []
    for child in process.children(recursive=True):
        with suppress(psutil.Error):  # it has just ended
            if child.name() == NAME and child.status() != psutil.STATUS_ZOMBIE:
                found.append(child)
    return found


def _call(
    target: Callable[..., object],
    arguments: tuple[Any, ...],
    cwd: Path,
    environment: dict[str, str],
    own_children: bool,
    _: object,
) -> None:
    if not own_children:
        forkserver._forkserver.ensure_running = lambda: None  # type: ignore[method-assign]  # it knows where that is
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.path[:0] = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    target(*arguments)


class _Outputs:
    """Standard output and error of this process, taken by the one that gets it: pytest has its own for each test."""

    def __getstate__(self) -> list[Any]:
        sys.stdout.flush()
        return [DupFd(1), DupFd(2)]

    def __setstate__(self, outputs: list[Any]) -> None:
        for number, output in enumerate(outputs, 1):
            taken = output.detach()
            os.dup2(taken, number)
            os.close(taken)

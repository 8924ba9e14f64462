"""The main function of a worker process. Used by the pool."""

import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing import connection, parent_process
from multiprocessing.connection import Connection
from pathlib import Path

_LISTEN_EVERY = 0.02  # seconds: asking a pipe costs some 50 microseconds, and a step may take but few of them


def serve_jobs(channel: Connection, threads: int, data_dir: Path | None) -> None:
    """Take a job from `channel` and answer None, "I have it", and then the run's messages; for ever.

    The id of a run, instead of a job, asks that run to stop; that of one which is over already means nothing.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the server decides what ends
    threading.Thread(target=_end_with_server, daemon=True).start()
    # Imported now, under watch: torch takes seconds, and a server that dies meanwhile must not leave this behind.
    from emergescope.jobs.worker import execute  # noqa: PLC0415

    try:
        while True:
            job = channel.recv()
            if isinstance(job, str):
                continue
            channel.send(None)
            for message in execute(job, threads, _asked_to_stop(channel, job.run_id), data_dir):
                channel.send(message)  # blocks while the server is slow: that is the backpressure
    except (EOFError, OSError):
        return  # the server closed the channel, or is gone


def _asked_to_stop(channel: Connection, run_id: str) -> Callable[[], bool]:
    asked, heard = False, time.monotonic()

    def listen() -> bool:
        nonlocal asked, heard
        now = time.monotonic()
        if now - heard >= _LISTEN_EVERY:
            heard = now
            while channel.poll():
                asked = channel.recv() == run_id or asked  # each is taken, however often one asks
        return asked

    return listen


def _end_with_server() -> None:
    # Also when the server died before this process was up: its sentinel is then ready at once.
    server = parent_process()
    assert server is not None
    connection.wait([server.sentinel])
    os._exit(1)

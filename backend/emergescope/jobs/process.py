"""The main function of a worker process. Used by the pool."""

import os
import signal
import threading
from multiprocessing import connection, parent_process
from multiprocessing.connection import Connection


def serve_jobs(channel: Connection, threads: int) -> None:
    """Take (run id, config) from `channel` and answer None, "I have it", and then the run's messages; for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the server decides what ends
    threading.Thread(target=_end_with_server, daemon=True).start()
    # Imported now, under watch: torch takes seconds, and a server that dies meanwhile must not leave this behind.
    from emergescope.jobs.worker import execute  # noqa: PLC0415

    try:
        while True:
            run_id, config = channel.recv()
            channel.send(None)
            for message in execute(run_id, config, threads):
                channel.send(message)  # blocks while the server is slow: that is the backpressure
    except (EOFError, OSError):
        return  # the server closed the channel, or is gone


def _end_with_server() -> None:
    # Also when the server died before this process was up: its sentinel is then ready at once.
    server = parent_process()
    assert server is not None
    connection.wait([server.sentinel])
    os._exit(1)

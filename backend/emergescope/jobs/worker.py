"""What happens inside a worker: an experiment's events become messages. Used by the executors."""

import json
import os
import signal
import threading
import traceback
from collections.abc import Iterator
from multiprocessing import connection, parent_process
from multiprocessing.connection import Connection

import numpy as np
from safetensors.numpy import save

from emergescope import experiment
from emergescope.config import RunConfig
from emergescope.errors import EmergescopeError
from emergescope.frames import encode
from emergescope.jobs.executor import Finished, FrameReady, Message, RunStarted


def execute(run_id: str, config: RunConfig, threads: int) -> Iterator[Message]:
    """The messages of a run, Finished last. An exception of the experiment becomes Finished("failed")."""
    step = seq = 0
    try:
        for event in experiment.run(config, threads):
            match event:
                case experiment.Started():
                    yield _started(run_id, event)
                case experiment.Captured(frame):
                    step = frame.step
                    yield FrameReady(seq, step, frame.phase, frame.metrics, encode(frame, run_id, seq))
                    seq += 1
                case experiment.Advanced():
                    step = event.step
                    yield event
                case experiment.Happened():
                    yield event
    except EmergescopeError as error:
        yield Finished("failed", step, error.detail, traceback.format_exc())
    except Exception as error:
        yield Finished("failed", step, f"{type(error).__name__}: {error}", traceback.format_exc())
    else:
        yield Finished("succeeded", step)


def serve_jobs(channel: Connection, threads: int) -> None:
    """The main function of a worker process: takes (run id, config) from `channel`, answers with messages, for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the server decides what ends
    threading.Thread(target=_end_with_server, daemon=True).start()
    try:
        while True:
            run_id, config = channel.recv()
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


def _started(run_id: str, event: experiment.Started) -> RunStarted:
    facts = {
        "patterns": {"total": event.patterns_total, "relevant": list(event.relevant), "shown": list(event.shown)},
        "neurons": {"total": event.neurons_total, "shown": event.neurons_shown},
        "facts": dict(event.facts),
        "provenance": dict(event.provenance),
    }
    metadata = {
        "format": "emergescope.patterns",
        "version": "1",
        "run": run_id,
        "relevant": json.dumps(list(event.relevant)),
    }
    return RunStarted(facts, save({"dictionary": np.ascontiguousarray(event.dictionary)}, metadata))

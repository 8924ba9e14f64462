"""What happens inside a worker: an experiment's events become messages. Used by the executors."""

import json
import traceback
from collections.abc import Iterator

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

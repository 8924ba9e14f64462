"""What happens inside a worker: an experiment's events become messages. Used by the executors."""

import json
import traceback
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace

import numpy as np
from safetensors.numpy import save

from emergescope import experiment
from emergescope.errors import EmergescopeError
from emergescope.frames import encode
from emergescope.frames.checkpoint import Checkpoint
from emergescope.jobs.executor import CheckpointReady, Finished, FrameReady, Job, Message, Origin, RunStarted


def execute(job: Job, threads: int, stop: Callable[[], bool] = lambda: False) -> Iterator[Message]:
    """The messages of a run, Finished last. An exception of the experiment becomes Finished("failed").

    stop  asked after each step: whether to stop there, after a checkpoint
    """
    step = 0
    try:
        start = None if job.checkpoint is None else Checkpoint.decode(job.checkpoint)
        if job.origin is not None and (start is None or start.step < job.origin.step):
            start = yield from _lead_up(job.origin, start, threads, stop)
            if start.step < job.origin.step:
                yield Finished("paused", start.step)
                return
        step, seq = (0, 0) if start is None else (start.step, start.frames)
        for event in experiment.run(job.config, threads, start, lambda step: stop()):
            match event:
                case experiment.Started():
                    yield _started(job.run_id, event)
                case experiment.Captured(frame):
                    step = frame.step
                    yield FrameReady(seq, step, frame.phase, frame.metrics, encode(frame, job.run_id, seq))
                    seq += 1
                case experiment.Advanced():
                    step = event.step
                    yield event
                case experiment.Happened():
                    yield event
                case experiment.Checkpointed():
                    yield CheckpointReady(event.step, event.frames, event.blob)
                case experiment.Paused():
                    yield Finished("paused", event.step)
                    return
    except EmergescopeError as error:
        yield Finished("failed", step, error.detail, traceback.format_exc())
    except Exception as error:
        yield Finished("failed", step, f"{type(error).__name__}: {error}", traceback.format_exc())
    else:
        yield Finished("succeeded", step)


def _lead_up(
    origin: Origin, start: Checkpoint | None, threads: int, stop: Callable[[], bool]
) -> Generator[Message, None, Checkpoint]:
    """Train as the run did that a fork comes from, up to the fork's step or a stop; the state there is returned."""
    blob = b""
    for event in experiment.run(origin.config, threads, start, lambda step: step >= origin.step or stop()):
        if isinstance(event, experiment.Advanced):
            yield event
        elif isinstance(event, experiment.Checkpointed):
            blob = event.blob
            yield CheckpointReady(event.step, event.frames, blob)
    reached = Checkpoint.decode(blob)
    # What fixed features can do at best is another question from here on, with another problem perhaps.
    return replace(reached, best=None) if reached.step == origin.step else reached


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

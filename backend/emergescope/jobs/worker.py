"""What happens inside a worker: a run's events become messages. Used by the executors."""

import json
import traceback
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from emergescope import engine
from emergescope.catalog.registry import study_of
from emergescope.config.run import RunConfig
from emergescope.errors import EmergescopeError
from emergescope.jobs.executor import CheckpointReady, Finished, FrameReady, Job, Message, Origin, RunStarted
from emergescope.jobs.memory import MemoryWatch
from emergescope.recording import events
from emergescope.recording.capture import Checkpoint
from emergescope.recording.codec import encode, sketch


def execute(
    job: Job, threads: int, stop: Callable[[], bool] = lambda: False, data_dir: Path | None = None
) -> Iterator[Message]:
    """The messages of a run, Finished last. An exception of the run becomes Finished("failed").

    stop      asked after each step: whether to stop there, after a checkpoint
    data_dir  where data sets lie on this machine
    """
    step, memory = 0, MemoryWatch(job.config, job.memory)

    def stopped() -> bool:
        memory.check()
        return stop()

    try:
        start = None if job.checkpoint is None else Checkpoint.decode(job.checkpoint)
        if job.origin is not None and (start is None or start.step < job.origin.step):
            start = yield from _lead_up(job.run_id, job.origin, start, threads, stopped, data_dir)
            if start.step < job.origin.step:
                yield Finished("paused", start.step)
                return
        # What was computed from the parent's configuration is another question from here on.
        forked = job.origin is not None and start is not None and start.step == job.origin.step
        step, seq = (0, 0) if start is None else (start.step, start.frames)
        happening = engine.run(job.config, threads, start, lambda step: stopped(), data_dir, forked=forked)
        for message in _messages(job.run_id, job.config, happening, seq):
            step = max(step, getattr(message, "step", 0))
            yield message
            if isinstance(message, Finished):
                return
    except EmergescopeError as error:
        yield Finished("failed", step, error.detail)
    except Exception as error:
        yield Finished("failed", step, f"{type(error).__name__}: {error}", traceback.format_exc())
    else:
        yield Finished("succeeded", step)


def _lead_up(
    run_id: str,
    origin: Origin,
    start: Checkpoint | None,
    threads: int,
    stop: Callable[[], bool],
    data_dir: Path | None,
) -> Generator[Message, None, Checkpoint]:
    """Train as the run did that a fork comes from, up to the fork's step or a stop; the state there is returned.

    All is told that happens: the other run may have been ended, or copied, before all of it was kept.
    """
    blob, seq = b"", 0 if start is None else start.frames
    happening = engine.run(origin.config, threads, start, lambda step: step >= origin.step or stop(), data_dir)
    for message in _messages(run_id, origin.config, happening, seq):
        if isinstance(message, Finished):  # it has paused: there, or on the way
            break
        if isinstance(message, CheckpointReady):
            blob = message.blob
        yield message
    return Checkpoint.decode(blob)


def _messages(run_id: str, config: RunConfig, happening: Iterable[events.Event], seq: int) -> Iterator[Message]:
    """What an executor tells of a run; `seq` is that of the next frame.

    After a checkpoint either all that happens at a step is told again or nothing: what is counted here counts alike.
    """
    told: Counter[tuple[int, str]] = Counter()
    display = study_of(config).display(config, None)
    for event in happening:
        match event:
            case events.Started():
                yield _started(run_id, event)
            case events.Captured(frame):
                blob = encode(frame, run_id, seq)
                yield FrameReady(seq, frame.step, frame.phase, frame.metrics, blob, sketch(display, frame.tensors))
                seq += 1
            case events.Checkpointed():
                yield CheckpointReady(event.step, event.frames, event.blob)
            case events.Paused():
                yield Finished("paused", event.step)
            case events.Advanced():
                yield event
            case events.Happened():
                yield replace(event, ordinal=told[event.step, event.kind])
                told[event.step, event.kind] += 1


def _started(run_id: str, event: events.Started) -> RunStarted:
    facts = {**event.facts, "provenance": dict(event.provenance)}
    metadata = {
        "format": "emergescope.patterns",
        "version": "1",
        "run": run_id,
        "relevant": json.dumps(event.facts.get("patterns", {}).get("relevant", [])),
    }
    tensors = {name: np.ascontiguousarray(tensor) for name, tensor in event.tensors.items()}
    return RunStarted(facts, save(tensors, metadata))

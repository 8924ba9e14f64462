"""What happens inside a worker: a run's events become messages. Used by the executors."""

import json
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import count
from math import inf
from pathlib import Path

import numpy as np
import psutil
from safetensors.numpy import save

from emergescope import engine
from emergescope.catalog.limits import estimate, in_bytes
from emergescope.catalog.registry import study_of
from emergescope.config.run import RunConfig
from emergescope.errors import EmergescopeError, InvalidConfig
from emergescope.jobs.executor import Finished, Job, Message, RunStarted
from emergescope.recording import events
from emergescope.recording.capture import Checkpoint
from emergescope.recording.codec import encode, sketch

_LOOK_EVERY = 0.1  # seconds between two looks at what the process holds of memory
_SLACK = 2**28  # bytes that libraries take for themselves with the first run


def execute(
    job: Job, threads: int, stop: Callable[[], bool] = lambda: False, data_dir: Path | None = None
) -> Iterator[Message]:
    """The messages of a run, Finished last. An exception of the run becomes Finished("failed").

    stop      asked after each step: whether to stop there, after a checkpoint
    data_dir  where data sets lie on this machine
    """
    step, memory = 0, _MemoryWatch(job.config, job.memory)

    def train(
        config: RunConfig, start: Checkpoint | None, last: float = inf, forked: bool = False
    ) -> Iterator[Message]:
        def stopped(step: int) -> bool:
            memory.check()
            return step >= last or stop()

        happening = engine.run(config, threads, start, stopped, data_dir, forked=forked)
        return messages(job.run_id, config, happening, 0 if start is None else start.frames)

    try:
        start = None if job.checkpoint is None else Checkpoint.decode(job.checkpoint)
        if job.origin is not None and (start is None or start.step < job.origin.step):
            # Up to there as the run was trained that it comes from. All of it is told: that run may have been ended, or
            # copied, before all was kept.
            blob = b""
            for message in train(job.origin.config, start, job.origin.step):
                if isinstance(message, Finished):  # it has paused: there, or on the way
                    break
                if isinstance(message, events.Checkpointed):
                    blob = message.blob
                yield message
            start = Checkpoint.decode(blob)
            if start.step < job.origin.step:
                yield Finished("paused", start.step)
                return
        # What was computed from the parent's configuration is another question from here on.
        forked = job.origin is not None and start is not None and start.step == job.origin.step
        step = 0 if start is None else start.step
        for message in train(job.config, start, forked=forked):
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


def messages(run_id: str, config: RunConfig, happening: Iterable[events.Event], seq: int) -> Iterator[Message]:
    """What an executor tells of a run; `seq` is that of the next frame.

    After a checkpoint either all that happens at a step is told again or nothing: what is counted here counts alike.
    """
    ordinals: defaultdict[tuple[int, str], count[int]] = defaultdict(count)
    display = study_of(config).display(config, None)
    for event in happening:
        match event:
            case events.Started():
                facts = {**event.facts, "provenance": dict(event.provenance)}
                relevant = json.dumps(event.facts.get("patterns", {}).get("relevant", []))
                metadata = {"format": "emergescope.patterns", "version": "1", "run": run_id, "relevant": relevant}
                tensors = {name: np.ascontiguousarray(tensor) for name, tensor in event.tensors.items()}
                yield RunStarted(facts, save(tensors, metadata))
            case events.Captured(frame):
                blob = encode(frame, run_id, seq)
                seen = sketch(display, frame.tensors)
                yield events.FrameReady(seq, frame.step, frame.phase, frame.metrics, blob, seen)
                seq += 1
            case events.Checkpointed() | events.Advanced():
                yield event
            case events.Paused():
                yield Finished("paused", event.step)
            case events.Happened():
                yield replace(event, ordinal=next(ordinals[event.step, event.kind]))


class _MemoryWatch:
    """What the process has grown by since the run began, beside what it was allowed: an estimate may be wrong.

    allowed  bytes; None: no limit
    """

    def __init__(self, config: RunConfig, allowed: int | None) -> None:
        self._config, self._allowed = config, allowed
        self._process = psutil.Process()
        self._before = self._process.memory_info().rss
        self._looked = time.monotonic()

    def check(self) -> None:
        """To be called often; looks now and then. Raises InvalidConfig that says how much it is and what to lower."""
        if self._allowed is None or time.monotonic() - self._looked < _LOOK_EVERY:
            return
        self._looked = time.monotonic()
        grown = self._process.memory_info().rss - self._before
        if grown > self._allowed + _SLACK:
            largest = max(estimate(self._config).memory_shares, key=lambda share: share.amount)
            raise InvalidConfig(
                f"the run holds {in_bytes(grown)} of memory, more than was estimated, and this server allows "
                f"{in_bytes(self._allowed)} to one run: it was ended; lower {largest.path}"
            )

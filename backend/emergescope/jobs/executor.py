"""What an executor promises, and what it tells. Used by the executors and by the service.

For each submitted job the listener gets RunStarted, then FrameReady, Checkpointed, Advanced and Happened in the order
in which the engine made them, then exactly one Finished; after that nothing. A run that fails early may have
Finished alone. A run that goes on from a checkpoint tells RunStarted again, and the frames after that checkpoint.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from emergescope.config.run import RunConfig
from emergescope.recording.events import Advanced, Checkpointed, FrameReady, Happened


@dataclass(frozen=True)
class Origin:
    """Where a fork comes from: up to `step` it is trained as `config` says, and only then as its own configuration.

    What that run has told is told again on the way, and RunStarted once more at the step.
    """

    config: RunConfig
    step: int


@dataclass(frozen=True)
class Job:
    """A run to be executed, from its beginning or from a checkpoint (safetensors bytes, recording/capture.py).

    memory  bytes that its worker may grow by; None: no limit
    """

    run_id: str
    config: RunConfig
    checkpoint: bytes | None = field(default=None, repr=False)
    origin: Origin | None = None
    memory: int | None = None


@dataclass(frozen=True)
class RunStarted:
    """What `Started` says (recording/events.py), ready to be kept: `facts` is plain JSON, `patterns` safetensors bytes.

    patterns holds the study's tensors for reference: where inputs have directions, "dictionary", float32 [d, D], whose
    columns they are; and the metadata `format` = "emergescope.patterns", `version`, `run` and `relevant` (a JSON list
    of columns).
    """

    facts: Mapping[str, object]
    patterns: bytes = field(repr=False)


@dataclass(frozen=True)
class Finished:
    """The end of a job. `step` is the last one known to be done; `message` says in words why a run failed or died.

    paused  it was asked to stop, and did, after a checkpoint
    failed  it cannot be done: trying again would end the same way
    died    something took it down from outside: it can go on from its last checkpoint
    """

    status: Literal["succeeded", "failed", "cancelled", "paused", "died"]
    step: int
    message: str | None = None
    traceback: str | None = None


Message = RunStarted | FrameReady | Checkpointed | Advanced | Happened | Finished
Listener = Callable[[str, Message], None]
"""Called with the run's id and a message, by one thread per run; blocking in it holds the run back."""


class Executor(Protocol):
    """Runs experiments, at most `workers` at a time; what is submitted beyond that waits."""

    @property
    def name(self) -> str: ...

    @property
    def workers(self) -> int: ...

    def submit(self, job: Job, listener: Listener) -> None:
        """Execute a run. Every outcome, a crash included, reaches the listener as Finished."""

    def cancel(self, run_id: str) -> None:
        """End a run soon, wherever it is: Finished("cancelled") follows unless it ended by itself before."""

    def pause(self, run_id: str) -> None:
        """Have a run stop after its step: Checkpointed and Finished("paused") follow unless it ended before."""

    def close(self) -> None:
        """End all runs (as if cancelled) and give up everything held. Returns when no worker is left."""

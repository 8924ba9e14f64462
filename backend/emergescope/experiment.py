"""One run of the experiment, as an iterator of events. Used by jobs/ (in workers) and by the command line."""

import time
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch

from emergescope.config import RunConfig
from emergescope.frames.capture import Camera
from emergescope.frames.frame import Frame
from emergescope.frames.schedule import frame_steps
from emergescope.models import Geometry, initialise
from emergescope.problems import Sampler, Stream, draw_dictionary, generator
from emergescope.provenance import choose_device, provenance
from emergescope.training import train

_TELL_EVERY = 0.25  # seconds between two Advanced events
_BEHIND = 32  # copies of the network that wait for the camera, at most ...
_BEHIND_BYTES = 2**28  # ... and the memory that they may take, beyond the first


@dataclass(frozen=True)
class Started:
    """Known before the first step.

    relevant, shown   dictionary columns; `shown` in the order of a frame's alignment columns
    facts             numbers of the problem: gamma, sigma_tilde, positive_share
    provenance        versions, device, threads
    dictionary        [d, D] float32, columns are the patterns
    """

    total_steps: int
    patterns_total: int
    relevant: tuple[int, ...]
    shown: tuple[int, ...]
    neurons_total: int
    neurons_shown: int
    facts: Mapping[str, float]
    provenance: Mapping[str, str | int | None]
    dictionary: npt.NDArray[np.float32] = field(repr=False)


@dataclass(frozen=True)
class Captured:
    """A frame was taken; frames come in order of step."""

    frame: Frame


@dataclass(frozen=True)
class Advanced:
    """`step` of the total is done. Sent a few times a second at most, not after each step."""

    step: int
    phase: str


@dataclass(frozen=True)
class Happened:
    """Something worth a sentence: `kind` is a short machine-readable name ("diverged")."""

    step: int
    kind: str
    text: str


Event = Started | Captured | Advanced | Happened


def run(config: RunConfig, threads: int = 1) -> Iterator[Event]:
    """Train the network of `config` and yield what happens, Started first.

    The same config, device and thread count give the same frames to the bit. Sets the thread count of this process.
    """
    torch.set_num_threads(threads)
    problem, training, seed = config.problem, config.training, config.seed
    device, dtype = choose_device(training.device), getattr(torch, training.dtype)

    # The problem: D patterns in R^d, k of them relevant (section 3).
    dictionary = draw_dictionary(problem, generator(seed, Stream.DICTIONARY))
    sampler = Sampler(problem, dictionary.relevant, generator(seed, Stream.TRAINING, device), dtype)

    # The network: two layers, paired initialisation (section 3.1).
    geometry = Geometry(dictionary, dtype, device)
    network = initialise(config.method, problem, geometry, generator(seed, Stream.INITIALISATION), dtype, device)

    camera = Camera(config, network, dictionary.relevant)
    yield Started(
        total_steps=training.total_steps,
        patterns_total=problem.D,
        relevant=dictionary.relevant,
        shown=tuple(camera.patterns.tolist()),
        neurons_total=network.neurons,
        neurons_shown=len(camera.neurons),
        facts={
            "gamma": problem.correlation,
            "sigma_tilde": problem.sigma_tilde,
            "positive_share": problem.positive_share,
        },
        provenance=provenance(device, threads),
        dictionary=dictionary.matrix.to(torch.float32).numpy(),
    )
    # Gradient descent, looked at on the way: one thread trains, another takes the frames of copies of the network.
    steps = set(frame_steps(config.capture, training))
    told, diverged = time.monotonic(), False
    pending: deque[Future[Frame]] = deque()
    behind = max(1, min(_BEHIND, _BEHIND_BYTES // network.bytes))
    darkroom = ThreadPoolExecutor(1, initializer=torch.set_num_threads, initargs=(threads,))
    try:
        for state in train(network, training, sampler):
            if not diverged and not network.is_finite(state.loss):
                diverged = True
                yield Happened(state.step, "diverged", f"diverged: the network is not finite from step {state.step} on")
            if state.step in steps:
                pending.append(darkroom.submit(camera.take, state, network.snapshot()))
            while pending and (pending[0].done() or len(pending) > behind):
                yield Captured(pending.popleft().result())
                told = time.monotonic()
            if time.monotonic() - told > _TELL_EVERY:
                yield Advanced(state.step, state.phase)
                told = time.monotonic()
        while pending:
            yield Captured(pending.popleft().result())
    finally:
        darkroom.shutdown(cancel_futures=True)

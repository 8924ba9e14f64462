"""One run of the experiment, as an iterator of events. Used by jobs/ (in workers) and by the command line."""

import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import torch

from emergescope.analysis.theory import PullForecast, compare_pull, forecast
from emergescope.baselines import best_case, start_model, trained_phases
from emergescope.config import NetworkMethod, Phase, RunConfig
from emergescope.frames.capture import Camera, Look
from emergescope.frames.events import Advanced, Captured, Event, Happened, Started
from emergescope.frames.schedule import frame_steps
from emergescope.models import TwoLayerNetwork, initialise, make_geometry
from emergescope.problems import Dictionary, Sampler, Stream, draw_dictionary, generator
from emergescope.provenance import choose_device, provenance
from emergescope.training import TrainState, train

_TELL_EVERY = 0.25  # seconds between two Advanced events
_BEHIND = 32  # copies of the network that wait for the camera, at most ...
_BEHIND_BYTES = 2**28  # ... and the memory that they may take, beyond the first


__all__ = ["Advanced", "Captured", "Event", "Happened", "Started", "run"]


def run(config: RunConfig, threads: int = 1) -> Iterator[Event]:
    """Train the network of `config`, or one of its rivals, and yield what happens, Started first.

    The same config, device and thread count give the same frames to the bit. Sets the thread count of this process.
    """
    torch.set_num_threads(threads)
    problem, seed = config.problem, config.seed
    training = trained_phases(config.method, config.training)
    device, dtype = choose_device(training.device), getattr(torch, training.dtype)

    # The problem: D patterns in R^d, k of them relevant (section 3).
    dictionary = draw_dictionary(problem, generator(seed, Stream.DICTIONARY))

    def sampler(stream: Stream, *, noisy_labels: bool = False) -> Sampler:
        return Sampler(problem, dictionary, generator(seed, stream, device), dtype, noisy_labels=noisy_labels)

    # The network: two layers, paired initialisation (section 3.1); or fixed features, those of the same network.
    geometry = make_geometry(problem, dictionary, dtype, device)
    network = initialise(config.method, problem, geometry, generator(seed, Stream.INITIALISATION), dtype, device)
    best: dict[str, float | None] = {}
    if not isinstance(config.method, NetworkMethod):
        fit, judge = sampler(Stream.RIDGE_FIT, noisy_labels=True), sampler(Stream.TEST)
        best = best_case(config.method, network, fit, judge.batch(config.capture.test_samples), problem.k)
    model = start_model(config.method, network)

    camera = Camera(config, model, dictionary, best)
    yield Started(
        total_steps=training.total_steps,
        patterns_total=problem.D,
        relevant=dictionary.relevant,
        shown=tuple(camera.patterns.tolist()),
        neurons_total=model.neurons,
        neurons_shown=len(camera.neurons),
        facts={
            "gamma": problem.correlation,
            "sigma_tilde": problem.sigma_tilde,
            "positive_share": problem.positive_share,
            "coherence": dictionary.coherence,
        },
        provenance=provenance(device, threads),
        dictionary=dictionary.matrix.to(torch.float32).numpy(),
    )
    # Gradient descent, looked at on the way: one thread trains, another takes the frames of copies of the network.
    steps = set(frame_steps(config.capture, training))
    theory = _Theory(config, dictionary, camera.patterns.tolist())
    told, diverged = time.monotonic(), False
    pending: deque[Future[Look]] = deque()
    behind = max(1, min(_BEHIND, _BEHIND_BYTES // model.bytes))
    darkroom = ThreadPoolExecutor(1, initializer=torch.set_num_threads, initargs=(threads,))
    try:
        for state in train(model, training, sampler(Stream.TRAINING, noisy_labels=True), problem.positive_share):
            if not diverged and not model.is_finite(state.loss):
                diverged = True
                yield Happened(state.step, "diverged", f"diverged: the network is not finite from step {state.step} on")
            yield from theory.watch(state, model)
            if state.step in steps:
                pending.append(darkroom.submit(camera.take, state, model.snapshot()))
            while pending and (pending[0].done() or len(pending) > behind):
                yield from _seen(pending.popleft().result())
                told = time.monotonic()
            if time.monotonic() - told > _TELL_EVERY:
                yield Advanced(state.step, state.phase)
                told = time.monotonic()
        while pending:
            yield from _seen(pending.popleft().result())
    finally:
        darkroom.shutdown(cancel_futures=True)


def _seen(look: Look) -> Iterator[Event]:
    yield Captured(look.frame)
    yield from look.happened


class _Theory:
    """Lemma 5 for the first two steps of a network: predicted before each, compared after it."""

    def __init__(self, config: RunConfig, dictionary: Dictionary, shown: list[int]) -> None:
        self._config = config
        self._dictionary = dictionary
        self._shown = shown
        self._forecast: PullForecast | None = None

    def watch(self, state: TrainState, network: TwoLayerNetwork) -> Iterator[Happened]:
        """After each step, with the network as it is now. Fixed features have no such gradient: nothing is said."""
        if not isinstance(self._config.method, NetworkMethod) or state.step > 2:
            return
        if state.pull is not None and self._forecast is not None:
            pull = network.geometry.coefficients(state.pull)
            relevant = self._dictionary.relevant
            found = None if pull is None else compare_pull(self._forecast, pull, relevant, self._shown)
            if found is not None:
                predicted, measured = found["relevant"]["predicted"], found["relevant"]["measured"]
                text = f"Lemma 5: gradient along relevant patterns {measured:.3g}, predicted {predicted:.3g}"
                yield Happened(state.step, "gradient", text, found)
        phase = _phase_at(self._config, state.step + 1)
        if phase is not None:
            training = self._config.training
            self._forecast = forecast(network, self._config.problem, phase.sigma_xi, training.balance)


def _phase_at(config: RunConfig, step: int) -> Phase | None:
    """The phase that makes `step`, counted from 1; None after the last."""
    for phase in config.training.phases:
        if step <= phase.steps:
            return phase
        step -= phase.steps
    return None

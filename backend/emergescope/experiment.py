"""One run of the experiment, as an iterator of events. Used by jobs/ (in workers) and by the command line."""

import time
from collections.abc import Callable, Iterator

import torch

from emergescope.analysis.theory import PullForecast, compare_pull, forecast
from emergescope.baselines import best_case, start_model, trained_phases
from emergescope.config import NetworkMethod, Phase, RunConfig
from emergescope.frames.capture import Camera
from emergescope.frames.checkpoint import Checkpoint
from emergescope.frames.darkroom import Darkroom
from emergescope.frames.events import Advanced, Captured, Checkpointed, Event, Happened, Paused, Started
from emergescope.frames.schedule import frame_steps
from emergescope.models import TwoLayerNetwork, initialise, make_geometry
from emergescope.problems import Dictionary, Sampler, Stream, draw_dictionary, generator
from emergescope.provenance import choose_device, provenance
from emergescope.training import TrainState, train

_TELL_EVERY = 0.25  # seconds between two Advanced events
_CHECKPOINT_EVERY = 3.0  # seconds between two checkpoints, at least ...
_CHECKPOINT_RATE = 4e6  # ... and bytes of them per second, at most

__all__ = ["Advanced", "Captured", "Checkpointed", "Event", "Happened", "Paused", "Started", "run"]


def run(
    config: RunConfig,
    threads: int = 1,
    start: Checkpoint | None = None,
    stop: Callable[[int], bool] = lambda step: False,
) -> Iterator[Event]:
    """Train the network of `config`, or one of its rivals, and yield what happens, Started first.

    start  go on from there: frames are those that come after, to the bit as if nothing had happened between
    stop   asked after each step: to stop there, after a checkpoint, with Paused as the last event

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
    best = None if start is None else start.best
    if best is None and not isinstance(config.method, NetworkMethod):
        fit, judge = sampler(Stream.RIDGE_FIT, noisy_labels=True), sampler(Stream.TEST)
        best = best_case(config.method, network, fit, judge.batch(config.capture.test_samples), problem.k)
    model = start_model(config.method, network)
    samples = sampler(Stream.TRAINING, noisy_labels=True)
    camera = Camera(config, model, dictionary, best)
    if start is not None:
        camera.restore(start.camera, start.told, model)
        model.restore(start.model)
        samples.restore(start.generator)

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
    done, frames = (-1, 0) if start is None else (start.step, start.frames)
    diverged = start is not None and start.diverged
    steps = set(frame_steps(config.capture, training))
    theory = _Theory(config, dictionary, camera.patterns.tolist())
    theory.expect(done, model)
    clock = _Clock(model.bytes)
    with Darkroom(camera, threads, model.bytes) as darkroom:
        for state in train(model, training, samples, problem.positive_share, done):
            done = state.step
            if not diverged and not model.is_finite(state.loss):
                diverged = True
                yield Happened(done, "diverged", f"diverged: the network is not finite from step {done} on")
            yield from theory.watch(state, model)
            if done in steps:
                frames += 1
                darkroom.take(state, model.snapshot())
            stopping = done < training.total_steps and stop(done)
            if stopping or done == training.total_steps or clock.checkpoint_is_due():
                darkroom.keep(
                    Checkpoint(done, frames, model.state(), samples.state(), {}, {}, diverged, best),
                )
            for event in darkroom.developed():
                yield event
                clock.told()
            if clock.news_is_due():
                yield Advanced(done, state.phase)
                clock.told()
            if stopping:
                break
        yield from darkroom.rest()
    if done < training.total_steps:
        yield Paused(done)


class _Clock:
    """When to say how far it is, and when to keep a checkpoint. Only what is told depends on it, never a number."""

    def __init__(self, size: int) -> None:
        self._every = max(_CHECKPOINT_EVERY, size / _CHECKPOINT_RATE)
        self._told = self._kept = time.monotonic()

    def told(self) -> None:
        self._told = time.monotonic()

    def news_is_due(self) -> bool:
        return time.monotonic() - self._told > _TELL_EVERY

    def checkpoint_is_due(self) -> bool:
        now = time.monotonic()
        if now - self._kept <= self._every:
            return False
        self._kept = now
        return True


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
        self.expect(state.step, network)

    def expect(self, step: int, network: TwoLayerNetwork) -> None:
        """Predict the gradient of the step that comes after `step`."""
        phase = _phase_at(self._config, step + 1)
        if isinstance(self._config.method, NetworkMethod) and 0 <= step < 2 and phase is not None:
            balance = self._config.training.balance
            self._forecast = forecast(network, self._config.problem, phase.sigma_xi, balance)


def _phase_at(config: RunConfig, step: int) -> Phase | None:
    """The phase that makes `step`, counted from 1; None after the last."""
    for phase in config.training.phases:
        if step <= phase.steps:
            return phase
        step -= phase.steps
    return None

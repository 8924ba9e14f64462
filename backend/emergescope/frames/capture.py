"""Take frames of a network in training: alignment, map, spectrum, accuracies and probe."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from emergescope.analysis.alignment import Alignment, align, signal_to_background
from emergescope.analysis.layout import Layout
from emergescope.analysis.probe import accuracy, fit_probe
from emergescope.analysis.spectrum import singular_values
from emergescope.config import DictionaryProblem, RunConfig, TwoClassesProblem
from emergescope.frames.attempts import Attempts
from emergescope.frames.clusters import PRINCIPAL, ClusterView
from emergescope.frames.events import Happened
from emergescope.frames.frame import Frame
from emergescope.frames.image_milestones import ImageMilestones
from emergescope.frames.map_maker import MapMaker
from emergescope.frames.milestones import Milestones, Watcher
from emergescope.frames.parts import (
    DIRECTIONS,
    EVENTS,
    LARGEST,
    MAP,
    PICTURES,
    SPECTRUM,
    as_array,
    choose,
    descent,
    directions,
    finite,
    on_map,
    told_of,
)
from emergescope.frames.pictures import Pictures
from emergescope.frames.schedule import probe_steps
from emergescope.models import TwoLayerNetwork
from emergescope.problems import Drawn, Stream, generator
from emergescope.training import TrainState


@dataclass(frozen=True)
class Look:
    """A frame, and what it is the first to show."""

    frame: Frame
    happened: tuple[Happened, ...]


@dataclass(frozen=True)
class _Still:
    """What follows from the hidden weights `q` alone; None where it could not be measured."""

    q: Tensor
    seen: Alignment | None
    layout: Layout | None
    spectrum: Tensor | None

    @property
    def tensors(self) -> dict[str, Tensor]:
        return {**on_map(self.layout), **({} if self.spectrum is None else {"singular_values": self.spectrum})}


class Camera:
    """Takes the frames of one run, in order; remembers the last map, from which the next one starts.

    neurons   [n] indices of the neurons shown
    patterns  [p] dictionary columns shown, relevant ones first
    pictures  of the weights, where inputs are pictures
    constant  metrics that are the same in every frame
    """

    def __init__(
        self,
        config: RunConfig,
        network: TwoLayerNetwork,
        problem: Drawn,
        constant: Mapping[str, float | None] | None = None,
    ) -> None:
        self._config = config
        self._problem = problem
        self._constant = dict(constant or {})
        relevant = problem.dictionary.relevant
        self._watcher = _watcher(config, relevant)
        device = network.q.device
        shown = generator(config.seed, Stream.SHOWN_NEURONS)
        self.neurons = choose(network.neurons, config.capture.max_neurons, shown)
        background = torch.tensor(network.geometry.background, dtype=torch.int64)
        room = max(0, config.capture.max_patterns - len(relevant))
        picked = choose(len(background), room, generator(config.seed, Stream.SHOWN_PATTERNS))
        self.patterns = torch.cat([torch.tensor(relevant, dtype=torch.int64), background[picked]])
        self._neurons = self.neurons.to(device)
        self._patterns = self.patterns.to(device)
        self.pictures = None
        if problem.picture is not None:
            self.pictures = Pictures(problem.picture, len(self.neurons), config.capture.max_pictures)
        self._clusters = None
        if isinstance(config.problem, TwoClassesProblem) and problem.names and problem.picture:
            signal = network.geometry.signal_in(network.weights())
            self._clusters = ClusterView(self._neurons, signal, problem.names.index(PRINCIPAL), problem.picture)
        self._of_patterns = isinstance(config.problem, DictionaryProblem)
        self._probed = probe_steps(config) if self._of_patterns else set()
        self._maps = MapMaker()
        self._first: Tensor | None = None
        self._still: _Still | None = None
        self._attempts = Attempts()

    def take(self, state: TrainState, network: TwoLayerNetwork) -> Look:
        """The frame of `network`, which must not change meanwhile. Frames are to be taken in order of step. What cannot
        be measured is left out of it.
        """
        attempt, neurons = self._attempts.at(state.step), self._neurons
        if self._still is None or self._still.q is not network.q:  # fixed features share them from first to last
            self._still = self._look(attempt, network)
        seen, layout = self._still.seen, self._still.layout
        measured = self._judged(attempt, state, network)
        pick = {"bias": network.b[neurons], "output_weight": network.a[neurons], **self._still.tensors}
        if seen is not None:
            measured |= attempt("mean cosines", lambda: self._cosines(state.step, seen, network)) or {}
            pick |= directions(seen, neurons, self._patterns)
        measured |= self._constant
        if seen is not None and self._clusters is not None:
            found = attempt("clusters", partial(self._clusters.look, seen))
            if found is not None:
                measured, pick = measured | found.metrics, pick | found.tensors
        if self.pictures is not None:
            pick |= attempt(PICTURES, partial(self._pictured, self.pictures, network)) or {}
        metrics = {name: finite(value) for name, value in measured.items()}
        frame = Frame(
            step=state.step,
            phase=state.phase,
            metrics=metrics,
            layout=told_of(layout),
            tensors={name: as_array(t) for name, t in pick.items()},
        )
        happened = None
        if seen is not None:
            happened = attempt(EVENTS, lambda: self._watcher.watch(state.step, seen, metrics))
        return Look(frame, (*(happened or ()), *attempt.news()))

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """What it remembers of the frames taken so far: tensors, and JSON."""
        layout = None if self._still is None else self._still.layout
        stress = None if layout is None else torch.tensor(layout.stress, dtype=torch.float64)
        tensors = {"map": self._maps.last, "stress": stress}
        told = {**self._watcher.state(), **self._attempts.state()}
        return {name: t for name, t in tensors.items() if t is not None}, told

    def restore(self, tensors: Mapping[str, Tensor], told: Mapping[str, Any], network: TwoLayerNetwork) -> None:
        """Remember what `state` has said; `network` is as it was drawn, and will go on from where it was then."""
        self._watcher.restore(told)
        self._attempts.restore(told)
        self._maps.last = tensors.get("map")
        seen = self._attempts(DIRECTIONS, partial(align, network))
        if seen is None:
            return
        self._first = seen.unit
        if self._maps.last is not None and "stress" in tensors:  # for fixed features, whose weights stay as they are
            layout = Layout(self._maps.last, float(tensors["stress"]))
            spectrum = self._attempts(SPECTRUM, partial(singular_values, seen.weights, LARGEST))
            self._still = _Still(network.q, seen, layout, spectrum)

    def _look(self, attempt: Attempts, network: TwoLayerNetwork) -> "_Still":
        seen = attempt(DIRECTIONS, partial(align, network))
        if seen is None:
            return _Still(network.q, None, None, None)
        unit, signal = seen.unit, network.geometry.signal_in
        layout = attempt(MAP, lambda: self._maps.draw(unit[self._neurons], signal(unit)))
        return _Still(network.q, seen, layout, attempt(SPECTRUM, partial(singular_values, seen.weights, LARGEST)))

    def _pictured(self, pictures: Pictures, network: TwoLayerNetwork) -> dict[str, Tensor]:
        return pictures.take(network.ambient_weights()[self._neurons])

    def _judged(self, attempt: Attempts, state: TrainState, network: TwoLayerNetwork) -> dict[str, float | None]:
        """How it does on samples."""
        metrics = descent(state)
        metrics |= attempt("test accuracy", partial(self._tested, network)) or {}
        if state.step in self._probed:
            metrics |= attempt("probe", partial(self._probe, network)) or {}
        return metrics

    def _tested(self, network: TwoLayerNetwork) -> dict[str, float | None]:
        output, y, hard = self._outputs(network, None, Stream.TEST)
        found = {"test_accuracy": accuracy(output, y)}
        return found if hard is None else {**found, "test_accuracy_hard": accuracy(output[hard], y[hard])}

    def _cosines(self, step: int, seen: Alignment, network: TwoLayerNetwork) -> dict[str, float | None]:
        if step == 0:
            self._first = seen.unit.clone()
        size = seen.signal_cosine.abs()
        metrics: dict[str, float | None] = {
            "signal_cosine_mean": float(size.mean()),
            "signal_cosine_min": float(size.min()),
        }
        if self._of_patterns:
            relevant, background = network.geometry.relevant, network.geometry.background
            metrics["signal_to_background"] = signal_to_background(seen.cosine, relevant, background)
        if self._first is not None:
            metrics["initial_cosine_mean"] = _mean_cosine(seen.unit, self._first)
        return metrics

    def _probe(self, network: TwoLayerNetwork) -> dict[str, float | None]:
        if not network.is_finite():
            return {"probe_accuracy": None, "probe_accuracy_hard": None}
        samples = self._config.capture.probe_samples
        features = network.b.new_empty(samples, network.neurons)
        labels = network.b.new_empty(samples)
        row = 0
        for batch in self._problem.sampler(Stream.PROBE_FIT).chunks(samples):
            rows = slice(row, row + batch.y.numel())
            network.features(batch.x, out=features[rows])
            labels[rows] = batch.y
            row = rows.stop
        direction, offset = fit_probe(features, labels)
        output, y, hard = self._outputs(network, direction, Stream.PROBE_SCORE)
        output = output - offset
        found = {"probe_accuracy": accuracy(output, y)}
        return found if hard is None else {**found, "probe_accuracy_hard": accuracy(output[hard], y[hard])}

    def _outputs(
        self, network: TwoLayerNetwork, direction: Tensor | None, stream: Stream
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """(features @ direction, or the network's output without one; labels; hard), each [test_samples]."""
        outputs, labels, hard = [], [], []
        # The same generator state each time: all frames are judged on the same inputs, and none are kept in memory.
        for batch in self._problem.sampler(stream).chunks(self._config.capture.test_samples):
            outputs.append(network.output(batch.x) if direction is None else network.features(batch.x) @ direction)
            labels.append(batch.y)
            hard.append(self._problem.hard(batch))
        known = [part for part in hard if part is not None]
        return torch.cat(outputs), torch.cat(labels), torch.cat(known) if known else None


def _watcher(config: RunConfig, relevant: tuple[int, ...]) -> Watcher:
    if isinstance(config.problem, TwoClassesProblem):
        return ImageMilestones(config.problem.random_labels, config.total_steps)
    assert isinstance(config.problem, DictionaryProblem)  # mixtures have a camera of their own
    return Milestones(config.problem, relevant, config.total_steps)


def _mean_cosine(unit: Tensor, first: Tensor) -> float:
    """Mean over neurons of cos(w now, w in the first frame)."""
    shared = min(unit.shape[1], first.shape[1])  # the part outside the span is dropped once it is gone
    return float((unit[:, :shared] * first[:, :shared]).sum(1).mean())

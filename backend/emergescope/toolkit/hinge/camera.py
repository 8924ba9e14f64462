"""Takes frames of a two-layer network in training: alignment, map, spectrum and accuracy, and what a study adds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor

from emergescope.config.run import Capture
from emergescope.recording.capture import Attempts, Look
from emergescope.recording.events import Frame, Happened, Saved, State
from emergescope.toolkit.alignment import Alignment, align
from emergescope.toolkit.frame_parts import (
    DIRECTIONS,
    EVENTS,
    LARGEST,
    MAP,
    PICTURES,
    SPECTRUM,
    as_array,
    choose,
    directions,
    finite,
    on_map,
    told_of,
)
from emergescope.toolkit.hinge.samples import Drawn
from emergescope.toolkit.hinge.two_layer import TwoLayerNetwork
from emergescope.toolkit.layout import Layout
from emergescope.toolkit.map_maker import MapMaker
from emergescope.toolkit.pictures import Pictures
from emergescope.toolkit.probe import accuracy
from emergescope.toolkit.seeds import Stream, generator
from emergescope.toolkit.spectrum import singular_values


class Watcher(Protocol):
    """Watches the frames of one run, in order, and tells each event once."""

    def state(self) -> dict[str, list[Any]]:
        """What has been told, as JSON."""

    def restore(self, state: Mapping[str, Sequence[Any]]) -> None: ...

    def watch(self, step: int, seen: Alignment, metrics: Mapping[str, float | None]) -> tuple[Happened, ...]:
        """What this frame is the first to show."""


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


class HingeCamera:
    """Takes the frames of one run, in order; remembers the last map, from which the next one starts. A study adds what
    it looks at beside: `probe`, `separation` and `more`.

    neurons   [n] indices of the neurons shown
    patterns  [p] dictionary columns shown, relevant ones first
    pictures  of the weights, where inputs are pictures
    constant  metrics that are the same in every frame
    """

    def __init__(
        self,
        seed: int,
        capture: Capture,
        network: TwoLayerNetwork,
        problem: Drawn,
        watcher: Watcher,
        constant: Mapping[str, float | None] | None = None,
    ) -> None:
        self.capture, self.problem = capture, problem
        self._constant = dict(constant or {})
        self._watcher = watcher
        relevant = problem.dictionary.relevant
        device = network.q.device
        self.neurons = choose(network.neurons, capture.max_neurons, generator(seed, Stream.SHOWN_NEURONS))
        background = torch.tensor(network.geometry.background, dtype=torch.int64)
        room = max(0, capture.max_patterns - len(relevant))
        picked = choose(len(background), room, generator(seed, Stream.SHOWN_PATTERNS))
        self.patterns = torch.cat([torch.tensor(relevant, dtype=torch.int64), background[picked]])
        self._neurons = self.neurons.to(device)
        self._patterns = self.patterns.to(device)
        self.pictures = None
        if problem.picture is not None:
            self.pictures = Pictures(problem.picture, len(self.neurons), capture.max_pictures)
        self._maps = MapMaker()
        self._first: Tensor | None = None
        self._still: _Still | None = None
        self._attempts = Attempts()

    def probe(self, attempt: Attempts, step: int, network: TwoLayerNetwork) -> Mapping[str, float | None]:
        """Metrics of what the features carry."""
        return {}

    def separation(self, seen: Alignment, network: TwoLayerNetwork) -> Mapping[str, float | None]:
        """Metrics of how the relevant directions stand out."""
        return {}

    def more(self, attempt: Attempts, seen: Alignment) -> tuple[Mapping[str, float | None], Mapping[str, Tensor]]:
        """Metrics and tensors of what else there is to see."""
        return {}, {}

    def says(self, seen: Alignment, metrics: Mapping[str, float | None]) -> Mapping[str, str]:
        """Sentences about this frame, by panel."""
        return {}

    def take(self, state: State, network: TwoLayerNetwork) -> Look:
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
        if seen is not None:
            metrics_of, tensors_of = self.more(attempt, seen)
            measured, pick = {**measured, **metrics_of}, {**pick, **tensors_of}
        if self.pictures is not None:
            pick |= attempt(PICTURES, partial(self._pictured, self.pictures, network)) or {}
        metrics = {name: finite(value) for name, value in measured.items()}
        frame = Frame(
            step=state.step,
            phase=state.stage,
            metrics=metrics,
            layout=told_of(layout),
            tensors={name: as_array(t) for name, t in pick.items()},
            says={} if seen is None else attempt("sentences", lambda: self.says(seen, metrics)) or {},
        )
        happened = None
        if seen is not None:
            happened = attempt(EVENTS, lambda: self._watcher.watch(state.step, seen, metrics))
        return Look(frame, (*(happened or ()), *attempt.events()))

    def save(self) -> Saved:
        """What it remembers of the frames taken so far."""
        layout = None if self._still is None else self._still.layout
        stress = None if layout is None else torch.tensor(layout.stress, dtype=torch.float64)
        tensors = {"map": self._maps.last, "stress": stress}
        told = {**self._watcher.state(), **self._attempts.state()}
        return Saved({name: t for name, t in tensors.items() if t is not None}, told)

    def restore(self, saved: Saved, network: TwoLayerNetwork) -> None:
        """Remember what `save` has said; `network` is as it was drawn, and will go on from where it was then."""
        tensors, told = saved.tensors, saved.data
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

    def _look(self, attempt: Attempts, network: TwoLayerNetwork) -> _Still:
        seen = attempt(DIRECTIONS, partial(align, network))
        if seen is None:
            return _Still(network.q, None, None, None)
        unit, signal = seen.unit, network.geometry.signal_in
        layout = attempt(MAP, lambda: self._maps.draw(unit[self._neurons], signal(unit)))
        return _Still(network.q, seen, layout, attempt(SPECTRUM, partial(singular_values, seen.weights, LARGEST)))

    def _pictured(self, pictures: Pictures, network: TwoLayerNetwork) -> dict[str, Tensor]:
        return pictures.take(network.ambient_weights()[self._neurons])

    def _judged(self, attempt: Attempts, state: State, network: TwoLayerNetwork) -> dict[str, float | None]:
        """How it does on samples."""
        tested = attempt("test accuracy", partial(self._tested, network)) or {}
        return {**state.metrics, **tested, **self.probe(attempt, state.step, network)}

    def _tested(self, network: TwoLayerNetwork) -> dict[str, float | None]:
        output, y, hard = self.outputs(network, None, Stream.TEST)
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
        metrics |= self.separation(seen, network)
        if self._first is not None:
            metrics["initial_cosine_mean"] = _mean_cosine(seen.unit, self._first)
        return metrics

    def outputs(
        self, network: TwoLayerNetwork, direction: Tensor | None, stream: Stream
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """(features @ direction, or the network's output without one; labels; hard), each [test_samples]."""
        outputs, labels, hard = [], [], []
        # The same generator state each time: all frames are judged on the same inputs, and none are kept in memory.
        for batch in self.problem.sampler(stream).chunks(self.capture.test_samples):
            outputs.append(network.output(batch.x) if direction is None else network.features(batch.x) @ direction)
            labels.append(batch.y)
            hard.append(self.problem.hard(batch))
        known = [part for part in hard if part is not None]
        return torch.cat(outputs), torch.cat(labels), torch.cat(known) if known else None


def _mean_cosine(unit: Tensor, first: Tensor) -> float:
    """Mean over neurons of cos(w now, w in the first frame)."""
    shared = min(unit.shape[1], first.shape[1])  # the part outside the span is dropped once it is gone
    return float((unit[:, :shared] * first[:, :shared]).sum(1).mean())

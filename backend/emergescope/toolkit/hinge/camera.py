"""Takes frames of a two-layer network in training: alignment, map, spectrum and accuracy, and what a study adds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor

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
    relevant_first,
    told_of,
)
from emergescope.toolkit.hinge.config import HingeConfig
from emergescope.toolkit.hinge.samples import Drawn
from emergescope.toolkit.hinge.two_layer import TwoLayerNetwork
from emergescope.toolkit.map_maker import Layout, MapMaker
from emergescope.toolkit.pictures import Pictures
from emergescope.toolkit.probe import judge
from emergescope.toolkit.seeds import Stream, generator
from emergescope.toolkit.sentences import Metrics
from emergescope.toolkit.spectrum import singular_values


class Watcher(Protocol):
    """Watches the frames of one run, in order, and tells each event once."""

    def state(self) -> dict[str, Any]: ...
    def restore(self, state: Mapping[str, Any]) -> None: ...
    def watch(self, step: int, seen: Alignment, metrics: Metrics) -> tuple[Happened, ...]: ...


@dataclass(frozen=True)
class _Still:
    """What follows from the hidden weights `q` alone, as far as it could be measured."""

    q: Tensor
    seen: Alignment | None = None
    layout: Layout | None = None
    tensors: Mapping[str, Tensor] = field(default_factory=dict)


class HingeCamera:
    """Takes the frames of one run, in order; remembers the last map, from which the next one starts. A study adds what
    it looks at beside: `probe`, `separation` and `more`.

    neurons   [n] indices of the neurons shown
    patterns  [p] dictionary columns shown, relevant ones first
    pictures  of the weights, where inputs are pictures
    constant  metrics that are the same in every frame
    """

    def __init__(
        self, config: HingeConfig, network: TwoLayerNetwork, problem: Drawn, watcher: Watcher, constant: Metrics
    ) -> None:
        self.problem, self.capture = problem, config.capture
        self._constant, self._watcher = constant, watcher
        seed, capture, geometry, device = config.seed, config.capture, network.geometry, network.q.device
        self.neurons = choose(network.neurons, capture.max_neurons, generator(seed, Stream.SHOWN_NEURONS))
        self.patterns = relevant_first(geometry.relevant, geometry.background, capture.max_patterns, seed)
        self._neurons, self._patterns = self.neurons.to(device), self.patterns.to(device)
        self.pictures = None
        if problem.picture is not None:
            self.pictures = Pictures(problem.picture, len(self.neurons), capture.max_pictures)
        self._maps = MapMaker()
        self._first: Tensor | None = None
        self._still: _Still | None = None
        self._attempts = Attempts()

    def probe(self, attempt: Attempts, step: int, network: TwoLayerNetwork) -> Metrics:
        """Metrics of what the features carry."""
        return {}

    def separation(self, seen: Alignment, network: TwoLayerNetwork) -> Metrics:
        """Metrics of how the relevant directions stand out."""
        return {}

    def more(self, attempt: Attempts, seen: Alignment) -> tuple[Metrics, Mapping[str, Tensor]]:
        """Metrics and tensors of what else there is to see."""
        return {}, {}

    def says(self, seen: Alignment, metrics: Metrics) -> Mapping[str, str]:
        """Sentences about this frame, by panel."""
        return {}

    def take(self, state: State, network: TwoLayerNetwork) -> Look:
        """The frame of `network`, which must not change meanwhile. Frames are to be taken in order of step. What cannot
        be measured is left out of it.
        """
        attempt, neurons = self._attempts.at(state.step), self._neurons
        if self._still is None or self._still.q is not network.q:  # fixed features share them from first to last
            self._still = self._look(attempt, network)
        seen = self._still.seen
        measured = {**state.metrics, **(attempt("test accuracy", partial(self._tested, network)) or {})}
        measured |= self.probe(attempt, state.step, network)
        pick = {"bias": network.b[neurons], "output_weight": network.a[neurons], **self._still.tensors}
        if seen is not None:
            metrics_of, tensors_of = self.more(attempt, seen)
            measured |= attempt("mean cosines", partial(self._cosines, state.step, seen, network)) or {}
            measured |= metrics_of
            pick |= {**directions(seen, neurons, self._patterns), **tensors_of}
        measured |= self._constant
        if (pictures := self.pictures) is not None:
            pick |= attempt(PICTURES, lambda: pictures.take(network.ambient_weights()[neurons])) or {}
        metrics = {name: finite(value) for name, value in measured.items()}
        frame = Frame(
            step=state.step,
            phase=state.stage,
            metrics=metrics,
            layout=told_of(self._still.layout),
            tensors={name: as_array(t) for name, t in pick.items()},
            says={} if seen is None else attempt("sentences", partial(self.says, seen, metrics)) or {},
        )
        watch = self._watcher.watch
        happened = None if seen is None else attempt(EVENTS, partial(watch, state.step, seen, metrics))
        return Look(frame, (*(happened or ()), *attempt.events()))

    def save(self) -> Saved:
        """What it remembers of the frames taken so far."""
        tensors = {} if self._maps.last is None else {"map": self._maps.last}
        if self._still is not None and self._still.layout is not None:
            tensors["stress"] = torch.tensor(self._still.layout.stress, dtype=torch.float64)
        return Saved(tensors, {**self._watcher.state(), **self._attempts.state()})

    def restore(self, saved: Saved, network: TwoLayerNetwork) -> None:
        """Remember what `save` has said; `network` is as it was drawn, and will go on from where it was then."""
        tensors = saved.tensors
        self._watcher.restore(saved.data)
        self._attempts.restore(saved.data)
        self._maps.last = last = tensors.get("map")
        known = Layout(last, float(tensors["stress"])) if last is not None and "stress" in tensors else None
        seen = self._attempts(DIRECTIONS, partial(align, network))
        self._first = None if seen is None else seen.unit
        if seen is not None and known is not None:  # for fixed features, whose weights stay as they are
            self._still = self._of(self._attempts, network, seen, known)

    def _look(self, attempt: Attempts, network: TwoLayerNetwork) -> _Still:
        seen = attempt(DIRECTIONS, partial(align, network))
        if seen is None:
            return _Still(network.q)
        unit, signal = seen.unit, network.geometry.signal_in
        layout = attempt(MAP, lambda: self._maps.draw(unit[self._neurons], signal(unit)))
        return self._of(attempt, network, seen, layout)

    def _of(self, attempt: Attempts, network: TwoLayerNetwork, seen: Alignment, layout: Layout | None) -> _Still:
        spectrum = attempt(SPECTRUM, lambda: {"singular_values": singular_values(seen.weights, LARGEST)})
        return _Still(network.q, seen, layout, on_map(layout) | (spectrum or {}))

    def _tested(self, network: TwoLayerNetwork) -> dict[str, float | None]:
        return judge("test_accuracy", *self.outputs(network, None, Stream.TEST))

    def _cosines(self, step: int, seen: Alignment, network: TwoLayerNetwork) -> Metrics:
        if step == 0:
            self._first = seen.unit.clone()
        size = seen.signal_cosine.abs()
        metrics: Metrics = {"signal_cosine_mean": float(size.mean()), "signal_cosine_min": float(size.min())}
        metrics = {**metrics, **self.separation(seen, network)}
        if self._first is None:
            return metrics
        shared = min(seen.unit.shape[1], self._first.shape[1])  # the part outside the span is dropped once it is gone
        turned = (seen.unit[:, :shared] * self._first[:, :shared]).sum(1).mean()
        return {**metrics, "initial_cosine_mean": float(turned)}

    def outputs(
        self, network: TwoLayerNetwork, direction: Tensor | None, stream: Stream
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """(features @ direction, or the network's output without one; labels; hard), each [test_samples]."""
        outputs, labels, known = [], [], []
        # The same generator state each time: all frames are judged on the same inputs, and none are kept in memory.
        for batch in self.problem.sampler(stream).chunks(self.capture.test_samples):
            outputs.append(network.output(batch.x) if direction is None else network.features(batch.x) @ direction)
            labels.append(batch.y)
            if (hard := self.problem.hard(batch)) is not None:
                known.append(hard)
        return torch.cat(outputs), torch.cat(labels), torch.cat(known) if known else None

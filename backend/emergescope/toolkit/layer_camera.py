"""Takes frames of a layer of any network: its weights in R^d beside directions, with the parts that studies use."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from emergescope.config.run import Capture
from emergescope.recording.capture import Look
from emergescope.recording.events import Array, Frame, Happened, State
from emergescope.toolkit import neuron_says as neurons
from emergescope.toolkit.alignment import Alignment, InSpace, signal_to_background
from emergescope.toolkit.camera import NeuronCamera
from emergescope.toolkit.dictionary import Dictionary, Known
from emergescope.toolkit.hinge.geometry import AmbientGeometry, ImageGeometry
from emergescope.toolkit.layer_display import ALIGNED, EMERGED, LayerShown
from emergescope.toolkit.neuron_panels import Signal
from emergescope.toolkit.seeds import relevant_first
from emergescope.toolkit.sentences import Metrics, Milestones, passed


@dataclass(frozen=True)
class Layer:
    """weights [n, d], a row for each neuron; bias and output weight [n] of each, where there are any; names of rows."""

    weights: Tensor
    bias: Tensor | None = None
    output: Tensor | None = None
    rows: tuple[str, ...] | None = None


class Directions(Known):
    """What a layer is compared with.

    told  whether somebody said which directions are relevant: the others are then background, and features can emerge.
          Else the first direction is the signal, and background is all of R^d beside it.
    """

    def __init__(
        self,
        dictionary: Dictionary,
        signal: Signal,
        *,
        names: tuple[str, ...] | None = None,
        picture: tuple[int, ...] | None = None,
        told: bool = False,
    ) -> None:
        self.dictionary, self.names, self.picture, self.told = dictionary, names, picture, told
        self.words, self.signal, self.facts, self.provenance = signal, signal.name, {}, {}


class LayerMilestones(Milestones):
    """Of the frames of one layer."""

    def __init__(self, directions: Directions) -> None:
        super().__init__()
        self._told, self._signal = directions.told, directions.words

    def watch(self, step: int, seen: Alignment, metrics: Metrics) -> tuple[Happened, ...]:
        """What this frame is the first to show."""
        return self.first(self._shown(step, seen))

    def _shown(self, step: int, seen: Alignment) -> Iterator[Happened]:
        if not bool(seen.norm.isfinite().all()):
            yield Happened(step, "diverged", f"diverged: weights are not finite from step {step} on")
        if self._told:
            size, near = seen.signal_cosine.abs(), self._signal.both
            emerged, aligned = (float((size > least).float().mean()) >= 0.5 for least in (EMERGED, ALIGNED))
            features = f"features emerged: half of the neurons have |cos| > {EMERGED} with {near}"
            yield from passed(
                step,
                ("emerged", emerged, EMERGED, features),
                ("aligned", aligned, ALIGNED, f"half of the neurons at {near}: |cos| > {ALIGNED}"),
            )


class LayerCamera(NeuronCamera):
    """Takes the frames of one layer, in order of step; `layer` is as it was at first."""

    def __init__(self, directions: Directions, layer: Layer, capture: Capture, seed: int) -> None:
        kind = AmbientGeometry if directions.told else ImageGeometry
        self._geometry = kind(directions.dictionary, layer.weights.dtype, layer.weights.device)
        relevant, others = self._geometry.relevant, self._geometry.background
        columns = relevant_first(relevant, others, capture.max_patterns, seed)
        self._directions, self._events = directions, LayerMilestones(directions)
        super().__init__(capture, seed, directions, self._events, len(layer.weights), columns)
        self._rows = layer.rows and tuple(layer.rows[i] for i in self.neurons.tolist())
        self._vectors = tuple(
            name for name, there in (("bias", layer.bias), ("output_weight", layer.output)) if there is not None
        )

    @property
    def shown(self) -> LayerShown:
        """What its display has to know."""
        matrix = self._directions.dictionary.matrix
        return LayerShown(
            neurons=self.total,
            length=matrix.shape[0],
            directions=matrix.shape[1],
            relevant=len(self._geometry.relevant) if self._directions.told else 0,
            signal=self._directions.words,
            facts=self.started(0).facts,
            picture=self._directions.picture,
            vectors=self._vectors,
            rows=self._rows,
        )

    def take(self, state: State, layer: Layer, *, first: bool) -> Look:
        """The frame of `layer`, the `first` one or not. What cannot be measured is left out of it."""
        attempt, network = self.attempts.at(state.step), InSpace(self._geometry, layer.weights)
        still = self.look(network)
        vectors = {"bias": layer.bias, "output_weight": layer.output}
        tensors = {name: vector[self.neurons] for name, vector in vectors.items() if vector is not None}
        tensors |= {**still.tensors, **self.pictured(network.weights)}
        if (seen := still.seen) is None:
            return self.frame(state, {}, tensors, still.made, says=self._says)
        measured = attempt("mean cosines", lambda: self.cosines(seen, self._separation(seen), first=first)) or {}
        watch = partial(self._events.watch, state.step, seen)
        return self.frame(state, measured, tensors, still.made, watch, self._says)

    def follow(self, frame: Mapping[str, Array], told: Mapping[str, int | None]) -> None:
        """Go on after the frame with these tensors, with what has been told until then."""
        if "layout" in frame and "landmarks" in frame:
            points = [torch.from_numpy(frame[name].copy()) for name in ("layout", "landmarks")]
            self._maps.last = torch.cat(points)
        self._events.told = dict(told)

    def _separation(self, seen: Alignment) -> Metrics:
        if not self._directions.told:
            return {}
        found = signal_to_background(seen.cosine, self._geometry.relevant, self._geometry.background)
        return {} if found is None else {"signal_to_background": found}

    def _says(self, frame: Frame) -> Mapping[str, str]:
        words = self._directions.words
        where = neurons.pointing(frame, words)
        names = self.names or [f"direction {j}" for j in self.patterns.tolist()]
        return neurons.said(
            map=neurons.of_map(frame, where),
            alignment=neurons.closest(frame, names),
            density=neurons.of_bands(frame, words),
            spectrum=neurons.of_spectrum(frame),
            pictures=neurons.of_pictures(frame, where and f"{where}.", self.total),
        )

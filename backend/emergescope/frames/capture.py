"""Take frames of a network in training: alignment, map, spectrum, accuracies and probe."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from emergescope.analysis.alignment import Alignment, align, signal_to_background
from emergescope.analysis.layout import Layout, dissimilarity, first_positions, mds, procrustes
from emergescope.analysis.probe import accuracy, fit_probe
from emergescope.analysis.spectrum import singular_values
from emergescope.config import RunConfig
from emergescope.frames.events import Happened
from emergescope.frames.frame import Frame
from emergescope.frames.milestones import Milestones
from emergescope.frames.schedule import probe_steps
from emergescope.models import Geometry, TwoLayerNetwork
from emergescope.problems import Dictionary, Sampler, Stream, generator
from emergescope.training import TrainState

_SPECTRUM = 64
_FIRST_ITERATIONS = 300
_ITERATIONS = 40


@dataclass(frozen=True)
class Look:
    """A frame, and what it is the first to show."""

    frame: Frame
    happened: tuple[Happened, ...]


class Camera:
    """Takes the frames of one run, in order; remembers the last map, from which the next one starts.

    neurons   [n] indices of the neurons shown
    patterns  [p] dictionary columns shown, relevant ones first
    constant  metrics that are the same in every frame
    """

    def __init__(
        self,
        config: RunConfig,
        network: TwoLayerNetwork,
        dictionary: Dictionary,
        constant: Mapping[str, float | None] | None = None,
    ) -> None:
        self._config = config
        self._dictionary = dictionary
        self._constant = dict(constant or {})
        self._milestones = Milestones(config.problem, dictionary.relevant, config.training.total_steps)
        relevant = dictionary.relevant
        device = network.q.device
        shown = generator(config.seed, Stream.SHOWN_NEURONS)
        self.neurons = _choose(network.neurons, config.capture.max_neurons, shown)
        background = torch.tensor(network.geometry.background, dtype=torch.int64)
        room = max(0, config.capture.max_patterns - len(relevant))
        picked = _choose(len(background), room, generator(config.seed, Stream.SHOWN_PATTERNS))
        self.patterns = torch.cat([torch.tensor(relevant, dtype=torch.int64), background[picked]])
        self._neurons = self.neurons.to(device)
        self._patterns = self.patterns.to(device)
        self._probed = probe_steps(config.capture, config.training)
        self._map: Tensor | None = None
        self._first: Tensor | None = None
        self._still: tuple[Tensor, Alignment, Layout, Tensor] | None = None

    def take(self, state: TrainState, network: TwoLayerNetwork) -> Look:
        """The frame of `network`, which must not change meanwhile. Frames are to be taken in order of step."""
        neurons = self._neurons
        if (
            self._still is None or self._still[0] is not network.q
        ):  # fixed features share their weights from first to last
            seen = align(network)
            self._still = (
                network.q,
                seen,
                self._layout(seen, network.geometry),
                singular_values(seen.weights, _SPECTRUM),
            )
        _, seen, layout, spectrum = self._still
        metrics = {name: _finite(value) for name, value in self._metrics(state, seen, network).items()}
        pick = {
            "signal_cosine": seen.signal_cosine[neurons],
            "relevant_norm": seen.relevant_norm[neurons],
            "background_norm": seen.background_norm[neurons],
            "weight_norm": seen.norm[neurons],
            "bias": network.b[neurons],
            "output_weight": network.a[neurons],
            "layout": layout.positions[:-2],
            "landmarks": layout.positions[-2:],
            "singular_values": spectrum,
        }
        tensors = {name: t.to("cpu", torch.float32).numpy() for name, t in pick.items()}
        alignment = seen.cosine[neurons][:, self._patterns].to("cpu", torch.float16).numpy()
        frame = Frame(
            step=state.step,
            phase=state.phase,
            metrics=metrics,
            layout={"method": "mds", "stress": _finite(layout.stress)},
            tensors={"alignment": np.ascontiguousarray(alignment), **tensors},
        )
        return Look(frame, self._milestones.watch(state.step, seen, metrics))

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """What it remembers of the frames taken so far: tensors, and JSON."""
        stress = None if self._still is None else torch.tensor(self._still[2].stress, dtype=torch.float64)
        tensors = {"map": self._map, "stress": stress}
        return {name: t for name, t in tensors.items() if t is not None}, self._milestones.state()

    def restore(self, tensors: Mapping[str, Tensor], told: Mapping[str, Any], network: TwoLayerNetwork) -> None:
        """Remember what `state` has said; `network` is as it was drawn, and will go on from where it was then."""
        self._milestones.restore(told)
        seen = align(network)
        self._first, self._map = seen.unit, tensors.get("map")
        if self._map is not None and "stress" in tensors:  # for fixed features, whose weights stay as they are here
            layout = Layout(self._map, float(tensors["stress"]))
            self._still = (network.q, seen, layout, singular_values(seen.weights, _SPECTRUM))

    def _metrics(self, state: TrainState, seen: Alignment, network: TwoLayerNetwork) -> dict[str, float | None]:
        metrics: dict[str, float | None] = {}
        if state.loss is not None:
            known = math.isfinite(state.loss)
            metrics |= {"loss": state.loss, "train_accuracy": state.train_accuracy if known else None}
        output, y, hard = self._outputs(network, None, Stream.TEST)
        metrics["test_accuracy"] = accuracy(output, y)
        metrics["test_accuracy_hard"] = accuracy(output[hard], y[hard])
        if state.step in self._probed:
            metrics |= self._probe(network)
        size = seen.signal_cosine.abs()
        metrics["signal_cosine_mean"] = float(size.mean())
        metrics["signal_cosine_min"] = float(size.min())
        geometry = network.geometry
        metrics["signal_to_background"] = signal_to_background(seen.cosine, geometry.relevant, geometry.background)
        metrics["initial_cosine_mean"] = self._initial_cosine(seen.unit)
        return metrics | self._constant

    def _initial_cosine(self, unit: Tensor) -> float:
        """Mean over neurons of cos(w now, w in the first frame)."""
        if self._first is None:
            self._first = unit.clone()
        shared = min(unit.shape[1], self._first.shape[1])  # the part outside the span is dropped once it is gone
        return float((unit[:, :shared] * self._first[:, :shared]).sum(1).mean())

    def _probe(self, network: TwoLayerNetwork) -> dict[str, float | None]:
        if not network.is_finite():
            return {"probe_accuracy": None, "probe_accuracy_hard": None}
        samples = self._config.capture.probe_samples
        features = network.b.new_empty(samples, network.neurons)
        labels = network.b.new_empty(samples)
        row = 0
        for batch in self._sampler(network, Stream.PROBE_FIT).chunks(samples):
            rows = slice(row, row + batch.y.numel())
            network.features(batch.x, out=features[rows])
            labels[rows] = batch.y
            row = rows.stop
        direction, offset = fit_probe(features, labels)
        output, y, hard = self._outputs(network, direction, Stream.PROBE_SCORE)
        output = output - offset
        return {
            "probe_accuracy": accuracy(output, y),
            "probe_accuracy_hard": accuracy(output[hard], y[hard]),
        }

    def _outputs(
        self, network: TwoLayerNetwork, direction: Tensor | None, stream: Stream
    ) -> tuple[Tensor, Tensor, Tensor]:
        """(features @ direction, or the network's output without one; labels; hard), each [test_samples]. Hard inputs
        are those whose count is neither 0 nor k: with structure, the parity part less its share of those two counts.
        """
        outputs, labels, hard = [], [], []
        for batch in self._sampler(network, stream).chunks(self._config.capture.test_samples):
            outputs.append(network.output(batch.x) if direction is None else network.features(batch.x) @ direction)
            labels.append(batch.y)
            hard.append((batch.count > 0) & (batch.count < self._config.problem.k))
        return torch.cat(outputs), torch.cat(labels), torch.cat(hard)

    def _sampler(self, network: TwoLayerNetwork, stream: Stream) -> Sampler:
        # The same generator state each time: all frames are judged on the same inputs, and none are kept in memory.
        chance = generator(self._config.seed, stream, network.q.device)
        return Sampler(self._config.problem, self._dictionary, chance, network.q.dtype)

    def _layout(self, seen: Alignment, geometry: Geometry) -> Layout:
        """The map of the shown neurons and, as its last two points, +s and -s."""
        signal = geometry.signal_in(seen.unit)
        points = torch.cat([seen.unit[self._neurons], signal[None], -signal[None]]).float()
        if not bool(points.isfinite().all()):
            return Layout(points.new_full((points.shape[0], 2), math.nan), math.nan)
        delta = dissimilarity(points)
        if self._map is None:
            layout = mds(delta, first_positions(points, signal.float()), _FIRST_ITERATIONS)
            # The first map is turned so that +s lies to the right and -s to the left of the middle.
            onto, weight = torch.zeros_like(layout.positions), torch.zeros(len(points), device=points.device)
            onto[-2, 0], onto[-1, 0], weight[-2:] = 1.0, -1.0, 1.0
        else:
            layout = mds(delta, self._map, _ITERATIONS)
            # The two landmarks together weigh as much as all neurons, so that the stars stay where one looks for them.
            onto, weight = self._map, torch.ones(len(points), device=points.device)
            weight[-2:] = (len(points) - 2) / 2
        self._map = procrustes(layout.positions, onto, weight)
        return Layout(self._map, layout.stress)


def _choose(total: int, most: int, chance: torch.Generator) -> Tensor:
    """All of range(total), or a random `most` of them in order."""
    if total <= most:
        return torch.arange(total)
    return torch.randperm(total, generator=chance)[:most].sort().values


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None

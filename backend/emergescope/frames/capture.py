"""Take frames of a network in training: alignment, map, spectrum, accuracies and probe."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from emergescope.analysis.alignment import Alignment, align, signal_to_background
from emergescope.analysis.layout import Layout
from emergescope.analysis.probe import accuracy, fit_probe
from emergescope.analysis.spectrum import singular_values
from emergescope.config import DictionaryProblem, RunConfig, TwoClassesProblem
from emergescope.frames.clusters import PRINCIPAL, ClusterView
from emergescope.frames.events import Happened
from emergescope.frames.frame import Array, Frame
from emergescope.frames.image_milestones import ImageMilestones
from emergescope.frames.map_maker import MapMaker
from emergescope.frames.milestones import Milestones, Watcher
from emergescope.frames.pictures import Pictures
from emergescope.frames.schedule import probe_steps
from emergescope.models import TwoLayerNetwork
from emergescope.problems import Drawn, Stream, generator
from emergescope.training import TrainState

SPECTRUM = 64


@dataclass(frozen=True)
class Look:
    """A frame, and what it is the first to show."""

    frame: Frame
    happened: tuple[Happened, ...]


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
                self._maps.draw(seen.unit[neurons], network.geometry.signal_in(seen.unit)),
                singular_values(seen.weights, SPECTRUM),
            )
        _, seen, layout, spectrum = self._still
        measured, pick = self._metrics(state, seen, network), dict[str, Tensor]()
        if self._clusters is not None:
            found = self._clusters.look(seen)
            measured, pick = measured | found.metrics, pick | found.tensors
        if self.pictures is not None:
            pick |= self.pictures.take(network.ambient_weights()[neurons])
        metrics = {name: finite(value) for name, value in measured.items()}
        pick |= {
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
        tensors = {name: as_array(t) for name, t in pick.items()}
        alignment = seen.cosine[neurons][:, self._patterns].to("cpu", torch.float16).numpy()
        frame = Frame(
            step=state.step,
            phase=state.phase,
            metrics=metrics,
            layout={"method": "mds", "stress": finite(layout.stress)},
            tensors={"alignment": np.ascontiguousarray(alignment), **tensors},
        )
        return Look(frame, self._watcher.watch(state.step, seen, metrics))

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """What it remembers of the frames taken so far: tensors, and JSON."""
        stress = None if self._still is None else torch.tensor(self._still[2].stress, dtype=torch.float64)
        tensors = {"map": self._maps.last, "stress": stress}
        return {name: t for name, t in tensors.items() if t is not None}, self._watcher.state()

    def restore(self, tensors: Mapping[str, Tensor], told: Mapping[str, Any], network: TwoLayerNetwork) -> None:
        """Remember what `state` has said; `network` is as it was drawn, and will go on from where it was then."""
        self._watcher.restore(told)
        seen = align(network)
        self._first, self._maps.last = seen.unit, tensors.get("map")
        if self._maps.last is not None and "stress" in tensors:  # for fixed features, whose weights stay as they are
            layout = Layout(self._maps.last, float(tensors["stress"]))
            self._still = (network.q, seen, layout, singular_values(seen.weights, SPECTRUM))

    def _metrics(self, state: TrainState, seen: Alignment, network: TwoLayerNetwork) -> dict[str, float | None]:
        metrics: dict[str, float | None] = {}
        if state.loss is not None:
            known = math.isfinite(state.loss)
            metrics |= {"loss": state.loss, "train_accuracy": state.train_accuracy if known else None}
        output, y, hard = self._outputs(network, None, Stream.TEST)
        metrics["test_accuracy"] = accuracy(output, y)
        if hard is not None:
            metrics["test_accuracy_hard"] = accuracy(output[hard], y[hard])
        if state.step in self._probed:
            metrics |= self._probe(network)
        size = seen.signal_cosine.abs()
        metrics["signal_cosine_mean"] = float(size.mean())
        metrics["signal_cosine_min"] = float(size.min())
        if self._of_patterns:
            relevant, background = network.geometry.relevant, network.geometry.background
            metrics["signal_to_background"] = signal_to_background(seen.cosine, relevant, background)
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


def as_array(tensor: Tensor) -> Array:
    """As a frame keeps it: bytes as they are, all else in single precision."""
    return tensor.to("cpu", tensor.dtype if tensor.dtype == torch.uint8 else torch.float32).numpy()


def choose(total: int, most: int, chance: torch.Generator) -> Tensor:
    """All of range(total), or a random `most` of them in order."""
    if total <= most:
        return torch.arange(total)
    return torch.randperm(total, generator=chance)[:most].sort().values


def finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None

"""Stochastic gradient descent on fresh samples of a sparse parity; and the gradient before the first step, measured on
many samples, beside what theory.py predicts of it.
"""

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import torch

from emergescope.recording.capture import Attempts, part
from emergescope.recording.events import Happened, Saved, Started, State
from emergescope.studies.hidden_progress.camera import HiddenProgressCamera
from emergescope.studies.hidden_progress.config import HiddenProgressConfig
from emergescope.studies.hidden_progress.network import Network, draw_network
from emergescope.studies.hidden_progress.theory import Doubles, population_gradient, sample_count
from emergescope.studies.study import Context
from emergescope.toolkit.parity_samples import Samples, draw_relevant
from emergescope.toolkit.seeds import Stream

_NETWORK, _SAMPLES = "network.", "samples."


class HiddenProgressDynamics:
    """Draws the relevant inputs and the network from the seed, and trains."""

    def __init__(self, config: HiddenProgressConfig, context: Context, saved: Saved | None) -> None:
        self._config, self._saved = config, saved
        problem, seed = config.problem, config.seed
        self._relevant = draw_relevant(problem, seed)
        self._network = draw_network(config.method, problem.n, seed, context.dtype, context.device)
        self._samples = self._sampler(Stream.TRAINING, coins=problem.labels == "random")
        self._camera: HiddenProgressCamera | None = None
        self._attempts = Attempts()  # of what is looked at outside frames

    def _sampler(self, stream: Stream, *, coins: bool = False) -> Samples:
        return Samples(self._relevant, self._config.problem.n, self._config.seed, stream, self._network.w, coins=coins)

    @property
    def snapshot_bytes(self) -> int:
        return self._network.bytes

    @property
    def started(self) -> Started:
        camera = self._camera
        assert camera is not None  # who is shown is the camera's choice
        config, shown = self._config, camera.inputs.tolist()
        inputs = {"total": config.problem.n, "relevant": self._relevant, "shown": shown}
        neurons = {"total": config.method.width, "shown": len(camera.neurons)}
        return Started(config.total_steps, {"inputs": inputs, "neurons": neurons}, {}, {})

    def camera(self, saved: Saved | None) -> HiddenProgressCamera:
        tests = partial(self._sampler, Stream.TEST)
        self._camera = HiddenProgressCamera(self._config, self._relevant, self._network, tests)
        if saved is not None:
            self._camera.restore(saved)
        return self._camera

    def train(self, after: int) -> Iterator[State]:
        if self._saved is not None:
            self._network.restore(part(self._saved.tensors, _NETWORK))
            self._samples.restore(part(self._saved.tensors, _SAMPLES))
        if after < 0:
            first = self._attempts.at(0)("first gradient beside theory", self._first_gradient)
            events = (*(() if first is None else (first,)), *self._attempts.events())
            yield State(0, "start", finite=self._network.is_finite(), events=events)
        training, (stage,) = self._config.training, self._config.stages
        for step in range(max(after, 0) + 1, training.steps + 1):
            done = self._network.descend(*self._samples.draw(training.batch), training.eta)
            yield State(step, stage.name, {"loss": done.loss}, self._network.is_finite(done.loss))

    def _first_gradient(self) -> Happened | None:
        count = sample_count(self._config)
        return compare(self._network, self._sampler(Stream.PROBE_FIT), count, self._relevant) if count else None

    def snapshot(self) -> Network:
        return self._network.snapshot()

    def save(self) -> Saved:
        network = {_NETWORK + name: t for name, t in self._network.state().items()}
        return Saved({**network, **{_SAMPLES + name: t for name, t in self._samples.state().items()}})


def compare(network: Network, samples: Samples, count: int, relevant: list[int]) -> Happened | None:
    """An event with both; None where one of them is not finite.

    Entries are per unit of output weight, -(dL/dw_ij) / a_i. Of each group the size that is predicted is the root of
    its mean square. Measured entries carry noise that is larger than most of them, so theirs is the component along
    the prediction, and `deviation` its standard error.
    """
    total = torch.zeros_like(network.w, dtype=torch.float64)
    for x, y in samples.chunks(count):
        total += network.gradient(x, y).w.double() * len(y)
    measured: Doubles = (total / (-count * network.a.double()[:, None])).cpu().numpy()
    predicted = population_gradient(network.w.cpu().double().numpy(), network.b.cpu().double().numpy(), relevant)
    if not np.isfinite(measured).all() or not np.isfinite(predicted).all():
        return None
    columns = np.isin(np.arange(network.w.shape[1]), relevant)
    found: dict[str, Any] = {
        name: _group(predicted[:, part], measured[:, part], count)
        for name, part in (("relevant", columns), ("background", ~columns))
    }
    on, off = found["relevant"], found["background"]
    text = (
        f"the first gradient, on {count:,} samples and per unit of output weight: {on['measured']:.2g} on relevant "
        f"inputs, predicted {on['predicted']:.2g}"
    )
    if off["measured"] is not None:
        text += f"; {off['measured']:.2g} ± {off['deviation']:.1g} on the others, predicted {off['predicted']:.2g}"
    names = (("relevant", "relevant inputs"), ("background", "other inputs"))
    groups = [
        {"name": name, "relevant": group == "relevant", **found[group]}
        for group, name in names
        if found[group]["measured"] is not None
    ]
    return Happened(0, "gradient", text, {**found, "samples": count, "groups": groups})


def _group(predicted: Doubles, measured: Doubles, count: int) -> dict[str, float | None]:
    """Sizes over some entries; None where there are none, or nothing is predicted of them."""
    length = float(np.linalg.norm(predicted))
    if predicted.size == 0 or length == 0:
        return {"predicted": 0.0 if predicted.size else None, "measured": None, "deviation": None}
    root = math.sqrt(predicted.size)
    along = float((measured * predicted).sum()) / length
    sizes = {"predicted": length / root, "measured": along / root, "deviation": 0.5 / root / count**0.5}
    return {name: float(f"{size:.4g}") for name, size in sizes.items()}

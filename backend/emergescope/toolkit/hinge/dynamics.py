"""Gradient descent on the regularised hinge loss, phase by phase (section 3.1): the network of the paper, or a rival
with fixed features, on any samples.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor

from emergescope.recording.capture import Attempts, part
from emergescope.recording.events import Happened, Saved, Started, State
from emergescope.studies.study import Context
from emergescope.toolkit.frame_parts import descent
from emergescope.toolkit.hinge.camera import HingeCamera
from emergescope.toolkit.hinge.config import HingeConfig, Phase, Training
from emergescope.toolkit.hinge.fixed_features import best_case, start_model
from emergescope.toolkit.hinge.samples import Drawn, Samples
from emergescope.toolkit.hinge.two_layer import Gradient, TwoLayerNetwork, initialise
from emergescope.toolkit.seeds import Stream, generator

_MODEL, _GENERATOR = "model.", "generator"
_TOLD = 2  # steps whose gradient is told: the ones that Lemmas 5 and 6 speak of


@dataclass(frozen=True)
class TrainState:
    """After `step` updates.

    loss, train_accuracy  of the samples of this step's update, before it; None at the start
    pull                  [n, c] T_i = -(dL/dw_i) / a_i of this update, before the Gram matrix (Lemma 5); None after
                          the first two steps, and where w is not trained
    """

    step: int
    phase: str
    loss: float | None
    train_accuracy: float | None
    pull: Tensor | None = field(default=None, repr=False)


class HingeDynamics:
    """A two-layer network or fixed features, and the samples that it learns. Each study says which, and who looks."""

    def __init__(self, config: HingeConfig, context: Context, saved: Saved | None, problem: Drawn) -> None:
        self.problem = problem
        self._settings, self._saved = config, saved
        self.attempts = Attempts()  # of what is looked at outside frames
        # Two layers, paired initialisation (section 3.1); or fixed features, those of the same network.
        chance = generator(config.seed, Stream.INITIALISATION)
        network = initialise(config.method, problem.usual, problem.geometry, chance, context.dtype, context.device)
        self.best = None if saved is None or context.forked else saved.data.get("best")
        if self.best is None and config.method.kind != "network":
            judges = config.capture.test_samples
            self.best = self.attempts("ridge solution", partial(best_case, config.method, network, problem, judges))
        self.model: TwoLayerNetwork = start_model(config.method, network)
        self._samples = problem.sampler(Stream.TRAINING, noisy_labels=True)
        self._camera: HingeCamera | None = None

    @property
    def snapshot_bytes(self) -> int:
        return self.model.bytes

    @property
    def started(self) -> Started:
        assert self._camera is not None  # who is shown is the camera's choice
        return self._camera.started(self._settings.total_steps)

    def look_with(self, camera: HingeCamera, saved: Saved | None) -> HingeCamera:
        """The camera of the study, once it remembers what was saved of it."""
        self._camera = camera
        if saved is not None:
            camera.go_on(saved, self.model)
        return camera

    def train(self, after: int) -> Iterator[State]:
        if self._saved is not None:
            self.model.restore(part(self._saved.tensors, _MODEL))
            self._samples.restore(self._saved.tensors[_GENERATOR])
        if after >= 0:
            self.watch(TrainState(after, "", None, None))
        for state in train(self.model, self._settings.training, self._samples, self.problem.positive_share, after):
            metrics = descent(state.loss, state.train_accuracy)
            finite = self.model.is_finite(state.loss)
            yield State(state.step, state.phase, metrics, finite, (*self.watch(state), *self.attempts.events()))

    def watch(self, state: TrainState) -> tuple[Happened, ...]:
        """What happened at a step that no frame shows; of a run that goes on, first its last step, without numbers."""
        return ()

    def snapshot(self) -> TwoLayerNetwork:
        return self.model.snapshot()

    def save(self) -> Saved:
        tensors = {_MODEL + name: t for name, t in self.model.state().items()}
        return Saved({**tensors, _GENERATOR: self._samples.state()}, {"best": self.best})


def train(
    network: TwoLayerNetwork, training: Training, sampler: Samples, positive_share: float = 0.5, after: int = -1
) -> Iterator[TrainState]:
    """Train `network` in place; yields the state before the first step, then one after each.

    positive_share  P(y = +1), by which classes are balanced where `training` asks for it
    after           the step that network and sampler have been brought to; -1 begins before the first
    """
    if after < 0:
        yield TrainState(0, "start", None, None)
    for step, phase in enumerate((one for one in training.phases for _ in range(one.steps)), 1):
        if step <= after:
            continue
        total = descend(network, phase, sampler, positive_share if training.balance else None)
        told = step <= _TOLD and "w" in phase.trains
        pull = total.q.div(-total.samples) if told else None
        yield TrainState(step, phase.name, total.loss / total.samples, total.correct / total.samples, pull)


def descend(network: TwoLayerNetwork, phase: Phase, sampler: Samples, balance: float | None = None) -> Gradient:
    """One gradient step on fresh samples; returns the sums of loss, gradient and correct answers, before the step.

    With `balance` = P(y = +1) each sample counts 1 / (2 P(y)) times.
    """
    total = network.zero_gradient()
    for batch in sampler.chunks(phase.samples):
        weight = None
        if balance is not None:
            weight = torch.where(batch.y > 0, 0.5 / balance, 0.5 / (1 - balance)).to(batch.y.dtype)
        network.add_gradient(batch, phase.sigma_xi, total, phase.trains, weight)
    network.step(total, phase)
    return total

"""Gradient descent on the hinge loss: the network of the paper, or a rival with fixed features, on any samples."""

from collections.abc import Iterator
from functools import partial
from typing import Protocol

import torch

from emergescope.config.run import Capture
from emergescope.recording.capture import Attempts, part
from emergescope.recording.events import Happened, Saved, Started, State
from emergescope.studies.study import Context
from emergescope.toolkit.facts import facts
from emergescope.toolkit.frame_parts import descent
from emergescope.toolkit.hinge.camera import HingeCamera
from emergescope.toolkit.hinge.config import HingeMethod, Training
from emergescope.toolkit.hinge.geometry import Geometry
from emergescope.toolkit.hinge.initialisation import initialise
from emergescope.toolkit.hinge.ridge import best_case
from emergescope.toolkit.hinge.samples import Drawn
from emergescope.toolkit.hinge.start import start_model, trained_phases
from emergescope.toolkit.hinge.trainer import TrainState, train
from emergescope.toolkit.hinge.two_layer import TwoLayerNetwork
from emergescope.toolkit.seeds import Stream, generator

_MODEL, _GENERATOR = "model.", "generator"


class HingeConfig(Protocol):
    """What the configuration of a study on the hinge loss has."""

    @property
    def seed(self) -> int: ...
    @property
    def method(self) -> HingeMethod: ...
    @property
    def training(self) -> Training: ...
    @property
    def capture(self) -> Capture: ...
    @property
    def total_steps(self) -> int: ...


class HingeDynamics:
    """A two-layer network or fixed features, and the samples that it learns. Each study says which, and who looks.

    usual  deviations of the initial w, b and a where the method leaves them open
    """

    def __init__(
        self,
        config: HingeConfig,
        context: Context,
        saved: Saved | None,
        problem: Drawn,
        geometry: Geometry,
        usual: tuple[float, float, float],
    ) -> None:
        self.problem = problem
        self._settings, self._saved = config, saved
        self.attempts = Attempts()  # of what is looked at outside frames
        self._training = trained_phases(config.method, config.training)
        # Two layers, paired initialisation (section 3.1); or fixed features, those of the same network.
        chance = generator(config.seed, Stream.INITIALISATION)
        network = initialise(config.method, usual, geometry, chance, context.dtype, context.device)
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
        camera, problem = self._camera, self.problem
        assert camera is not None  # who is shown is the camera's choice
        return Started(
            total_steps=self._settings.total_steps,
            facts=facts(problem, camera.patterns.tolist(), (self.model.neurons, len(camera.neurons)), camera.pictures),
            provenance=problem.provenance,
            tensors={"dictionary": problem.dictionary.matrix.to(torch.float32).numpy()},
        )

    def look_with(self, camera: HingeCamera, saved: Saved | None) -> HingeCamera:
        """The camera of the study, once it remembers what was saved of it."""
        self._camera = camera
        if saved is not None:
            camera.restore(saved, self.model)
        return camera

    def train(self, after: int) -> Iterator[State]:
        if self._saved is not None:
            self.model.restore(part(self._saved.tensors, _MODEL))
            self._samples.restore(self._saved.tensors[_GENERATOR])
        self.expect(max(after, 0))
        for state in train(self.model, self._training, self._samples, self.problem.positive_share, after):
            metrics = descent(state.loss, state.train_accuracy)
            finite = self.model.is_finite(state.loss)
            yield State(state.step, state.phase, metrics, finite, (*self.watch(state), *self.attempts.events()))

    def expect(self, step: int) -> None:
        """Foretell what the step after `step` does, where a theory can."""

    def watch(self, state: TrainState) -> tuple[Happened, ...]:
        """What happened at a step that no frame shows."""
        return ()

    def snapshot(self) -> TwoLayerNetwork:
        return self.model.snapshot()

    def save(self) -> Saved:
        tensors = {_MODEL + name: t for name, t in self.model.state().items()}
        return Saved({**tensors, _GENERATOR: self._samples.state()}, {"best": self.best})

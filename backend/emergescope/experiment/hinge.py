"""Gradient descent on the hinge loss: the network of the paper, or a rival with fixed features. Patterns or two classes
of images.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

import torch

from emergescope.baselines import best_case, start_model, trained_phases
from emergescope.config import DictionaryProblem, NetworkMethod, NtkMethod, RandomFeaturesMethod, RunConfig, Training
from emergescope.experiment.lemma import LemmaFive
from emergescope.frames.attempts import Attempts
from emergescope.frames.capture import Camera
from emergescope.frames.checkpoint import Checkpoint
from emergescope.frames.events import Happened, Started
from emergescope.models import TwoLayerNetwork, initialise, make_geometry
from emergescope.problems import Stream, draw, generator
from emergescope.provenance import choose_device, provenance
from emergescope.training import TrainState, train

LEMMA: Final = "gradient beside Lemma 5"


class HingeSetting:
    """A two-layer network or fixed features, and the samples that it learns."""

    def __init__(self, config: RunConfig, threads: int, start: Checkpoint | None, data_dir: Path | None) -> None:
        assert isinstance(config.training, Training)
        assert isinstance(config.method, NetworkMethod | RandomFeaturesMethod | NtkMethod)
        self._method, seed = config.method, config.seed
        self._attempts = Attempts()  # of what is looked at outside frames
        self._training = trained_phases(config.method, config.training)
        device, dtype = choose_device(config.training.device), getattr(torch, config.training.dtype)

        # The problem: D patterns in R^d, k of them relevant (section 3); or images, and what to compare neurons with.
        self._problem = draw(config.problem, seed, device, dtype, data_dir)

        # The network: two layers, paired initialisation (section 3.1); or fixed features, those of the same network.
        geometry = make_geometry(config.problem, self._problem.dictionary, dtype, device)
        chance = generator(seed, Stream.INITIALISATION)
        network = initialise(config.method, config.problem, geometry, chance, dtype, device)
        self._best = None if start is None else start.best
        if self._best is None and not isinstance(config.method, NetworkMethod):
            judges = config.capture.test_samples
            self._best = self._attempts(
                "ridge solution", partial(best_case, config.method, network, self._problem, judges)
            )
        self._model: TwoLayerNetwork = start_model(config.method, network)
        self._samples = self._problem.sampler(Stream.TRAINING, noisy_labels=True)
        self.camera = Camera(config, self._model, self._problem, self._best)
        if start is not None:
            self.camera.restore(start.camera, start.told, self._model)
            self._model.restore(start.model)
            self._samples.restore(start.generator)
        self._lemma = None
        if isinstance(config.problem, DictionaryProblem) and isinstance(config.method, NetworkMethod):
            self._lemma = LemmaFive(config.problem, config.training, self._problem.dictionary, self.camera.patterns)
            self._attempts(LEMMA, partial(self._lemma.expect, 0 if start is None else start.step, self._model))
        self.started = self._started(config, {**provenance(device, threads), **self._problem.provenance})

    @property
    def bytes(self) -> int:
        return self._model.bytes

    def train(self, after: int) -> Iterator[TrainState]:
        return train(self._model, self._training, self._samples, self._problem.positive_share, after)

    def watch(self, state: TrainState) -> Iterator[Happened]:
        if self._lemma is not None:
            yield from self._attempts.at(state.step)(LEMMA, partial(self._lemma.watch, state, self._model)) or ()
        yield from self._attempts.news()

    def is_finite(self, loss: float | None) -> bool:
        return self._model.is_finite(loss)

    def snapshot(self) -> TwoLayerNetwork:
        return self._model.snapshot()

    def checkpoint(self, step: int, frames: int, diverged: bool) -> Checkpoint:
        return Checkpoint(step, frames, self._model.state(), self._samples.state(), {}, {}, diverged, self._best)

    def _started(self, config: RunConfig, told: dict[str, str | int | None]) -> Started:
        problem, camera = self._problem, self.camera
        shown = tuple(camera.patterns.tolist())
        return Started(
            total_steps=config.total_steps,
            patterns_total=problem.dictionary.matrix.shape[1],
            relevant=problem.dictionary.relevant,
            shown=shown,
            names=problem.names and tuple(problem.names[j] for j in shown),
            signal=problem.signal,
            neurons_total=self._model.neurons,
            neurons_shown=len(camera.neurons),
            pictures=None if camera.pictures is None else camera.pictures.facts(),
            facts=problem.facts,
            provenance=told,
            dictionary=problem.dictionary.matrix.to(torch.float32).numpy(),
        )

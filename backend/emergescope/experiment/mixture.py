"""Figure 4: a teacher learns the data L; a student learns a mixture of L and injected inputs U from the teacher's
labels; beside it a third network, which starts as the student does, learns L directly.
"""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor

from emergescope.config import ClassifierMethod, MixtureProblem, ResNetMethod, RunConfig, SgdTraining
from emergescope.frames.checkpoint import Checkpoint
from emergescope.frames.events import Happened, Started
from emergescope.frames.mixture_camera import MixtureCamera, Seen
from emergescope.models import Classifier, Descent, Teacher, resnet18, two_layer_classifier
from emergescope.problems import Stream, generator
from emergescope.problems.mixture import Mixture, draw_mixture
from emergescope.provenance import choose_device, provenance
from emergescope.training import Sgd, TrainState

_TEACHER, _STUDENT, _DIRECT = "teacher.", "student.", "direct."


class MixtureSetting:
    """The three networks and what they learn: first the teacher, then the student with direct training beside it."""

    def __init__(self, config: RunConfig, threads: int, start: Checkpoint | None, data_dir: Path | None) -> None:
        assert isinstance(config.problem, MixtureProblem)
        assert isinstance(config.training, SgdTraining)
        seed, training, tests = config.seed, config.training, config.capture.test_samples
        device, dtype = choose_device(training.device), getattr(torch, training.dtype)
        self._balanced = config.problem.injected_labels == "balanced"
        self._mixture = draw_mixture(config.problem, config.method, tests, seed, device, dtype, data_dir)
        inputs, true = self._mixture.inputs, self._mixture.labels
        self._taught = torch.zeros(len(inputs), dtype=torch.int64, device=device)  # labels, once the teacher is there

        def learner(labels: Tensor, rows: Tensor, begins: Stream, order: Stream) -> Sgd:
            network = _draw(config.method, self._mixture, generator(seed, begins), dtype, device)
            return Sgd(network, inputs, labels, rows, training, seed, order)

        data, mixed = self._mixture.data_rows, self._mixture.student_rows
        self._teaching = learner(true, data, Stream.INITIALISATION, Stream.TEACHER_ORDER)
        self._student = learner(self._taught, mixed, Stream.STUDENT, Stream.STUDENT_ORDER)
        self._direct = learner(true, data, Stream.STUDENT, Stream.DIRECT_ORDER)
        self._teacher: Teacher | None = None
        self._stage = "teacher"
        self.camera = MixtureCamera(config, self._mixture, self._student.network)
        if start is not None:
            self._restore(start)
        self.started = self._started(config, provenance(device, threads))

    @property
    def bytes(self) -> int:
        return 2 * self._student.network.bytes

    def train(self, after: int) -> Iterator[TrainState]:
        if after < 0:
            yield TrainState(0, "start", None, None)
        first, steps, beside = self._teaching.steps, self._student.steps, self._direct.steps
        for done in range(max(after, 0), first):
            descent = self._teaching.step(done)
            if done + 1 == first:
                self._teach()
            yield _state(done + 1, self._stage, descent)
        self._stage = "student"
        for done in range(max(after - first, 0), steps):
            descent = self._student.step(done)
            # As many epochs as the student has behind it, in the fewer steps that fewer samples take.
            for direct in range(done * beside // steps, (done + 1) * beside // steps):
                self._direct.step(direct)
            yield _state(first + done + 1, self._stage, descent)

    def watch(self, state: TrainState) -> Iterator[Happened]:
        yield from ()

    def is_finite(self, loss: float | None) -> bool:
        on_stage = (self._teaching,) if self._stage == "teacher" else (self._student, self._direct)
        return (loss is None or math.isfinite(loss)) and all(sgd.network.is_finite() for sgd in on_stage)

    def snapshot(self) -> Seen:
        if self._stage == "teacher":
            return Seen(self._teaching.network.snapshot(), self._teacher, None)
        return Seen(self._student.network.snapshot(), self._teacher, self._direct.network.snapshot())

    def checkpoint(self, step: int, frames: int, diverged: bool) -> Checkpoint:
        # Of a trained teacher the network is enough: labels follow from it.
        parts = {_TEACHER: self._teaching.state() if self._teacher is None else self._teaching.network.state()}
        if self._stage == "student":
            parts |= {_STUDENT: self._student.state(), _DIRECT: self._direct.state()}
        model = {prefix + name: t for prefix, part in parts.items() for name, t in part.items()}
        return Checkpoint(step, frames, model, torch.empty(0, dtype=torch.uint8), {}, {}, diverged, None)

    def _restore(self, start: Checkpoint) -> None:
        teacher = _part(start.model, _TEACHER)
        if start.step < self._teaching.steps:
            self._teaching.restore(teacher)
        else:
            self._teaching.network.restore(teacher)
            self._teach()
        if start.step > self._teaching.steps:
            self._stage = "student"
            self._student.restore(_part(start.model, _STUDENT))
            self._direct.restore(_part(start.model, _DIRECT))
        self.camera.restore(start.camera, start.told)

    def _teach(self) -> None:
        """The teacher is trained, and labels what the student will learn."""
        mixture, n = self._mixture, len(self._mixture.labels)
        reference = mixture.injected if len(mixture.injected) > 1 else mixture.test_injected
        self._teacher = Teacher(self._teaching.network, reference if self._balanced else None)
        self._taught[:n] = self._teacher.label_data(mixture.inputs[:n])
        self._taught[n:] = self._teacher.label_injected(mixture.injected)

    def _started(self, config: RunConfig, told: Mapping[str, str | int | None]) -> Started:
        mixture, camera = self._mixture, self.camera
        shown = tuple(camera.patterns.tolist())
        return Started(
            total_steps=config.total_steps,
            patterns_total=len(mixture.names),
            relevant=mixture.dictionary.relevant,
            shown=shown,
            names=tuple(mixture.names[j] for j in shown),
            signal=mixture.signal,
            neurons_total=camera.neurons_total,
            neurons_shown=len(camera.neurons),
            pictures=camera.pictures.facts(),
            facts=mixture.facts,
            provenance={**told, **mixture.provenance},
            dictionary=mixture.dictionary.matrix.to(torch.float32).numpy(),
        )


def _draw(
    method: object, mixture: Mixture, chance: torch.Generator, dtype: torch.dtype, device: torch.device | str
) -> Classifier:
    """The network of the method, for inputs and classes of the mixture."""
    channels, classes = mixture.inputs.shape[1], mixture.classes
    if isinstance(method, ResNetMethod):
        return resnet18(method.width, channels, classes, chance, dtype, device, method.stem_stride)
    assert isinstance(method, ClassifierMethod)
    return two_layer_classifier(method.m, mixture.inputs[0].numel(), classes, chance, dtype, device)


def _state(step: int, stage: str, descent: Descent) -> TrainState:
    return TrainState(step, stage, descent.loss, descent.accuracy)


def _part(model: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): t for name, t in model.items() if name.startswith(prefix)}

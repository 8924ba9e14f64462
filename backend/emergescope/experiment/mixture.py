"""Figure 4: a teacher learns the data L; a student learns a mixture of L and injected inputs U from the teacher's labels;
beside it a third network, which starts as the student does, learns L directly.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor

from emergescope.config import ClassifierMethod, MixtureProblem, ResNetMethod, RunConfig, SgdTraining
from emergescope.errors import FieldError, InvalidConfig
from emergescope.frames.checkpoint import Checkpoint
from emergescope.frames.events import Happened, Started
from emergescope.frames.mixture_camera import MixtureCamera, Seen
from emergescope.models import Classifier, Descent, Teacher, resnet18, two_layer_classifier
from emergescope.problems import Mixture, Stream, draw_mixture, generator
from emergescope.provenance import choose_device, provenance
from emergescope.training import Sgd, TrainState

_TEACHER, _STUDENT, _DIRECT = "teacher.", "student.", "direct."


class MixtureSetting:
    """The three networks and what they learn. Of the teacher, nothing changes after its stage."""

    def __init__(self, config: RunConfig, threads: int, start: Checkpoint | None, data_dir: Path | None) -> None:
        assert isinstance(config.problem, MixtureProblem)
        assert isinstance(config.training, SgdTraining)
        seed, training = config.seed, config.training
        device, dtype = choose_device(training.device), getattr(torch, training.dtype)
        tests = config.capture.test_samples
        self._balanced = config.problem.injected_labels == "balanced"
        self._mixture = draw_mixture(config.problem, config.method, tests, seed, device, dtype, data_dir)
        inputs, rows = self._mixture.inputs, self._mixture.data_rows

        def learner(labels: Tensor, rows: Tensor, start: Stream, order: Stream) -> Sgd:
            network = _network(config, self._mixture, generator(seed, start), dtype, device)
            return Sgd(network, inputs, labels, rows, training, seed, order)

        true = self._mixture.labels
        # Labels of U are there once the teacher is.
        self._labels = torch.zeros(len(inputs), dtype=torch.int64, device=device)
        self._teaching = learner(true, rows, Stream.INITIALISATION, Stream.TEACHER_ORDER)
        self._student = learner(self._labels, self._mixture.student_rows, Stream.STUDENT, Stream.STUDENT_ORDER)
        self._direct = learner(true, rows, Stream.STUDENT, Stream.DIRECT_ORDER)
        self._teacher: Teacher | None = None
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
        taught = self._teaching.steps
        for done in range(max(after, 0), taught):
            descent = self._teaching.step(done)
            if done + 1 == taught:
                self._teach()
            yield _state(done + 1, "teacher", descent)
        steps, beside = self._student.steps, self._direct.steps
        for done in range(max(after - taught, 0), steps):
            descent = self._student.step(done)
            # As many epochs as the student has behind it, in the fewer steps that its fewer samples take.
            for direct in range(done * beside // steps, (done + 1) * beside // steps):
                self._direct.step(direct)
            yield _state(taught + done + 1, "student", descent)

    def watch(self, state: TrainState) -> Iterator[Happened]:
        yield from ()

    def is_finite(self, loss: float | None) -> bool: ...

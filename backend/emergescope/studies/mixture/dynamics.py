"""Figure 4: a teacher learns the data L; a student learns a mixture of L and injected inputs U from the teacher's
labels; beside it a third network, which starts as the student does, learns L directly.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from emergescope.recording.capture import part
from emergescope.recording.events import Saved, Started, State
from emergescope.studies.mixture.camera import MixtureCamera, Seen
from emergescope.studies.mixture.classifier import Classifier, Descent, Teacher, two_layer_classifier
from emergescope.studies.mixture.config import MixtureConfig
from emergescope.studies.mixture.inputs import Mixture
from emergescope.studies.mixture.resnet import resnet18
from emergescope.studies.mixture.sgd import Sgd
from emergescope.studies.study import Context
from emergescope.toolkit.frame_parts import descent
from emergescope.toolkit.seeds import Stream, generator

_MODEL = "model."
_TEACHER, _STUDENT, _DIRECT = "teacher.", "student.", "direct."


class MixtureDynamics:
    """The three networks and what they learn: first the teacher, then the student with direct training beside it."""

    def __init__(self, config: MixtureConfig, context: Context, saved: Saved | None) -> None:
        self._config, self._saved = config, saved
        self._mixture = Mixture(config, context)
        inputs, true = self._mixture.inputs, self._mixture.labels
        self._taught = inputs.new_zeros(len(inputs), dtype=torch.int64)  # labels, once the teacher is there

        def learner(labels: Tensor, rows: Tensor, begins: Stream, order: Stream) -> Sgd:
            network = _draw(config, self._mixture, generator(config.seed, begins), context)
            return Sgd(network, inputs, labels, rows, config.training, config.seed, order)

        data, mixed = self._mixture.data_rows, self._mixture.student_rows
        self._teaching = learner(true, data, Stream.INITIALISATION, Stream.TEACHER_ORDER)
        self._student = learner(self._taught, mixed, Stream.STUDENT, Stream.STUDENT_ORDER)
        self._direct = learner(true, data, Stream.STUDENT, Stream.DIRECT_ORDER)
        self._teacher: Teacher | None = None
        self._stage = "teacher"
        self._camera = MixtureCamera(config, self._mixture, self._student.network)

    @property
    def snapshot_bytes(self) -> int:
        return 2 * self._student.network.bytes

    @property
    def started(self) -> Started:
        return self._camera.started(self._config.total_steps)

    def camera(self, saved: Saved | None) -> MixtureCamera:
        if saved is not None:
            self._camera.restore(saved)
        return self._camera

    def train(self, after: int) -> Iterator[State]:
        if self._saved is not None:
            self._restore(part(self._saved.tensors, _MODEL), after)
        if after < 0:
            yield State(0, "start", finite=self._is_finite(None))
        first, steps, beside = self._teaching.steps, self._student.steps, self._direct.steps
        for done in range(max(after, 0), first):
            update = self._teaching.step(done)
            if done + 1 == first:
                self._teach()
            yield self._state(done + 1, update)
        self._stage = "student"
        for done in range(max(after - first, 0), steps):
            update = self._student.step(done)
            # As many epochs as the student has behind it, in the fewer steps that fewer samples take.
            for direct in range(done * beside // steps, (done + 1) * beside // steps):
                self._direct.step(direct)
            yield self._state(first + done + 1, update)

    def _state(self, step: int, update: Descent) -> State:
        return State(step, self._stage, descent(update.loss, update.accuracy), self._is_finite(update.loss))

    def _is_finite(self, loss: float | None) -> bool:
        on_stage = (self._teaching,) if self._stage == "teacher" else (self._student, self._direct)
        return all(sgd.network.is_finite(loss) for sgd in on_stage)

    def snapshot(self) -> Seen:
        if self._stage == "teacher":
            return Seen(self._teaching.network.snapshot(), self._teacher, None)
        return Seen(self._student.network.snapshot(), self._teacher, self._direct.network.snapshot())

    def save(self) -> Saved:
        # Of a trained teacher the network is enough: labels follow from it.
        parts = {_TEACHER: self._teaching.state() if self._teacher is None else self._teaching.network.state()}
        if self._stage == "student":
            parts |= {_STUDENT: self._student.state(), _DIRECT: self._direct.state()}
        return Saved({_MODEL + prefix + name: t for prefix, state in parts.items() for name, t in state.items()})

    def _restore(self, networks: dict[str, Tensor], step: int) -> None:
        teacher = part(networks, _TEACHER)
        if step < self._teaching.steps:
            self._teaching.restore(teacher)
        else:
            self._teaching.network.restore(teacher)
            self._teach()
        if step > self._teaching.steps:
            self._stage = "student"
            self._student.restore(part(networks, _STUDENT))
            self._direct.restore(part(networks, _DIRECT))

    def _teach(self) -> None:
        """The teacher is trained, and labels what the student will learn."""
        mixture, n = self._mixture, len(self._mixture.labels)
        reference = mixture.injected if len(mixture.injected) > 1 else mixture.test_injected
        is_balanced = self._config.problem.injected_labels == "balanced"
        self._teacher = Teacher(self._teaching.network, reference if is_balanced else None)
        self._taught[:n] = self._teacher.network.labels(mixture.inputs[:n])
        self._taught[n:] = self._teacher.label_injected(mixture.injected)


def _draw(config: MixtureConfig, mixture: Mixture, chance: torch.Generator, context: Context) -> Classifier:
    """The network of the method, for inputs and classes of the mixture."""
    method, shape, made = config.method, mixture.inputs.shape[1:], (chance, context.dtype, context.device)
    if method.kind == "resnet18":
        return resnet18(method.width, shape[0], mixture.classes, *made, method.stem_stride)
    return two_layer_classifier(method.m, shape.numel(), mixture.classes, *made)

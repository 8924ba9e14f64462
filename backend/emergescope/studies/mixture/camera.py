"""Takes frames of a teacher and then of its student: the first layer as a map, and who agrees with whom on what."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from emergescope.recording.capture import Attempts, Look
from emergescope.recording.events import Frame, Saved, State
from emergescope.studies.mixture.config import MixtureConfig
from emergescope.studies.mixture.inputs import Mixture, as_pictures
from emergescope.studies.mixture.milestones import MixtureMilestones
from emergescope.studies.mixture.teacher import Teacher, kappa
from emergescope.toolkit.alignment import align
from emergescope.toolkit.classifiers.classifier import Classifier
from emergescope.toolkit.frame_parts import (
    DIRECTIONS,
    EVENTS,
    LARGEST,
    MAP,
    PICTURES,
    SPECTRUM,
    as_array,
    choose,
    directions,
    finite,
    on_map,
    told_of,
)
from emergescope.toolkit.hinge.geometry import AmbientGeometry
from emergescope.toolkit.map_maker import MapMaker
from emergescope.toolkit.pictures import Pictures
from emergescope.toolkit.seeds import Stream, generator
from emergescope.toolkit.sentences import accuracies, percent
from emergescope.toolkit.spectrum import singular_values


@dataclass(frozen=True)
class Seen:
    """Copies of what is in training, and the teacher once it is trained.

    network  on stage: the teacher, then the student
    direct   beside the student; None in the teacher's stage
    """

    network: Classifier
    teacher: Teacher | None
    direct: Classifier | None

    @property
    def stage(self) -> str:
        return "teacher" if self.direct is None else "student"


@dataclass(frozen=True)
class _Answers:
    """The teacher's labels of both test sets; its accuracy on the first; share of the commonest label in the second."""

    data: Tensor
    injected: Tensor
    accuracy: float
    majority: float


@dataclass(frozen=True)
class _FirstLayer:
    geometry: AmbientGeometry
    q: Tensor

    def weights(self) -> Tensor:
        return self.q


class MixtureCamera:
    """Takes the frames of one run, in order; the map begins anew with the student.

    neurons   [n] indices of the neurons of the first layer that are shown, of neurons_total
    patterns  [p] columns of the directions that are shown, the signal first
    """

    def __init__(self, config: MixtureConfig, mixture: Mixture, network: Classifier) -> None:
        self._ratio = config.problem.ratio
        self._mixture = mixture
        weights = network.neurons()[0]
        self.neurons = choose(len(weights), config.capture.max_neurons, generator(config.seed, Stream.SHOWN_NEURONS))
        self.patterns = torch.arange(min(mixture.dictionary.matrix.shape[1], config.capture.max_patterns))
        self.pictures = Pictures(mixture.picture, len(self.neurons), config.capture.max_pictures)
        self.neurons_total = len(weights)
        self._geometry = AmbientGeometry(mixture.dictionary, weights.dtype, weights.device)
        self._milestones = MixtureMilestones(config)
        self._maps = MapMaker()
        self._attempts = Attempts()
        self._stage = "teacher"
        self._answers: _Answers | None = None

    def take(self, state: State, seen: Seen) -> Look:
        """The frame of `seen`, which must not change meanwhile. Frames are to be taken in order of step. What cannot be
        measured is left out of it.
        """
        if seen.stage != self._stage:
            self._stage, self._maps = seen.stage, MapMaker()
        attempt, neurons = self._attempts.at(state.step), self.neurons.to(self._mixture.inputs.device)
        weights, bias, size = seen.network.neurons()
        weights = as_pictures(weights, self._mixture.picture)
        pick, layout = {"bias": bias[neurons], "output_weight": size[neurons]}, None
        found = attempt(DIRECTIONS, partial(align, _FirstLayer(self._geometry, weights)))
        if found is not None:
            unit = found.unit
            layout = attempt(MAP, lambda: self._maps.draw(unit[neurons], self._geometry.signal_in(unit)))
            pick |= on_map(layout) | directions(found, neurons, self.patterns)
        pick |= attempt(SPECTRUM, lambda: {"singular_values": singular_values(weights, LARGEST)}) or {}
        pick |= attempt(PICTURES, lambda: self.pictures.take(weights[neurons])) or {}
        measured = {**state.metrics, **(attempt("accuracies", partial(self._accuracies, seen)) or {})}
        metrics = {name: finite(value) for name, value in measured.items()}
        frame = Frame(
            step=state.step,
            phase=state.stage,
            metrics=metrics,
            layout=told_of(layout),
            tensors={name: as_array(t) for name, t in pick.items()},
            says=_says(seen.stage, metrics),
        )
        happened = attempt(EVENTS, partial(self._milestones.watch, state.step, metrics)) or ()
        return Look(frame, (*happened, *attempt.events()))

    def save(self) -> Saved:
        """What it remembers of the frames taken so far."""
        tensors = {} if self._maps.last is None else {"map": self._maps.last}
        return Saved(tensors, {"stage": self._stage, **self._milestones.state(), **self._attempts.state()})

    def restore(self, saved: Saved) -> None:
        """Remember what `save` has said."""
        told = saved.data
        self._stage, self._maps.last = told["stage"], saved.tensors.get("map")
        self._milestones.restore(told)
        self._attempts.restore(told)

    def _accuracies(self, seen: Seen) -> dict[str, float | None]:
        x, true, classes = self._mixture.test_inputs, self._mixture.test_labels, self._mixture.classes
        found = _labels(seen.network, x)
        accuracy = _agreement(found, true)
        metrics: dict[str, float | None] = {"test_accuracy": accuracy}
        if seen.direct is None:
            metrics["teacher_accuracy"] = accuracy
        if seen.teacher is None or not seen.teacher.network.is_finite():
            return metrics
        answers = self._answers_of(seen.teacher)
        metrics |= {"teacher_accuracy": answers.accuracy, "injected_majority": answers.majority}
        if seen.direct is None:
            return metrics
        injected = _labels(seen.network, self._mixture.test_injected)
        on_data, on_injected = _agreement(found, answers.data), _agreement(injected, answers.injected)
        both = None
        if on_data is not None and on_injected is not None:
            both = (1 - self._ratio) * on_data + self._ratio * on_injected
        return metrics | {
            "direct_accuracy": _agreement(_labels(seen.direct, x), true),
            "data_accuracy": on_data,
            "data_true_accuracy": accuracy,
            "injected_accuracy": on_injected,
            "mixture_accuracy": both,
            "injected_kappa": None if injected is None else kappa(injected, answers.injected, classes),
        }

    def _answers_of(self, teacher: Teacher) -> _Answers:
        """Computed once: it does not change any more."""
        if self._answers is None:
            mixture = self._mixture
            data, injected = teacher.label_data(mixture.test_inputs), teacher.label_injected(mixture.test_injected)
            accuracy = int((data == mixture.test_labels).sum()) / len(data)
            self._answers = _Answers(data, injected, accuracy, int(injected.bincount().max()) / len(injected))
        return self._answers


def _says(stage: str, metrics: Mapping[str, float | None]) -> dict[str, str]:
    """Of who is on stage."""
    if stage == "teacher":
        said = accuracies(metrics, {"teacher_accuracy": "the test images"})
        return {"curves": f"The teacher: {said}"} if said else {}
    data, injected = metrics.get("data_accuracy"), metrics.get("injected_accuracy")
    if data is None or injected is None:
        return {}
    parts = f"{percent(data)} of the data part and {percent(injected)} of the injected part"
    return {"curves": f"The student agrees with the teacher on {parts}."}


def _labels(network: Classifier, x: Tensor) -> Tensor | None:
    """int64 [n]; None of a network that is not finite."""
    return network.judge(x).argmax(1) if network.is_finite() else None


def _agreement(found: Tensor | None, expected: Tensor) -> float | None:
    return None if found is None else int((found == expected).sum()) / len(expected)

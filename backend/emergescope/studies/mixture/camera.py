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
from emergescope.toolkit import frame_parts as parts
from emergescope.toolkit.alignment import align
from emergescope.toolkit.classifiers.classifier import Classifier
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
class _FirstLayer:
    geometry: AmbientGeometry
    q: Tensor

    def weights(self) -> Tensor:
        return self.q


class MixtureCamera:
    """Takes the frames of one run, in order; the map begins anew with the student.

    neurons   [n] indices of the neurons of the first layer that are shown; counted: how many there are, and shown
    patterns  [p] columns of the directions that are shown, the signal first
    """

    def __init__(self, config: MixtureConfig, mixture: Mixture, network: Classifier) -> None:
        self._config, self._mixture, self._shape = config, mixture, config.neuron_shape
        weights = network.neurons()[0]
        self.neurons = parts.choose(
            len(weights), config.capture.max_neurons, generator(config.seed, Stream.SHOWN_NEURONS)
        )
        self.patterns = torch.arange(min(mixture.dictionary.matrix.shape[1], config.capture.max_patterns))
        self.pictures = Pictures(self._shape, len(self.neurons), config.capture.max_pictures)
        self.counted = len(weights), len(self.neurons)
        self._geometry = AmbientGeometry(mixture.dictionary, weights.dtype, weights.device)
        self._milestones = MixtureMilestones(config)
        self._maps = MapMaker()
        self._attempts = Attempts()
        self._stage = "teacher"
        self._answers: tuple[Tensor, Tensor] | None = None  # the teacher's, of both test sets

    def take(self, state: State, seen: Seen) -> Look:
        """The frame of `seen`, which must not change meanwhile. Frames are to be taken in order of step. What cannot be
        measured is left out of it.
        """
        if seen.stage != self._stage:
            self._stage, self._maps = seen.stage, MapMaker()
        attempt, neurons = self._attempts.at(state.step), self.neurons.to(self._mixture.inputs.device)
        weights, bias, size = seen.network.neurons()
        weights = as_pictures(weights, self._shape)
        pick, layout = {"bias": bias[neurons], "output_weight": size[neurons]}, None
        found = attempt(parts.DIRECTIONS, partial(align, _FirstLayer(self._geometry, weights)))
        if found is not None:
            unit = found.unit
            layout = attempt(parts.MAP, lambda: self._maps.draw(unit[neurons], self._geometry.signal_in(unit)))
            pick |= parts.on_map(layout) | parts.directions(found, neurons, self.patterns)
        pick |= attempt(parts.SPECTRUM, lambda: {"singular_values": singular_values(weights, parts.LARGEST)}) or {}
        pick |= attempt(parts.PICTURES, lambda: self.pictures.take(weights[neurons])) or {}
        measured = {**state.metrics, **(attempt("accuracies", partial(self._accuracies, seen)) or {})}
        metrics = {name: parts.finite(value) for name, value in measured.items()}
        frame = Frame(
            step=state.step,
            phase=state.stage,
            metrics=metrics,
            layout=parts.told_of(layout),
            tensors={name: parts.as_array(t) for name, t in pick.items()},
            says=_says(seen.stage, metrics),
        )
        happened = attempt(parts.EVENTS, partial(self._milestones.watch, state.step, metrics)) or ()
        return Look(frame, (*happened, *attempt.events()))

    def save(self) -> Saved:
        """What it remembers of the frames taken so far."""
        tensors = {} if self._maps.last is None else {"map": self._maps.last}
        return Saved(tensors, {"stage": self._stage, **self._milestones.state(), **self._attempts.state()})

    def restore(self, saved: Saved) -> None:
        """Remember what `save` has said."""
        self._stage, self._maps.last = saved.data["stage"], saved.tensors.get("map")
        self._milestones.restore(saved.data)
        self._attempts.restore(saved.data)

    def _accuracies(self, seen: Seen) -> dict[str, float | None]:
        mixture, teacher, ratio = self._mixture, seen.teacher, self._config.problem.ratio
        found = _labels(seen.network, mixture.test_inputs)
        accuracy = _agreement(found, mixture.test_labels)
        metrics: dict[str, float | None] = {"test_accuracy": accuracy}
        if seen.direct is None:
            metrics["teacher_accuracy"] = accuracy
        if teacher is None or not teacher.network.is_finite():
            return metrics
        if self._answers is None:  # they do not change any more
            data = teacher.network.labels(mixture.test_inputs)
            self._answers = data, teacher.label_injected(mixture.test_injected)
        data, injected = self._answers
        metrics["teacher_accuracy"] = _agreement(data, mixture.test_labels)
        metrics["injected_majority"] = int(injected.bincount().max()) / len(injected)
        if seen.direct is None:
            return metrics
        found_injected = _labels(seen.network, mixture.test_injected)
        on_data, on_injected = _agreement(found, data), _agreement(found_injected, injected)
        both = None if on_data is None or on_injected is None else (1 - ratio) * on_data + ratio * on_injected
        return metrics | {
            "direct_accuracy": _agreement(_labels(seen.direct, mixture.test_inputs), mixture.test_labels),
            "data_accuracy": on_data,
            "data_true_accuracy": accuracy,
            "injected_accuracy": on_injected,
            "mixture_accuracy": both,
            "injected_kappa": None if found_injected is None else kappa(found_injected, injected, mixture.classes),
        }


def _says(stage: str, metrics: Mapping[str, float | None]) -> dict[str, str]:
    """Of who is on stage."""
    if stage == "teacher":
        said = accuracies(metrics, {"teacher_accuracy": "the test images"})
        return {"curves": f"The teacher: {said}"} if said else {}
    data, injected = metrics.get("data_accuracy"), metrics.get("injected_accuracy")
    if data is None or injected is None:
        return {}
    both = f"{percent(data)} of the data part and {percent(injected)} of the injected part"
    return {"curves": f"The student agrees with the teacher on {both}."}


def _labels(network: Classifier, x: Tensor) -> Tensor | None:
    """int64 [n]; None of a network that is not finite."""
    return network.labels(x) if network.is_finite() else None


def _agreement(found: Tensor | None, expected: Tensor) -> float | None:
    return None if found is None else int((found == expected).sum()) / len(expected)

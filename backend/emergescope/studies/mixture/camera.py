"""Takes frames of a teacher and then of its student: the first layer as a map, and who agrees with whom on what; and
finds there what happened: the teacher is done, the student agrees with it, and how much later on injected inputs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import torch
from torch import Tensor

from emergescope.recording.capture import Look
from emergescope.recording.events import Frame, Happened, Saved, State
from emergescope.studies.mixture.classifier import Classifier, Teacher
from emergescope.studies.mixture.config import MixtureConfig
from emergescope.studies.mixture.inputs import Mixture, as_pictures
from emergescope.studies.mixture.says import says
from emergescope.toolkit.alignment import InSpace
from emergescope.toolkit.camera import NeuronCamera
from emergescope.toolkit.hinge.geometry import AmbientGeometry
from emergescope.toolkit.map_maker import MapMaker
from emergescope.toolkit.sentences import Metrics, Milestones, passed

AGREED: Final = 0.9  # with the teacher, on the data part
HALF: Final = 0.5  # on the injected part
OWN: Final = 0.9  # of a part's own final value: what the speeds of the two parts are compared by


class MixtureMilestones(Milestones):
    """Of the frames of one run; the last compares the two parts."""

    def __init__(self, config: MixtureConfig) -> None:
        super().__init__()
        teacher, student = config.stages
        self._taught, self._last = teacher.steps, config.total_steps
        self._epoch = student.steps / config.training.epochs
        self._curve: list[tuple[int, float, float]] = []

    def state(self) -> dict[str, Any]:
        return {**super().state(), "curve": [list(point) for point in self._curve]}

    def restore(self, state: Mapping[str, Any]) -> None:
        super().restore(state)
        self._curve = [(step, data, injected) for step, data, injected in state["curve"]]

    def watch(self, step: int, metrics: Metrics) -> tuple[Happened, ...]:
        """What this frame is the first to show."""
        return self.first(self._found(step, metrics))

    def _found(self, step: int, metrics: Metrics) -> Iterator[Happened]:
        accuracy, majority = metrics.get("teacher_accuracy"), metrics.get("injected_majority")
        if step == self._taught and accuracy is not None and majority is not None:
            text = (
                f"the teacher is done: {accuracy:.1%} of test images right; of injected inputs it gives "
                f"{majority:.0%} the same label"
            )
            yield Happened(step, "teacher", text, {"accuracy": accuracy, "majority": majority})
        data, injected = metrics.get("data_accuracy"), metrics.get("injected_accuracy")
        if data is None or injected is None:
            return
        self._curve.append((step, data, injected))
        agrees = "the student agrees with the teacher on"
        yield from passed(
            step,
            ("data", data >= AGREED, AGREED, f"{agrees} {AGREED:.0%} of the data part"),
            ("injected", injected >= HALF, HALF, f"{agrees} half of the injected part"),
        )
        if step == self._last:
            yield self._compared(step, data, injected, metrics.get("injected_kappa"))

    def _compared(self, step: int, data: float, injected: float, agreement: float | None) -> Happened:
        """How soon each part had come to 90% of where it ended."""
        epochs = {
            name: (next(at for at, *values in self._curve if values[part] >= OWN * final) - self._taught) / self._epoch
            for part, (name, final) in enumerate((("data", data), ("injected", injected)))
        }
        chance = "" if agreement is None else f" (kappa {agreement:.2f})"
        text = (
            f"agreement with the teacher ends at {data:.1%} on the data part and {injected:.1%} on the injected part"
            f"{chance}; {OWN:.0%} of that was reached after {epochs['data']:.2g} and {epochs['injected']:.2g} epochs"
        )
        return Happened(step, "compared", text, {"data": data, "injected": injected, "epochs": epochs})


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


class MixtureCamera(NeuronCamera):
    """Takes the frames of one run, in order; the map begins anew with the student."""

    def __init__(self, config: MixtureConfig, mixture: Mixture, network: Classifier) -> None:
        self._mixture, self._ratio = mixture, config.problem.ratio
        self._natural = config.problem.injected == "natural"
        weights, directions = network.neurons()[0], mixture.dictionary.matrix.shape[1]
        patterns = torch.arange(min(directions, config.capture.max_patterns), device=weights.device)
        self._geometry = AmbientGeometry(mixture.dictionary, weights.dtype, weights.device)
        self._events = MixtureMilestones(config)
        super().__init__(config.capture, config.seed, mixture, self._events, len(weights), patterns)
        self._stage = "teacher"
        self._answers: tuple[Tensor, Tensor] | None = None  # the teacher's, of both test sets

    def take(self, state: State, seen: Seen) -> Look:
        """The frame of `seen`, which must not change meanwhile. Frames are to be taken in order of step. What cannot be
        measured is left out of it.
        """
        if seen.stage != self._stage:
            self._stage, self._maps = seen.stage, MapMaker()
        attempt = self.attempts.at(state.step)
        weights, bias, size = seen.network.neurons()
        weights = as_pictures(weights, self._mixture.picture)
        still = self.look(InSpace(self._geometry, weights))
        tensors = {"bias": bias[self.neurons], "output_weight": size[self.neurons], **still.tensors}
        tensors |= self.pictured(lambda: weights)
        measured = {**state.metrics, **(attempt("accuracies", partial(self._accuracies, seen)) or {})}
        return self.frame(state, measured, tensors, still.made, partial(self._events.watch, state.step), self._says)

    def _says(self, frame: Frame) -> Mapping[str, str]:
        return says(frame, self.past, self.names, self.total, natural=self._natural)

    def save(self) -> Saved:
        saved = super().save()
        return Saved(saved.tensors, {"stage": self._stage, **saved.data})

    def restore(self, saved: Saved) -> None:
        super().restore(saved)
        self._stage = saved.data["stage"]

    def _accuracies(self, seen: Seen) -> dict[str, float | None]:
        mixture, teacher, ratio = self._mixture, seen.teacher, self._ratio
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


def _labels(network: Classifier, x: Tensor) -> Tensor | None:
    """int64 [n]; None of a network that is not finite."""
    return network.labels(x) if network.is_finite() else None


def _agreement(found: Tensor | None, expected: Tensor) -> float | None:
    return None if found is None else int((found == expected).sum()) / len(expected)


def kappa(found: Tensor, expected: Tensor, classes: int) -> float | None:
    """Cohen's kappa of two labellings int64 [n]: 1 for the same labels, 0 for what chance with these shares of labels
    would agree on; None where chance alone agrees on all.
    """
    n = len(expected)
    agreed = int((found == expected).sum()) / n
    shares = [torch.bincount(labels, minlength=classes).to(torch.float64) / n for labels in (found, expected)]
    chance = float(shares[0] @ shares[1])
    return (agreed - chance) / (1 - chance) if chance < 1 else None

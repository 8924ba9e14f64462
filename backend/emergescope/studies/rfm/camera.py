"""Takes frames of a recursive feature machine: its metric, and how well it predicts; and finds there what happened."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor

from emergescope.recording.capture import Look
from emergescope.recording.events import Frame, Happened, State
from emergescope.studies.rfm.config import RfmConfig
from emergescope.studies.rfm.machine import Machine, draw
from emergescope.studies.rfm.says import ACCURATE, EMERGED, named, says
from emergescope.studies.rfm.theory import limit, limit_deviation
from emergescope.toolkit import sentences
from emergescope.toolkit.frame_parts import TellingCamera
from emergescope.toolkit.neuron_display import LARGEST
from emergescope.toolkit.seeds import Stream, relevant_first
from emergescope.toolkit.sentences import Metrics, passed

_WHY = {
    "identity": "M is the identity in every round",
    "permuted": "M has the learned values on the wrong coordinates",
}


class Milestones(sentences.Milestones):
    """Of the frames of one run; sentences say in which round what was told."""

    def __init__(self, config: RfmConfig) -> None:
        super().__init__()
        self._config = config

    def state(self) -> dict[str, Any]:
        return {"steps": dict(self.told)}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.told = dict(state["steps"])

    def watch(self, step: int, metrics: Metrics) -> tuple[Happened, ...]:
        """What this frame is the first to show."""
        return self.first(self._shown(step, metrics))

    def _shown(self, step: int, metrics: Metrics) -> Iterator[Happened]:
        r2, share = metrics.get("r2"), metrics.get("relevant_share")
        if r2 is None or share is None:
            return
        names = named(self._config.problem.relevant)
        yield from passed(
            step,
            ("emerged", share >= EMERGED, EMERGED, f"{names} have more than {EMERGED:.0%} of the trace of M"),
            ("accurate", r2 >= ACCURATE, ACCURATE, f"more than {ACCURATE:.0%} of the variance is explained"),
        )
        why = _WHY.get(self._config.method.metric)
        if why and step == self._config.total_steps and r2 < ACCURATE:
            text = f"the control fails: {why}, and R² is {r2:.2f} after {step} rounds"
            yield Happened(step, "control", text, {"r2": r2, "relevant_share": share})


class RfmCamera(TellingCamera):
    """Takes the frames of one run, in order.

    y            targets of the training points
    coordinates  [p] that are shown, relevant ones first
    """

    def __init__(self, config: RfmConfig, y: Tensor) -> None:
        self._milestones: Milestones = Milestones(config)
        super().__init__(self._milestones)
        self._config, problem = config, config.problem
        count = config.capture.test_samples
        self._tests, self._targets = draw(problem, count, config.seed, Stream.TEST, y.dtype, y.device)
        self._relevant = list(problem.relevant)
        others = [j for j in range(problem.d) if j not in problem.relevant]
        self._points, shown = config.shown
        self.coordinates = relevant_first(self._relevant, others, shown, config.seed)

    def take(self, state: State, machine: Machine) -> Look:
        """The frame of `machine`. What cannot be measured is left out of it."""
        attempt = self.attempts.at(state.step)
        predicted = attempt("predictions", partial(machine.output, self._tests))
        measured = {**state.metrics, **(attempt("metric", partial(self._measured, machine)) or {})}
        tensors = dict(attempt("metric", partial(self._pictured, machine.metric)) or {})
        if predicted is not None:
            measured |= self._judged(predicted)
            few = slice(self._points)
            tensors |= {"predicted": predicted[few], "target": self._targets[few]}
            if self._config.problem.target == "gated":
                tensors["gate"] = self._tests[few, 5]
        return self.frame(state, measured, tensors, {}, partial(self._watch, state.step, machine.metric), self._says)

    def _says(self, frame: Frame) -> Mapping[str, str]:
        return says(frame, self._config, self._milestones.told)

    def _judged(self, predicted: Tensor) -> Metrics:
        error = float((predicted - self._targets).square().mean())
        return {"test_mse": error, "r2": 1 - error / float(self._targets.var(correction=0))}

    def _measured(self, machine: Machine) -> Metrics:
        diagonal = machine.metric.diagonal()
        smooth, rest = diagonal[:2].mean(), 1 - diagonal[self._relevant].sum() / diagonal.sum()
        residuals = machine.weights * self._config.method.ridge  # y - K a = ridge a
        return {
            "train_mse": float(residuals.square().mean()),
            "relevant_share": min(1.0, max(0.0, 1 - float(rest))) if rest.isfinite() else None,
            "smooth_entry": float(smooth),
        }

    def _pictured(self, metric: Tensor) -> Mapping[str, Tensor]:
        """Of M only its shape: its size means little, and falls by far in the first round."""
        shown = self.coordinates.to(metric.device)
        finite = bool(metric.isfinite().all())
        spectrum = torch.linalg.eigvalsh(metric).flip(0).clamp(min=0) if finite else metric.diagonal()
        return {
            "metric": metric[shown][:, shown] / metric.abs().max(),
            "shares": (metric.diagonal() / metric.trace())[shown],
            "eigenvalues": (spectrum / metric.trace())[:LARGEST],
        }

    def _watch(self, step: int, metric: Tensor, metrics: Metrics) -> tuple[Happened, ...]:
        happened = self._milestones.watch(step, metrics)
        config = self._config
        if step < config.total_steps or config.method.metric != "learned" or not metric.isfinite().all():
            return happened
        return (*happened, compare(metric, config, step))


def compare(metric: Tensor, config: RfmConfig, step: int) -> Happened:
    """An event with entries of M and what they tend to; `deviation`: a standard error of an average over n points."""
    problem, expected = config.problem, limit(config.problem)
    entries = [("x0, x0", 0, 0, expected), ("x1, x1", 1, 1, expected), ("x0, x1", 0, 1, 0.0)]
    spread = limit_deviation(problem)
    groups = [
        {
            "name": name,
            "relevant": i == j,
            "predicted": predicted,
            "measured": float(f"{float(metric[i, j]):.4g}"),
            "deviation": float(f"{spread:.2g}") if i == j else None,
        }
        for name, i, j, predicted in entries
    ]
    text = (
        f"entries (0, 0) and (1, 1) of M are {groups[0]['measured']:.3g} and {groups[1]['measured']:.3g}, where "
        f"{expected:.3g} is the limit; entry (0, 1) is {groups[2]['measured']:.2g}, where 0 is"
    )
    return Happened(step, "limit", text, {"groups": groups})

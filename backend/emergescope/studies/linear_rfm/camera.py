"""Takes frames of a matrix that is being completed: its entries, what is wrong in them, M, and singular values; and
finds there that the matrix emerges, or that a control fails.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor

from emergescope.recording.capture import Look
from emergescope.recording.events import Frame, Happened, State
from emergescope.studies.linear_rfm.completion import Estimate, Problem
from emergescope.studies.linear_rfm.config import EXPLAINED, LinearRfmConfig
from emergescope.studies.linear_rfm.says import SMALL, says
from emergescope.toolkit import sentences
from emergescope.toolkit.frame_parts import TellingCamera
from emergescope.toolkit.sentences import Metrics, brief, passed


class Milestones(sentences.Milestones):
    """Of the frames of one run; sentences say at which step what was told."""

    def __init__(self, config: LinearRfmConfig) -> None:
        super().__init__()
        self._config = config

    def state(self) -> dict[str, Any]:
        return {"steps": dict(self.told)}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.told = dict(state["steps"])

    def watch(self, step: int, metrics: Metrics) -> tuple[Happened, ...]:
        """What this frame is the first to show."""
        error = metrics.get("mse")
        return () if error is None else self.first(self._shown(step, error))

    def _shown(self, step: int, error: float) -> Iterator[Happened]:
        config = self._config
        explained = f"the matrix emerges: the held-out error has fallen below {EXPLAINED:g}"
        yield from passed(step, ("emerged", error < EXPLAINED, EXPLAINED, explained))
        hopeless = not config.learns or config.schatten >= 1
        if step == config.total_steps and error >= EXPLAINED and hopeless:
            penalty = f"with Schatten p = {config.schatten:g} small singular values do not collapse"
            why = penalty if config.learns else "with fixed features nothing is filled in"
            text = f"the control fails: {why}, and the held-out error is {brief(error)}"
            yield Happened(step, "control", text, {"mse": error})


def arranged(vectors: Tensor, shown: int) -> Tensor:
    """Rows, or columns, as they are shown: by their angle in the plane of the two leading singular vectors, so that
    those alike are neighbours; evenly chosen where not all are shown.
    """
    across, upwards = vectors[:, 0], vectors[:, min(1, vectors.shape[1] - 1)]
    order = (torch.atan2(upwards, across) if vectors.shape[1] > 1 else across).argsort(stable=True)
    places = torch.linspace(0, len(order) - 1, shown, dtype=torch.float64).round().long()
    return order.cpu()[places]


class LinearRfmCamera(TellingCamera):
    """Takes the frames of one run, in order.

    rows, columns  that are shown
    """

    def __init__(self, config: LinearRfmConfig, problem: Problem) -> None:
        self._milestones: Milestones = Milestones(config)
        super().__init__(self._milestones)
        self._config, self._problem = config, problem
        self.rows, self.columns = (arranged(vectors, config.shown) for vectors in (problem.left, problem.right))
        self._seen: tuple[int, Metrics, Mapping[str, Tensor]] = (-1, {}, {})  # of the round measured last

    def take(self, state: State, estimate: Estimate) -> Look:
        """The frame of a round; that of one which was seen before costs nothing."""
        attempt = self.attempts.at(state.step)
        if self._seen[0] != estimate.round:
            self._seen = (estimate.round, *(attempt("singular values", partial(self._look, estimate)) or ({}, {})))
        _, measured, tensors = self._seen
        watch = partial(self._milestones.watch, state.step)
        told = partial(self._says, estimate.round if estimate.over else None)
        return self.frame(state, {**state.metrics, **measured}, tensors, {}, watch, told)

    def _says(self, stopped: int | None, frame: Frame) -> Mapping[str, str]:
        return says(frame, self._config, self._milestones.told, stopped)

    def _look(self, estimate: Estimate) -> tuple[Metrics, Mapping[str, Tensor]]:
        """Of what is no number there are no singular values, and nothing is measured."""
        rows, columns = (places.to(estimate.m.device) for places in (self.rows, self.columns))
        tensors = {
            "completed_matrix": estimate.completed[rows][:, columns].half(),
            "still_missing": (self._problem.truth - estimate.completed)[rows][:, columns].half(),
            "m": estimate.m[columns][:, columns].half(),
        }
        if not estimate.finite:
            return dict.fromkeys(("row_space", "effective_rank")), tensors
        values, true, shown = torch.linalg.svdvals(estimate.completed), self._problem.values, self._config.values_shown
        measured = {
            "row_space": self._problem.share(estimate.m),
            "effective_rank": float((values > SMALL * values[0]).sum()),
        }
        rest = true.new_zeros(len(values) - len(true))
        tensors |= {"singular_values": values[:shown], "true_values": torch.cat((true, rest))[:shown]}
        return measured, tensors

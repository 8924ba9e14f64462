"""Rounds of a linear recursive feature machine: fit every row, put back what is known, take M anew; until it is found,
or nothing is gained any more. Rounds after that change nothing.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import torch

from emergescope.recording.events import Happened, Saved, Started, State
from emergescope.studies.linear_rfm.camera import LinearRfmCamera
from emergescope.studies.linear_rfm.completion import Estimate, Rows, draw_problem, kernel_of, outer_product
from emergescope.studies.linear_rfm.config import EXPLAINED, LinearRfmConfig, Rounds
from emergescope.studies.linear_rfm.theory import beside_theory
from emergescope.studies.study import Context


class Stopping:
    """The ridge of each round, and when to stop, by the held-out error of the rounds before.

    ridge  of the next round
    why    it has stopped; None while it goes on
    """

    def __init__(self, training: Rounds) -> None:
        self._training = training
        self.ridge = training.ridge
        self.why: str | None = None
        self._before: float | None = None
        self._idle = 0

    def see(self, error: float) -> None:
        """The error of the round that has ended."""
        training = self._training
        if self._before is not None and (error > self._before or abs(error - self._before) < 1e-10):
            self._idle += 1
        self._before = error
        if self._idle > training.most_idle:
            self.why = f"{self._idle} rounds have not lowered the held-out error"
        elif error < training.target_error:
            self.why = f"the held-out error is below {training.target_error:g}"
        elif error < EXPLAINED:
            self.ridge = min(self.ridge, training.small_ridge)

    def state(self) -> dict[str, Any]:
        return {"ridge": self.ridge, "why": self.why, "before": self._before, "idle": self._idle}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.ridge, self.why, self._before, self._idle = (state[name] for name in ("ridge", "why", "before", "idle"))


class LinearRfmDynamics:
    """Draws the matrix from the seed, and completes it."""

    def __init__(self, config: LinearRfmConfig, context: Context, saved: Saved | None) -> None:
        self._config = config
        self._problem = draw_problem(config.problem, config.seed, context.dtype, context.device)
        self._rows, self._stopping = Rows(self._problem), Stopping(config.training)
        truth, known = self._problem.truth, self._problem.known
        self._now = Estimate(0, torch.where(known, truth, 0), torch.eye(len(truth)).to(truth))
        self._measured: dict[str, float] = {"mse": self._problem.error(self._now.completed)}
        self._camera: LinearRfmCamera | None = None
        if saved is not None:
            self._restore(saved, forked=context.forked)

    def _restore(self, saved: Saved, *, forked: bool) -> None:
        self._measured = dict(saved.data["measured"])
        if forked:  # it may go on where its parent has stopped
            self._stopping.see(self._measured["mse"])
        else:
            self._stopping.restore(saved.data["stopping"])
        completed, m = (saved.tensors[name].to(self._problem.truth) for name in ("completed", "m"))
        self._now = Estimate(saved.data["round"], completed, m, self._stopping.why is not None)

    @property
    def snapshot_bytes(self) -> int:
        return 2 * self._now.m.numel() * self._now.m.element_size()

    @property
    def started(self) -> Started:
        camera, d = self._camera, self._config.problem.d
        assert camera is not None  # what is shown is the camera's choice
        shown = {"rows": camera.rows.tolist(), "columns": camera.columns.tolist()}
        facts = {name: {"total": d, "shown": places} for name, places in shown.items()}
        return Started(self._config.total_steps, facts, {}, {})

    def camera(self, saved: Saved | None) -> LinearRfmCamera:
        self._camera = LinearRfmCamera(self._config, self._problem)
        if saved is not None:
            self._camera.restore(saved)
        return self._camera

    def train(self, after: int) -> Iterator[State]:
        if after < 0:
            yield State(0, "start", dict(self._measured))
        (stage,) = self._config.stages
        for step in range(max(after, 0) + 1, stage.steps + 1):
            going_on = self._stopping.why is None and self._now.finite
            events = tuple(self._round(step)) if going_on else ()
            yield State(step, stage.name, dict(self._measured), self._now.finite, events)

    def _round(self, step: int) -> Iterator[Happened]:
        """One round; what happened in it."""
        ridge, now = self._stopping.ridge, self._now
        fitted = self._rows.fit(kernel_of(now.m, self._config.method.matrix_power), ridge)
        completed = torch.where(self._problem.known, self._problem.truth, fitted)
        self._measured = {"mse": self._problem.error(completed), "ridge": ridge}
        self._stopping.see(self._measured["mse"])
        m = outer_product(completed) if self._config.learns else now.m
        self._now = Estimate(step, completed, m, self._stopping.why is not None)
        if step == 1 and self._now.finite:
            yield beside_theory(self._config, self._measured["mse"], self._problem.share(self._now.m))
        if self._stopping.why is not None:
            text = f"stopped after round {step:,}: {self._stopping.why}"
            yield Happened(step, "halted", text, {"round": step, "mse": self._measured["mse"]})

    def snapshot(self) -> Estimate:
        return self._now

    def save(self) -> Saved:
        kept = {"round": self._now.round, "measured": self._measured, "stopping": self._stopping.state()}
        return Saved({"completed": self._now.completed, "m": self._now.m}, kept)

"""Rounds of a recursive feature machine: fit, average the outer products of gradients, fit with that metric."""

from collections.abc import Iterator

import torch

from emergescope.recording.events import Happened, Saved, Started, State
from emergescope.studies.rfm.camera import RfmCamera
from emergescope.studies.rfm.config import RfmConfig
from emergescope.studies.rfm.machine import Machine, draw, fit, permuted
from emergescope.studies.study import Context
from emergescope.toolkit.seeds import Stream


class RfmDynamics:
    """Draws the points from the seed, and learns the metric.

    _learned  the machine by whose gradients the metric is learned
    _shown    the one that is judged: another one where the metric is permuted
    """

    def __init__(self, config: RfmConfig, context: Context, saved: Saved | None) -> None:
        self._config, self._saved, self._told = config, saved, False
        where = (config.seed, Stream.TRAINING, context.dtype, context.device)
        self._x, self._y = draw(config.problem, config.problem.n, *where)
        self._learned = self._shown = self._machine(
            torch.zeros_like(self._y), torch.eye(config.problem.d, dtype=context.dtype, device=context.device)
        )
        self._camera: RfmCamera | None = None

    def _machine(self, weights: torch.Tensor, metric: torch.Tensor) -> Machine:
        return Machine(self._x, weights, metric, self._config.method.bandwidth)

    @property
    def snapshot_bytes(self) -> int:
        return sum(t.nbytes for t in (self._y, self._learned.metric))

    @property
    def started(self) -> Started:
        camera = self._camera
        assert camera is not None  # who is shown is the camera's choice
        problem = self._config.problem
        coordinates = {"total": problem.d, "relevant": list(problem.relevant), "shown": camera.coordinates.tolist()}
        return Started(self._config.total_steps, {"coordinates": coordinates}, {}, {})

    def camera(self, saved: Saved | None) -> RfmCamera:
        self._camera = RfmCamera(self._config, self._y)
        if saved is not None:
            self._camera.restore(saved)
        return self._camera

    def train(self, after: int) -> Iterator[State]:
        if self._saved is not None:
            self._restore(self._saved)
        method, (stage,) = self._config.method, self._config.stages
        if after < 0:
            self._fit(self._learned.metric)
            yield self._state(0, "start")
        for step in range(max(after, 0) + 1, stage.steps + 1):
            if method.metric != "identity":  # else nothing ever changes
                self._fit(self._learned.outer_product(centred=method.centred))
            yield self._state(step, stage.name)

    def _fit(self, metric: torch.Tensor) -> None:
        """Both machines, with this metric as it was learned."""
        config = self._config
        settings = (config.method.bandwidth, config.method.ridge)
        self._learned = self._shown = fit(self._x, self._y, metric, *settings)
        if config.method.metric == "permuted":
            self._shown = fit(self._x, self._y, permuted(metric, config.problem.relevant, config.seed), *settings)

    def _state(self, step: int, stage: str) -> State:
        finite = bool(self._learned.weights.isfinite().all() and self._shown.weights.isfinite().all())
        events: tuple[Happened, ...] = ()
        if not finite and not self._told:
            text = f"the kernel matrix is not positive definite in {self._config.training.dtype}: raise the ridge"
            advice = "" if self._config.training.dtype == "float64" else ", or compute in float64"
            self._told, events = True, (Happened(step, "singular", text + advice),)
        return State(step, stage, finite=finite, events=events)

    def snapshot(self) -> Machine:
        return self._shown  # nobody changes it: each round makes others

    def save(self) -> Saved:
        learned, shown = self._learned, self._shown
        tensors = {"metric": learned.metric, "weights": learned.weights}
        more = {} if shown is learned else {"shown_metric": shown.metric, "shown_weights": shown.weights}
        return Saved({**tensors, **more}, {"told": self._told})

    def _restore(self, saved: Saved) -> None:
        kept = {name: t.to(self._x.device) for name, t in saved.tensors.items()}
        self._learned = self._shown = self._machine(kept["weights"], kept["metric"])
        if "shown_metric" in kept:
            self._shown = self._machine(kept["shown_weights"], kept["shown_metric"])
        self._told = saved.data["told"]

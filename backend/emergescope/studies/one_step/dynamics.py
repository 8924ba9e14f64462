"""One gradient step, and the places on the way from the weights before it to those after it."""

from collections.abc import Iterator

from emergescope.recording.events import Saved, Started, State
from emergescope.studies.one_step.camera import OneStepCamera
from emergescope.studies.one_step.config import OneStepConfig
from emergescope.studies.one_step.network import draw_path
from emergescope.studies.study import Context


class OneStepDynamics:
    """Makes the step at once. What then moves is the place t alone, so that a snapshot is a number."""

    snapshot_bytes = 8

    def __init__(self, config: OneStepConfig, context: Context, saved: Saved | None) -> None:
        self._config, self._place = config, 0.0
        self._path, self._direction = draw_path(config, context.dtype, context.device)
        self._finite = bool(self._path.at(1.0).isfinite().all())
        self._camera: OneStepCamera | None = None

    @property
    def started(self) -> Started:
        assert self._camera is not None  # who is shown is the camera's choice
        neurons = {"total": self._config.method.width, "shown": len(self._camera.neurons)}
        return Started(self._config.total_steps, {"neurons": neurons}, {}, {})

    def camera(self, saved: Saved | None) -> OneStepCamera:
        self._camera = OneStepCamera(self._config, self._path, self._direction)
        if saved is not None:
            self._camera.restore(saved)
        return self._camera

    def train(self, after: int) -> Iterator[State]:
        steps, (stage,) = self._config.training.steps, self._config.stages
        for step in range(after + 1, steps + 1):
            self._place = step / steps
            yield State(step, stage.name if step else "start", {"path_t": self._place}, self._finite or step == 0)

    def snapshot(self) -> float:
        return self._place

    def save(self) -> Saved:
        return Saved()

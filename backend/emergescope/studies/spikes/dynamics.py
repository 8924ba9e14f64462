"""One gradient step, looked at for all its sizes: the gradient is the same for all of them."""

from collections.abc import Iterator

from emergescope.recording.events import Saved, Started, State
from emergescope.studies.spikes.camera import SpikesCamera
from emergescope.studies.spikes.config import SpikesConfig
from emergescope.studies.spikes.network import draw_path
from emergescope.studies.study import Context


class SpikesDynamics:
    """Computes the gradient at once. What then moves is the exponent a alone, so that a snapshot is a number."""

    snapshot_bytes = 8

    def __init__(self, config: SpikesConfig, context: Context, saved: Saved | None) -> None:
        self._config, self._exponent = config, config.training.from_exponent
        self._path, self._direction = draw_path(config, context.dtype, context.device)

    @property
    def started(self) -> Started:
        return Started(self._config.total_steps, {}, {}, {})

    def camera(self, saved: Saved | None) -> SpikesCamera:
        camera = SpikesCamera(self._config, self._path, self._direction)
        if saved is not None:
            camera.restore(saved)
        return camera

    def train(self, after: int) -> Iterator[State]:
        training = self._config.training
        stages = [stage.name for stage in self._config.stages for _ in range(stage.steps)]
        for step in range(after + 1, training.steps + 1):
            self._exponent = training.at(step)
            eta = self._config.method.eta(self._exponent)
            metrics = {"step_exponent": self._exponent, "step_size": eta}
            finite = bool(self._path.at(eta).isfinite().all())
            yield State(step, stages[step - 1] if step else "start", metrics, finite)

    def snapshot(self) -> float:
        return self._exponent

    def save(self) -> Saved:
        return Saved()

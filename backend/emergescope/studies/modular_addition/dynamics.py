"""Gradient descent on all pairs at once."""

from collections.abc import Iterator

from emergescope.recording.events import Saved, Started, State
from emergescope.studies.modular_addition.camera import ModularAdditionCamera
from emergescope.studies.modular_addition.config import ModularAdditionConfig
from emergescope.studies.modular_addition.network import Network, draw_network
from emergescope.studies.study import Context


class ModularAdditionDynamics:
    """Draws the network from the seed, and trains."""

    def __init__(self, config: ModularAdditionConfig, context: Context, saved: Saved | None) -> None:
        self._config, self._saved = config, saved
        self._network = draw_network(config.method, config.problem.p, config.seed, context.dtype, context.device)

    @property
    def snapshot_bytes(self) -> int:
        return self._network.bytes

    @property
    def started(self) -> Started:
        neurons = {"total": self._config.method.width, "shown": self._config.shown}
        return Started(self._config.total_steps, {"neurons": neurons}, {}, {})

    def camera(self, saved: Saved | None) -> ModularAdditionCamera:
        camera = ModularAdditionCamera(self._config)
        if saved is not None:
            camera.restore(saved)
        return camera

    def train(self, after: int) -> Iterator[State]:
        if self._saved is not None:
            self._network.restore(self._saved.tensors)
        if after < 0:
            yield State(0, "start", finite=self._network.is_finite())
        training, (stage,), buffers = self._config.training, self._config.stages, self._network.buffers()
        for step in range(max(after, 0) + 1, training.steps + 1):
            done = self._network.descend(buffers, training.rate(step), training.lam, training.exponent)
            yield State(step, stage.name, finite=self._network.is_finite(done.loss))

    def snapshot(self) -> Network:
        return self._network.snapshot()

    def save(self) -> Saved:
        return Saved(self._network.state())

"""Stochastic gradient descent on fresh samples of a sparse parity."""

from collections.abc import Iterator
from functools import partial

from emergescope.recording.capture import Attempts, part
from emergescope.recording.events import Happened, Saved, Started, State
from emergescope.studies.hidden_progress.camera import HiddenProgressCamera
from emergescope.studies.hidden_progress.config import HiddenProgressConfig
from emergescope.studies.hidden_progress.first_gradient import compare
from emergescope.studies.hidden_progress.network import Network, draw_network
from emergescope.studies.hidden_progress.samples import Samples, draw_relevant
from emergescope.studies.hidden_progress.theory import sample_count
from emergescope.studies.study import Context
from emergescope.toolkit.seeds import Stream

_NETWORK, _SAMPLES = "network.", "samples."


class HiddenProgressDynamics:
    """Draws the relevant inputs and the network from the seed, and trains."""

    def __init__(self, config: HiddenProgressConfig, context: Context, saved: Saved | None) -> None:
        self._config, self._saved = config, saved
        problem, seed = config.problem, config.seed
        self._relevant = draw_relevant(problem, seed)
        self._network = draw_network(config.method, problem.n, seed, context.dtype, context.device)
        self._samples = self._sampler(Stream.TRAINING, coins=problem.labels == "random")
        self._camera: HiddenProgressCamera | None = None
        self._attempts = Attempts()  # of what is looked at outside frames

    def _sampler(self, stream: Stream, *, coins: bool = False) -> Samples:
        return Samples(self._relevant, self._config.problem.n, self._config.seed, stream, self._network.w, coins=coins)

    @property
    def snapshot_bytes(self) -> int:
        return self._network.bytes

    @property
    def started(self) -> Started:
        camera = self._camera
        assert camera is not None  # who is shown is the camera's choice
        return Started(
            total_steps=self._config.total_steps,
            facts={
                "inputs": {
                    "total": self._config.problem.n,
                    "relevant": self._relevant,
                    "shown": camera.inputs.tolist(),
                },
                "neurons": {"total": self._config.method.width, "shown": len(camera.neurons)},
            },
            provenance={},
            tensors={},
        )

    def camera(self, saved: Saved | None) -> HiddenProgressCamera:
        tests = partial(self._sampler, Stream.TEST)
        self._camera = HiddenProgressCamera(self._config, self._relevant, self._network, tests)
        if saved is not None:
            self._camera.restore(saved)
        return self._camera

    def train(self, after: int) -> Iterator[State]:
        if self._saved is not None:
            self._network.restore(part(self._saved.tensors, _NETWORK))
            self._samples.restore(part(self._saved.tensors, _SAMPLES))
        if after < 0:
            first = self._attempts.at(0)("first gradient beside theory", self._first_gradient)
            events = (*(() if first is None else (first,)), *self._attempts.events())
            yield State(0, "start", finite=self._network.is_finite(), events=events)
        training, (stage,) = self._config.training, self._config.stages
        for step in range(max(after, 0) + 1, training.steps + 1):
            done = self._network.descend(*self._samples.draw(training.batch), training.eta)
            yield State(step, stage.name, {"loss": done.loss}, self._network.is_finite(done.loss))

    def _first_gradient(self) -> Happened | None:
        count = sample_count(self._config)
        return compare(self._network, self._sampler(Stream.PROBE_FIT), count, self._relevant) if count else None

    def snapshot(self) -> Network:
        return self._network.snapshot()

    def save(self) -> Saved:
        network = {_NETWORK + name: t.clone() for name, t in self._network.moving.items()}
        return Saved({**network, **{_SAMPLES + name: t for name, t in self._samples.state().items()}})

"""Three stages of gradient descent on a sparse parity: the full network; copies of the neurons that it is reduced to,
rewound to how they began; and as many networks of neurons drawn anew.
"""

from collections.abc import Iterator, Mapping
from functools import partial

from torch import Tensor

from emergescope.recording.capture import part
from emergescope.recording.events import Saved, Started, State
from emergescope.studies.lottery.camera import LotteryCamera, Seen, drawn
from emergescope.studies.lottery.config import FULL, REDRAWN, REWOUND, STAGES, LotteryConfig
from emergescope.studies.lottery.network import Copies, draw_copies, draw_full, kept_neurons, overlaps
from emergescope.studies.study import Context
from emergescope.toolkit.parity_samples import Samples, draw_relevant
from emergescope.toolkit.seeds import Stream

# The rewound and the redrawn see the same samples, in the same order.
_ORDERS = {FULL: Stream.TRAINING, REWOUND: Stream.STUDENT_ORDER, REDRAWN: Stream.STUDENT_ORDER}
_SAMPLES = "samples"


class LotteryDynamics:
    """Draws the relevant inputs and all networks from the seed, but for the rewound, which the full one decides."""

    def __init__(self, config: LotteryConfig, context: Context, saved: Saved | None) -> None:
        self._config, self._saved = config, saved
        self._relevant = draw_relevant(config.problem, config.seed)
        made, count = (context.dtype, context.device), (config.method.copies, config.method.kept_neurons)
        full = draw_full(config, self._relevant, *made)
        self._start = full.snapshot()
        self._redrawn = draw_copies(config, count, Stream.STUDENT, *made)
        self._seen = Seen(full)
        self._samples = {
            stage: self._sampler(stream, coins=config.problem.labels == "random") for stage, stream in _ORDERS.items()
        }
        self._camera: LotteryCamera | None = None

    def _sampler(self, stream: Stream, *, coins: bool = False) -> Samples:
        return Samples(self._relevant, self._config.problem.n, self._config.seed, stream, self._start.w, coins=coins)

    @property
    def snapshot_bytes(self) -> int:
        return self._start.bytes + 2 * self._redrawn.bytes

    @property
    def started(self) -> Started:
        camera = self._camera
        assert camera is not None  # who is shown is the camera's choice
        config, method = self._config, self._config.method
        inputs = {"total": config.problem.n, "relevant": self._relevant, "shown": camera.inputs.tolist()}
        total = method.width + 2 * method.alone
        return Started(config.total_steps, {"inputs": inputs, "neurons": {"total": total, "shown": total}}, {}, {})

    def camera(self, saved: Saved | None) -> LotteryCamera:
        tests = partial(self._sampler, Stream.TEST)
        self._camera = LotteryCamera(self._config, self._relevant, self._start, self._redrawn, tests)
        if saved is not None:
            self._camera.restore(saved)
        return self._camera

    def train(self, after: int) -> Iterator[State]:
        if self._saved is not None:
            self._restore(self._saved.tensors, after)
        if after < 0:
            event = drawn(self._config, overlaps(self._start.w[0], self._relevant))
            yield State(0, "start", finite=self._seen.full.is_finite(), events=(event,))
        training, begun = self._config.training, 0
        for stage in STAGES:
            network = self._seen.of(stage)
            for step in range(max(after, begun) + 1, begun + training.steps + 1):
                assert network is not None  # the stage before has made it
                loss = self._step(stage, network)
                if step == begun + training.steps:
                    self._end(stage)
                yield State(step, stage, {"loss": loss}, network.is_finite(loss))
            begun += training.steps

    def _step(self, stage: str, network: Copies) -> float:
        training, copies = self._config.training, len(network.c)
        x, y = self._samples[stage].draw(copies * training.batch)
        return network.descend(x.view(copies, training.batch, -1), y.view(copies, -1), training.eta)

    def _end(self, stage: str) -> None:
        """What the next stage trains is there as soon as this one is over."""
        if stage == FULL:
            kept = kept_neurons(self._seen.full, self._config.method)
            self._seen = Seen(self._seen.full, kept, self._start.alone(kept, self._config.method.copies))
        elif stage == REWOUND:
            self._seen = Seen(self._seen.full, self._seen.kept, self._seen.rewound, self._redrawn)

    def snapshot(self) -> Seen:
        return self._seen.copied()

    def save(self) -> Saved:
        found: dict[str, Tensor] = {}
        for stage in STAGES:
            network = self._seen.of(stage)
            if network is not None:
                states = {**network.state(), **{_SAMPLES + name: t for name, t in self._samples[stage].state().items()}}
                found |= {f"{stage}.{name}": t for name, t in states.items()}
        return Saved(found)

    def _restore(self, tensors: Mapping[str, Tensor], step: int) -> None:
        for number, stage in enumerate(STAGES):
            network = self._seen.of(stage)
            if network is None:
                return
            state = part(tensors, f"{stage}.")
            network.restore(state)
            self._samples[stage].restore(part(state, _SAMPLES))
            if step >= (number + 1) * self._config.training.steps:
                self._end(stage)

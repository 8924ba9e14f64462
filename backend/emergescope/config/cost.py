"""What a run will take, from its configuration alone: memory, work, and room in the store. Used by the service, which
refuses what exceeds its limits before anything is allocated.

Memory is the most that a run holds at one time, above what a worker holds anyway. It mirrors what models/, frames/ and
baselines/ allocate; tests hold it against measurement.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from emergescope.config.method import NetworkMethod, NtkMethod
from emergescope.config.run import RunConfig
from emergescope.errors import FieldError, InvalidConfig

# As in the rooms below, which this one may not use.
CHUNK = 1024
BEHIND, BEHIND_BYTES = 32, 2**28
FIRST_MAP, NEXT_MAP = 300, 40  # iterations

_DOUBLE, _SINGLE, _HALF = 8, 4, 2
_HEADER = 1500  # bytes of a frame's names, shapes and metrics


@dataclass(frozen=True)
class Share:
    """A part of a cost: what it is for, and the setting that decides it."""

    what: str
    path: str
    amount: int


@dataclass(frozen=True)
class Cost:
    """What a run takes. Bytes of memory at the peak and floating-point operations, each in shares; steps; frames."""

    memory_shares: tuple[Share, ...]
    work_shares: tuple[Share, ...]
    steps: int
    frames: int
    frame_bytes: int
    pattern_bytes: int

    @property
    def memory(self) -> int:
        return sum(share.amount for share in self.memory_shares)

    @property
    def work(self) -> int:
        return sum(share.amount for share in self.work_shares)

    @property
    def film(self) -> int:
        """Bytes in the store."""
        return self.frames * self.frame_bytes + self.pattern_bytes


def estimate(config: RunConfig) -> Cost:
    """The cost of a run of `config`: arithmetic only, so it may be asked of any configuration."""
    return _Sizes(config).cost()


class _Sizes:
    """The sizes of a run, named as in models/ and frames/."""

    def __init__(self, config: RunConfig) -> None:
        problem, method, capture, training = config.problem, config.method, config.capture, config.training
        self.config = config
        self.is_network, self.is_ntk = isinstance(method, NetworkMethod), isinstance(method, NtkMethod)
        self.s = _SINGLE if training.dtype == "float32" else _DOUBLE
        self.m, self.n, self.d, self.D = method.m, 2 * method.m, problem.d, problem.D
        self.ambient = problem.input_noise > 0
        self.c = self.d if self.ambient else self.D
        outside = 0 if self.ambient else min(self.m, max(0, self.d - self.D))
        self.r = self.c + outside  # coordinates of a weight
        self.width = self.n if self.is_network else self.m  # of a pair, fixed features are computed once
        self.shown = min(self.n, capture.max_neurons) + 2  # with the two stars
        self.patterns = min(self.D, max(problem.k, capture.max_patterns))
        self.samples = max(capture.probe_samples, capture.test_samples)
        self.ridge = 0 if isinstance(method, NetworkMethod) else method.ridge_samples
        self.steps = training.total_steps
        self.frames = min(self.steps + 1, capture.frames + len(training.phases))
        probed = 0 if capture.probe_every == 0 else -(-self.frames // capture.probe_every)
        self.probes = min(self.frames, probed + len(training.phases) + 1)

    def cost(self) -> Cost:
        # The start is over before training begins; the two beside each other train and take frames at the same time.
        held, start, beside = self._held(), self._start(), [*self._training(), *self._camera()]
        peak = max(start, beside, key=_total)
        frame = (self.shown - 2) * (self.patterns * _HALF + 8 * _SINGLE) + _HEADER
        return Cost(
            memory_shares=(*held, *peak),
            work_shares=tuple(self._work()),
            steps=self.steps,
            frames=self.frames,
            frame_bytes=frame,
            pattern_bytes=self.d * self.D * _SINGLE,
        )

    def _held(self) -> list[Share]:
        geometry = 0
        if self.ambient:
            geometry = 2 * self.d * self.D * self.s
        elif self.config.problem.dictionary == "incoherent":
            geometry = 3 * self.D**2 * self.s
        held = [
            Share("the dictionary", "problem.D", self.d * self.D * (_DOUBLE + _SINGLE) + geometry),
            Share("the network", "method.m", self.n * self.r * self.s),
        ]
        if self.ridge and not self.is_ntk:
            held.append(
                Share("the features of the ridge solution", "method.ridge_samples", self.ridge * self.n * self.s)
            )
        return held

    def _start(self) -> list[Share]:
        least = min(self.m, self.d)
        factors = 0 if self.ambient else self.m * least + least * self.d + 4 * least**2
        start = [
            Share("drawing the dictionary", "problem.D", 3 * self.d * self.D * _DOUBLE + 4 * self.D**2 * _DOUBLE),
            Share("drawing the network", "method.m", (4 * self.m * self.d + factors) * _DOUBLE),
        ]
        fit = []
        if self.is_ntk:
            fit = [
                Share("the kernel", "method.ridge_samples", 4 * self.ridge**2 * self.s),
                Share("its features", "method.ridge_samples", 6 * self.ridge * (self.m + self.c) * self.s),
            ]
        elif self.ridge:
            rows = self.ridge * (self.m + 2 * self.c)
            fit = [Share("the ridge solution", "method.ridge_samples", (rows + 3 * self.m**2) * self.s)]
        # What was needed to draw is given back before the ridge solution.
        return max(start, fit, key=_total)

    def _training(self) -> list[Share]:
        moving = 0 if self.ridge and not self.is_ntk else self.width * self.c * self.s
        small = self.n * self.s
        waiting = max(1, min(BEHIND, BEHIND_BYTES // (moving + small))) + 1
        copies = min(self.frames, waiting)
        return [
            Share("the gradient", "method.m", (3 if self.is_ntk else 2) * moving),
            Share("the samples of a chunk", "method.m", 6 * CHUNK * (self.width + self.c) * self.s),
            Share("copies that wait to be looked at", "method.m", (copies + 2) * (moving + small)),
        ]

    def _camera(self) -> list[Share]:
        # Of the frame before as well, and of the first; fixed features are looked at once.
        times = 5 if self.is_network else 3
        looks = self.n * (times * self.r + times * self.D) * self.s
        points = self.shown * self.r * 3 * _SINGLE + 2 * self.r**2 * _SINGLE
        seen = [Share("angles between neurons and patterns", "method.m", looks)]
        layout = [Share("the map", "capture.max_neurons", 3 * self.shown**2 * _SINGLE + points)]
        spectrum = [Share("the spectrum", "method.m", 4 * min(self.n, self.r) ** 2 * self.s)]
        probe = [
            Share("the features of the probe", "capture.probe_samples", self.samples * self.n * self.s),
            Share("the matrix of the probe", "method.m", (3 * self.n**2 + CHUNK * self.n) * self.s),
        ]
        return seen + max(layout, spectrum, probe, key=_total)

    def _work(self) -> list[Share]:
        """Two operations for each multiplication and addition of a matrix product, and the like for the rest."""
        n, r, config = self.n, self.r, self.config
        row = 2 * self.width * self.c * (3 if self.is_ntk else 1 if self.ridge else 2)
        drawn = sum(phase.steps * phase.samples for phase in config.training.phases)
        longest = max(config.training.phases, key=lambda phase: phase.steps * phase.samples)
        place = f"training.phases.{config.training.phases.index(longest)}"
        looked = self.frames if self.is_network else 1
        least = min(n, r)
        probe = self.samples * (4 * n * self.c + n**2) + n**3 // 3
        start = 4 * self.d * self.D**2 + 10 * self.m * self.d * min(self.m, self.d)
        work = [
            Share("training", f"{place}.steps", drawn * (row + 10 * self.D)),
            Share("tests", "capture.frames", self.frames * config.capture.test_samples * row),
            Share("maps", "capture.max_neurons", 10 * (FIRST_MAP + looked * NEXT_MAP) * self.shown**2),
            Share("spectra", "capture.frames", looked * (2 * n * r * least + 10 * least**3)),
            Share("probes", "capture.probe_every", self.probes * probe),
            Share("the start", "method.m", start),
        ]
        if self.ridge:
            size = self.ridge if self.is_ntk else self.m
            pairs = 2 * self.ridge * (self.ridge * (2 * self.m + self.c) if self.is_ntk else self.m * (self.m + self.c))
            work.append(Share("the ridge solution", "method.ridge_samples", pairs + size**3))
        return work


@dataclass(frozen=True)
class Limits:
    """What a server gives to one run, and how many may wait. None: no limit."""

    max_memory: int | None = None
    max_steps: int | None = None
    max_work: int | None = None
    max_film: int | None = None
    max_queue: int | None = None

    def check(self, config: RunConfig) -> None:
        """Raises InvalidConfig that says for each limit what `config` would take and what to lower."""
        cost = estimate(config)
        phases = config.training.phases
        longest = max(range(len(phases)), key=lambda index: phases[index].steps)
        steps = Share("training", f"training.phases.{longest}.steps", cost.steps)
        film = Share("what is shown of the neurons", "capture.frames", cost.film)
        found = [
            _excess("take {} steps", [steps], self.max_steps, "{:,}".format),
            _excess("hold about {} of memory", cost.memory_shares, self.max_memory, _bytes),
            _excess("take about {} operations", cost.work_shares, self.max_work, "{:.2g}".format),
            _excess("leave about {} in the store", [film], self.max_film, _bytes),
        ]
        fields = [field for field in found if field is not None]
        if fields:
            raise InvalidConfig("; ".join(field.message for field in fields), fields)


def _excess(what: str, shares: Sequence[Share], limit: int | None, show: Callable[[int], str]) -> FieldError | None:
    """The setting to lower where the shares together exceed the limit: the one that decides the largest of them."""
    amount = _total(shares)
    if limit is None or amount <= limit:
        return None
    largest = max(shares, key=lambda share: share.amount)
    reason = f", {show(largest.amount)} of it for {largest.what}" if len(shares) > 1 else ""
    message = (
        f"this run would {what.format(show(amount))}{reason}, and this server allows {show(limit)}: "
        f"lower {largest.path}"
    )
    return FieldError("/" + largest.path.replace(".", "/"), message)


def _bytes(amount: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if amount >= size:
            return f"{amount / size:.3g} {unit}"
    return f"{amount} bytes"


def _total(shares: Iterable[Share]) -> int:
    return sum(share.amount for share in shares)

"""What a run of teacher and student will take: memory, work and room in the store.

It mirrors what the networks and the inputs allocate; tests hold it against measurement.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from emergescope.config.cost import (
    BEHIND,
    BEHIND_BYTES,
    DOUBLE,
    FIRST_MAP,
    HALF,
    HEADER,
    NEXT_MAP,
    SINGLE,
    Cost,
    Share,
    total,
)
from emergescope.datasets.source import CLASSES, IMAGES, picture_shape
from emergescope.studies.mixture.config import MixtureConfig
from emergescope.toolkit.classifiers.config import ClassifierMethod, ResNetMethod

JUDGED = 250  # inputs at a time
_LOOKED_AT = 2000  # images that principal directions are computed from
_PRINCIPAL = 8
_FOLDER_CLASSES = 200  # as in Tiny ImageNet
_KEPT = 3  # of each convolution: its output, normalised, and clipped


@dataclass(frozen=True)
class _Network:
    """Parameters; the first layer's neurons and what each looks at; multiplications and outputs of one forward pass."""

    parameters: int
    neurons: int
    fan_in: int
    products: int
    outputs: int
    largest: int

    @classmethod
    def of(cls, method: ClassifierMethod | ResNetMethod, picture: tuple[int, ...], classes: int) -> "_Network":
        if isinstance(method, ClassifierMethod):
            n, d = 2 * method.m, prod(picture)
            size = n * (d + classes)
            return cls(size + n + classes, n, d, size, n, n)
        channels = 1 if len(picture) == 2 else picture[2]
        layers = list(_convolutions(method, channels, picture[0]))
        weights = sum(layer.weights for layer in layers) + 8 * method.width * classes
        outputs = [layer.outputs * layer.places for layer in layers]
        products = sum(layer.weights * layer.places for layer in layers)
        return cls(weights, method.width, 9 * channels, products, sum(outputs), max(outputs))


@dataclass(frozen=True)
class _Convolution:
    inputs: int
    outputs: int
    kernel: int
    places: int

    @property
    def weights(self) -> int:
        return self.inputs * self.outputs * self.kernel**2


def _convolutions(method: ResNetMethod, channels: int, side: int) -> Iterator[_Convolution]:
    """Those of a ResNet-18 for pictures of this side."""
    side = -(-side // method.stem_stride)
    yield _Convolution(channels, method.width, 3, side**2)
    inputs = method.width
    for stage in range(4):
        outputs = method.width << stage
        side = side if stage == 0 else -(-side // 2)
        if inputs != outputs:
            yield _Convolution(inputs, outputs, 1, side**2)
        yield _Convolution(inputs, outputs, 3, side**2)
        yield from (_Convolution(outputs, outputs, 3, side**2) for _ in range(3))
        inputs = outputs


class MixtureSizes:
    """The sizes of a run of teacher and student."""

    def __init__(self, config: MixtureConfig) -> None:
        problem, method, training = config.problem, config.method, config.training
        self.problem, self.training, self.capture = problem, training, config.capture
        self.s = SINGLE if training.dtype == "float32" else DOUBLE
        picture = picture_shape(problem)
        self.d = prod(picture)
        self.images, classes = IMAGES[problem.data], _FOLDER_CLASSES if problem.data == "folder" else CLASSES
        self.reads = "problem.size" if problem.data == "folder" else "problem.data"
        self.is_resnet = isinstance(method, ResNetMethod)
        self.size = "method.width" if self.is_resnet else "method.m"
        self.network = _Network.of(method, picture, classes)
        self.rows = problem.samples + problem.injected_samples
        self.shown = min(self.network.neurons, config.capture.max_neurons) + 2  # with the two stars
        self.D = _PRINCIPAL if self.is_resnet else _PRINCIPAL + classes
        self.patterns = min(self.D, config.capture.max_patterns)
        self.steps = config.total_steps
        self.frames = min(self.steps + 1, config.capture.frames + len(config.stages))

    def cost(self) -> Cost:
        fan_in, shown = self.network.fan_in, self.shown - 2
        frame = shown * (self.patterns * HALF + 8 * SINGLE) + HEADER
        frame += min(shown, self.capture.max_pictures) * (fan_in + SINGLE)
        return Cost(
            memory_shares=(*self._held(), *max(self._start(), [*self._training(), *self._camera()], key=total)),
            work_shares=tuple(self._work()),
            steps=self.steps,
            steps_path="training.epochs",
            frames=self.frames,
            frame_bytes=frame,
            pattern_bytes=fan_in * self.D * SINGLE,
        )

    def _held(self) -> list[Share]:
        tests = 2 * self.capture.test_samples
        return [
            Share("the inputs", "problem.samples", self.rows * self.d * self.s),
            Share("the inputs of tests", "capture.test_samples", tests * self.d * self.s),
            Share("three networks", self.size, 6 * self.network.parameters * self.s),
        ]

    def _start(self) -> list[Share]:
        looked = min(_LOOKED_AT, self.problem.samples)
        directions = 0 if self.is_resnet else 3 * looked * self.d + 4 * min(looked, self.d) ** 2
        return [
            Share("reading the images", self.reads, 2 * self.images * self.d),
            Share("drawing the inputs", "problem.samples", self.rows * self.d * (SINGLE + 1)),
            Share("principal directions", "problem.samples", directions * DOUBLE),
        ]

    def _training(self) -> list[Share]:
        network, copy = self.network, 2 * self.network.parameters * self.s
        copies = min(self.frames, max(1, min(BEHIND, BEHIND_BYTES // copy)) + 1)
        activity = (2 * _KEPT * network.outputs + 2 * self.d) * self.s
        return [
            Share("the gradient", self.size, 2 * network.parameters * self.s),
            Share("the activity of a batch", "training.batch", min(self.training.batch, self.rows) * activity),
            Share("copies that wait to be looked at", self.size, (copies + 1) * copy),
        ]

    def _camera(self) -> list[Share]:
        network = self.network
        looks = network.neurons * (5 * network.fan_in + 5 * self.D) * self.s
        return [
            Share("the activity of inputs that are judged", self.size, JUDGED * (_KEPT + 1) * network.largest * self.s),
            Share("angles between neurons and directions", self.size, looks),
            Share(
                "the map", "capture.max_neurons", 3 * self.shown**2 * SINGLE + 3 * self.shown * network.fan_in * SINGLE
            ),
        ]

    def _work(self) -> list[Share]:
        """Two operations for each multiplication and addition; backwards twice what it is forwards."""
        network, problem, tests = self.network, self.problem, self.capture.test_samples
        forwards = 2 * network.products
        learned = 2 * problem.samples + problem.data_samples + problem.injected_samples
        n, c = network.neurons, network.fan_in
        looked = min(_LOOKED_AT, problem.samples)
        directions = 0 if self.is_resnet else 2 * looked * self.d * min(looked, self.d) + 10 * min(looked, self.d) ** 3
        return [
            Share("training", "training.epochs", 3 * forwards * learned * self.training.epochs),
            Share("tests", "capture.frames", 3 * forwards * tests * self.frames),
            Share("labels", "problem.samples", forwards * self.rows),
            Share("maps", "capture.max_neurons", 10 * (2 * FIRST_MAP + self.frames * NEXT_MAP) * self.shown**2),
            Share("spectra", "capture.frames", self.frames * (2 * n * c * min(n, c) + 10 * min(n, c) ** 3)),
            Share("principal directions", "problem.samples", directions),
        ]


def cost_of(config: MixtureConfig) -> Cost:
    return MixtureSizes(config).cost()

"""Two classes of real images, and the directions that neurons are compared with (figure 3)."""

from collections.abc import Iterator

import torch
from torch import Tensor

from emergescope.datasets import DataSet, Images
from emergescope.errors import FieldError, InvalidConfig
from emergescope.studies.two_classes.config import TwoClassesProblem
from emergescope.toolkit.dictionary import Dictionary, principal_directions, unit_columns
from emergescope.toolkit.hinge.geometry import ImageGeometry
from emergescope.toolkit.hinge.samples import CHUNK, Batch, Drawn, Samples
from emergescope.toolkit.seeds import Stream, generator

PRINCIPAL = "principal direction 1"
_DIRECTIONS = 8
_LOOKED_AT = 2000  # images that principal directions are computed from


class DrawnImages(Drawn):
    """Images of two classes as vectors: x = (pixels / 255 - mean image) / sqrt(mean |x|^2), mean image and scale being
    those of the training images; y = +1 for the first class. Random labels are one coin flip for each training image.

    The dictionary holds references, unit vectors in R^d: first the difference of the class means, the only relevant
    one; then both class means, of the images as they are, since those of centred images are the difference again and
    its opposite; then the principal directions of the training images, turned towards the difference.

    Raises InvalidConfig for classes that the data do not have.
    """

    signal = "difference of class means"
    names: tuple[str, ...]
    picture: tuple[int, ...]
    usual = (0.003, 0.001, 0.05)  # no theory, but small weights, so that what is learned is soon larger

    def __init__(
        self, problem: TwoClassesProblem, data: DataSet, seed: int, device: torch.device | str, dtype: torch.dtype
    ) -> None:
        self._seed, self._device = seed, device
        self.picture = tuple(data.train.pixels.shape[1:])
        train, labels = _two_classes(data.train, problem, data)
        test, test_labels = _two_classes(data.test, problem, data)
        means = torch.stack([train[labels == sign].mean(0, dtype=torch.float64) for sign in (1, -1)], 1)
        if torch.equal(means[:, 0], means[:, 1]):
            raise _refused(f"the two classes of {data.title} have the same mean image: choose others")
        mean = train.mean(0, dtype=torch.float64).to(train.dtype)
        train, test = train.sub_(mean), test.sub_(mean)
        scale = float(train.square().sum(1, dtype=torch.float64).mean().sqrt())

        self.dictionary = Dictionary(_references(means, train), (0,))
        self.geometry = ImageGeometry(self.dictionary, dtype, device)
        self.names = (
            self.signal,
            *(f"mean of {data.classes[c]}" for c in problem.classes),
            *(f"principal direction {j + 1}" for j in range(self.dictionary.matrix.shape[1] - 3)),
        )

        coins = labels
        if problem.random_labels:
            coins = torch.randint(2, labels.shape, generator=generator(seed, Stream.RANDOM_LABELS)).mul_(2).sub_(1)
        x, test = (images.div_(scale).to(device, dtype) for images in (train, test))
        self._train, self._noisy = (x, labels.to(device, dtype)), (x, coins.to(device, dtype))
        self._test = test, test_labels.to(device, dtype)
        self.positive_share = float((coins > 0).double().mean())
        self.facts = {
            "training_images": len(labels),
            "test_images": len(test_labels),
            "positive_share": self.positive_share,
        }
        self.provenance = data.origin("data")

    def sampler(self, stream: Stream, *, noisy_labels: bool = False) -> "ImageSampler":
        """Training images, with random labels where the problem has them and `noisy_labels` asks for them; of the test
        stream the test images.
        """
        chance = generator(self._seed, stream, self._device)
        if stream is Stream.TEST:
            return ImageSampler(*self._test, chance, spaced=True)
        return ImageSampler(*(self._noisy if noisy_labels else self._train), chance)


class ImageSampler(Samples):
    """Hands out inputs x [there, d] with their labels: all there are, each once and in their order, where at least as
    many are asked for; fewer are drawn with replacement, or are those that lie evenly `spaced`, where no chance is
    involved.
    """

    def __init__(self, x: Tensor, y: Tensor, chance: torch.Generator, *, spaced: bool = False) -> None:
        super().__init__(chance)
        self._x, self._y, self._spaced = x, y, spaced

    def batch(self, n: int) -> Batch:
        return self._pick(n, 0, min(n, len(self._y)))

    def chunks(self, n: int) -> Iterator[Batch]:
        count = min(n, len(self._y))
        for start in range(0, count, CHUNK):
            yield self._pick(n, start, min(start + CHUNK, count))

    def _pick(self, n: int, start: int, stop: int) -> Batch:
        """Of n images those from `start` to `stop`. They hold no patterns that could be counted."""
        there, device = len(self._y), self._y.device
        rows: Tensor | slice = slice(start, stop)
        if n < there and self._spaced:
            rows = torch.arange(start, stop, device=device) * there // n
        elif n < there:
            rows = torch.randint(there, (stop - start,), generator=self._chance, device=device)
        return Batch(self._x[rows], self._y[rows], torch.zeros(stop - start, dtype=torch.int64, device=device))


def _two_classes(images: Images, problem: TwoClassesProblem, data: DataSet) -> tuple[Tensor, Tensor]:
    """(pixels / 255 [n, d] in single precision, signs [n] int64) of the images of both classes, in their order."""
    for c in problem.classes:
        if c >= len(data.classes):
            raise _refused(f"{data.title} has the classes 0 to {len(data.classes) - 1}, and not {c}")
        if not bool((images.labels == c).any()):
            raise _refused(f"{data.title} has no images of class {c} ({data.classes[c]}) where some are needed")
    labels = torch.from_numpy(images.labels)
    first, second = (labels == c for c in problem.classes)
    chosen = first | second
    pixels = torch.from_numpy(images.pixels[chosen.numpy()]).flatten(1)
    return pixels.to(torch.float32).div_(255), first[chosen].long() * 2 - 1


def _references(means: Tensor, centred: Tensor) -> Tensor:
    """Unit vectors [d, D]: the difference of the two `means` [d, 2], these, and the principal directions of `centred`
    images [n, d]. A mean of zero, of black images, stays zero.
    """
    difference = means[:, :1] - means[:, 1:]
    principal = principal_directions(centred[:: -(-len(centred) // _LOOKED_AT)], _DIRECTIONS)
    principal = principal * torch.where(difference.T @ principal < 0, -1.0, 1.0)
    return unit_columns(torch.cat([difference, means, principal], 1))


def _refused(message: str) -> InvalidConfig:
    return InvalidConfig(message, [FieldError("/problem/classes", message)])

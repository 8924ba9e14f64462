"""Two classes of real images, and the directions that neurons are compared with (figure 3)."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from emergescope.datasets import DataSet, Images
from emergescope.errors import FieldError, InvalidConfig
from emergescope.studies.two_classes.config import TwoClassesProblem
from emergescope.toolkit.dictionary import Dictionary
from emergescope.toolkit.directions import principal_directions
from emergescope.toolkit.hinge.samples import CHUNK, Batch
from emergescope.toolkit.seeds import Stream, generator

_DIRECTIONS = 8
_LOOKED_AT = 2000  # images that principal directions are computed from


class DrawnImages:
    """Images of two classes as vectors: x = (pixels / 255 - mean image) / sqrt(mean |x|^2), mean image and scale being
    those of the training images; y = +1 for the first class. Random labels are one coin flip for each training image.

    The dictionary holds references, unit vectors in R^d: first the difference of the class means, the only relevant
    one; then both class means, of the images as they are, since those of centred images are the difference again and
    its opposite; then the principal directions of the training images, turned towards the difference.

    Raises InvalidConfig for classes that the data do not have.
    """

    signal = "difference of class means"

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
        self.names = (
            self.signal,
            *(f"mean of {data.classes[c]}" for c in problem.classes),
            *(f"principal direction {j + 1}" for j in range(self.dictionary.matrix.shape[1] - 3)),
        )

        coins = labels
        if problem.random_labels:
            coins = torch.randint(2, labels.shape, generator=generator(seed, Stream.RANDOM_LABELS)).mul_(2).sub_(1)
        x, test = (images.div_(scale).to(device, dtype) for images in (train, test))
        self._train = _Labelled(x, labels.to(device, dtype))
        self._noisy = _Labelled(x, coins.to(device, dtype))
        self._test = _Labelled(test, test_labels.to(device, dtype))
        self.positive_share = float((coins > 0).double().mean())
        self.facts = {
            "training_images": len(labels),
            "test_images": len(test_labels),
            "positive_share": self.positive_share,
        }
        self.provenance: dict[str, str | int | None] = {**data.origin("data")}

    def sampler(self, stream: Stream, *, noisy_labels: bool = False) -> "ImageSampler | TestImages":
        """Training images, with random labels where the problem has them and `noisy_labels` asks for them; of the test
        stream the test images.
        """
        if stream is Stream.TEST:
            return TestImages(self._test)
        chance = generator(self._seed, stream, self._device)
        return ImageSampler(self._noisy if noisy_labels else self._train, chance)

    def hard(self, batch: Batch) -> None:
        """No image is known to be harder than another."""


@dataclass(frozen=True)
class _Labelled:
    """Inputs x [n, d] and labels y [n], -1 or +1. They hold no patterns that could be counted."""

    x: Tensor
    y: Tensor

    def batch(self, rows: Tensor | slice) -> Batch:
        y = self.y[rows]
        return Batch(self.x[rows], y, torch.zeros_like(y, dtype=torch.int64))


class ImageSampler:
    """Draws images with replacement, from one generator; or hands out all there are, each once and in their order,
    where at least as many are asked for. Then no chance is involved.
    """

    def __init__(self, images: _Labelled, generator: torch.Generator) -> None:
        self._images, self._generator = images, generator

    def state(self) -> Tensor:
        """Where its generator is, uint8."""
        return self._generator.get_state()

    def restore(self, state: Tensor) -> None:
        """Draw from here on what was drawn after `state`."""
        self._generator.set_state(state)

    def batch(self, n: int) -> Batch:
        """min(n, all) images at once."""
        return self._images.batch(slice(None)) if n >= self._there else self._draw(n)

    def chunks(self, n: int) -> Iterator[Batch]:
        """min(n, all) images in batches of at most CHUNK."""
        everything, count = n >= self._there, min(n, self._there)
        for start in range(0, count, CHUNK):
            stop = min(start + CHUNK, count)
            yield self._images.batch(slice(start, stop)) if everything else self._draw(stop - start)

    @property
    def _there(self) -> int:
        return len(self._images.y)

    def _draw(self, n: int) -> Batch:
        rows = torch.randint(self._there, (n,), generator=self._generator, device=self._generator.device)
        return self._images.batch(rows)


class TestImages:
    """Hands out the test images in their order; n of them, evenly spaced, where fewer are asked for than there are."""

    __test__ = False  # not a class of tests

    def __init__(self, images: _Labelled) -> None:
        self._images = images

    def state(self) -> Tensor:
        """Nothing: no chance is involved."""
        return torch.empty(0, dtype=torch.uint8)

    def restore(self, state: Tensor) -> None:
        """Begins anew each time anyway."""

    def batch(self, n: int) -> Batch:
        """min(n, all) images at once."""
        return self._images.batch(self._rows(n))

    def chunks(self, n: int) -> Iterator[Batch]:
        """min(n, all) images in batches of at most CHUNK."""
        rows = self._rows(n)
        for start in range(0, len(rows), CHUNK):
            yield self._images.batch(rows[start : start + CHUNK])

    def _rows(self, n: int) -> Tensor:
        there = len(self._images.y)
        count = min(n, there)
        return torch.arange(count, device=self._images.y.device) * there // count


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
    columns = torch.cat([difference, means, principal], 1)
    references: Tensor = columns / columns.norm(dim=0).clamp(min=1e-30)
    return references


def _refused(message: str) -> InvalidConfig:
    return InvalidConfig(message, [FieldError("/problem/classes", message)])

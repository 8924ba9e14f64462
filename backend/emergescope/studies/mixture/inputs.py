"""Data L and injected inputs U, as tensors: what the networks of figure 4 learn from, and what they are tested on."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from emergescope.datasets import Images, load, photographs
from emergescope.errors import FieldError, InvalidConfig
from emergescope.studies.mixture.config import MixtureProblem
from emergescope.studies.mixture.patches import draw_patches, grey
from emergescope.toolkit.classifiers.config import ClassifierMethod, ResNetMethod
from emergescope.toolkit.dictionary import Dictionary, class_means, principal_directions
from emergescope.toolkit.seeds import Stream, generator

_DIRECTIONS = 8
_LOOKED_AT = 2000  # images that principal directions are computed from ...
_PATCHED = 300  # ... and those of their patches
_AT_A_TIME = 1000
_KERNEL = 3  # side of the filters of a ResNet's stem

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Mixture:
    """Inputs are [n, channels, height, width], standardised: the pixels of L have mean 0 and deviation 1, and so have
    those of U.

    inputs         L first, then U
    labels         int64 [samples], true labels of L
    student_rows   rows of `inputs` that the student learns: as many of L as the ratio leaves, and all of U
    test_inputs    images that no network learns; test_labels int64
    test_injected  fresh injected inputs
    dictionary     directions that the first layer is compared with, columns; the relevant one is the signal
    names, signal  of the columns; what the relevant one is called
    picture        shape of a neuron of the first layer as a picture
    facts, provenance  numbers worth knowing; where the data come from
    """

    inputs: Tensor
    labels: Tensor
    student_rows: Tensor
    classes: int
    test_inputs: Tensor
    test_labels: Tensor
    test_injected: Tensor
    dictionary: Dictionary
    names: tuple[str, ...]
    signal: str
    picture: tuple[int, ...]
    facts: Mapping[str, float]
    provenance: Mapping[str, str | int | None]

    @property
    def data_rows(self) -> Tensor:
        """Rows of `inputs` that are L: what the teacher and direct training learn."""
        return torch.arange(len(self.labels), device=self.inputs.device)

    @property
    def injected(self) -> Tensor:
        """U, as the student learns it."""
        return self.inputs[len(self.labels) :]


def draw_mixture(
    problem: MixtureProblem,
    method: ClassifierMethod | ResNetMethod,
    tests: int,
    seed: int,
    device: torch.device | str,
    dtype: torch.dtype,
    data_dir: Path | None,
) -> Mixture:
    """The problem, drawn from its seed; `tests` inputs of each test set at most. Raises EmergescopeError where data are
    not there, or fewer than the problem asks for.
    """
    data = load(problem.data, data_dir, folder=problem.folder, size=problem.size, classes=2)
    images, labels = _choose(data.train, problem.samples, generator(seed, Stream.MIXTURE_DATA), data.title)
    tested = min(tests, len(data.test.labels))
    test_images, test_labels = _choose(data.test, tested, generator(seed, Stream.TEST), data.title)
    mean, deviation = _moments(images)
    inputs = _standardised(images, mean, deviation)
    injected, test_injected, origin = _inject(problem, images.shape[1:], tests, seed, data_dir)
    if isinstance(method, ResNetMethod):
        dictionary, names, signal, picture = _patch_directions(inputs)
    else:
        dictionary, names, signal, picture = _image_directions(inputs, labels, data.classes)
    samples = problem.samples
    rows = torch.cat([torch.arange(problem.data_samples), torch.arange(samples, samples + problem.injected_samples)])
    return Mixture(
        inputs=torch.cat([inputs, injected]).to(device, dtype),
        labels=labels.to(device),
        student_rows=rows.to(device),
        classes=len(data.classes),
        test_inputs=_standardised(test_images, mean, deviation).to(device, dtype),
        test_labels=test_labels.to(device),
        test_injected=test_injected.to(device, dtype),
        dictionary=dictionary,
        names=names,
        signal=signal,
        picture=picture,
        facts={
            "data_samples": problem.data_samples,
            "injected_samples": problem.injected_samples,
            "pixel_mean": mean,
            "pixel_deviation": deviation,
        },
        provenance={**data.origin("data"), **origin},
    )


def as_pictures(rows: Tensor, picture: tuple[int, ...]) -> Tensor:
    """Rows [n, d] that are ordered by channel, as a network has them, ordered as pictures of this shape are: colours
    last.
    """
    if len(picture) == 2:
        return rows
    height, width, channels = picture
    return rows.reshape(-1, channels, height, width).permute(0, 2, 3, 1).flatten(1)


def _choose(images: Images, n: int, chance: torch.Generator, title: str) -> tuple[Pixels, Tensor]:
    """n of the images, and their labels."""
    there = len(images.labels)
    if n > there:
        message = f"{title} has {there:,} training images: lower samples to that, at most"
        raise InvalidConfig(message, [FieldError("/problem/samples", message)])
    chosen = torch.randperm(there, generator=chance)[:n].numpy()
    return images.pixels[chosen], torch.from_numpy(images.labels[chosen])


def _inject(
    problem: MixtureProblem, shape: tuple[int, ...], tests: int, seed: int, data_dir: Path | None
) -> tuple[Tensor, Tensor, Mapping[str, str]]:
    """U for training and for tests, standardised together; and where it comes from, if that may change."""
    n, chance = problem.injected_samples, generator(seed, Stream.INJECTED)
    test_chance = generator(seed, Stream.INJECTED_TEST)
    if problem.injected == "gauss":
        size = (*shape[2:], *shape[:2]) if len(shape) == 3 else (1, *shape)
        return torch.randn(n, *size, generator=chance), torch.randn(tests, *size, generator=test_chance), {}
    origin: Mapping[str, str] = {}
    if problem.injected == "natural":
        pictures = photographs() if len(shape) == 3 else tuple(map(grey, photographs()))
        training = draw_patches(pictures, n, shape[0], chance, test=False)
        test = draw_patches(pictures, tests, shape[0], test_chance, test=True)
    else:
        folder = load("folder", data_dir, folder=problem.injected_folder, size=shape[0])
        training, _ = _choose(folder.train, n, chance, folder.title)
        test, _ = _choose(folder.test, min(tests, len(folder.test.labels)), test_chance, folder.title)
        origin = folder.origin("injected")
        if len(shape) == 2:
            training, test = grey(training), grey(test)
    mean, deviation = _moments(training if n else test)
    return _standardised(training, mean, deviation), _standardised(test, mean, deviation), origin


def _moments(pixels: Pixels) -> tuple[float, float]:
    """Mean and deviation over all pixels, exactly, from how often each of the 256 values occurs."""
    parts = np.array_split(pixels, len(pixels) // _AT_A_TIME + 1)
    counts = sum(np.bincount(part.ravel(), minlength=256) for part in parts)
    share, value = counts / pixels.size, np.arange(256)
    mean = float(share @ value)
    return mean, float(share @ (value - mean) ** 2) ** 0.5 or 1.0


def _standardised(pixels: Pixels, mean: float, deviation: float) -> Tensor:
    """[n, channels, height, width] in single precision."""
    images = torch.from_numpy(pixels)
    images = images.permute(0, 3, 1, 2) if images.ndim == 4 else images[:, None]
    return images.to(torch.float32, memory_format=torch.contiguous_format).sub_(mean).div_(deviation)


_Directions = tuple[Dictionary, tuple[str, ...], str, tuple[int, ...]]


def _image_directions(inputs: Tensor, labels: Tensor, classes: tuple[str, ...]) -> _Directions:
    """Principal directions and class means of whole images."""
    picture = _picture(inputs, *inputs.shape[2:])
    principal = principal_directions(inputs[:_LOOKED_AT].flatten(1), _DIRECTIONS)
    means = class_means(inputs.flatten(1), labels, len(classes))
    columns = torch.cat([principal[:, :1], means, principal[:, 1:]], 1)
    names = ("principal direction 1", *(f"mean of {name}" for name in classes), *_numbered(principal.shape[1]))
    return Dictionary(as_pictures(columns.T, picture).T, (0,)), names, "first principal direction", picture


def _patch_directions(inputs: Tensor) -> _Directions:
    """Principal directions of the 3 x 3 patches that the filters of the stem are multiplied with."""
    picture = _picture(inputs, _KERNEL, _KERNEL)
    patches = torch.nn.functional.unfold(inputs[:_PATCHED], _KERNEL).transpose(1, 2).flatten(0, 1)
    columns = principal_directions(patches, _DIRECTIONS)
    names = ("principal direction 1", *_numbered(columns.shape[1]))
    signal = "first principal direction of 3 × 3 patches"
    return Dictionary(as_pictures(columns.T, picture).T, (0,)), names, signal, picture


def _numbered(last: int) -> list[str]:
    return [f"principal direction {j}" for j in range(2, last + 1)]


def _picture(inputs: Tensor, height: int, width: int) -> tuple[int, ...]:
    channels = inputs.shape[1]
    return (height, width) if channels == 1 else (height, width, channels)

"""Data L and injected inputs U, as tensors: what the networks of figure 4 learn from, and what they are tested on."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from emergescope.datasets import Images, load, photographs
from emergescope.errors import FieldError, InvalidConfig
from emergescope.studies.mixture.config import LOOKED_AT, PRINCIPAL, MixtureConfig
from emergescope.studies.study import Context
from emergescope.toolkit.dictionary import Dictionary, Known, class_means, principal_directions
from emergescope.toolkit.seeds import Stream, generator

_PATCHED = 300  # images that principal directions of patches are computed from
_AT_A_TIME = 1000
_TRAINING = 3, 4  # the left three quarters of a photograph
_LUMINANCE = 0.2126, 0.7152, 0.0722  # of red, green and blue (Rec. 709)

Pixels = npt.NDArray[np.uint8]


class Mixture(Known):
    """The problem, drawn from its seed. Inputs are [n, channels, height, width], standardised: the pixels of L have
    mean 0 and deviation 1, and so have those of U.

    inputs         L first, then U
    labels         int64 [samples], true labels of L
    student_rows   rows of `inputs` that the student learns: as many of L as the ratio leaves, and all of U
    test_inputs    images that no network learns; test_labels int64
    test_injected  fresh injected inputs

    Raises EmergescopeError where data are not there, or fewer than it asks for.
    """

    names: tuple[str, ...]
    picture: tuple[int, ...]

    def __init__(self, config: MixtureConfig, context: Context) -> None:
        problem, seed, tests, device = config.problem, config.seed, config.capture.test_samples, context.device
        data = load(problem.data, context.data_dir, folder=problem.folder, size=problem.size, classes=2)
        images, labels = _choose(data.train, problem.samples, generator(seed, Stream.MIXTURE_DATA), data.title)
        tested = min(tests, len(data.test))
        test_images, test_labels = _choose(data.test, tested, generator(seed, Stream.TEST), data.title)
        mean, deviation = _moments(images)
        inputs = _standardised(images, mean, deviation)
        injected, test_injected, origin = _inject(config, images.shape[1:], context.data_dir)
        data_samples, samples, injected_samples = problem.data_samples, problem.samples, problem.injected_samples
        rows = torch.cat([torch.arange(data_samples), torch.arange(samples, samples + injected_samples)])
        self.inputs = torch.cat([inputs, injected]).to(device, context.dtype)
        self.labels, self.student_rows, self.classes = labels.to(device), rows.to(device), len(data.classes)
        self.test_inputs = _standardised(test_images, mean, deviation).to(device, context.dtype)
        self.test_labels, self.test_injected = test_labels.to(device), test_injected.to(device, context.dtype)
        self.picture = config.neuron_shape
        self.dictionary, self.names = _directions(config, inputs, labels, data.classes)
        self.signal = "first principal direction" + (" of 3 × 3 patches" if config.method.kind == "resnet18" else "")
        self.facts = {
            "data_samples": data_samples,
            "injected_samples": injected_samples,
            "pixel_mean": mean,
            "pixel_deviation": deviation,
        }
        self.provenance = {**data.origin("data"), **origin}

    @property
    def data_rows(self) -> Tensor:
        """Rows of `inputs` that are L: what the teacher and direct training learn."""
        return torch.arange(len(self.labels), device=self.inputs.device)

    @property
    def injected(self) -> Tensor:
        """U, as the student learns it."""
        return self.inputs[len(self.labels) :]


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
    if n > len(images):
        message = f"{title} has {len(images):,} training images: lower samples to that, at most"
        raise InvalidConfig(message, [FieldError("/problem/samples", message)])
    chosen = torch.randperm(len(images), generator=chance)[:n].numpy()
    return images.pixels[chosen], torch.from_numpy(images.labels[chosen])


def _inject(
    config: MixtureConfig, shape: tuple[int, ...], data_dir: Path | None
) -> tuple[Tensor, Tensor, Mapping[str, str]]:
    """U for training and for tests, standardised together; and where it comes from, if that may change."""
    problem, n, tests = config.problem, config.problem.injected_samples, config.capture.test_samples
    chance, test_chance = (generator(config.seed, stream) for stream in (Stream.INJECTED, Stream.INJECTED_TEST))
    if problem.injected == "gauss":
        size = (*(shape[2:] or (1,)), *shape[:2])
        return torch.randn(n, *size, generator=chance), torch.randn(tests, *size, generator=test_chance), {}
    origin: Mapping[str, str] = {}
    if problem.injected == "natural":
        pictures = photographs() if len(shape) == 3 else tuple(map(grey, photographs()))
        training = draw_patches(pictures, n, shape[0], chance, test=False)
        test = draw_patches(pictures, tests, shape[0], test_chance, test=True)
    else:
        folder = load("folder", data_dir, folder=problem.injected_folder, size=shape[0])
        training, _ = _choose(folder.train, n, chance, folder.title)
        test, _ = _choose(folder.test, min(tests, len(folder.test)), test_chance, folder.title)
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


def _directions(
    config: MixtureConfig, inputs: Tensor, labels: Tensor, classes: tuple[str, ...]
) -> tuple[Dictionary, tuple[str, ...]]:
    """Principal directions of whole images, and class means after the first; for a ResNet those of the 3 x 3 patches
    that the filters of the stem are multiplied with. With their names.
    """
    shape, means, named = config.neuron_shape, [], []
    if config.method.kind == "resnet18":
        looked = torch.nn.functional.unfold(inputs[:_PATCHED], shape[0]).transpose(1, 2).flatten(0, 1)
    else:
        looked = inputs[:LOOKED_AT].flatten(1)
        means = [class_means(inputs.flatten(1), labels, len(classes))]
        named = [f"mean of {name}" for name in classes]
    principal = principal_directions(looked, PRINCIPAL)
    columns = torch.cat([principal[:, :1], *means, principal[:, 1:]], 1)
    first, *rest = (f"principal direction {j + 1}" for j in range(principal.shape[1]))
    return Dictionary(as_pictures(columns.T, shape).T, (0,)), (first, *named, *rest)


def grey(pictures: Pixels) -> Pixels:
    """The luminance of pictures [..., 3], as [...]."""
    luminance: Pixels = (pictures @ np.array(_LUMINANCE)).round().astype(np.uint8)
    return luminance


def draw_patches(photographs: Sequence[Pixels], n: int, side: int, chance: torch.Generator, *, test: bool) -> Pixels:
    """n square patches [n, side, side, ...] at random places of random photographs [h, w, ...].

    Those for training lie in the left three quarters of a photograph, those for tests, which training never sees, in
    the right one.
    """
    which = torch.randint(len(photographs), (n,), generator=chance).tolist()
    places = torch.rand(n, 2, generator=chance, dtype=torch.float64).tolist()
    patches = np.empty((n, side, side, *photographs[0].shape[2:]), np.uint8)
    for patch, index, (down, right) in zip(patches, which, places, strict=True):
        photograph = photographs[index]
        height, width = photograph.shape[:2]
        cut = width * _TRAINING[0] // _TRAINING[1]
        first, last = (cut, width) if test else (0, cut)
        top, left = int(down * (height - side + 1)), first + int(right * (last - first - side + 1))
        patch[:] = photograph[top : top + side, left : left + side]
    return patches

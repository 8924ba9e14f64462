"""ResNet-18 for small images (He et al. 2016): a 3 x 3 stem, no pooling after it, 1 x 1 convolutions as shortcuts where
the shape changes. A function of plain tensors by name, so that a copy, a checkpoint and a step are what they look like.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional

from emergescope.toolkit.classifiers.classifier import Classifier

_BLOCKS = 2  # in each of four stages
_MOMENTUM = 0.1  # of the running statistics of batch norm


class ResNet18(Classifier):
    """Named as in common implementations: `conv1`, `bn1`, `layer1.0.conv1`, ..., `layer4.0.downsample.0`, ..., `fc`.

    stem_stride  2 halves the picture at once
    """

    def __init__(self, parameters: dict[str, Tensor], statistics: dict[str, Tensor], stem_stride: int) -> None:
        super().__init__(parameters, statistics)
        self._stem_stride = stem_stride

    def logits(self, x: Tensor, training: bool = False) -> Tensor:
        """For x [n, channels, height, width]."""
        x = functional.relu(self._norm("bn1", self._convolve("conv1", x, self._stem_stride), training))
        for stage, block in _blocks():
            x = self._block(f"layer{stage}.{block}.", x, 2 if stage > 1 and block == 0 else 1, training)
        return functional.linear(x.mean((2, 3)), self.parameters["fc.weight"], self.parameters["fc.bias"])

    def neurons(self) -> tuple[Tensor, Tensor, Tensor]:
        """The filters of the stem as rows; the batch norm that follows has their bias and their gain."""
        p = self.parameters
        return p["conv1.weight"].flatten(1), p["bn1.bias"], p["bn1.weight"]

    def _block(self, at: str, x: Tensor, stride: int, training: bool) -> Tensor:
        """Two convolutions beside a shortcut."""
        y = functional.relu(self._norm(at + "bn1", self._convolve(at + "conv1", x, stride), training))
        y = self._norm(at + "bn2", self._convolve(at + "conv2", y), training)
        if at + "downsample.0.weight" in self.parameters:
            x = self._norm(at + "downsample.1", self._convolve(at + "downsample.0", x, stride), training)
        return functional.relu(y + x)

    def _convolve(self, at: str, x: Tensor, stride: int = 1) -> Tensor:
        kernel = self.parameters[at + ".weight"]
        return functional.conv2d(x, kernel, stride=stride, padding=kernel.shape[-1] // 2)

    def _norm(self, at: str, x: Tensor, training: bool) -> Tensor:
        p, s = self.parameters, self.statistics
        mean, variance = s[at + ".running_mean"], s[at + ".running_var"]
        # A single value has no deviation: what was seen before stands in for the batch.
        training = training and x.numel() > x.shape[1]
        return functional.batch_norm(x, mean, variance, p[at + ".weight"], p[at + ".bias"], training, _MOMENTUM)


def resnet18(
    width: int,
    channels: int,
    classes: int,
    chance: torch.Generator,
    dtype: torch.dtype,
    device: torch.device | str = "cpu",
    stem_stride: int = 1,
) -> ResNet18:
    """Convolutions ~ N(0, 1 / fan-out), the last layer uniform within 1 / sqrt(its inputs), batch norm the identity;
    drawn in float64: both precisions start alike.

    Batch norm undoes the scale of a filter, which only decides how far a step turns it. With half the variance of He et
    al. (2015) it turns twice as far, which the few epochs of figure 4 need: see docs/real-data.md.

    width  channels of the first stage, doubled in each after it; 64 in the original
    """
    parameters: dict[str, Tensor] = {}
    statistics: dict[str, Tensor] = {}

    def convolution(at: str, outputs: int, inputs: int, side: int) -> None:
        drawn = torch.randn(outputs, inputs, side, side, generator=chance, dtype=torch.float64)
        parameters[at + ".weight"] = drawn / math.sqrt(outputs * side**2)

    def norm(at: str, size: int) -> None:
        parameters[at + ".weight"], parameters[at + ".bias"] = torch.ones(size), torch.zeros(size)
        statistics[at + ".running_mean"], statistics[at + ".running_var"] = torch.zeros(size), torch.ones(size)

    convolution("conv1", width, channels, 3)
    norm("bn1", width)
    inputs = width
    for stage, block in _blocks():
        outputs, at = width * 2 ** (stage - 1), f"layer{stage}.{block}."
        convolution(at + "conv1", outputs, inputs, 3)
        norm(at + "bn1", outputs)
        convolution(at + "conv2", outputs, outputs, 3)
        norm(at + "bn2", outputs)
        if inputs != outputs:
            convolution(at + "downsample.0", outputs, inputs, 1)
            norm(at + "downsample.1", outputs)
        inputs = outputs
    reach = 1 / math.sqrt(inputs)
    for name, shape in (("fc.weight", (classes, inputs)), ("fc.bias", (classes,))):
        parameters[name] = (torch.rand(shape, generator=chance, dtype=torch.float64) * 2 - 1) * reach
    moved, settled = (
        {name: t.to(device=device, dtype=dtype) for name, t in part.items()} for part in (parameters, statistics)
    )
    return ResNet18(moved, settled, stem_stride)


def _blocks() -> Iterator[tuple[int, int]]:
    return ((stage, block) for stage in range(1, 5) for block in range(_BLOCKS))

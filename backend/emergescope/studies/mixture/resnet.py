"""ResNet-18 for small images (He et al. 2016): a 3 x 3 stem, no pooling after it, 1 x 1 convolutions as shortcuts where
the shape changes. A function of plain tensors by name, so that a copy, a checkpoint and a step are what they look like.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

from emergescope.studies.mixture.classifier import Classifier

_BLOCKS = [(stage, block) for stage in range(1, 5) for block in range(2)]
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
        x = functional.relu(self._layer("conv1", "bn1", x, training, self._stem_stride))
        for stage, block in _BLOCKS:
            x = self._block(f"layer{stage}.{block}.", x, training, 2 if stage > 1 and block == 0 else 1)
        return functional.linear(x.mean((2, 3)), self.parameters["fc.weight"], self.parameters["fc.bias"])

    def neurons(self) -> tuple[Tensor, Tensor, Tensor]:
        """The filters of the stem as rows; the batch norm that follows has their bias and their gain."""
        p = self.parameters
        return p["conv1.weight"].flatten(1), p["bn1.bias"], p["bn1.weight"]

    def _block(self, at: str, x: Tensor, training: bool, stride: int) -> Tensor:
        """Two convolutions beside a shortcut."""
        y = functional.relu(self._layer(at + "conv1", at + "bn1", x, training, stride))
        y = self._layer(at + "conv2", at + "bn2", y, training)
        if at + "downsample.0.weight" in self.parameters:
            x = self._layer(at + "downsample.0", at + "downsample.1", x, training, stride)
        return functional.relu(y + x)

    def _layer(self, convolution: str, norm: str, x: Tensor, training: bool, stride: int = 1) -> Tensor:
        """A convolution, normalised."""
        p, s = self.parameters, self.statistics
        kernel, gain, bias = p[convolution + ".weight"], p[norm + ".weight"], p[norm + ".bias"]
        x = functional.conv2d(x, kernel, stride=stride, padding=kernel.shape[-1] // 2)
        # A single value has no deviation: what was seen before stands in for the batch.
        training = training and x.numel() > x.shape[1]
        moving = s[norm + ".running_mean"], s[norm + ".running_var"]
        return functional.batch_norm(x, *moving, gain, bias, training, _MOMENTUM)


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

    def layer(convolution: str, norm: str, outputs: int, inputs: int, side: int = 3) -> None:
        drawn = torch.randn(outputs, inputs, side, side, generator=chance, dtype=torch.float64)
        parameters[convolution + ".weight"] = drawn / math.sqrt(outputs * side**2)
        parameters[norm + ".weight"], parameters[norm + ".bias"] = torch.ones(outputs), torch.zeros(outputs)
        statistics[norm + ".running_mean"] = torch.zeros(outputs)
        statistics[norm + ".running_var"] = torch.ones(outputs)

    layer("conv1", "bn1", width, channels)
    inputs = width
    for stage, block in _BLOCKS:
        outputs, at = width * 2 ** (stage - 1), f"layer{stage}.{block}."
        layer(at + "conv1", at + "bn1", outputs, inputs)
        layer(at + "conv2", at + "bn2", outputs, outputs)
        if inputs != outputs:
            layer(at + "downsample.0", at + "downsample.1", outputs, inputs, side=1)
        inputs = outputs
    reach = 1 / math.sqrt(inputs)
    for name, shape in (("fc.weight", (classes, inputs)), ("fc.bias", (classes,))):
        parameters[name] = (torch.rand(shape, generator=chance, dtype=torch.float64) * 2 - 1) * reach
    moved, settled = (
        {name: t.to(device=device, dtype=dtype) for name, t in part.items()} for part in (parameters, statistics)
    )
    return ResNet18(moved, settled, stem_stride)

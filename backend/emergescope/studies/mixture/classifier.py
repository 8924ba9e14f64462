"""Networks that give each class a logit, trained by autograd on cross-entropy; the two-layer one of
figure 4, and what teaches another.
"""

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor
from torch.nn import functional

from emergescope.toolkit.hinge.two_layer import Moving

_CHUNK = 250  # inputs judged at a time


@dataclass(frozen=True)
class Descent:
    """Of one batch, before the step: mean cross-entropy, share of right answers, gradients by parameter."""

    loss: float
    accuracy: float
    gradient: Mapping[str, Tensor]


class Classifier(Moving, ABC):
    """Plain tensors by name, and a forward pass.

    parameters  what gradient descent moves
    statistics  what forward passes in training move besides (of batch norm); empty for most
    """

    def __init__(self, parameters: dict[str, Tensor], statistics: dict[str, Tensor] | None = None) -> None:
        self.parameters = parameters
        self.statistics = statistics or {}

    @abstractmethod
    def logits(self, x: Tensor, training: bool = False) -> Tensor:
        """[n, classes] for inputs x [n, ...]. In training, batch norm uses the batch and moves its statistics."""

    @abstractmethod
    def neurons(self) -> tuple[Tensor, Tensor, Tensor]:
        """Of the first layer, which the camera looks at: weights [n, c], biases [n] (zeros where there are none), and
        the size [n] of what each puts out.
        """

    @property
    def moving(self) -> dict[str, Tensor]:
        return self.parameters | self.statistics

    def snapshot(self) -> Self:
        still = copy.copy(self)
        still.parameters, still.statistics = (
            {name: t.clone() for name, t in part.items()} for part in (self.parameters, self.statistics)
        )
        return still

    def descent(self, x: Tensor, labels: Tensor) -> Descent:
        """Loss and gradient on a batch with labels int64 [n]."""
        leaves = [t.requires_grad_() for t in self.parameters.values()]
        try:
            logits = self.logits(x, training=True)
            loss = functional.cross_entropy(logits, labels)
            gradient = torch.autograd.grad(loss, leaves)
        finally:
            for leaf in leaves:
                leaf.requires_grad_(False)
        right = float((logits.detach().argmax(1) == labels).float().mean())
        return Descent(float(loss.detach()), right, dict(zip(self.parameters, gradient, strict=True)))

    def judge(self, x: Tensor) -> Tensor:
        """Logits as in use, [n, classes], of as many inputs as there are."""
        starts = range(0, max(1, len(x)), _CHUNK)
        return torch.cat([self.logits(x[start : start + _CHUNK]) for start in starts])

    def labels(self, x: Tensor) -> Tensor:
        """The class of the largest logit, int64 [n]."""
        return self.judge(x).argmax(1)


class TwoLayerClassifier(Classifier):
    """g(x) = A sigma(W x + b) + c with the truncated ReLU, 2m units: the network of equation (2) with an output for
    each class. Parameters W [2m, d], b [2m], A [classes, 2m], c [classes].
    """

    def logits(self, x: Tensor, training: bool = False) -> Tensor:
        p = self.parameters
        return functional.linear(functional.linear(x.flatten(1), p["W"], p["b"]).clamp(0, 1), p["A"], p["c"])

    def neurons(self) -> tuple[Tensor, Tensor, Tensor]:
        p = self.parameters
        return p["W"], p["b"], p["A"].norm(dim=0)


def two_layer_classifier(
    m: int, d: int, classes: int, chance: torch.Generator, dtype: torch.dtype, device: torch.device | str = "cpu"
) -> TwoLayerClassifier:
    """W ~ N(0, 1/d), b ~ U(0, 1/2), A ~ N(0, 1/m), c = 0, drawn in float64: both precisions start alike."""
    drawn = {
        "W": torch.randn(2 * m, d, generator=chance, dtype=torch.float64) / math.sqrt(d),
        "b": torch.rand(2 * m, generator=chance, dtype=torch.float64) / 2,
        "A": torch.randn(classes, 2 * m, generator=chance, dtype=torch.float64) / math.sqrt(m),
        "c": torch.zeros(classes, dtype=torch.float64),
    }
    return TwoLayerClassifier({name: t.to(device=device, dtype=dtype) for name, t in drawn.items()})


class Teacher:
    """Labels by the largest logit of `network`, which does not change any more.

    injected  inputs by which the logits of injected ones are standardised, class by class, before the largest is taken:
              no label then takes most of them, as happens for inputs unlike all that the network has learned. None:
              labels as they come
    """

    def __init__(self, network: Classifier, injected: Tensor | None = None) -> None:
        self.network = network
        self._scale: tuple[Tensor, Tensor] | None = None
        if injected is not None:
            logits = network.judge(injected)
            self._scale = logits.mean(0), logits.std(0).clamp(min=1e-30)

    def label_injected(self, x: Tensor) -> Tensor:
        """int64 [n]; data are labelled by the network itself."""
        logits = self.network.judge(x)
        if self._scale is not None:
            mean, deviation = self._scale
            logits = (logits - mean) / deviation
        return logits.argmax(1)

"""A trained network that labels inputs for another."""

import torch
from torch import Tensor

from emergescope.studies.mixture.classifier import Classifier


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


def kappa(found: Tensor, expected: Tensor, classes: int) -> float | None:
    """Cohen's kappa of two labellings int64 [n]: 1 for the same labels, 0 for what chance with these shares of labels
    would agree on; None where chance alone agrees on all.
    """
    n = len(expected)
    agreed = int((found == expected).sum()) / n
    shares = [torch.bincount(labels, minlength=classes).to(torch.float64) / n for labels in (found, expected)]
    chance = float(shares[0] @ shares[1])
    return (agreed - chance) / (1 - chance) if chance < 1 else None
